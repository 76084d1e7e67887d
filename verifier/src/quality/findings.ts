/** How much a finding about quality weighs. A finding never changes a verdict. */
export const SEVERITIES = ["info", "warning", "serious"] as const
export type Severity = (typeof SEVERITIES)[number]

/**
 * The closed set of findings about quality, each with its severity and the sentence that a person reads. A finding says
 * that numbers deserve a question; it is no verdict, because a faulty sensor is not a forged signature.
 */
export const FINDING_CODES = {
  // of the statement
  RUN_INTERRUPTED: ["warning", "the run was interrupted: its job did not come to its end"],
  JOB_PART: ["warning", "the certificate holds a part of its job: no number of it is that of the whole job"],
  JOB_EXTENT_UNKNOWN: ["warning", "the runs do not say where their job began: they are not known to be the whole job"],
  CONTEXT_CHANGED: ["warning", "accelerators, factors or metering plan are not those of the run before"],
  RUN_BEFORE_VOUCH: ["warning", "the run began before the voucher gave its word for the device"],
  RUN_TOO_LONG: ["warning", "the run lasted longer than the 24 hours after which a device closes it"],
  ANCHORED_LATE: ["warning", "the run was anchored long after it ended"],
  BEACON_ABSENT: ["info", "the opening names no block of the chain: nothing says that the run did not begin earlier"],
  BEACON_UNCHECKED: ["info", "the beacon could not be checked and the policy does not demand it"],
  GRADE_SIMULATED: ["serious", "the numbers are simulated: they stand for no measured energy"],
  WORK_DECLARED: ["info", "the work is what the operator's software says: nobody else counted it"],
  ORIGIN_RECORDED: ["serious", "the device did not meter this run: it is a trace, or totals of another tool"],
  BOOKS_BROKEN: ["serious", "the device had lost its books before this run: energy and time before it may be in none"],
  BLIND_TIME: [
    "warning",
    "for some of the time a sensor was blind: its energy there is an estimate, within the uncertainty",
  ],
  INVENTORY_NOT_CLAIMED: ["info", "the sensors are not said to be exactly those that the voucher found"],
  INVENTORY_UNKNOWN: ["info", "the vouch document is not shown: which sensors the voucher found cannot be compared"],
  CALIBRATION_UNKNOWN: [
    "warning",
    "energy is called calibrated, and the vouch document that names calibrations is not shown",
  ],
  RATING_LOW: ["serious", "the plan takes a sensor for less powerful than what it meters can be"],
  LABEL_MIXED_SCRIPTS: [
    "serious",
    "a label has letters of several scripts, of which one may stand for another that looks the same",
  ],
  PARTS_UNMETERED: [
    "serious",
    "the run names accelerators that no sensor of its plan is on, beside others that one is",
  ],
  IT_IS_BOUNDARY: [
    "serious",
    "one sensor is the boundary's and the IT equipment's: what lies between the two, as PUE divides it, is not metered",
  ],
  WORKLOAD_FAILED: ["warning", "the workload's process ended with a failure"],
  BEACON_CLOSING_ABSENT: [
    "info",
    "the closing names no block of the chain: nothing says that the run did not end earlier",
  ],
  TIME_RATE: ["serious", "by the chain's blocks another time passed than by the device's clock"],
  ACCELERATOR_ABOVE_BOUNDARY: ["serious", "the accelerators drew more than the boundary around them"],
  UNCERTAINTY_ZERO: ["warning", "the energy is stated without any uncertainty"],
  UNCERTAINTY_LARGE: ["warning", "the uncertainty of the energy passes the policy's tolerance"],
  PLAN_GAP_LARGE: [
    "warning",
    "the metering plan takes a longer silence of a sensor for measured than the policy tolerates",
  ],
  // of the captures
  CLOCK_UNSYNCHRONISED: ["warning", "the device's clock was not synchronised"],
  CLOCK_JUMP: ["warning", "the device's clock jumped between two captures"],
  CAPTURE_GAP: ["warning", "the time between two captures passes the policy's tolerance"],
  POWER_ABOVE_LIMIT: ["serious", "power passes what the boards can draw"],
  POWER_BELOW_IDLE: [
    "serious",
    "less energy than the boards draw when they idle, or none at all for work that was done",
  ],
  BOUNDARY_OF_BOARDS: ["serious", "sensors of boards alone are called the energy of more than boards"],
  POWER_GAUGE_DISAGREES: ["warning", "the mean power gauge is not what the registers give"],
  SENSOR_DUPLICATED: ["serious", "one sensor, or one sensor's values under two names, enters a register twice"],
  SENSOR_STUCK: ["warning", "a sensor gave one and the same value throughout"],
  SENSOR_SILENT: ["serious", "a sensor of the plan that carries energy gave no value: its part is in no number"],
  COUNTER_STUCK: ["serious", "an energy counter stood still while the power beside it says that energy flowed"],
  SENSORS_DISAGREE: [
    "warning",
    "by the device's own comparison, sensors of one thing, or of a part and its whole, disagree",
  ],
  SENSOR_TIME_STALE: ["warning", "a sensor's own time is far from the capture's"],
  TEMPERATURE_IMPLAUSIBLE: ["warning", "a temperature is outside what running hardware can have"],
  PARTS_ABOVE_WHOLE: ["serious", "sensors of the parts read more than the sensor of the whole"],
  SOURCES_NOT_RECOMPUTED: ["info", "the registers could not be computed again from the sources"],
} as const satisfies Record<string, readonly [Severity, string]>

export type FindingCode = keyof typeof FINDING_CODES

export type Finding = {
  readonly code: FindingCode
  readonly severity: Severity
  readonly run: bigint
  /** Of the first capture that shows it; null where it is of the run as a whole. */
  readonly sequence: number | null
  /** Of the first occurrence. */
  readonly detail: string
  readonly count: number
}

/** Collects findings of a run; repeated ones are counted, so hostile evidence cannot fill memory. */
export type FindingLog = {
  readonly add: (code: FindingCode, detail: string | (() => string), sequence?: number) => void
  readonly findings: () => readonly Finding[]
}

export function createFindingLog(run: bigint): FindingLog {
  const found = new Map<FindingCode, Finding>()
  return {
    add(code, detail, sequence) {
      const known = found.get(code)
      if (known !== undefined) {
        found.set(code, { ...known, count: known.count + 1 })
        return
      }
      const [severity] = FINDING_CODES[code]
      const text = typeof detail === "string" ? detail : detail()
      found.set(code, { code, severity, run, sequence: sequence ?? null, detail: text, count: 1 })
    },
    findings: () => [...found.values()],
  }
}
