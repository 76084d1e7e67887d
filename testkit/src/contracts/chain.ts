import { network } from "hardhat"

/** One in-process chain for the tests of a file, and the registry with its libraries on it. */
export async function createChain() {
  const { viem, networkHelpers, provider } = await network.create()
  const ed25519 = await viem.deployContract("Ed25519")
  const table = await viem.deployContract("Ed25519Table")
  const poseidon = await viem.deployContract("PoseidonT3")
  const arithmetic = [ed25519.address, table.address, poseidon.address] as const
  const registry = await viem.deployContract("AnchorRegistry", [...arithmetic])
  const [operator, voucher, relayer, stranger] = await viem.getWalletClients()
  if (!operator || !voucher || !relayer || !stranger) throw new Error("the chain has fewer than four accounts")
  const client = await viem.getPublicClient()
  return { viem, networkHelpers, provider, registry, arithmetic, operator, voucher, relayer, stranger, client }
}

export type Chain = Awaited<ReturnType<typeof createChain>>
