import { writeFileSync } from "node:fs"
import { type Context, EXIT, grid, type Outcome, UsageError } from "@wattest/command"
import { visible, visibleJson } from "@wattest/protocol"
import type { Subject } from "../figures/world.ts"
import { CELL_STATES, type Cell, type Filing } from "../filing.ts"
import { FormatError } from "../formats/format.ts"
import type { FormatName } from "../formats/names.ts"
import { writeAs } from "../formats/table.ts"
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
  return `${bound === "at-most" ? "≤ " : ""}${value}${unit === "" ? "" : ` ${unit.replace(/^[a-z]+:/, "")}`}`
}

const LONGEST = 60
const short = (text: string) => ([...text].length > LONGEST ? `${[...text].slice(0, LONGEST - 1).join("")}…` : text)

/** The table of a filing, and what would fill it. */
export function renderFiling({ standard, entity, period, cells, refused, notes }: Filing): string {
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
    `${standard.title}\n${entity.name}, ${period.from} to ${period.to}\n\n`.replace(/[^\n]+/g, visible),
    grid(["cell", "what", "value", "state", "evidence"], rows),
    `\n${counts.join(", ")}\n`,
    ...notes.map((note) => `${visible(`note: ${note}`)}\n`),
    ...refused.map(
      ({ name, status, code, detail }) => `${visible(`not counted: ${name} is ${status}, ${code}: ${detail}`)}\n`,
    ),
    ...needs.map((need) => `${visible(`would fill it: ${need}`)}\n`),
  ].join("")
}

function formatted(name: FormatName, filing: Filing): string {
  try {
    return writeAs(name, filing)
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
  const standard = readStandard(name)
  const { material, policy, signer } = await prepare(paths, options, subjectOf(standard, options), context)
  const filing = fileStandard({ standard, material, policy, signer, previousAsOf: options["previous-as-of"] ?? null })
  if (options.out !== undefined) writeFileSync(options.out, visibleJson(filing))
  if (options.format !== undefined) context.terminal.print(formatted(options.format, filing))
  else context.terminal.print(context.json ? visibleJson(filing, 0) : renderFiling(filing))
  const isWhole = filing.cells.every(({ state }) => state === "filled")
  return {
    exit: options.whole && !isWhole ? EXIT.undetermined : EXIT.done,
    next: options.out === undefined ? null : `disclose explain ${options.out} CELL`,
  }
}
