import { open } from "node:fs/promises"
import { codecarbon } from "./codecarbon.ts"
import { mlperfTraining } from "./mlperf-training.ts"
import { nvidiaSmi } from "./nvidia-smi.ts"
import { ptdaemon } from "./ptdaemon.ts"
import { type Trace, TraceError, type TraceFormat, type TraceOptions } from "./trace.ts"
import { zeus } from "./zeus.ts"

/** Formats of traces, in the order in which a file is tried against them. */
export const TRACE_FORMATS: readonly TraceFormat[] = [mlperfTraining, ptdaemon, nvidiaSmi, codecarbon, zeus]

const MAX_BYTES = 512 * 1024 * 1024

async function readLines(file: string): Promise<readonly string[]> {
  let handle: Awaited<ReturnType<typeof open>> | undefined
  try {
    handle = await open(file, "r")
    const { size } = await handle.stat()
    if (size > MAX_BYTES) throw new TraceError(file, 1, `${size} bytes: a trace may have ${MAX_BYTES}; split it`)
    const bytes = await handle.readFile()
    return new TextDecoder("utf-8", { fatal: true }).decode(bytes).split(/\r?\n/)
  } catch (error) {
    if (error instanceof TraceError) throw error
    throw new TraceError(file, 1, error instanceof TypeError ? "the file is not UTF-8 text" : (error as Error).message)
  } finally {
    await handle?.close()
  }
}

function formatOf(file: string, lines: readonly string[]): TraceFormat {
  const format = TRACE_FORMATS.find(({ recognises }) => recognises(lines.slice(0, 64)))
  if (format !== undefined) return format
  throw new TraceError(file, 1, `no trace of a known format (${TRACE_FORMATS.map(({ name }) => name).join(", ")})`)
}

/** Reads a power trace of any known format. Throws {@link TraceError} naming file, line and reason. */
export async function readTrace(file: string, options: TraceOptions): Promise<Trace> {
  const lines = await readLines(file)
  const format = formatOf(file, lines)
  const records = format.records?.(lines) ?? 1
  const { record } = options
  if (record === undefined ? records > 1 : record > records)
    throw new TraceError(file, 1, `the file holds ${records} runs: say which of them, from 1`)
  const trace = format.parse(file, lines, options)
  const power = new Set(trace.metering.filter(({ role }) => role === "energy").map(({ sensor }) => sensor))
  const count = trace.points.reduce(
    (sum, { readings }) => sum + readings.filter(({ sensor }) => power.has(sensor)).length,
    0,
  )
  if (count < 2) throw new TraceError(file, lines.length, `${count} power readings: a trace needs two at least`)
  return trace
}
