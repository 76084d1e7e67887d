import { METRICS, type MetricName, NO_UPPER_BOUND } from "@wattest/protocol"
import { html, nothing, type TemplateResult } from "lit-html"
import type { Claim, Overlap } from "../books/books.ts"
import { type Interval, intervals } from "../draw/intervals.ts"
import { published } from "../published.ts"
import { hrefOf } from "../route.ts"
import { day, label, plural, share } from "../words.ts"
import { labelled } from "./parts.ts"

const isMetric = (name: string): name is MetricName => Object.hasOwn(METRICS, name)

/** What a metric is shown in: its usual unit, and how many smallest ones that is. */
function unitOf(claim: Claim): { readonly name: string; readonly size: number } {
  if (!isMetric(claim.metric)) return { name: claim.unit, size: 1 }
  const [name = "", size = 1n] = Object.entries(METRICS[claim.metric].units)[0] ?? []
  const per = claim.unit.includes("per unit")
    ? ` per ${claim.work === null ? "unit of work" : claim.work || "unit"}`
    : ""
  return { name: `${name}${per}`, size: Number(size) }
}

const NUMBER = new Intl.NumberFormat("en", { maximumSignificantDigits: 4 })
export const say = (value: number): string => NUMBER.format(value)

const claimName = (claim: Claim) => `${day(claim.from)} – ${day(claim.to)} · #${claim.number}`

function intervalOf(claim: Claim, size: number, isThis: boolean): Interval {
  return {
    name: claimName(claim),
    lo: Number(claim.lo) / size,
    hi: claim.hi === NO_UPPER_BOUND ? null : Number(claim.hi) / size,
    kind: "proved",
    href: hrefOf({ page: "claim", operator: claim.operator, number: claim.number }),
    isThis,
  }
}

const MOST_DRAWN = 24

/** A claim among the others of its operator about the same kind of number, and beside what was published elsewhere. */
export async function drawClaims(claims: readonly Claim[], shown: Claim): Promise<TemplateResult> {
  const { name, size } = unitOf(shown)
  const same = claims.filter(
    ({ metric, work, boundary }) => metric === shown.metric && work === shown.work && boundary === shown.boundary,
  )
  const others = same.filter((claim) => claim !== shown).slice(0, MOST_DRAWN)
  const stated = (await published(shown.metric, shown.work)).slice(0, MOST_DRAWN)
  return intervals(
    [intervalOf(shown, size, true), ...others.map((claim) => intervalOf(claim, size, false)), ...stated],
    name,
    say,
  )
}

/** The labels and the completeness of a claim, in a line each. */
export const claimFacts = (claim: Claim): TemplateResult => html`<p class="tags">
  ${labelled("model", claim.model)} ${labelled("party", claim.party)} ${labelled("site", claim.site)} ${labelled("zone", claim.zone)}
  ${labelled("boundary", claim.boundary)} ${labelled("energy", claim.energyGrade)}
  ${claim.suspect ? html`<span class="tag false">a withdrawal voids anchors of this period</span>` : nothing}
  ${claim.voids > 0 ? html`<span class="tag open">${plural(claim.voids, "void run")}</span>` : nothing}
  ${claim.unopened > 0 ? html`<span class="tag open">${plural(claim.unopened, "run")} not opened</span>` : nothing}
</p>`

/** Of the time that the registry expects, the share that was metered; null where it is not known. */
export function meteredShare({ meteredAtLeastMs, expectedMs }: Claim): string | null {
  if (meteredAtLeastMs === null || expectedMs === null || expectedMs === 0) return null
  return share(Math.min(1, meteredAtLeastMs / expectedMs))
}

/** Claims of an operator, newest period first: the sentence, then what it is about. */
export const claimCards = (claims: readonly Claim[]): TemplateResult => html`<ul class="claims">
  ${claims
    .toSorted((a, b) => b.to - a.to || b.number - a.number)
    .map(
      (claim) => html`<li>
    <a class="sentence" href=${hrefOf({ page: "claim", operator: claim.operator, number: claim.number })}>${label(gist(claim))}</a>
    ${claimFacts(claim)}
  </li>`,
    )}
</ul>`

/** The number and the time of a sentence that names every condition: the whole of it stands on the claim's own page. */
const gist = (claim: Claim) => {
  const { name, size } = unitOf(claim)
  const [lo, hi] = [Number(claim.lo) / size, Number(claim.hi) / size]
  const bounds =
    claim.hi === NO_UPPER_BOUND
      ? `at least ${say(lo)}`
      : claim.lo === 0n
        ? `at most ${say(hi)}`
        : claim.lo === claim.hi
          ? say(lo)
          : `${say(lo)} to ${say(hi)}`
  return `${claim.metric}: ${bounds} ${name}, ${day(claim.from)} to ${day(claim.to)}`
}

/** What two of an operator's numbers have to do with each other, where they cannot both be true. */
export function contradictions(
  overlaps: readonly Overlap[],
  operator: Claim["operator"],
): TemplateResult | typeof nothing {
  const wrong = overlaps.filter(({ contradicts }) => contradicts)
  if (wrong.length === 0) return nothing
  return html`<div class="notice false" role="alert"><strong>${plural(wrong.length, "pair")} of claims cannot both be true.</strong>
    <ul>${wrong.map(
      ({ number, otherNumber, metric, relation }) => html`<li>
      <a href=${hrefOf({ page: "claim", operator, number })}>#${number}</a> (${relation} the runs of)
      <a href=${hrefOf({ page: "claim", operator, number: otherNumber })}>#${otherNumber}</a>: ${label(metric)}</li>`,
    )}</ul></div>`
}
