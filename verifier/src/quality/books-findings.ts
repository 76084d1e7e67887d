import {
  boardRatingWatts,
  type CertifiedRun,
  isEnergy,
  type MeteredSensor,
  tableRatingWatts,
  type VouchDocument,
  vouchDigest,
} from "@wattest/protocol"
import { createFindingLog, type Finding, type FindingLog } from "./findings.ts"

/** Finality moves in steps of minutes on some chains, so two beacons may be that much nearer or further than the ends. */
const FINALITY_STEP_MS = 15 * 60_000
/** A clock that is further from the chain's rate than this was not disciplined: 1 %. */
const RATE_TOLERANCE = 0.01

/** Unix seconds of the blocks that a run's ends name; null where it names none, or its time is not known. */
export type BeaconTimes = { readonly opening: number | null; readonly closing: number | null }

/** What the plan takes a board for, against the table of board names. */
function lookAtRatings({ statement, firstCapture }: CertifiedRun, log: FindingLog): void {
  const { accelerators, metering } = statement.context
  const surfaces = new Map(firstCapture.sources.readings.map(({ sensor, surface }) => [sensor, surface]))
  const skuOf = ({ part }: MeteredSensor) => accelerators.find(({ id }) => id === part)?.sku
  for (const entry of metering.filter(({ role }) => isEnergy(role))) {
    const [surface, sku] = [surfaces.get(entry.sensor), skuOf(entry)]
    if (surface === undefined || sku === undefined || boardRatingWatts(sku) === null) continue
    const rating = tableRatingWatts(surface, sku)
    const planned = entry.ratingWatts === undefined ? null : Number(entry.ratingWatts)
    if (rating !== null && planned !== null && planned < rating)
      log.add("RATING_LOW", `${entry.sensor}: ${planned} W planned, ${sku} has ${rating} W`)
  }
}

function lookAtVouched({ statement }: CertifiedRun, isShown: boolean, log: FindingLog): void {
  const { fed, energyGrade, context } = statement
  if (!fed.includes("inventory")) log.add("INVENTORY_NOT_CLAIMED", "fed does not name the inventory")
  else if (!isShown) log.add("INVENTORY_UNKNOWN", `document ${context.vouchDocument}`)
  if (energyGrade === "calibrated" && !isShown) log.add("CALIBRATION_UNKNOWN", `document ${context.vouchDocument}`)
}

/** What a run's ends say of its books. */
export function lookAtBooks(run: CertifiedRun, shown: readonly VouchDocument[], log: FindingLog): void {
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
  lookAtRatings(run, log)
}

/** The device's time between the first and the last beacon, held against the chain's. */
export function lookAtRate(runs: readonly CertifiedRun[], times: readonly BeaconTimes[] | null): readonly Finding[] {
  const [first, last] = [runs[0], runs.at(-1)]
  const [from, to] = [times?.[0]?.opening ?? null, times?.at(-1)?.closing ?? null]
  if (first === undefined || last === undefined || from === null || to === null) return []
  const log = createFindingLog(first.run)
  const chainMs = (to - from) * 1000
  // A run that bridges an interruption began before its beacon: so more device time is no contradiction.
  const deviceMs = last.statement.endTimeMs - first.statement.startTimeMs
  if (deviceMs < chainMs * (1 - RATE_TOLERANCE) - FINALITY_STEP_MS)
    log.add("TIME_RATE", `${deviceMs} ms by the device, ${chainMs} ms by the chain`)
  return log.findings()
}
