import {
  check,
  countsWork,
  DEVELOPMENT_KEYS,
  type Fed,
  type Hex,
  ledgerIdOf,
  missingMs,
  type Owner,
  type Presentation,
  type VerificationKey,
  verificationKeyDigest,
} from "@wattest/protocol"
import { acceptGrade, acceptOwner, acceptRegistry } from "../certificate/policy-checks.ts"
import type { Policy } from "../policy.ts"
import { accept, Undetermined } from "../verdict.ts"
import type { WalkedBound } from "./proof/bounds.ts"
import type { Walk } from "./proof/chains.ts"
import type { TallyCoverage } from "./sight/coverage.ts"

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

function checkOrder(owners: readonly Owner[]): void {
  const ids = owners.map(({ operator, voucher }) => ledgerIdOf(operator, voucher))
  for (const [i, id] of ids.entries())
    check(i === 0 || id > (ids[i - 1] ?? ""), "CLAIM_LEDGERS_UNORDERED", `ledger ${i + 1}, ${id}`)
  const operators = new Set(owners.map(({ operator }) => operator))
  check(operators.size === 1, "CLAIM_PARTS_MISMATCH", `ledgers of ${operators.size} operators`)
}

/** A number over a period must not leave out a ledger that the policy expects of its operator. */
function checkComplete(owners: readonly Owner[], { ledgers }: Policy): void {
  const ids = owners.map(({ operator, voucher }) => ledgerIdOf(operator, voucher))
  for (const { operator, voucher } of ledgers ?? []) {
    const isConcerned = owners.some((owner) => owner.operator === operator)
    const isThere = ids.includes(ledgerIdOf(operator, voucher))
    check(!isConcerned || isThere, "CLAIM_LEDGER_MISSING", `operator ${operator}, voucher ${voucher}`)
  }
}

/**
 * Chain, registry, vouchers and ledgers are the policy's. A part of a join, or a side of a ratio, may be of some ledgers;
 * what is said of a period is of all that the policy expects.
 */
export function checkSubjects(walks: readonly Walk[], bounds: readonly WalkedBound[], policy: Policy): void {
  for (const { scope } of walks) {
    if (scope.asOf !== null) checkOrder(scope.owners)
    acceptRegistry(policy, scope)
    for (const owner of scope.owners) acceptOwner(policy, owner)
  }
  for (const { tally, over } of bounds)
    if (tally.scope.asOf !== null && tally === over) checkComplete(tally.scope.owners, policy)
}

const SHOWN: readonly (readonly [keyof Policy["books"] & ("inventory" | "beacons"), Fed])[] = [
  ["inventory", "inventory"],
  ["beacons", "beacons"],
]

function acceptConditions({ label, scope, record }: Walk, { grades, books, claims }: Policy): void {
  const { conditions, unopened, asOf } = scope
  const isKept = record !== null || asOf === null || (claims.folded ?? true)
  accept(isKept, "TALLY_NOT_PUBLISHED", `${label}; "claims.folded" refuses what the document folds itself`)
  acceptGrade("energy", conditions.energyGrade, grades.energy)
  const isOrigin = conditions.origin === "live" ? books.origins.length > 0 : books.origins.includes("recorded")
  accept(isOrigin, "ORIGIN_NOT_ACCEPTED", `${conditions.origin}; "books.origins" says what is`)
  for (const [name, source] of SHOWN)
    accept(
      !books[name] || conditions.required.includes(source),
      name === "inventory" ? "INVENTORY_NOT_SHOWN" : "BEACONS_NOT_SHOWN",
      `it is no condition on the runs; "books.${name}" asks for it`,
    )
  const { unopenedRuns } = claims
  check(unopened <= unopenedRuns, "CLAIM_UNOPENED", `${unopened} runs, the policy allows ${unopenedRuns}`)
}

/** What was asked of runs is good enough for the policy. */
export function checkTerms(walks: readonly Walk[], bounds: readonly WalkedBound[], policy: Policy): void {
  for (const walk of walks) acceptConditions(walk, policy)
  for (const { bound, tally, over } of bounds)
    if (countsWork(bound.measure))
      for (const { scope } of [tally, over]) acceptGrade("work", scope.conditions.workGrade, policy.grades.work)
}

const PPM = 1_000_000n
const percent = (value: bigint) => `${Number(value) / 10_000} %`

function acceptTime({ walk, coverage }: TallyCoverage, { claims }: Policy): void {
  const missing = missingMs(coverage)
  if (missing === null || coverage.expectedMs === null) {
    if (claims.missingPercent === 100) return
    const detail = `${walk.label}: nothing is proved of ${coverage.unproven} devices, so that nobody knows what was expected`
    throw new Undetermined("PROOF_ABSENT", detail)
  }
  const share = coverage.expectedMs === 0n ? 0n : (missing * PPM) / coverage.expectedMs
  const isEnough = share <= BigInt(claims.missingPercent) * 10_000n
  const detail = `${walk.label}: ${percent(share)} of the expected time; "claims.missingPercent" allows ${claims.missingPercent}`
  accept(isEnough, "TIME_MISSING", detail)
}

/** The tallies that something is said of miss no more time, were no more blind and broke no more often than accepted. */
export function checkCoverage(covered: readonly TallyCoverage[], policy: Policy): void {
  const { books } = policy
  for (const tally of covered) {
    const { walk, coverage } = tally
    acceptTime(tally, policy)
    const isSeeing = coverage.blindPpm <= BigInt(books.blindPercent) * 10_000n
    const blind = `${walk.label}: up to ${percent(coverage.blindPpm)}; "books.blindPercent" allows ${books.blindPercent}`
    accept(isSeeing, "BLIND_NOT_ACCEPTED", blind)
    const isWhole = books.broken || coverage.broken === 0n
    accept(isWhole, "BROKEN_NOT_ACCEPTED", `${walk.label}: up to ${coverage.broken} runs; "books.broken" allows them`)
  }
}
