import { NO_UPPER_BOUND, parsePresentation, visible } from "@wattest/protocol"
import type { Judgement } from "@wattest/verifier"
import type { ProvedClaim } from "./messages.ts"

type Claim = Extract<Judgement, { readonly kind: "presentation" }>["model"]["claims"][number]

/** What a valid presentation says of the chain, a claim each, by the names that the index gives the same values. */
export function claimsOf(judgement: Judgement, bytes: Uint8Array): readonly ProvedClaim[] {
  if (judgement.kind !== "presentation" || judgement.model.claims.length === 0) return []
  const { tallies, bounds } = parsePresentation(bytes)
  return judgement.model.claims.map((claim, i) => {
    const tally = tallies[bounds[i]?.tally ?? -1]
    const number = tally?.kind === "published" ? tally.number : "none"
    return { sentence: claim.sentence, values: asTexts({ number, ...valuesOf(claim) }) }
  })
}

function valuesOf({ metric, lo, hi, tally, coverage }: Claim) {
  const { filters, conditions, from, to, asOf, runs, unopened, voids } = tally
  return {
    operator: [...new Set(tally.owners.map(({ operator }) => operator))].join(" "),
    ...{ metric, lo, hi: hi ?? NO_UPPER_BOUND, from, to, asOf, runs, unopened, voids },
    ...{ boundary: filters.boundary, model: filters.model, work: filters.unit, zone: filters.zone },
    ...{ site: filters.site, party: filters.party },
    ...{ energyGrade: conditions.energyGrade, workGrade: conditions.workGrade },
    meteredAtLeastMs: coverage?.meteredMs ?? null,
    blindAtMost: coverage?.blindPpm ?? null,
    brokenAtMost: coverage?.broken ?? null,
    // the verifier calls a tally valid only where no withdrawal voids what it folded
    suspect: false,
  }
}

/** As an index shows them: labels with what is not to be seen in them made visible. */
const asTexts = (values: object): { readonly [name: string]: string } =>
  Object.fromEntries(
    Object.entries(values).map(([name, value]) => [name, typeof value === "string" ? visible(value) : `${value}`]),
  )
