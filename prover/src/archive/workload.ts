import { type Hex, IDLE_WORKLOAD } from "@wattest/protocol"
import { Refusal } from "../refusal.ts"
import type { RunArchive } from "./run-archive.ts"

/** The runs of the newest workload of a device, from the one in which its job began. Throws ARCHIVE_MISSING. */
export async function findWorkload(
  archive: RunArchive,
  device: Hex,
): Promise<{ readonly first: bigint; readonly last: bigint }> {
  for (const run of (await archive.runs(device)).toReversed()) {
    const { context } = (await archive.record(device, run)).statement
    if (context.workload !== IDLE_WORKLOAD) return { first: context.jobStart ?? run, last: run }
  }
  throw new Refusal("ARCHIVE_MISSING", "the device has metered no workload yet", "meter one, or give --runs A-B")
}
