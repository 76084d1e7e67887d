import { html, nothing, type TemplateResult } from "lit-html"
import type { Claim, Overlap } from "../books/books.ts"
import { type Interval, intervals } from "../draw/intervals.ts"
import { published } from "../published.ts"
import { hrefOf } from "../route.ts"
import { day, label, plural, share } from "../words.ts"
import { boundsOf, gist, type Measure, measureOf, metricText, say } from "./measure.ts"
import { labelled } from "./parts.ts"

const claimName = (claim: Claim) => `${day(claim.from)} to ${day(claim.to)}, tally ${claim.number}`

const intervalOf = (claim: Claim, measure: Measure, isThis: boolean): Interval => ({
  ...{ name: claimName(claim), ...boundsOf(claim, measure), kind: "proved", isThis },
  href: hrefOf({ page: "claim", operator: claim.operator, number: claim.number }),
})

const MOST_DRAWN = 24

/** Claims that can stand on one axis: of one metric and unit of work, at one boundary. */
const kindOf = ({ metric, work, boundary }: Claim) => JSON.stringify([metric, work, boundary])

/** A claim among the others of its operator about the same kind of number, and beside what was published elsewhere. */
export async function drawClaims(claims: readonly Claim[], shown: Claim): Promise<TemplateResult> {
  const measure = measureOf(shown)
  const others = claims.filter((claim) => claim !== shown && kindOf(claim) === kindOf(shown)).slice(0, MOST_DRAWN)
  const stated = (await published(shown, measure.size)).slice(0, MOST_DRAWN)
  const proved = [intervalOf(shown, measure, true), ...others.map((claim) => intervalOf(claim, measure, false))]
  return intervals([...proved, ...stated], label(measure.name), say)
}

/** Drawings of an operator's claims, one for each kind of number, the newest kind first. */
export async function drawKinds(claims: readonly Claim[]): Promise<readonly TemplateResult[]> {
  const kinds = Map.groupBy(newestFirst(claims), kindOf)
  return Promise.all(
    [...kinds.values()].flatMap(([newest]) =>
      newest === undefined
        ? []
        : [
            drawClaims(claims, newest).then(
              (drawing) =>
                html`<h3>${label(metricText(newest.metric))}, metered at the ${label(newest.boundary)}</h3>${drawing}`,
            ),
          ],
    ),
  )
}

const newestFirst = (claims: readonly Claim[]) => claims.toSorted((a, b) => b.to - a.to || b.number - a.number)

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

/** Claims of an operator, newest period first: the number, then what it is about. */
export const claimCards = (claims: readonly Claim[]): TemplateResult => html`<ul class="claims">
  ${newestFirst(claims).map(
    (claim) => html`<li>
    <a class="sentence" href=${hrefOf({ page: "claim", operator: claim.operator, number: claim.number })}>${label(gist(claim))}</a>
    <span class="soft">${day(claim.from)} to ${day(claim.to)}</span>
    ${claimFacts(claim)}
  </li>`,
  )}
</ul>`

const RELATIONS: { readonly [relation: string]: string } = {
  same: "the same runs",
  within: "the runs of the first are among those of the second",
  around: "the runs of the second are among those of the first",
  overlaps: "they have runs in common",
}

/** What two of an operator's numbers have to do with each other, where they cannot both be true. */
export function contradictions(
  overlaps: readonly Overlap[],
  claims: readonly Claim[],
  operator: Claim["operator"],
): TemplateResult | typeof nothing {
  const wrong = overlaps.filter(({ contradicts }) => contradicts)
  if (wrong.length === 0) return nothing
  const named = (number: number, place: number) => {
    const claim = claims.find((each) => each.number === number && each.place === place)
    return html`<a href=${hrefOf({ page: "claim", operator, number })}>tally ${number}${claim === undefined ? nothing : `, ${label(gist(claim))}`}</a>`
  }
  return html`<div class="notice false" role="alert"><strong>${plural(wrong.length, "pair")} of claims cannot both be true.</strong>
    <ul>${wrong.map(
      ({ number, place, otherNumber, otherPlace, relation }) => html`<li>
      ${named(number, place)} and ${named(otherNumber, otherPlace)}: ${RELATIONS[relation] ?? label(relation)}.</li>`,
    )}</ul></div>`
}
