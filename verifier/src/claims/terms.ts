import {
  type Claim,
  check,
  DEVELOPMENT_KEYS,
  type Hex,
  ledgerIdOf,
  METRICS,
  type Owner,
  ownersOf,
  type Presentation,
  type VerificationKey,
  verificationKeyDigest,
} from "@wattest/protocol"
import { acceptGrade, acceptOwner, acceptRegistry } from "../certificate/policy-checks.ts"
import type { Policy } from "../policy.ts"
import { accept } from "../verdict.ts"
import type { Walk } from "./chains.ts"

/** Each key is one that the policy names; development keys are believed only where the policy says so. */
export function checkKeys({ keys }: Presentation, { claims }: Policy): void {
  const development: readonly Hex[] = Object.values(DEVELOPMENT_KEYS)
  for (const [circuit, key] of Object.entries(keys) as [string, VerificationKey][]) {
    const digest = verificationKeyDigest(key)
    const isDevelopment = development.includes(digest)
    const isAccepted = isDevelopment ? claims.developmentKeys : claims.verificationKeys.includes(digest)
    const change = isDevelopment ? `a development key, believed with "developmentKeys"` : `add it to "verificationKeys"`
    accept(isAccepted, "CLAIM_KEY_NOT_ACCEPTED", `${circuit}: ${digest}; ${change}`)
  }
}

/** A claim over a period must not leave out a ledger that the policy expects of its operators. */
function checkComplete(owners: readonly Owner[], { ledgers }: Policy): void {
  const ids = owners.map(({ operator, voucher }) => ledgerIdOf(operator, voucher))
  for (const [i, id] of ids.entries())
    check(i === 0 || id > (ids[i - 1] ?? ""), "CLAIM_LEDGERS_UNORDERED", `ledger ${i + 1}, ${id}`)
  for (const { operator, voucher } of ledgers ?? []) {
    const isConcerned = owners.some((owner) => owner.operator === operator)
    const isThere = ids.includes(ledgerIdOf(operator, voucher))
    check(!isConcerned || isThere, "CLAIM_LEDGER_MISSING", `operator ${operator}, voucher ${voucher}`)
  }
}

/** Chain, registry, vouchers and ledgers are the policy's. */
export function checkSubject(claim: Claim, policy: Policy): void {
  const owners = ownersOf(claim)
  if (claim.kind === "period") checkComplete(owners, policy)
  acceptRegistry(policy, claim)
  for (const owner of owners) acceptOwner(policy, owner)
}

/** What a claim asks makes sense and is good enough for the policy. */
export function checkTerms(claim: Claim, { grades }: Policy): void {
  const { metric, filters, lo, hi } = claim
  const { countsWork } = METRICS[metric]
  check(!countsWork || filters.unit !== "", "CLAIM_METRIC_MISMATCH", `${metric} counts work and names no unit of it`)
  check(lo <= hi, "CLAIM_METRIC_MISMATCH", `bounds ${lo} and ${hi} leave nothing between them`)
  if (claim.kind === "period")
    check(claim.from < claim.to, "CLAIM_PERIOD_MISMATCH", `the period from ${claim.from} to ${claim.to} is empty`)
  acceptGrade("energy", filters.energyGrade, grades.energy)
  if (countsWork) acceptGrade("work", filters.workGrade, grades.work)
}

export function checkUnopened({ unopened }: Walk, { claims }: Policy): void {
  check(unopened <= claims.unopenedRuns, "CLAIM_UNOPENED", `${unopened} runs, the policy allows ${claims.unopenedRuns}`)
}
