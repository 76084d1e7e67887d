import type { Hex, Profile } from "@wattest/protocol"
import { type Books, byRun, type ClaimEntry, type Entry } from "../books/entry.ts"
import type { Factors } from "../books/factor.ts"
import { entriesIn, type Span, spanOf } from "../books/period.ts"
import { type Placed, placeEntries } from "../books/place.ts"
import { extractsBefore, type Standing, standingOf } from "../books/standing.ts"
import { type Withdrawal, withdrawalsIn } from "../books/withdrawn.ts"
import type { Days, Filing } from "../filing.ts"

export type Subject = Filing["subject"]

/** What a filing is made from. */
export type Material = {
  readonly books: Books
  readonly profile: Profile
  readonly profileDigest: Hex
  readonly factors: Factors | null
  readonly days: Days
  /** Unix seconds; null: everything that was given. */
  readonly asOf: number | null
  readonly subject: Subject
  /** Accounts whose signature under an instrument is the issuing body's, and those that only looked. */
  readonly issuers: readonly Hex[]
  readonly witnesses: readonly Hex[]
  /** Vouchers whom the policy believes: each may have a ledger of the entity's. */
  readonly vouchers: readonly Hex[]
  /** Largest part of the expected time that may be missing, percent: the policy's. */
  readonly missingPercent: number
}

/** The part of it that one filing speaks of: what figures are computed from. */
export type World = Omit<Material, "books"> & {
  readonly contradictions: Books["contradictions"]
  readonly span: Span
  /** All shown runs of the entity's own devices, of whatever period, by device and in order. */
  readonly shown: ReadonlyMap<Hex, readonly Entry[]>
  /** What the chain says there is of the entity's books, as far as extracts say it. */
  readonly standing: Standing
  /** Runs of the entity's own devices in the period, by what they add up to. */
  readonly placed: readonly Placed[]
  /** Runs that add up to all that the entity took at its sites, whatever part of it the filing speaks of. */
  readonly everywhere: readonly Entry[]
  /** Runs that others metered for the entity or with what it sold, by the category of Scope 3. */
  readonly chain: { readonly [category: string]: readonly Entry[] }
  readonly claims: readonly ClaimEntry[]
  /** Claims that say nothing of the filing, and why. */
  readonly unfit: readonly { readonly document: string; readonly reason: string }[]
  /** Runs of the filing's subject, or of its value chain, that a withdrawal made void: they are in no number. */
  readonly withdrawn: readonly (Withdrawal & { readonly entry: Entry })[]
  /** Runs whose operator is neither the entity nor one of its profile's. */
  readonly foreign: readonly Entry[]
}

function isOfSubject({ kind, name }: Subject): (entry: Entry) => boolean {
  if (kind === "site") return ({ site }) => site === name
  if (kind === "job") return ({ job }) => job === name
  if (kind === "model") return ({ model }) => model === name
  return () => true
}

function chainOf({ profile: { suppliers } }: Material, entries: readonly Entry[]): World["chain"] {
  const of = (category: string) =>
    entries.filter((entry) =>
      suppliers.some(
        (one) => one.category === category && one.operator === entry.operator && one.party === entry.party,
      ),
    )
  return { "1.1": of("1.1"), "11": of("11") }
}

/** Why a claim says nothing of a filing; null: it does. Another period's numbers are never mixed in. */
function unfitness({ claim: { scope, over } }: ClaimEntry, { profile, asOf, days }: Material): string | null {
  const { fromMs, toMs } = spanOf(days)
  if (scope.asOf === null) return "it is about chosen runs, not about all"
  if (scope.owners.length === 0 || scope.owners.some(({ operator }) => operator !== profile.operator))
    return "it counts ledgers of an operator who is not the profile's"
  const isPeriod = scope.from * 1000 === fromMs && scope.to * 1000 === toMs
  if (scope.asOf <= scope.to) return "it was taken before its period had ended"
  if (!isPeriod || over.from !== scope.from || over.to !== scope.to) return "it is over another time than the period"
  return asOf === null || scope.asOf <= asOf ? null : "it was taken after the time as of which this is stated"
}

/** Narrows the material to what a filing speaks of. */
export function worldOf(material: Material): World {
  const { books, ...rest } = material
  const span = spanOf(material.days)
  const { operator, suppliers } = material.profile
  const extracts = extractsBefore(books.extracts, material.asOf)
  const withdrawalOf = withdrawalsIn(extracts)
  const given = entriesIn(books.entries, span, material.asOf).toSorted(byRun)
  const inPeriod = given.filter((entry) => withdrawalOf(entry) === null)
  const own = inPeriod.filter((entry) => entry.operator === operator)
  const others = inPeriod.filter((entry) => entry.operator !== operator)
  const shown = books.entries.filter((entry) => entry.operator === operator).toSorted(byRun)
  const whole = placeEntries(own, material.profile)
  const isListed = (entry: Entry) =>
    suppliers.some((one) => one.operator === entry.operator && one.party === entry.party)
  return {
    ...{
      ...rest,
      span,
      contradictions: books.contradictions,
      shown: Map.groupBy(shown, ({ device }) => device),
      standing: standingOf(extracts, shown, operator),
      chain: chainOf(material, others),
      claims: books.claims.filter((one) => unfitness(one, material) === null),
      unfit: books.claims.flatMap((one) => {
        const reason = unfitness(one, material)
        return reason === null ? [] : [{ document: one.document.name, reason }]
      }),
    },
    everywhere: whole.filter(({ site }) => site !== "").flatMap(({ counted }) => counted),
    placed:
      material.subject.kind === "entity"
        ? whole
        : placeEntries(own.filter(isOfSubject(material.subject)), material.profile),
    withdrawn: given.flatMap((entry) => {
      const found = withdrawalOf(entry)
      const isAbout = entry.operator === operator ? isOfSubject(material.subject)(entry) : isListed(entry)
      return found !== null && isAbout ? [{ ...found, entry }] : []
    }),
    foreign: others.filter((entry) => !isListed(entry)),
  }
}
