import { type Hex, visible } from "@wattest/protocol"
import { html, nothing, type TemplateResult } from "lit-html"
import { type Claim, Unread } from "../books/books.ts"
import { badge } from "../check/badge.ts"
import type { Shown, World } from "../check/check.ts"
import { duration, label, moment, plural, share, whole } from "../words.ts"
import { claimFacts, contradictions, drawClaims, meteredShare } from "./claims.ts"
import { gist } from "./measure.ts"
import { hexLink, pageHead, section } from "./parts.ts"

/** What a proof must say for the sentence, the drawing and the facts of a claim to be true. */
export function claimShown({
  sentence,
  ...claim
}: Claim): Extract<Shown, { readonly claims: unknown }>["claims"][number] {
  const { operator, number, metric, lo, hi, from, to, asOf, runs, unopened, voids, suspect } = claim
  const { boundary, model, work, zone, site, party, energyGrade, workGrade } = claim
  const { meteredAtLeastMs, blindAtMost, brokenAtMost } = claim
  return {
    sentence,
    values: {
      ...{ operator, number, metric, lo, hi, from, to, asOf, runs, unopened, voids, suspect },
      ...{ boundary, model, work, zone, site, party, energyGrade, workGrade },
      ...{ meteredAtLeastMs, blindAtMost, brokenAtMost },
    },
  }
}

/** A tally and what was proved of it: each sentence first, drawn beside others, then how complete it is. */
export async function claimPage(operator: Hex, number: number, world: World): Promise<TemplateResult> {
  const { books } = world
  const [claims, overlaps] = await Promise.all([books.claims({ operator }), books.overlaps({ operator })])
  const here = claims.items.filter((claim) => claim.number === number)
  const [first] = here.length > 0 ? here : (await books.claims({ operator, number })).items
  if (first === undefined)
    throw new Unread(
      "nothing is proved of this tally",
      "An open tally says nothing yet; look at the operator's others.",
    )
  const shown = here.length > 0 ? here : [first]
  const touching = overlaps.items.filter((pair) => pair.number === number || pair.otherNumber === number)
  const drawings = await Promise.all(shown.map((claim) => drawClaims(claims.items, claim)))
  const title = shown.length === 1 ? label(gist(first)) : `${plural(shown.length, "number")} of tally ${whole(number)}`
  return html`${pageHead(`Claim, tally ${whole(number)}`, title, [hexLink({ page: "operator", operator }, operator)])}
    <p>${badge({ subject: { kind: "claim", operator, number }, shown: { claims: shown.map(claimShown) }, world, isEager: true })}</p>
    ${contradictions(touching, claims.items, operator)}
    ${shown.map((claim, i) => html`<section><blockquote class="sentence">${visible(claim.sentence)}</blockquote>${drawings[i]}</section>`)}
    ${section("What it covers", claimFacts(first), facts(first), standing(first, books.source))}`
}

const facts = (claim: Claim): TemplateResult => html`<dl class="facts">
  <dt>period</dt><dd>runs that ended after ${moment(claim.from)} and up to ${moment(claim.to)}</dd>
  <dt>anchored before</dt><dd>${moment(claim.asOf)}</dd>
  <dt>runs</dt><dd>${plural(claim.runs, "run")} in these ledgers${claim.unopened > 0 ? `, ${whole(claim.unopened)} not opened` : ", all opened"}${claim.voids > 0 ? `, ${whole(claim.voids)} void` : ""}</dd>
  ${claim.meteredAtLeastMs === null ? nothing : html`<dt>metered</dt><dd>at least ${duration(claim.meteredAtLeastMs / 1000)} of device time</dd>`}
  ${claim.blindAtMost === null ? nothing : html`<dt>blind</dt><dd>at most ${share(claim.blindAtMost / 1e6)} of the metered time</dd>`}
  ${claim.brokenAtMost === null ? nothing : html`<dt>books broken</dt><dd>before at most ${plural(claim.brokenAtMost, "run")}</dd>`}
  <dt>suspicion</dt><dd>${claim.suspect ? "a voucher's withdrawal voids anchors that were folded" : "none"}</dd>
</dl>`

/** What an index adds of its own: it follows from the registry, and stands in no proof of the claim. */
function standing(claim: Claim, source: string): TemplateResult | typeof nothing {
  const { devicesBehind } = claim
  const metered = meteredShare(claim)
  if (metered === null && devicesBehind === null) return nothing
  return html`<p class="source">Not checked, as ${source} says: ${metered === null ? nothing : html`${metered} of the time is metered that the registry expects`}${metered === null || devicesBehind === null ? nothing : "; "}${devicesBehind === null ? nothing : html`${plural(devicesBehind, "device")} had not told all of the period when it was taken`}.</p>`
}
