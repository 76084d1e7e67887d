import {
  type CertifiedRun,
  check,
  type Fed,
  fedOf,
  GRADES,
  type Grade,
  type Hex,
  isEnergy,
  vouchDigest,
  worseGrade,
} from "@wattest/protocol"
import { accept, Undetermined } from "../verdict.ts"
import type { Subject } from "./subject.ts"

/** Registers of one run that no plan could have given together. */
export function checkRegisters({ certificate }: Subject): void {
  for (const { run, statement } of certificate.runs) {
    const { acceptedUnits, workUnits, idleMillijoules, acceleratorMillijoules, blindMilliseconds } = statement.registers
    const ms = BigInt(statement.endTimeMs) - BigInt(statement.startTimeMs)
    const within = (part: bigint, whole: bigint, what: string) =>
      check(part <= whole, "REGISTERS_CONTRADICT", `run ${run}: ${part} ${what} ${whole}`)
    within(acceptedUnits, workUnits, "units accepted of")
    within(idleMillijoules, acceleratorMillijoules, "mJ idle of accelerators'")
    within(blindMilliseconds, ms, "ms blind of")
  }
}

/** Opening and closing stand at the ends alone. */
function checkEnds({ run, statement: { captures }, firstCapture, lastCapture }: CertifiedRun): void {
  const isEarly = captures > 1 && firstCapture.sources.closing !== undefined
  check(!isEarly, "CLOSING_MISPLACED", `run ${run}: capture 0 of ${captures} carries the closing`)
  const isLate = captures > 1 && lastCapture.sources.opening !== undefined
  check(!isLate, "OPENING_MISMATCH", `run ${run}: the last capture carries labels`)
}

/** `fed` follows from what the run's ends show; of the inventory only that nobody vouched for any. */
export function checkFed({ certificate }: Subject): void {
  for (const run of certificate.runs) {
    checkEnds(run)
    const { statement, firstCapture, lastCapture } = run
    const { context, fed } = statement
    const isAsVouched = fed.includes("inventory") && context.vouchDocument !== null
    const actual = fedOf({ context, first: firstCapture.sources, last: lastCapture.sources, isAsVouched })
    const other = [...actual, ...fed].find((name) => fed.includes(name) !== actual.includes(name))
    check(other === undefined, "FED_MISMATCH", `run ${run.run}: ${other} is ${describe(fed, other)}`)
  }
}

const describe = (fed: readonly Fed[], name: Fed | undefined) =>
  name !== undefined && fed.includes(name) ? "claimed, and not shown" : "shown, and not claimed"

/** The best grade of energy that a run's plan and the readings of its two ends allow. */
function shownGrade({ statement: { context }, firstCapture, lastCapture }: CertifiedRun): Grade {
  const metered = context.metering.filter(({ role }) => isEnergy(role))
  if (!metered.some(({ role }) => role === "energy")) return "declared"
  const sensors = new Set(metered.map(({ sensor }) => sensor))
  const readings = [firstCapture, lastCapture].flatMap(({ sources }) => sources.readings)
  const shown = readings.filter(({ sensor }) => sensors.has(sensor)).map(({ grade }) => grade)
  const shares = metered.filter(({ share }) => share !== undefined).map((): Grade => "allocated")
  const unvouched: Grade = context.vouchDocument === null ? "measured" : "calibrated"
  return [...shown, ...shares].reduce(worseGrade, unvouched)
}

/** Roles whose readings give the grade of work. */
const WORK_ROLES: readonly string[] = ["work", "accepted", "input"]

/** The best grade of work that the readings of a run's two ends allow. */
function shownWorkGrade({ statement: { context }, firstCapture, lastCapture }: CertifiedRun): Grade {
  const sensors = new Set(context.metering.filter(({ role }) => WORK_ROLES.includes(role)).map(({ sensor }) => sensor))
  return [firstCapture, lastCapture]
    .flatMap(({ sources }) => sources.readings)
    .filter(({ sensor }) => sensors.has(sensor))
    .reduce<Grade>((worst, { grade }) => worseGrade(worst, grade), "calibrated")
}

/** Whatever the certificate itself shows bounds the grades of its energy and of its work. */
export function checkGradesShown({ certificate: { runs } }: Subject): void {
  for (const run of runs) {
    const requireAtBest = (what: string, stated: Grade, best: Grade) => {
      const holds = GRADES.indexOf(stated) >= GRADES.indexOf(best)
      check(holds, "GRADE_UNDERSTATED", `run ${run.run}: ${what} is ${best} at best by what is shown, not ${stated}`)
    }
    requireAtBest("energy", run.statement.energyGrade, shownGrade(run))
    requireAtBest("work", run.statement.workGrade, shownWorkGrade(run))
  }
}

const shareOf = (runs: readonly CertifiedRun[]) => {
  const sum = (value: (run: CertifiedRun) => bigint) => runs.reduce((total, run) => total + value(run), 0n)
  return {
    blindMs: sum(({ statement }) => statement.registers.blindMilliseconds),
    ms: sum(({ statement }) => BigInt(statement.endTimeMs) - BigInt(statement.startTimeMs)),
  }
}

/** What the policy demands of the books. */
export function checkBooks({ certificate: { runs, vouchDocuments }, policy: { books } }: Subject): void {
  for (const { run, statement } of runs) {
    const { origin, fed, broken } = statement
    const isKnown = books.origins.includes(origin)
    accept(
      isKnown,
      "ORIGIN_NOT_ACCEPTED",
      `run ${run}: the numbers are ${origin}; the policy's "books.origins" lack it`,
    )
    const isWhole = books.broken || !broken
    accept(isWhole, "BROKEN_NOT_ACCEPTED", `run ${run}: the device had lost its books; "books.broken" refuses that`)
    const hasBeacons = !books.beacons || fed.includes("beacons")
    accept(hasBeacons, "BEACONS_NOT_SHOWN", `run ${run}: a beacon is missing; "books.beacons" asks for both`)
    const hasInventory = !books.inventory || fed.includes("inventory")
    accept(hasInventory, "INVENTORY_NOT_SHOWN", `run ${run}: its sensors are others; "books.inventory" asks for them`)
  }
  const { blindMs, ms } = shareOf(runs)
  const isSeen = blindMs * 100n <= ms * BigInt(books.blindPercent)
  accept(isSeen, "BLIND_NOT_ACCEPTED", `${blindMs} of ${ms} ms; "books.blindPercent" is ${books.blindPercent}`)
  const shown = new Set<Hex | null>(vouchDocuments?.map(vouchDigest))
  const open = runs.find(({ statement }) => !shown.has(statement.context.vouchDocument))
  if (books.inventory && open !== undefined)
    throw new Undetermined("PROOF_ABSENT", `run ${open.run}: the vouch document that shows its inventory is not there`)
}
