import {
  type Accumulation,
  encodeDocument,
  type Presentation,
  parseDocument,
  presentation,
  shape,
  TALLY_TYPE,
  TOTALS,
} from "@wattest/protocol"

/** Longest tally, in bytes. */
export const MAX_TALLY_BYTES = 40 * 1024 * 1024

const { array, integer, literal, object, unsigned } = shape

const opening = object({
  /** In the order of TOTALS. */
  totals: array(unsigned(96), { min: TOTALS.length, max: TOTALS.length }),
  blind: unsigned(254),
})

/**
 * What an operator keeps of tallies, so that bounds and joins refold nothing: their proofs, and the totals under their
 * accumulators. It is private: whoever has it knows all totals.
 */
export const tallyFile = object({
  mediaType: literal(TALLY_TYPE),
  /** One for each tally of the document. */
  openings: array(opening, { min: 1, max: 64 }),
  /** The tally that the file is about; the others are its parts, or were brought in by bounds over two tallies. */
  place: integer(0, 63),
  document: presentation,
})
export type TallyFile = shape.TypeOf<typeof tallyFile>

export const encodeTallyFile = (file: TallyFile): Uint8Array => encodeDocument(file)

/** Throws a Rejection. */
export const parseTallyFile = (bytes: Uint8Array): TallyFile => parseDocument(bytes, tallyFile, MAX_TALLY_BYTES)

export function accumulationAt({ openings }: TallyFile, place: number): Accumulation {
  const found = openings[place]
  if (found === undefined) throw new RangeError(`the file has no opening of tally ${place + 1}`)
  return found
}

/** Puts the tallies of one file behind those of another; gives where each of its own now stands. */
export function appendTallies(
  file: TallyFile,
  other: TallyFile,
): { readonly merged: TallyFile; readonly places: readonly number[] } {
  const { document } = file
  const known = new Map(document.tallies.map((tally, place) => [idOf(tally), place]))
  const tallies = [...document.tallies]
  const openings = [...file.openings]
  const places: number[] = []
  for (const [i, tally] of other.document.tallies.entries()) {
    const moved = tally.kind === "join" ? { ...tally, parts: tally.parts.map((part) => places[part] ?? 0) } : tally
    const there = known.get(idOf(moved))
    places.push(there ?? tallies.length)
    if (there !== undefined) continue
    tallies.push(moved)
    openings.push(accumulationAt(other, i))
    known.set(idOf(moved), tallies.length - 1)
  }
  const keys = { ...other.document.keys, ...document.keys }
  return { merged: { ...file, openings, document: { ...document, keys, tallies } }, places }
}

const idOf = (tally: Presentation["tallies"][number]): string => Buffer.from(encodeDocument(tally)).toString()
