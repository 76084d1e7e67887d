import { ANCHORS_ABI } from "@wattest/chain"
import { ledgerIdOf } from "@wattest/protocol"
import { collect, deviceState, PAGE, pages } from "../device-state.ts"
import type { Target } from "../target.ts"
import { parseAddress } from "../values.ts"

/** A ledger with its devices and checkpoints, from reads alone. */
export async function list(target: Target, [operator, voucher]: readonly string[]) {
  const { client, address } = target
  const ledger = ledgerIdOf(parseAddress("OPERATOR", operator), parseAddress("VOUCHER", voucher))
  const contract = { address, abi: ANCHORS_ABI } as const
  const state = await client.readContract({ ...contract, functionName: "ledgerOf", args: [ledger] })
  const ids = await collect(
    pages(state.deviceCount, (offset) =>
      client.readContract({ ...contract, functionName: "devicesOf", args: [ledger, offset, PAGE] }),
    ),
  )
  const devices = []
  for (const id of ids) devices.push(await deviceState(target, id))
  const checkpoints = await collect(
    pages(state.checkpointCount, (offset) =>
      client.readContract({ ...contract, functionName: "checkpointsOf", args: [ledger, offset, PAGE] }),
    ),
  )
  return { ledger, ...state, devices, checkpoints }
}
