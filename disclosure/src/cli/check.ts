import { type Context, EXIT, type Outcome, UsageError } from "@wattest/command"
import { plural, visible, visibleJson } from "@wattest/protocol"
import type { Filing } from "../filing.ts"
import type { Departure } from "../formats/departure.ts"
import { short } from "../formats/words.ts"
import { type Difference, differencesOf, isWordsAlone } from "../standard/difference.ts"
import { fileStandard } from "../standard/fill.ts"
import { readStandard, standardIds } from "../standard/read.ts"
import { filingOf } from "./explain.ts"
import { type MaterialOptions, prepare } from "./material.ts"

export type CheckOptions = Omit<MaterialOptions, "year" | "from" | "to" | "as-of" | "previous-as-of"> & {
  readonly filing: string | undefined
  readonly standard: string | undefined
}

/** The mapping of a filing. A filing is untrusted: no file is read that it names. Throws a UsageError. */
function standardOf({ standard: { id } }: Filing, own: string | undefined) {
  if (own !== undefined) return readStandard(own)
  if (standardIds().includes(id)) return readStandard(id)
  throw new UsageError(
    `the filing is of ${JSON.stringify(id)}, which is no standard of this program`,
    "name the mapping that it was made with: --standard FILE.json",
  )
}

/** What a file in another format states otherwise than its filing: all behind the first place may follow from it. */
const departed = ({ format, place, stated, written }: Departure): Difference => ({
  ...{ cell: null, field: `${format}, ${place}`, stated, made: written },
})

/** A list that differs is long, and says what is wrong in the middle of it. */
const LONGEST = 400

function render(filing: Filing, made: Filing, differences: readonly Difference[], isWorded: boolean): string {
  const { cells, standard } = filing
  const lines = differences.map(({ cell, field, stated, made }) => {
    const where = cell === null ? field : `${cell}, ${field}`
    return `${where}: the filing states ${short(stated, LONGEST)}, what was handed in makes it ${short(made, LONGEST)}`
  })
  const said = `${plural(cells.length, "cell")} of ${standard.id}: ${plural(differences.length, "difference")}`
  const worded = `no number differs, and as many sentences are stated: version ${filing.program} may have worded them otherwise than ${made.program}, and checks them to the letter`
  return [...lines, said, ...(isWorded ? [worded] : [])].map((line) => `${visible(line)}\n`).join("")
}

/** `check`: makes a filing again of its documents, and says where it states anything else. */
export async function check(
  path: string,
  paths: readonly string[],
  options: CheckOptions,
  context: Context,
): Promise<Outcome> {
  const { filing, departure } = await filingOf(path, options.filing)
  const { period, subject, asOf, previousAsOf } = filing
  const standard = standardOf(filing, options.standard)
  const when = { year: undefined, ...period, "as-of": asOf ?? undefined, "previous-as-of": previousAsOf ?? undefined }
  const about = subject.kind === "entity" ? null : subject
  const { material, policy, signer } = await prepare(paths, { ...options, ...when }, about, context)
  const made = fileStandard({ standard, material, policy, signer, previousAsOf })
  const differences = [...differencesOf(filing, made), ...(departure === null ? [] : [departed(departure)])]
  const isSame = differences.length === 0
  const isWorded = !isSame && departure === null && isWordsAlone(filing, made)
  context.terminal.print(
    context.json
      ? visibleJson({ same: isSame, wordsAlone: isWorded, differences }, 0)
      : render(filing, made, differences, isWorded),
  )
  if (isSame) return { exit: EXIT.done }
  // A document that nobody could judge now says nothing against the filing, nor does a sentence that another version wrote.
  const isOpen = isWorded || (departure === null && made.refused.some(({ status }) => status === "undetermined"))
  return { exit: isOpen ? EXIT.undetermined : EXIT.failed }
}
