import { writeFileSync } from "node:fs"
import { extname, resolve } from "node:path"
import { type Context, checkPlace, EXIT, grid, type Outcome, shellWord, UsageError } from "@wattest/command"
import { visible, visibleJson } from "@wattest/protocol"
import type { Subject } from "../figures/world.ts"
import { sayAsOf } from "../figures/world-notes.ts"
import { CELL_STATES, type Cell, type Filing } from "../filing.ts"
import { FormatError } from "../formats/format.ts"
import { FORMATS, type FormatName, writeAs } from "../formats/table.ts"
import { short, unitText } from "../formats/words.ts"
import { fileStandard } from "../standard/fill.ts"
import { readStandard } from "../standard/read.ts"
import type { Standard } from "../standard/shape.ts"
import { type MaterialOptions, prepare } from "./material.ts"

export type FileOptions = MaterialOptions & {
  readonly site: string | undefined
  readonly job: string | undefined
  readonly model: string | undefined
  readonly out: string | undefined
  readonly format: FormatName | undefined
  readonly into: string | undefined
  readonly whole: boolean
}

/** What a file of the standard speaks of. Throws a UsageError where the options name something else. */
export function subjectOf(standard: Standard, options: Pick<FileOptions, "site" | "job" | "model">): Subject | null {
  const kinds = ["site", "job", "model"] as const
  const given = kinds.filter((kind) => options[kind] !== undefined)
  const foreign = given.find((kind) => kind !== standard.subject)
  if (foreign !== undefined)
    throw new UsageError(`a file of ${standard.id} is of one ${standard.subject}`, `leave out --${foreign}`)
  if (standard.subject === "entity") return null
  const name = options[standard.subject]
  if (name === undefined)
    throw new UsageError(`a file of ${standard.id} is of one ${standard.subject}`, `name it with --${standard.subject}`)
  return { kind: standard.subject, name }
}

/** A cell's number with its bound, as people read it. */
export function valueText({ value, bound, unit }: Cell): string {
  if (value === null) return "–"
  return `${bound === "at-most" ? "≤ " : ""}${value} ${unitText(unit)}`.trimEnd()
}

/** The table of a filing, and what would fill it. */
export function renderFiling({ standard, entity, period, asOf, cells, refused, notes }: Filing): string {
  const rows = cells.map((cell) => [
    cell.id,
    short(cell.label),
    short(valueText(cell)),
    cell.state,
    cell.evidence ?? "–",
  ])
  const counts = CELL_STATES.map((state) => `${cells.filter((cell) => cell.state === state).length} ${state}`)
  const needs = [...new Set(cells.flatMap((cell) => cell.needs))]
  return [
    `${standard.title}\n${entity.name}, ${period.from} to ${period.to}${sayAsOf(asOf)}, days by UTC\n\n`.replace(
      /[^\n]+/g,
      visible,
    ),
    grid(["cell", "what", "value", "state", "evidence"], rows),
    `\n${counts.join(", ")}\n`,
    ...notes.map((note) => `${visible(`note: ${note}`)}\n`),
    ...refused.map(
      ({ name, status, code, detail }) => `${visible(`not counted: ${name} is ${status}, ${code}: ${detail}`)}\n`,
    ),
    ...needs.map((need) => `${visible(`would fill it: ${need}`)}\n`),
  ].join("")
}

/** Throws a UsageError where the options name no place for what is to be written: before anything is judged. */
function checkPlaces({ format, into, out }: Pick<FileOptions, "format" | "into" | "out">): void {
  if (format === undefined && into !== undefined)
    throw new UsageError("--into is where --format goes", "name a --format, or write the filing with --out")
  if (format !== undefined && into === undefined && !FORMATS[format].isText)
    throw new UsageError(`${format} is no text`, `name its file with --into FILE.${format}`)
  const ending = out === undefined ? "" : extname(out).slice(1)
  if (Object.hasOwn(FORMATS, ending))
    throw new UsageError(`--out ${out} would hold the filing, not its ${ending}`, `--format ${ending} --into ${out}`)
  if (out !== undefined && into !== undefined && resolve(out) === resolve(into))
    throw new UsageError("--out and --into name one file", "the filing and what is written of it are two")
  if (into !== undefined) checkPlace(into, "--into")
  if (out !== undefined) checkPlace(out, "--out")
}

async function formatted(name: FormatName, filing: Filing): Promise<string | Uint8Array> {
  try {
    return await writeAs(name, filing)
  } catch (error) {
    if (error instanceof FormatError) throw new UsageError(error.message, "or leave out --format")
    throw error
  }
}

/** `file`. */
export async function file(
  name: string,
  paths: readonly string[],
  options: FileOptions,
  context: Context,
): Promise<Outcome> {
  const { format, into, out } = options
  const standard = readStandard(name)
  checkPlaces(options)
  const { material, policy, signer } = await prepare(paths, options, subjectOf(standard, options), context)
  const filing = fileStandard({ standard, material, policy, signer, previousAsOf: options["previous-as-of"] ?? null })
  // A format that refuses leaves no file behind.
  const written = format === undefined ? null : await formatted(format, filing)
  if (out !== undefined) writeFileSync(out, visibleJson(filing))
  if (written !== null && into !== undefined) writeFileSync(into, written)
  else if (typeof written === "string") context.terminal.print(written)
  else context.terminal.print(context.json ? visibleJson(filing, 0) : renderFiling(filing))
  const isWhole = filing.cells.every(({ state }) => state === "filled")
  return {
    exit: options.whole && !isWhole ? EXIT.undetermined : EXIT.done,
    next: out === undefined ? null : `disclose explain ${shellWord(out)} CELL`,
  }
}
