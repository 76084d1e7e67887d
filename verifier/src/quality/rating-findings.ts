import {
  type CertifiedRun,
  isEnergy,
  type MeteredSensor,
  tableRatingWatts,
  type VouchDocument,
} from "@wattest/protocol"
import { boardsLimitWatts } from "./boards.ts"
import type { FindingLog } from "./findings.ts"

type Rated = MeteredSensor & { readonly ratingWatts: string }

const isRated = (entry: MeteredSensor): entry is Rated => isEnergy(entry.role) && entry.ratingWatts !== undefined
const watts = ({ ratingWatts, share = "1" }: Rated) => Number(ratingWatts) * Number(share)

/** A rating is the voucher's, else that of the closed table: nobody else lowers it, for it bounds what blind time can hide. */
function lookAtEach(
  { statement, firstCapture }: CertifiedRun,
  vouched: VouchDocument | undefined,
  log: FindingLog,
): void {
  const { accelerators, metering } = statement.context
  const surfaces = new Map(firstCapture.sources.readings.map(({ sensor, surface }) => [sensor, surface]))
  const skuOf = ({ part }: MeteredSensor) => accelerators.find(({ id }) => id === part)?.sku ?? null
  for (const entry of metering.filter(isRated)) {
    const found = vouched?.sensors.find(({ id }) => id === entry.sensor)
    const table = tableRatingWatts(surfaces.get(entry.sensor) ?? "", skuOf(entry))
    const rating = found?.ratingWatts === undefined ? table : Number(found.ratingWatts)
    if (rating !== null && Number(entry.ratingWatts) < rating)
      log.add(
        "RATING_LOW",
        `${entry.sensor}: ${entry.ratingWatts} W planned, ${rating} W by ${found ? "its voucher" : "the table"}`,
      )
  }
}

/** What meters the boundary can meter all boards in it, and what the run itself drew. */
function lookAtWhole({ statement }: CertifiedRun, powerPercent: number, log: FindingLog): void {
  const { context, registers, startTimeMs, endTimeMs } = statement
  const entries = context.metering.filter(({ role }) => role === "energy")
  const rated = entries.filter(isRated)
  if (rated.length === 0 || rated.length < entries.length) return
  const sum = rated.reduce((total, entry) => total + watts(entry), 0)
  const isShared = rated.some(({ share }) => share !== undefined)
  const boards = boardsLimitWatts(context.accelerators)
  if (boards !== null && !isShared && sum < boards)
    log.add("RATING_LOW", `${sum} W in all, around boards of ${boards} W`)
  const ms = endTimeMs - startTimeMs
  const drawn = ms > 0 ? Number(registers.energyMillijoules) / ms : 0
  if (drawn > sum * (1 + powerPercent / 100))
    log.add("RATING_LOW", `${sum} W in all, ${Math.round(drawn)} W were drawn`)
}

/** Ratings of a plan, against its voucher's, the table's, and what they are to meter. */
export function lookAtRatings(
  run: CertifiedRun,
  vouched: VouchDocument | undefined,
  powerPercent: number,
  log: FindingLog,
): void {
  lookAtEach(run, vouched, log)
  lookAtWhole(run, powerPercent, log)
}
