import { readFile } from "node:fs/promises"
import { parseArgs } from "node:util"
import { checkSources, formatReports } from "../sources/check.ts"
import { createSources } from "../sources/create.ts"
import { ConfigError } from "../sources/options.ts"
import { print, UsageError } from "./home.ts"

async function sourcesOf(path: string): Promise<unknown> {
  try {
    const { sources } = JSON.parse(await readFile(path, "utf8"))
    return sources
  } catch (error) {
    throw new ConfigError(`${path}: ${(error as Error).message}`)
  }
}

/** `sources check FILE`: reads each source of a configuration once. Exits with 1 where one gave less than it should. */
export async function sources(args: string[]): Promise<number> {
  const { values, positionals } = parseArgs({ args, options: { json: { type: "boolean" } }, allowPositionals: true })
  const [action, path] = positionals
  if (action !== "check" || path === undefined)
    throw new UsageError("sources takes an action and a file", "wattest-attest sources check agent.json")
  const read = createSources({ sources: await sourcesOf(path) })
  try {
    const reports = await checkSources(read, AbortSignal.timeout(60_000))
    print(values.json, reports, [formatReports(reports)])
    return reports.some(({ fault }) => fault !== null) ? 1 : 0
  } finally {
    await Promise.allSettled(read.map((source) => source.close()))
  }
}
