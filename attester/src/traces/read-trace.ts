import { codecarbon } from "./formats/codecarbon.ts"
import { mlperfTraining } from "./formats/mlperf-training.ts"
import { nvidiaDmon } from "./formats/nvidia-dmon.ts"
import { nvidiaSmi } from "./formats/nvidia-smi.ts"
import { ptdaemon } from "./formats/ptdaemon.ts"
import { zeus } from "./formats/zeus.ts"
import { inOrder } from "./order.ts"
import { readText } from "./text.ts"
import { type Recorded, type Trace, TraceError, type TraceFormat, type TraceOptions, type TraceText } from "./trace.ts"

/** Formats of traces, in the order in which a file is tried against them. */
export const TRACE_FORMATS: readonly TraceFormat[] = [mlperfTraining, ptdaemon, nvidiaSmi, nvidiaDmon, codecarbon, zeus]

function formatOf({ file, lines }: TraceText): TraceFormat {
  const format = TRACE_FORMATS.find(({ recognises }) => recognises(lines.slice(0, 64)))
  if (format !== undefined) return format
  const known = TRACE_FORMATS.map(({ name }) => name).join(", ")
  throw new TraceError(
    file,
    1,
    `no trace of a known format (${known})`,
    "log with a header line, or give the file as its tool wrote it",
  )
}

/** Throws unless every sensor of an energy has a reading, and one of them two. */
function assertReadings(file: string, { points, faults, metering }: Recorded): void {
  const counts = new Map(metering.filter(({ role }) => role === "energy").map(({ sensor }) => [sensor, 0]))
  for (const { sensor } of points.flatMap(({ readings }) => readings)) {
    const count = counts.get(sensor)
    if (count !== undefined) counts.set(sensor, count + 1)
  }
  const [least, count] = [...counts].reduce((a, b) => (b[1] < a[1] ? b : a), ["power", Number.POSITIVE_INFINITY])
  if (counts.size > 0 && count >= 2) return
  const [fault] = faults
  if (fault !== undefined) throw new TraceError(file, fault.line, fault.reason, "give a log of two readings at least")
  const found = counts.size === 0 ? "no readings" : `${count} readings`
  throw new TraceError(
    file,
    1,
    `${found} of ${least}: a trace needs two`,
    "log for longer, or without what has no power",
  )
}

/** Reads a power trace of any known format. Throws {@link TraceError} naming file, line, reason and what to do. */
export async function readTrace(file: string, options: TraceOptions): Promise<Trace> {
  const text = await readText(file)
  const recorded = formatOf(text).parse(text, options)
  const ordered = { ...recorded, ...inOrder(recorded) }
  assertReadings(file, ordered)
  return { file, ...ordered }
}
