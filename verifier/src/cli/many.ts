import { writeFileSync } from "node:fs"
import { join } from "node:path"
import { type Context, type Outcome, UsageError } from "@wattest/command"
import { judgeTogether } from "../desk/desk.ts"
import type { DeskResult } from "../desk/result.ts"
import type { SampleRequest } from "../desk/sample.ts"
import { lineOf } from "../gate/line.ts"
import type { Policy } from "../policy.ts"
import { EXIT_CODES } from "../verdict.ts"
import type { ManyOptions } from "./how-many.ts"
import { signingOf } from "./signing.ts"

function sampleOf({ population, sample: size, seed }: ManyOptions): SampleRequest | null {
  if (population === undefined) {
    if (size === undefined && seed === undefined) return null
    throw new UsageError("a sample of what?", "name the list of runs with --population FILE")
  }
  if (size === undefined || seed === undefined)
    throw new UsageError("--population needs --sample and --seed", "draw as --population FILE --sample 60 --seed TEXT")
  return { population, size, seed }
}

async function answerOf(result: DeskResult, { csv, line }: ManyOptions, json: boolean): Promise<string> {
  if (json) return (await import("../desk/output/lines.ts")).renderLines(result)
  if (csv) return (await import("../desk/output/csv.ts")).renderCsv(result)
  if (!line) return (await import("../desk/output/table.ts")).renderTable(result)
  const { rows, verdict } = result
  return lineOf(`${rows.length} documents`, { verdict, expectations: [] })
}

/** Judges many documents, and answers the exit code of the gravest verdict. */
export async function verifyMany(
  paths: readonly string[],
  { policy, nodesDeadlineMs, options }: { policy: Policy; nodesDeadlineMs: number; options: ManyOptions },
  { terminal, json }: Context,
): Promise<Outcome & { readonly result: DeskResult }> {
  if (json && options.csv) throw new UsageError("--json and --csv are two answers", "ask for one of them")
  const signing = await signingOf(options)
  const { offline, html = null, junit, time = null, progress: showsProgress } = options
  const result = await judgeTogether({
    ...{ paths: [...paths, ...options.evidence], policy, time, offline, nodesDeadlineMs, showsProgress },
    ...{ pages: html, sample: sampleOf(options) },
  })
  if (html !== null)
    writeFileSync(join(html, "index.html"), (await import("../desk/output/html.ts")).renderIndex(result))
  if (junit !== undefined) writeFileSync(junit, (await import("../desk/output/junit.ts")).renderJunit(result))
  if (signing !== null) signing.write((await import("../sign/stated.ts")).deskStated(result, signing.time))
  terminal.print(await answerOf(result, options, json))
  return { exit: EXIT_CODES[result.verdict.status], result }
}
