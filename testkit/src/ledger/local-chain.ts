import type { Hex } from "@wattest/protocol"
import { type Abi, type Address, createTestClient, createWalletClient, http, publicActions } from "viem"
import { startAnvil } from "../local/anvil.ts"
import { deployerOn } from "../local/contracts.ts"

/** A chain of our own whose block times the test chooses; two blocks make a block final. */
export type LocalChain = Awaited<ReturnType<typeof startChain>>

export async function startChain(startTime: number) {
  const anvil = await startAnvil({ mining: "each", startTime })
  const { url, stop } = anvil
  const client = createTestClient({ mode: "anvil", transport: http(url) }).extend(publicActions)
  const wallet = createWalletClient({ transport: http(url) })
  const accounts = (await wallet.getAddresses()).map((account) => account.toLowerCase() as Address)

  async function receipt(hash: Hex) {
    const result = await client.waitForTransactionReceipt({ hash, pollingInterval: 20 })
    if (result.status !== "success") throw new Error(`transaction ${hash} reverted`)
    return result
  }
  const write = async (
    account: Address,
    address: Address,
    call: { abi: Abi; functionName: string; args: readonly unknown[] },
  ) => receipt(await wallet.writeContract({ ...call, address, account, chain: null }))
  /** The next block has this time. */
  const setTime = (time: number) => client.setNextBlockTimestamp({ timestamp: BigInt(time) })
  return { url, client, accounts, deploy: deployerOn(anvil), write, stop, setTime }
}
