import { METRICS } from "@wattest/protocol"
import { type Fraction, isAtMost } from "@wattest/verifier"
import { knownOf } from "../books/amount.ts"
import type { Books, JudgedRun, Refused } from "../books/books.ts"
import { isSelected, valuesOf } from "../books/select.ts"
import type { Compared } from "../compare/by.ts"
import { type Contestant, contestantOf, refuseUnlike } from "../compare/contestant.ts"
import type { Budget } from "../file/shape.ts"
import { type Line, lineOf } from "./decide.ts"

/** A candidate or an incumbent: its joules for a unit of work, with both ends. */
type Side = Pick<Contestant, "name" | "model" | "unit" | "boundary" | "lower" | "upper" | "quality">

/** How a candidate stands to the incumbent; `tie`: their intervals overlap. */
export type Change = "better" | "tie" | "worse, as allowed" | "worse"

/** What a model registry is told before it promotes a model. */
export type Promotion = {
  readonly decision: "promote" | "refuse" | "unknown"
  readonly by: Compared
  /** Null where its document is not valid. */
  readonly candidate: Side | null
  readonly incumbent: Side | null
  readonly change: Change | null
  readonly lines: readonly (Line & { readonly budget: string })[]
  readonly refused: readonly Refused[]
  readonly sentence: string
}

export type PromotionRequest = {
  readonly by: Compared
  readonly budgets: readonly Budget[]
  readonly candidate: Books
  readonly incumbent: Books | null
  /** How much more energy than the incumbent's a candidate may take, as a share. */
  readonly regression: Fraction
}

const sideOf = ({ name, model, unit, boundary, lower, upper, quality }: Contestant): Side => ({
  ...{ name, model, unit, boundary },
  ...{ lower, upper, quality },
})

/** Limits for a unit of work of the budgets that a candidate falls under: a sum over a period is of no model alone. */
function linesFor(budgets: readonly Budget[], runs: readonly JudgedRun[]): Promotion["lines"] {
  const unit = valuesOf(runs, "unit")[0] ?? ""
  return budgets
    .filter(({ select = {} }) => runs.every((run) => isSelected(run, select)))
    .flatMap(({ name, limits }) =>
      limits
        .filter(({ metric }) => METRICS[metric].denominator.length > 0)
        .map((limit) => ({ budget: name, ...lineOf(limit, "runs", knownOf(runs, limit.metric), unit) })),
    )
}

/** An end with a share added. */
const raised = ({ value, divisor }: Fraction, share: Fraction): Fraction => ({
  value: value * (share.divisor + share.value),
  divisor: divisor * share.divisor,
})

/** How a candidate's interval stands to the incumbent's, whose upper end is raised by what is allowed. */
export function changeOf(
  { ends: candidate }: Pick<Contestant, "ends">,
  { ends: incumbent }: Pick<Contestant, "ends">,
  regression: Fraction,
): Change {
  if (!isAtMost(incumbent.lo, candidate.hi)) return "better"
  if (isAtMost(candidate.lo, incumbent.hi)) return "tie"
  return isAtMost(candidate.lo, raised(incumbent.hi, regression)) ? "worse, as allowed" : "worse"
}

function decisionOf(lines: Promotion["lines"], change: Change | null): Promotion["decision"] {
  if (change === "worse" || lines.some(({ standing }) => standing === "over")) return "refuse"
  return lines.some(({ standing }) => standing === "unknown") ? "unknown" : "promote"
}

const CHANGES: { readonly [C in Change]: string } = {
  better: "it takes less energy than the incumbent, beyond uncertainty",
  tie: "it takes as much energy as the incumbent, within uncertainty",
  "worse, as allowed": "it takes more energy than the incumbent, within what is allowed",
  worse: "it takes more energy than the incumbent, beyond uncertainty and what is allowed",
}

function sentenceFor(lines: Promotion["lines"], change: Change | null): string {
  const over = lines.filter(({ standing }) => standing === "over").map(({ budget, limit }) => `${budget}: ${limit}`)
  const open = lines.filter(({ standing }) => standing === "unknown").map(({ budget, limit }) => `${budget}: ${limit}`)
  return [
    ...(change === null ? [] : [CHANGES[change]]),
    ...(over.length === 0 ? [] : [`over budget: ${over.join(", ")}`]),
    ...(open.length === 0 ? [] : [`not known: ${open.join(", ")}`]),
    ...(over.length + open.length === 0 && lines.length > 0 ? ["within its budgets"] : []),
  ].join("; ")
}

/** Decides on a promotion. Pure. Throws a UsageError where the two cannot be compared. */
export function decidePromotion({ by, budgets, candidate, incumbent, regression }: PromotionRequest): Promotion {
  const refused = [...candidate.refused, ...(incumbent?.refused ?? [])]
  const isKnown = candidate.refused.length === 0 && candidate.runs.length > 0
  const nobody = { by, candidate: null, incumbent: null, change: null, lines: [], refused }
  if (!isKnown) return { ...nobody, decision: "refuse", sentence: "the candidate's document is not valid" }
  const contestant = (runs: readonly JudgedRun[]) =>
    contestantOf(runs[0]?.document ?? "", runs, { by, declared: undefined })
  const lines = linesFor(budgets, candidate.runs)
  const first = contestant(candidate.runs)
  if (incumbent === null) {
    const sentence = sentenceFor(lines, null)
    return { ...nobody, candidate: sideOf(first), lines, decision: decisionOf(lines, null), sentence }
  }
  if (incumbent.refused.length > 0 || incumbent.runs.length === 0)
    return {
      ...nobody,
      candidate: sideOf(first),
      lines,
      decision: "unknown",
      sentence: "the incumbent's document is not valid",
    }
  const second = contestant(incumbent.runs)
  refuseUnlike([first, second])
  const change = changeOf(first, second, regression)
  return {
    ...{ by, candidate: sideOf(first), incumbent: sideOf(second), change, lines, refused },
    ...{ decision: decisionOf(lines, change), sentence: sentenceFor(lines, change) },
  }
}
