import { type Context, closest, grid, type Outcome, readDocument, UsageError } from "@wattest/command"
import { Rejection, visible, visibleJson } from "@wattest/protocol"
import type { Cell, Filing, Source } from "../filing.ts"
import { MAX_FILING_BYTES, parseFiling } from "../filing-shape.ts"
import { valueText } from "./file.ts"
import { createFileCheck, FILE_STATES, type FileState } from "./judged-file.ts"

/** A filing from a file. Throws a UsageError. */
export function readFiling(path: string): Filing {
  try {
    return parseFiling(readDocument(path, MAX_FILING_BYTES, "a filing"))
  } catch (error) {
    if (!(error instanceof Rejection)) throw error
    throw new UsageError(`${path}: ${error.message}`, "wattest disclose file STANDARD --out FILE writes one")
  }
}

export function cellOf({ cells }: Filing, id: string): Cell {
  const found = cells.find((cell) => cell.id === id)
  if (found !== undefined) return found
  const ids = cells.map((cell) => cell.id)
  const near = closest(id, ids)
  throw new UsageError(
    `there is no cell ${JSON.stringify(id)}`,
    near === null ? `the cells are ${ids.join(", ")}` : `did you mean ${near}?`,
  )
}

/** A source, and what there is of its file. */
type Looked = Source & { readonly file: FileState }

function sourceRow({ document, kind, evidence, verdict, block, quantity, share, file }: Looked): readonly string[] {
  const place = block === null ? "–" : `${block.chainId}/${block.number}`
  return [document, kind, evidence, verdict ?? "–", place, quantity, share, FILE_STATES[file]]
}

const HOUR_MS = 3_600_000
const hours = (ms: string) => `${(Number(ms) / HOUR_MS).toFixed(1)} h`

function coverageLines({ coverage }: Cell): readonly string[] {
  if (coverage === null) return []
  const { meteredMs, expectedMs, blindMs, voids, notShown, behind } = coverage
  const expected = expectedMs === null ? "nobody says how much there is" : `${hours(expectedMs)} expected`
  return [
    `metered: ${hours(meteredMs)}, ${expected}; blind ${hours(blindMs)}; ${voids} runs void, ${notShown} not shown`,
    ...(behind.length === 0 ? [] : [`books that end before the period: ${behind.join(", ")}`]),
  ]
}

function renderCell(filing: Filing, cell: Cell, looked: readonly Looked[]): string {
  const { standard, policyDigest, profileDigest, profileSigner } = filing
  const { id, concept, label, uncertainty, grades, state, evidence, previous, needs, notes } = cell
  const lines = [
    `${id}  ${label}`,
    `${valueText(cell)}${uncertainty === null ? "" : `, uncertainty ± ${uncertainty} beside it`}`,
    `${concept}, ${standard.title} ${standard.version}`,
    `${state}; rests on what is ${evidence ?? "unknown"}${grades.length === 0 ? "" : `; of it ${grades.map(({ grade, share }) => `${share} ${grade}`).join(", ")}`}`,
    ...(previous === null ? [] : [`previously stated: ${previous}`]),
    ...coverageLines(cell),
    ...notes.map((note) => `note: ${note}`),
    ...needs.map((need) => `would fill it: ${need}`),
    `judged under policy ${policyDigest}; profile ${profileDigest}, signed by ${profileSigner ?? "nobody"}`,
  ]
  const head = ["document", "kind", "evidence", "verdict", "block", "gives", "share", "file"]
  const sources = looked.length === 0 ? "" : `\n${grid(head, looked.map(sourceRow))}`
  return `${lines.map((line) => `${visible(line)}\n`).join("")}${sources}`
}

/** `explain`: the way of one cell to its proofs. Documents are looked for in `folders` alone. */
export async function explain(
  path: string,
  id: string,
  folders: readonly string[],
  { terminal, json }: Context,
): Promise<Outcome> {
  const filing = readFiling(path)
  const cell = cellOf(filing, id)
  const stateOf = createFileCheck(folders.length === 0 ? ["."] : folders)
  const sources = cell.sources.map((source): Looked => ({ ...source, file: stateOf(source) }))
  terminal.print(json ? visibleJson({ ...cell, sources }, 0) : renderCell(filing, cell, sources))
  // A document that is another one than was judged proves nothing of this cell.
  return { exit: sources.some(({ file }) => file === "changed") ? 1 : 0 }
}
