import { type Context, closest, grid, type Outcome, readAtMost, readDocument, UsageError } from "@wattest/command"
import { Rejection, visible, visibleJson } from "@wattest/protocol"
import type { Cell, Filing, Source } from "../filing.ts"
import { MAX_FILING_BYTES, parseFiling } from "../filing-shape.ts"
import { type Departure, departureOf } from "../formats/departure.ts"
import { coverageLines, sayGrade, unitText } from "../formats/words.ts"
import { factName } from "../formats/xbrl-facts.ts"
import { valueText } from "./file.ts"
import { createFileCheck, FILE_STATES, type FileState } from "./judged-file.ts"

/** A filing from a file. Throws a UsageError. */
export function readFiling(path: string): Filing {
  try {
    return parseFiling(readDocument(path, MAX_FILING_BYTES, "a filing"))
  } catch (error) {
    if (!(error instanceof Rejection || error instanceof UsageError)) throw error
    throw new UsageError(
      error instanceof Rejection ? `${path}: ${error.message}` : error.message,
      "wattest disclose file STANDARD --out FILE writes one; of a file in another format name the filing with --filing",
    )
  }
}

/** What a program that reads the format calls the cell: its place there, or a fact's name in xBRL-JSON. */
function isCalled({ id, concept }: Cell, name: string): boolean {
  const fact = /^f[0-9]+-(.+)$/.exec(name)?.[1]
  return concept === name || concept.endsWith(`.${name}`) || fact === factName(id)
}

/** The cell of an id or, where the filing has no such id, the one that its format calls so. Throws a UsageError. */
export function cellOf({ cells }: Filing, id: string): Cell {
  const found = cells.find((cell) => cell.id === id)
  if (found !== undefined) return found
  const called = cells.filter((cell) => isCalled(cell, id))
  const [only] = called
  if (only !== undefined && called.length === 1) return only
  const ids = (called.length > 1 ? called : cells).map((cell) => cell.id)
  const near = called.length > 1 ? null : closest(id, ids)
  throw new UsageError(
    called.length > 1
      ? `${JSON.stringify(id)} is the name of ${called.length} cells`
      : `there is no cell ${JSON.stringify(id)}`,
    near === null ? `the cells are ${ids.join(", ")}` : `did you mean ${near}?`,
  )
}

/** A filing, and where the file that was written of it is another than it writes; null: nowhere. */
export type FiledAs = { readonly filing: Filing; readonly departure: Departure | null }

/** The filing that a file was written of, in whatever format. Throws a UsageError where the file is in none of its formats. */
export async function filingOf(path: string, written: string | undefined): Promise<FiledAs> {
  if (written === undefined) return { filing: readFiling(path), departure: null }
  const filing = readFiling(written)
  const departure = await departureOf(filing, readAtMost(path, MAX_FILING_BYTES))
  if (departure === null)
    throw new UsageError(
      `${path} is in no format that ${written} can be written in`,
      "write it again, with wattest disclose file STANDARD --out FILING --format FORMAT --into FILE",
    )
  return { filing, departure: departure === "same" ? null : departure }
}

/** A source, and what there is of its file. */
type Looked = Source & { readonly file: FileState }

function sourceRow({ document, kind, evidence, verdict, block, quantity, share, file }: Looked): readonly string[] {
  const place = block === null ? "–" : `${block.chainId}/${block.number}`
  return [document, kind, evidence, verdict ?? "–", place, quantity, share, FILE_STATES[file]]
}

function renderCell(filing: Filing, cell: Cell, looked: readonly Looked[]): string {
  const { standard, policyDigest, profileDigest, profileSigner } = filing
  const { id, concept, label, unit, uncertainty, grades, state, evidence, previous, needs, notes } = cell
  const lines = [
    `${id}  ${label}`,
    `${valueText(cell)}${uncertainty === null ? "" : `, uncertainty ± ${uncertainty} beside it`}`,
    `${concept}, ${standard.title} ${standard.version}`,
    `${state}${evidence === null ? "" : `; rests on what is ${evidence}`}${grades.length === 0 ? "" : `; of it ${grades.map(sayGrade).join(", ")}`}`,
    ...(previous === null ? [] : [`previously stated: ${previous} ${unitText(unit)}`.trim()]),
    ...coverageLines(cell),
    ...notes.map((note) => `note: ${note}`),
    ...needs.map((need) => `would fill it: ${need}`),
    `judged under policy ${policyDigest}; profile ${profileDigest}, signed by ${profileSigner ?? "nobody"}`,
    // Documents are held against their digests, and the numbers of a filing that was edited against nothing.
    `the number is the filing's word: wattest disclose check makes the filing again of its documents`,
  ]
  const head = ["document", "kind", "evidence", "verdict", "block", "gives", "share", "file"]
  const sources = looked.length === 0 ? "" : `\n${grid(head, looked.map(sourceRow))}`
  return `${lines.map((line) => `${visible(line)}\n`).join("")}${sources}`
}

export type ExplainOptions = { readonly in: readonly string[]; readonly filing: string | undefined }

/** `explain`: the way of one cell to its proofs. Documents are looked for in `folders` alone. */
export async function explain(
  path: string,
  id: string,
  { in: folders, filing: written }: ExplainOptions,
  { terminal, json }: Context,
): Promise<Outcome> {
  const { filing, departure } = await filingOf(path, written)
  if (departure !== null)
    throw new UsageError(
      `${path} is not what ${written} writes as ${departure.format}, from ${departure.place} on: one of them was changed`,
      "wattest disclose check says what differs; write it again with wattest disclose file STANDARD --out FILING --format FORMAT --into FILE",
    )
  const cell = cellOf(filing, id)
  const stateOf = createFileCheck(folders.length === 0 ? ["."] : folders)
  const sources = cell.sources.map((source): Looked => ({ ...source, file: stateOf(source) }))
  terminal.print(json ? visibleJson({ ...cell, sources }, 0) : renderCell(filing, cell, sources))
  // A document that is another one than was judged proves nothing of this cell.
  return { exit: sources.some(({ file }) => file === "changed") ? 1 : 0 }
}
