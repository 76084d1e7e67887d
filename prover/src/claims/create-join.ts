import { JOIN_PARTS, joinTotals, PRESENTATION_TYPE, type Presentation, TALLY_TYPE } from "@wattest/protocol"
import { walkTallies } from "@wattest/verifier"
import { freshBlind } from "../fresh-blind.ts"
import { readVerificationKey } from "../proving/key-folder.ts"
import { Refusal } from "../refusal.ts"
import { checkDocument, closingOf, type Proving, proveClosing, word } from "./create-tally.ts"
import { checkRoom } from "./plan.ts"
import { accumulationAt, appendTallies, type TallyFile } from "./tally-file.ts"
import type { WrittenClosing } from "./terms.ts"

export type JoinRequest = Proving & {
  /** Of adjoining periods under equal terms, or of disjoint ledgers in one period; in any order. */
  readonly files: readonly TallyFile[]
  readonly closing?: WrittenClosing
}

type Ordered = { readonly file: TallyFile; readonly places: readonly number[] }

const tallyOf = ({ document, place }: TallyFile) => walkTallies(document)[place]

/** By period, and within one period by ledger: as the protocol joins them. */
function inOrder(files: readonly TallyFile[]): readonly TallyFile[] {
  const keyed = files.map((file) => {
    const scope = tallyOf(file)?.scope
    return { file, from: scope?.from ?? 0, owner: JSON.stringify(scope?.owners) }
  })
  return keyed.sort((a, b) => a.from - b.from || (a.owner < b.owner ? -1 : 1)).map(({ file }) => file)
}

/** Refuses more tallies than one join adds, and fewer than two. */
export function checkParts(count: number): void {
  if (count < 2 || count > JOIN_PARTS)
    throw new Refusal("INPUT_INVALID", `${count} tallies`, `join 2 to ${JOIN_PARTS}; joins can be joined`)
}

function gather(first: TallyFile, more: readonly TallyFile[]): Ordered {
  let file: TallyFile = { ...first, document: { ...first.document, bounds: [] } }
  const places = [first.place]
  for (const next of more) {
    const { merged, places: moved } = appendTallies(file, next)
    file = merged
    places.push(moved[next.place] ?? 0)
  }
  return { file, places }
}

/** Proves a tally that others add up to, and closes it with bounds of its own. */
export async function createJoin(request: JoinRequest): Promise<TallyFile> {
  const { pool, keys, progress } = request
  checkParts(request.files.length)
  const [first, ...more] = inOrder(request.files) as [TallyFile, ...TallyFile[]]
  const { file, places } = gather(first, more)
  checkRoom(file.document, { tallies: 1 })
  const { input, sum } = joinTotals(
    places.map((place) => accumulationAt(file, place)),
    freshBlind(),
  )
  const closing = closingOf(sum, request.closing)
  progress?.(0, 4)
  const proof = await pool.prove("join", input)
  progress?.(1, 4)
  const closed = await proveClosing(pool.prove, sum, closing)
  progress?.(4, 4)
  const join = { kind: "join", parts: places, accumulator: word(input.sum), proof, closing: closed } as const
  const document: Presentation = {
    mediaType: PRESENTATION_TYPE,
    keys: { ...file.document.keys, join: readVerificationKey(keys, "join") },
    tallies: [...file.document.tallies, join],
    bounds: [],
  }
  const openings = [...file.openings, sum]
  return { mediaType: TALLY_TYPE, openings, place: openings.length - 1, document: checkDocument(document) }
}
