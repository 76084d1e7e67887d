import { network } from "hardhat"

/** One in-process chain for the tests of a file, and the registry with its libraries on it. */
export async function createChain() {
  const { viem, networkHelpers, provider } = await network.create()
  const ed25519 = await viem.deployContract("Ed25519")
  const table = await viem.deployContract("Ed25519Table")
  const libraries = { Ed25519: ed25519.address, Ed25519Table: table.address }
  const registry = await viem.deployContract("AnchorRegistry", [], { libraries })
  const [operator, voucher, relayer, stranger] = await viem.getWalletClients()
  if (!operator || !voucher || !relayer || !stranger) throw new Error("the chain has fewer than four accounts")
  const client = await viem.getPublicClient()
  return { viem, networkHelpers, provider, registry, ed25519, table, operator, voucher, relayer, stranger, client }
}

export type Chain = Awaited<ReturnType<typeof createChain>>
