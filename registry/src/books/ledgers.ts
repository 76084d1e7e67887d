import { ANCHORS_ABI } from "@wattest/chain"
import type { Hex } from "@wattest/command"
import { collect, PAGE, pages } from "../device-state.ts"
import type { Target } from "../target.ts"

/** As of which block the contract is asked; none: the latest. */
export type AsOf = { readonly blockNumber?: bigint }

/** All ledgers of an operator. */
export async function ledgersOf({ client, address }: Target, operator: Hex, at: AsOf = {}): Promise<Hex[]> {
  const contract = { address, abi: ANCHORS_ABI, functionName: "ledgersOf", ...at } as const
  const all: Hex[] = []
  for (let more = true; more; ) {
    const found = await client.readContract({ ...contract, args: [operator, BigInt(all.length), PAGE] })
    all.push(...found)
    more = BigInt(found.length) === PAGE
  }
  return all
}

/** A ledger's own state. */
export const ledgerState = ({ client, address }: Target, ledger: Hex, at: AsOf = {}) =>
  client.readContract({ address, abi: ANCHORS_ABI, functionName: "ledgerOf", args: [ledger], ...at })

/** The devices of a ledger, as the contract answers them. */
export const membersOf = ({ client, address }: Target, ledger: Hex, count: bigint, at: AsOf = {}) =>
  collect(
    pages(count, (offset) =>
      client.readContract({
        ...{ address, abi: ANCHORS_ABI, ...at },
        functionName: "membersOf",
        args: [ledger, offset, PAGE],
      }),
    ),
  )

/** Numbers of an operator, over its ledgers. */
export type OperatorSums = {
  readonly operator: Hex
  readonly ledgers: number
  readonly devices: number
  readonly runs: number
}

/** What the chain holds of an operator. */
export async function operatorSums(target: Target, operator: Hex, at: AsOf = {}): Promise<OperatorSums> {
  const states = await Promise.all((await ledgersOf(target, operator, at)).map((id) => ledgerState(target, id, at)))
  const sum = (count: (state: (typeof states)[number]) => bigint) =>
    Number(states.reduce((total, state) => total + count(state), 0n))
  return {
    operator,
    ledgers: states.length,
    devices: sum(({ deviceCount }) => deviceCount),
    runs: sum(({ length }) => length),
  }
}
