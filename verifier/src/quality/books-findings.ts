import { type CertifiedRun, type VouchDocument, vouchDigest } from "@wattest/protocol"
import type { Policy } from "../policy.ts"
import { createFindingLog, type Finding, type FindingLog } from "./findings.ts"
import { lookAtRatings } from "./rating-findings.ts"

/** Finality moves in steps of minutes on some chains, so two beacons may be that much nearer or further than the ends. */
const FINALITY_STEP_MS = 15 * 60_000
/** A clock that is further from the chain's rate than this was not disciplined: 1 %. */
const RATE_TOLERANCE = 0.01

/** Unix seconds of the blocks that a run's ends name; null where it names none, or its time is not known. */
export type BeaconTimes = { readonly opening: number | null; readonly closing: number | null }

function lookAtVouched({ statement }: CertifiedRun, isShown: boolean, log: FindingLog): void {
  const { fed, energyGrade, context } = statement
  if (!fed.includes("inventory")) log.add("INVENTORY_NOT_CLAIMED", "fed does not name the inventory")
  else if (!isShown) log.add("INVENTORY_UNKNOWN", `document ${context.vouchDocument}`)
  if (energyGrade === "calibrated" && !isShown) log.add("CALIBRATION_UNKNOWN", `document ${context.vouchDocument}`)
}

/** What a run's ends say of its books. */
export function lookAtBooks(run: CertifiedRun, shown: readonly VouchDocument[], log: FindingLog, policy: Policy): void {
  const { statement, lastCapture } = run
  const { origin, broken, registers, startTimeMs, endTimeMs, context } = statement
  const { closing } = lastCapture.sources
  if (origin === "recorded") log.add("ORIGIN_RECORDED", "origin is recorded")
  if (broken) log.add("BOOKS_BROKEN", "broken is true")
  const { blindMilliseconds: blind } = registers
  if (blind > 0n) log.add("BLIND_TIME", `${blind} of ${endTimeMs - startTimeMs} ms`)
  if (context.beacon !== null && (closing?.beacon ?? null) === null) log.add("BEACON_CLOSING_ABSENT", "beacon is null")
  const status = closing?.exitStatus ?? 0
  if (status !== 0) log.add("WORKLOAD_FAILED", `exit status ${status}`)
  const named = context.vouchDocument
  lookAtVouched(
    run,
    shown.some((document) => vouchDigest(document) === named),
    log,
  )
  lookAtRatings(
    run,
    shown.find((document) => vouchDigest(document) === named),
    policy.tolerances.powerPercent,
    log,
  )
}

/** A moment by the device's clock, ms, and by the chain's, Unix seconds. */
type Mark = { readonly deviceMs: number; readonly chainSeconds: number }

const spelling = ({ deviceMs, chainMs }: { readonly deviceMs: number; readonly chainMs: number }) =>
  `${deviceMs} ms by the device, ${chainMs} ms by the chain`

/**
 * Device time between two marks, held against the chain's. More than the chain's is a contradiction only where the first
 * mark is no start that a bridged interruption moved back.
 */
function lookBetween(from: Mark | null, to: Mark | null, mayBridge: boolean, log: FindingLog): void {
  if (from === null || to === null) return
  const [deviceMs, chainMs] = [to.deviceMs - from.deviceMs, (to.chainSeconds - from.chainSeconds) * 1000]
  const isSlow = deviceMs < chainMs * (1 - RATE_TOLERANCE) - FINALITY_STEP_MS
  const isFast = deviceMs > chainMs * (1 + RATE_TOLERANCE) + FINALITY_STEP_MS
  if (isSlow || (isFast && !mayBridge)) log.add("TIME_RATE", spelling({ deviceMs, chainMs }))
}

const markOf = (deviceMs: number, chainSeconds: number | null | undefined): Mark | null =>
  typeof chainSeconds === "number" ? { deviceMs, chainSeconds } : null

/** Each run from opening to closing, and the certificate from its first beacon to its last one, both by the device's clock and by the chain's. */
export function lookAtRate(runs: readonly CertifiedRun[], times: readonly BeaconTimes[] | null): readonly Finding[] {
  const marks = runs.map(({ statement: { startTimeMs, endTimeMs } }, i) => ({
    opening: markOf(startTimeMs, times?.[i]?.opening),
    closing: markOf(endTimeMs, times?.[i]?.closing),
  }))
  const log = createFindingLog(runs[0]?.run ?? 0n)
  const last = marks.at(-1)?.closing ?? null
  if (marks.length > 1) lookBetween(marks[0]?.opening ?? null, last, isBridging(marks[0]?.opening), log)
  // A closing is never bridged: between the first and the last of them the clock shows both ways.
  if (marks.length > 1) lookBetween(marks[0]?.closing ?? null, last, false, log)
  for (const { opening, closing } of marks) lookBetween(opening, closing, isBridging(opening), log)
  return log.findings()
}

/** A run that begins long before the block that its opening names bridges an interruption. */
function isBridging(opening: Mark | null | undefined): boolean {
  return !!opening && opening.deviceMs < opening.chainSeconds * 1000 - FINALITY_STEP_MS
}
