import { type Context, EXIT, type Outcome } from "@wattest/command"
import { readAgentConfig } from "../agent/config.ts"
import { planOf, settlePlan } from "../agent/opening.ts"
import type { PlanOptions } from "../agent/plan.ts"
import type { KnownSensor } from "../agent/poller.ts"
import { readingOf } from "../agent/reading.ts"
import { drawBoundary } from "../boundary/drawing/draw.ts"
import { checkSources, formatReports, type SourceReport } from "../sources/check.ts"
import { print } from "./home.ts"

const TIMEOUT_MS = 60_000

/** What an agent would know after its first reading. */
export function knownFrom(reports: readonly SourceReport[]): ReadonlyMap<string, KnownSensor> {
  const sensors = reports.flatMap(({ source, periodMs, values }) =>
    values.flatMap((value): readonly (readonly [string, KnownSensor])[] => {
      const reading = readingOf(source, value, 0)
      return reading === null ? [] : [[reading.sensor, { source, periodMs, value, reading }]]
    }),
  )
  return new Map(sensors)
}

/**
 * Reads each source of a configuration once and draws what is metered by what. It refuses what `serve` refuses, by the
 * same code: the file's reader, and the plan of the first answers. Exits with 1 where a source gave less than it should.
 */
export async function checkFile(path: string, context: Context): Promise<Outcome> {
  const { sources, boundary, composition, share } = await readAgentConfig(path)
  try {
    const reports = await checkSources(sources, AbortSignal.timeout(TIMEOUT_MS))
    const known = knownFrom(reports)
    const options: PlanOptions = { boundary, composition, sources, share, vouch: null }
    // What each source says is shown whatever becomes of the plan.
    if (!context.json) context.terminal.print(`${formatReports(reports)}\n`)
    const settled = settlePlan(known, options)
    const metering = planOf(known, settled)
    const lines = drawBoundary(metering, known, settled)
    print(context, { sources: reports, metering }, ["", ...lines])
    const isSilent = metering.some(({ role, sensor }) => role === "energy" && !known.has(sensor))
    const isWell = !isSilent && reports.every(({ fault }) => fault === null)
    return { exit: isWell ? EXIT.done : EXIT.failed }
  } finally {
    await Promise.allSettled(sources.map((source) => source.close()))
  }
}
