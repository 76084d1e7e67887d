import { plural } from "@wattest/protocol"
import { evidenceOf } from "../books/entry.ts"
import type { Evidence } from "../filing.ts"
import { emissionsOf } from "./carbon.ts"
import { placesOf } from "./energy.ts"
import { backing } from "./market.ts"
import { unitOfWork } from "./product.ts"
import { PRODUCT_TEXTS } from "./product-texts.ts"
import type { World } from "./world.ts"

/** A text of a file; null, or empty, where nobody says it. */
export type TextFigure = (world: World) => string | null

const siteOf = ({ profile, subject }: World) =>
  profile.sites.find(({ id }) => subject.kind === "site" && id === subject.name)
const centre = (world: World) => siteOf(world)?.dataCentre ?? null

/** How the energy of a job was come by, in a sentence: what the boundary holds, and who says it. */
function method(world: World): string | null {
  const entries = placesOf(world).flatMap(({ counted }) => counted)
  if (entries.length === 0) return null
  const boundaries = [...new Set(entries.map(({ boundary }) => boundary))].sort()
  const devices = new Set(entries.map(({ device }) => device)).size
  const grades = [...new Set(entries.map(({ energyGrade }) => energyGrade))].sort()
  const origins = [...new Set(entries.map(({ origin }) => origin))].sort()
  return `Metered at the ${boundaries.join(" and ")} of ${plural(devices, "device")} (${grades.join(", ")}; ${origins.join(", ")}), each reading signed by its device and anchored on chain; uncertainty is stated beside the number and not added to it.`
}

const bounds = (world: World): readonly number[] =>
  placesOf(world).flatMap(({ counted }) => counted.flatMap(({ startMs, endMs }) => [startMs, endMs]))

/** A time of the subject's runs, UTC to the second; null where there are none. */
const runTime =
  (pick: (...times: readonly number[]) => number): TextFigure =>
  (world) => {
    const times = bounds(world)
    return times.length === 0 ? null : `${new Date(pick(...times)).toISOString().slice(0, 19)}Z`
  }

const distinct = (texts: readonly string[]) => [...new Set(texts.filter((text) => text !== ""))].sort().join(", ")

const sayBoolean = (value: boolean | null) => (value === null ? null : value ? "yes" : "no")

/** Which factors emissions are by: those that devices signed, or a table's. */
const carbonMethod: TextFigure = (world) =>
  emissionsOf(
    world,
    placesOf(world).flatMap(({ counted }) => counted),
  ).notes.join("; ")

/** Texts that mappings can name. */
export const TEXTS = {
  "entity.name": ({ profile }) => profile.entity.name,
  "entity.lei": ({ profile }) => profile.entity.lei,
  "entity.country": ({ profile }) => profile.entity.country,
  "entity.consolidation": ({ profile }) => profile.entity.consolidation,
  "site.name": (world) => siteOf(world)?.id ?? null,
  "site.address": (world) => siteOf(world)?.address ?? null,
  "site.municipality": (world) => siteOf(world)?.municipality ?? null,
  "site.country": (world) => siteOf(world)?.country ?? null,
  "site.zone": (world) => siteOf(world)?.zone ?? null,
  "site.owner": (world) => centre(world)?.owner ?? null,
  "site.operator": (world) => centre(world)?.operator ?? null,
  "site.type": (world) => centre(world)?.type ?? null,
  "site.ups": (world) => sayBoolean(centre(world)?.upsPresent ?? null),
  "site.grid-functions": (world) => centre(world)?.gridFunctions ?? null,
  "site.refrigerants": (world) => distinct(centre(world)?.refrigerants.map(({ name }) => name) ?? []),
  "period.from": ({ days }) => days.from,
  "period.to": ({ days }) => days.to,
  "subject.name": ({ subject }) => subject.name,
  "work.unit": unitOfWork,
  ...PRODUCT_TEXTS,
  "job.method": method,
  "job.model": (world) => distinct(placesOf(world).flatMap(({ counted }) => counted.map(({ model }) => model))),
  "job.from": runTime(Math.min),
  "job.to": runTime(Math.max),
  "job.zones": (world) => distinct(placesOf(world).flatMap(({ counted }) => counted.map(({ zone }) => zone))),
  "carbon.method": carbonMethod,
  /** What no document or profile holds. */
  "own-words": () => null,
  "instruments.bundling": (world) =>
    distinct(backing(world).map(({ kind, bundled }) => `${kind} (${bundled ? "with its electricity" : "unbundled"})`)),
  "instruments.kinds": (world) => distinct(backing(world).map(({ kind, source }) => `${kind} (${source})`)),
} as const satisfies { readonly [name: string]: TextFigure }

/** What devices say by metering; labels, as a model's or a zone's, are the operator's word that a device signed. */
const METERED: ReadonlySet<string> = new Set(["job.method", "job.from", "job.to"])

/** On whose word a text is. */
export const textEvidence = (world: World, name: TextName): Evidence =>
  METERED.has(name) && placesOf(world).every(({ counted }) => counted.every((one) => evidenceOf(one) === "proved"))
    ? "proved"
    : "declared"

export type TextName = keyof typeof TEXTS
export const isTextName = (name: string): name is TextName => Object.hasOwn(TEXTS, name)
