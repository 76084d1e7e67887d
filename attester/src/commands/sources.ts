import { type Context, EXIT, type Outcome } from "@wattest/command"
import { readAgentConfig } from "../agent/config.ts"
import { checkSources, formatReports } from "../sources/check.ts"
import { print } from "./home.ts"

const TIMEOUT_MS = 60_000

/**
 * Reads each source of a configuration once, after the whole of it passed as `serve` would take it. Exits with 1 where
 * one gave less than it should.
 */
export async function checkFile(path: string, context: Context): Promise<Outcome> {
  const { sources } = await readAgentConfig(path)
  try {
    const reports = await checkSources(sources, AbortSignal.timeout(TIMEOUT_MS))
    print(context, reports, [formatReports(reports)])
    return { exit: reports.some(({ fault }) => fault !== null) ? EXIT.failed : EXIT.done }
  } finally {
    await Promise.allSettled(sources.map((source) => source.close()))
  }
}
