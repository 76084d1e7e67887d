import { setTimeout as sleep } from "node:timers/promises"
import type { Hex } from "@wattest/protocol"
import type { PublicClient } from "viem"

/**
 * Waits until nothing that an account sent is on its way, such as what a killed process left behind: before that the chain
 * does not say what is left to do, and sending it again would pay twice. Tells once how many are waited for; answers the
 * number of the account's next transaction. Rejects with what viem throws.
 */
export async function settled(
  client: Pick<PublicClient, "getTransactionCount" | "pollingInterval">,
  address: Hex,
  tell: (line: string) => void,
): Promise<number> {
  const count = (blockTag: "latest" | "pending") => client.getTransactionCount({ address, blockTag })
  for (let isTold = false; ; isTold = true) {
    const [mined, sent] = await Promise.all([count("latest"), count("pending")])
    if (sent <= mined) return mined
    if (!isTold) tell(`waiting for transactions of ${address.toLowerCase()} that are on their way: ${sent - mined}`)
    await sleep(client.pollingInterval)
  }
}
