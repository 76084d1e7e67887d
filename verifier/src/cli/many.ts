import { writeFileSync } from "node:fs"
import { join } from "node:path"
import { type Context, checkPlace, type Outcome, proxiedFetch, UsageError } from "@wattest/command"
import { plural } from "@wattest/protocol"
import { judgeTogether } from "../desk/desk.ts"
import type { DeskResult } from "../desk/result.ts"
import type { SampleRequest } from "../desk/sample/draw.ts"
import type { Population } from "../desk/sample/population.ts"
import { lineOf } from "../gate/line.ts"
import type { Policy } from "../policy.ts"
import { EXIT_CODES } from "../verdict.ts"
import type { ManyOptions } from "./how-many.ts"
import { signingOf } from "./signing.ts"

/** What stands for the runs that the policy's registries anchored, in place of a list. */
const REGISTRY = "registry"

/** Reads the population: from a list, or by the word of the policy's nodes. */
function populationOf(name: string, options: ManyOptions, { policy, nodesDeadlineMs }: Demand) {
  const { "anchored-from": from, "anchored-to": to, offline } = options
  if (name !== REGISTRY) {
    if (from !== undefined || to !== undefined)
      throw new UsageError("--anchored-from and --anchored-to ask the registry", "give them with --population registry")
    return async (): Promise<Population> => (await import("../desk/sample/population.ts")).listedPopulation(name)
  }
  if (offline) throw new UsageError("--offline asks no registry", "leave it out, or name a list of runs")
  if (from === undefined || to === undefined || from >= to)
    throw new UsageError(
      "a population from the registry is of a period",
      "say it: --anchored-from DAY --anchored-to DAY",
    )
  const asking = { fetch: proxiedFetch, deadline: AbortSignal.timeout(nodesDeadlineMs) }
  return async (): Promise<Population> =>
    (await import("../desk/sample/registry.ts")).anchoredPopulation(policy, { from, to }, asking)
}

function sampleOf(options: ManyOptions, demand: Demand): SampleRequest | null {
  const { population, sample: size, seed } = options
  const isAsked = [size, seed, options["anchored-from"], options["anchored-to"]].some((value) => value !== undefined)
  if (population === undefined) {
    if (!isAsked) return null
    throw new UsageError("a sample of what?", "name the list of runs with --population FILE, or --population registry")
  }
  if (size === undefined || seed === undefined)
    throw new UsageError("--population needs --sample and --seed", "draw as --population FILE --sample 60 --seed TEXT")
  return { population: populationOf(population, options, demand), size, seed }
}

async function answerOf(result: DeskResult, { csv, line }: ManyOptions, json: boolean): Promise<string> {
  if (json) return (await import("../desk/output/lines.ts")).renderLines(result)
  if (csv) return (await import("../desk/output/csv.ts")).renderCsv(result)
  if (!line) return (await import("../desk/output/table.ts")).renderTable(result)
  const { rows, verdict } = result
  return lineOf(plural(rows.length, "document"), { verdict, expectations: [] })
}

type Demand = { readonly policy: Policy; readonly nodesDeadlineMs: number }

/** Judges many documents, and answers the exit code of the gravest verdict. */
export async function verifyMany(
  paths: readonly string[],
  { policy, nodesDeadlineMs, options }: Demand & { readonly options: ManyOptions },
  { terminal, json }: Context,
): Promise<Outcome & { readonly result: DeskResult }> {
  if (json && options.csv) throw new UsageError("--json and --csv are two answers", "ask for one of them")
  const signing = await signingOf(options)
  const { offline, html = null, junit, time = null, progress: showsProgress } = options
  if (junit !== undefined) checkPlace(junit, "--junit")
  const result = await judgeTogether({
    ...{ paths: [...paths, ...options.evidence], policy, time, offline, nodesDeadlineMs, showsProgress },
    ...{ pages: html, sample: sampleOf(options, { policy, nodesDeadlineMs }) },
  })
  if (html !== null)
    writeFileSync(join(html, "index.html"), (await import("../desk/output/html.ts")).renderIndex(result))
  if (junit !== undefined) writeFileSync(junit, (await import("../desk/output/junit.ts")).renderJunit(result))
  if (signing !== null) signing.write((await import("../sign/stated.ts")).deskStated(result, signing.time))
  terminal.print(await answerOf(result, options, json))
  return { exit: EXIT_CODES[result.verdict.status], result }
}
