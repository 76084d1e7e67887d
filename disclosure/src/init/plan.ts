import { type Profile, profileDigest } from "@wattest/protocol"
import type { Books } from "../books/entry.ts"
import { isTextName } from "../figures/texts.ts"
import type { Subject } from "../figures/world.ts"
import type { Days } from "../filing.ts"
import { cellsOf } from "../standard/fill.ts"
import { readStandard } from "../standard/read.ts"
import type { Standard } from "../standard/shape.ts"

const NAMED = { job: "JOB", model: "MODEL" } as const

/** What files of a standard are of: each site of the profile, one job or model of many, or the entity. */
function subjectsOf({ subject }: Standard, { entity, sites }: Profile): readonly Subject[] {
  if (subject === "site") return sites.map(({ id }) => ({ kind: "site", name: id }))
  return [{ kind: subject, name: subject === "entity" ? entity.name : NAMED[subject] }]
}

const optionOf = ({ kind, name }: Subject) => {
  if (kind === "entity") return ""
  return ` --${kind} ${kind === "site" ? JSON.stringify(name) : name}`
}

/** What documents and profile leave open of a standard, cell by cell, for the year that the documents are of. */
function openOf(standard: Standard, profile: Profile, books: Books, days: Days) {
  const shared = { books, profile, profileDigest: profileDigest(profile), factors: null, days, asOf: null }
  const nobody = { issuers: [], witnesses: [], vouchers: [], missingPercent: 0 }
  const cells = subjectsOf(standard, profile).flatMap((subject) => cellsOf(standard, { ...shared, ...nobody, subject }))
  const open = cells.filter(({ state }) => state !== "filled")
  return [
    ...Map.groupBy(
      open.flatMap(({ id, needs }) => needs.map((need) => ({ id, need }))),
      ({ need }) => need,
    ),
  ].map(([need, cellsOfIt]) => ({ need, cells: [...new Set(cellsOfIt.map(({ id }) => id))] }))
}

/** What each chosen standard needs beside what is there already, and what to type for it. */
export function planOf(ids: readonly string[], profile: Profile, books: Books, days: Days) {
  const standards = ids.map((id) => {
    const standard = readStandard(id)
    const { title, subject, lines } = standard
    return {
      ...{ id, title, subject, lines: lines.length },
      figures: [...new Set(lines.map(({ figure }) => figure).filter((figure) => !isTextName(figure)))],
      commands: subjectsOf(standard, profile).map(
        (one) =>
          `wattest disclose file ${id} certificates --policy policy.json --profile profile.json --year YEAR${optionOf(one)} --out ${id}.json`,
      ),
      open: openOf(standard, profile, books, days),
    }
  })
  return { mediaType: "application/vnd.wattest.disclosure-plan.v1+json", period: days, standards }
}
