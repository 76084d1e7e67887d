import { ANCHORS_ABI } from "@wattest/chain"
import type { Hex } from "@wattest/command"
import { ledgerIdOf } from "@wattest/protocol"
import { collect, memberState, PAGE, pages } from "../device-state.ts"
import type { Target } from "../target.ts"

/** All ledgers of an operator: who speaks of one may have others. */
async function* ledgersOf({ client, address }: Target, operator: Hex) {
  const contract = { address, abi: ANCHORS_ABI, functionName: "ledgersOf" } as const
  for (let offset = 0n, more = true; more; offset += PAGE) {
    const found = await client.readContract({ ...contract, args: [operator, offset, PAGE] })
    yield* found
    more = BigInt(found.length) === PAGE
  }
}

/** A ledger with its devices, checkpoints and suspicions, and its operator's other ledgers, from reads alone. */
export async function list(target: Target, operator: Hex, voucher: Hex) {
  const { client, address } = target
  const ledger = ledgerIdOf(operator, voucher)
  const contract = { address, abi: ANCHORS_ABI } as const
  const state = await client.readContract({ ...contract, functionName: "ledgerOf", args: [ledger] })
  const devices = await collect(
    pages(state.deviceCount, (offset) =>
      client.readContract({ ...contract, functionName: "membersOf", args: [ledger, offset, PAGE] }),
    ),
  )
  const checkpoints = await collect(
    pages(state.checkpointCount, (offset) =>
      client.readContract({ ...contract, functionName: "checkpointsOf", args: [ledger, offset, PAGE] }),
    ),
  )
  const suspicions = await collect(
    pages(state.suspicionCount, (offset) =>
      client.readContract({ ...contract, functionName: "suspicionsOf", args: [ledger, offset, PAGE] }),
    ),
  )
  const ledgers = await collect(ledgersOf(target, operator))
  return { ledger, ledgers, ...state, devices: devices.map(memberState), checkpoints, suspicions }
}
