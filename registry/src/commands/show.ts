import { ANCHORS_ABI } from "@wattest/chain"
import type { Hex } from "@wattest/command"
import { assertSame, type IndexBooks } from "../books/index-books.ts"
import type { AsOf } from "../books/ledgers.ts"
import { collect, deviceState, PAGE, pages } from "../device-state.ts"
import type { Target } from "../target.ts"

/** A device as {@link show} has it, with when each of its runs was anchored, which the index alone says. */
export async function showByIndex(target: Target, index: IndexBooks, id: Hex) {
  const { block, rows } = await index.rows("runs", { device: id })
  const found = await show(target, id, { blockNumber: BigInt(block.number) })
  assertSame(index.origin, {
    kind: "run",
    told: rows.map(({ run, root }) => ({ name: `${run}`, root })),
    known: found.roots.map((root, run) => ({ name: `${run}`, root })),
    columns: ["root"],
  })
  const times = new Map(rows.map(({ run, time }) => [run, time]))
  return { ...found, anchoredAt: found.roots.map((_, run) => times.get(run) ?? 0), asOf: block, index: index.origin }
}

/** A device with its vouch and the roots of its runs; a root of 0 is a void run. */
export async function show(target: Target, id: Hex, at: AsOf = {}) {
  const { client, address } = target
  const contract = { address, abi: ANCHORS_ABI, ...at } as const
  const device = await deviceState(target, id, at)
  const args = [device.device, device.voucher] as const
  const { evidence } = await client.readContract({ ...contract, functionName: "vouchOf", args })
  const roots = await collect(
    pages(device.nextRun, (offset) =>
      client.readContract({ ...contract, functionName: "rootsOf", args: [device.device, offset, PAGE] }),
    ),
  )
  return { ...device, evidence, roots }
}
