import {
  boundInput,
  type ClaimBound,
  encodeDocument,
  type Measure,
  type Presentation,
  type Tally,
} from "@wattest/protocol"
import { walkTallies } from "@wattest/verifier"
import { checkDocument, type Proving } from "./create-tally.ts"
import { checkBound, checkRoom } from "./plan.ts"
import { accumulationAt, appendTallies, type TallyFile } from "./tally-file.ts"
import { type BoundSubject, readBound, type TallySubject, type WrittenBound } from "./terms.ts"

export type BoundRequest = Proving & {
  readonly file: TallyFile
  /** The tally of the denominator, for a ratio over two. */
  readonly over?: TallyFile
  readonly written: WrittenBound
}

/** What a tally asks, through the joins above it. */
export function subjectAt(document: Presentation, place: number): TallySubject {
  const tally: Tally | undefined = document.tallies[place]
  if (tally === undefined) throw new RangeError(`there is no tally ${place + 1}`)
  return tally.kind === "join" ? subjectAt(document, tally.parts[0] ?? 0) : tally
}

const ratioOf = ({ numerator, denominator }: Measure) => ({ numerator, denominator })

/** Two bounds that say the same, whatever their proofs. */
function sayTheSame({ proof: _, ...a }: ClaimBound, { proof: __, ...b }: ClaimBound): boolean {
  return Buffer.from(encodeDocument(a)).equals(encodeDocument(b))
}

type Placed = { readonly file: TallyFile; readonly tally: number; readonly over: number }

/** Both tallies in one file. */
function placeSides({ file, over }: BoundRequest): Placed {
  if (over === undefined) return { file, tally: file.place, over: file.place }
  const { merged, places } = appendTallies(file, over)
  return { file: merged, tally: file.place, over: places[over.place] ?? file.place }
}

async function proveBound(
  { file, tally, over }: Placed,
  subject: BoundSubject,
  { pool }: Proving,
): Promise<ClaimBound> {
  const [top, bottom] = [subjectAt(file.document, tally), subjectAt(file.document, over)]
  const sides = { numerator: accumulationAt(file, tally), denominator: accumulationAt(file, over) }
  checkBound({ numerator: sides.numerator.totals, denominator: sides.denominator.totals, top, bottom }, subject)
  const { metric, measure, lo, hi } = subject
  const said = { metric, tally, over, lo, hi, ...(metric === "ratio" ? { ratio: ratioOf(measure) } : {}) }
  const { bounds } = file.document
  const known = bounds.find((bound) => sayTheSame(bound, said))
  if (known !== undefined) return known
  checkRoom(file.document, { bounds: 1 })
  const proof = await pool.prove("bound", boundInput(sides, { measure, isStrict: true, bounds: { lo, hi } }))
  return { ...said, proof }
}

/**
 * Proves one more bound on a tally; nothing is folded again. Refuses what does not hold before it proves. Asked again it
 * gives back the bound that is there.
 */
export async function createBound(request: BoundRequest): Promise<TallyFile> {
  const placed = placeSides(request)
  const { document } = placed.file
  const subject = readBound(request.written, subjectAt(document, placed.tally))
  const bound = await proveBound(placed, subject, request)
  if (document.bounds.includes(bound)) return placed.file
  const extended = checkDocument({ ...document, bounds: [...document.bounds, bound] })
  return { ...placed.file, document: extended }
}

/** How many runs a file's tally folded in. */
export function runsOf({ document, place }: TallyFile): bigint {
  return walkTallies(document)[place]?.scope.runs ?? 0n
}
