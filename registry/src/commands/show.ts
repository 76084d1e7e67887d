import { ANCHORS_ABI } from "@wattest/chain"
import { collect, deviceState, PAGE, pages } from "../device-state.ts"
import type { Target } from "../target.ts"
import { parseBytes } from "../values.ts"

/** A device with its vouch and the roots of its runs; a root of 0 is a void run. */
export async function show(target: Target, [id]: readonly string[]) {
  const { client, address } = target
  const contract = { address, abi: ANCHORS_ABI } as const
  const device = await deviceState(target, parseBytes("DEVICE", id, 32))
  const args = [device.device, device.voucher] as const
  const { evidence } = await client.readContract({ ...contract, functionName: "vouchOf", args })
  const roots = await collect(
    pages(device.nextRun, (offset) =>
      client.readContract({ ...contract, functionName: "rootsOf", args: [device.device, offset, PAGE] }),
    ),
  )
  return { ...device, evidence, roots }
}
