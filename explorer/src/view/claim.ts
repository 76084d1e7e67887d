import { type Hex, visible } from "@wattest/protocol"
import { html, nothing, type TemplateResult } from "lit-html"
import { type Claim, Unread } from "../books/books.ts"
import { badge } from "../check/badge.ts"
import type { World } from "../check/check.ts"
import { duration, label, moment, plural, share, whole } from "../words.ts"
import { claimFacts, contradictions, drawClaims, meteredShare } from "./claims.ts"
import { hexLink, pageHead, section } from "./parts.ts"

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
  return html`${pageHead("Claim", `Tally ${whole(number)}`, [hexLink({ page: "operator", operator }, operator)])}
    <p>${badge({ subject: { kind: "claim", operator, number }, shown: { sentences: shown.map(({ sentence }) => sentence) }, world, isEager: true })}</p>
    ${contradictions(touching, operator)}
    ${shown.map((claim, i) => html`<section><blockquote class="sentence">${visible(claim.sentence)}</blockquote>${drawings[i]}</section>`)}
    ${section("What it covers", claimFacts(first), facts(first))}`
}

const facts = (claim: Claim): TemplateResult => html`<dl class="facts">
  <dt>period</dt><dd>after ${moment(claim.from)}, up to ${moment(claim.to)}</dd>
  <dt>anchored before</dt><dd>${moment(claim.asOf)}</dd>
  <dt>runs</dt><dd>${plural(claim.runs, "run")} in these ledgers${claim.unopened > 0 ? `, ${whole(claim.unopened)} not opened` : ", all opened"}${claim.voids > 0 ? `, ${whole(claim.voids)} void` : ""}</dd>
  ${claim.meteredAtLeastMs === null ? nothing : html`<dt>metered</dt><dd>at least ${duration(claim.meteredAtLeastMs / 1000)} of device time${meteredShare(claim) === null ? ", of a time that is not known" : `, ${meteredShare(claim)} of what the registry expects`}</dd>`}
  ${claim.blindAtMost === null ? nothing : html`<dt>blind</dt><dd>at most ${share(claim.blindAtMost / 1e6)} of the metered time</dd>`}
  ${claim.brokenAtMost === null ? nothing : html`<dt>books broken</dt><dd>before at most ${plural(claim.brokenAtMost, "run")}</dd>`}
  ${claim.devicesBehind === null ? nothing : html`<dt>behind</dt><dd>${plural(claim.devicesBehind, "device")} when it was taken</dd>`}
  <dt>suspicion</dt><dd>${claim.suspect ? "a voucher's withdrawal voids anchors that were folded" : label("none")}</dd>
</dl>`
