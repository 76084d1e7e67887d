import type { Grade, MeteredSensor, SensorReading } from "@wattest/protocol"
import type { Labels } from "@wattest/testkit/conformance/readings"
import { START_MS, type Story } from "@wattest/testkit/conformance/story"
import { type Case, fullEvidence, invalid, SHORT, valid } from "./case.ts"

/** The plan of one sensor, changed. */
const planned = (sensor: string, change: Partial<MeteredSensor>) => (given: Labels) => ({
  ...given,
  context: {
    ...given.context,
    metering: given.context.metering.map((entry) => (entry.sensor === sensor ? { ...entry, ...change } : entry)),
  },
})

/** The device meters by its plan, and binds it as it is changed here: its registers are those of another plan. */
export function boundAs(story: Story, change: (given: Labels) => Labels): Story {
  return {
    ...story,
    reading: ({ sources, ...capture }) => ({
      ...capture,
      sources: sources.opening ? { ...sources, opening: change(sources.opening) } : sources,
    }),
    statement: (given) => ({ ...story.statement?.(given, 0n), ...given, context: change(given).context }),
    // Whether the plan is as vouched is not the question here.
    certificate: ({ vouchDocuments: _, ...given }) => given,
  }
}

const SILENT_MS = 20_000

/** The power supply's last reading in the run before was 20 s before its end: its energy counts from there. */
const SINCE: Story = {
  ...SHORT,
  labels: planned("psu", { sinceMs: START_MS - SILENT_MS }),
  sensors: (readings, sequence) => {
    const [psu] = readings
    if (psu === undefined || sequence > 0) return readings
    return [{ ...psu, timeMs: START_MS - SILENT_MS }, ...readings]
  },
}

/** Joules that the power supply's counter shows at each capture: it returns to 0 at 10 000. */
const WRAPPING = ["9000", "9900", "500", "1500"]
/** The count is lost once: it begins again from 0. */
const RESTARTING = ["9000", "10400", "500", "1500"]

/** At no more than this the counter cannot pass its whole width between two captures. */
const RATING_WATTS = "500"

/** The power supply counts energy in place of telling its power. */
export function counting(counts: readonly string[], plan: Partial<MeteredSensor>): Story {
  const count = (given: SensorReading, sequence: number): SensorReading => ({
    ...{ ...given, quantity: "energy", unit: "J" },
    value: counts[sequence] ?? "0",
  })
  return {
    ...SHORT,
    labels: planned("psu", { method: "counter", ratingWatts: RATING_WATTS, ...plan }),
    sensors: (readings, sequence) => readings.map((given) => (given.sensor === "psu" ? count(given, sequence) : given)),
  }
}

/** A count that was lost leaves a blind stretch, and the policy accepts it. */
export const blind: Story = { policy: (policy) => ({ ...policy, books: { ...policy.books, blindPercent: 100 } }) }

/** The plan names no rating of the power supply. */
const unrated = (story: Story): Story => ({
  ...story,
  labels: (given, run) => {
    const { context, ...labels } = story.labels?.(given, run) ?? given
    const metering = context.metering.map(({ ratingWatts, ...entry }) =>
      entry.sensor === "psu" || ratingWatts === undefined ? entry : { ...entry, ratingWatts },
    )
    return { ...labels, context: { ...context, metering } }
  },
})

/** One sensor's reading is of this grade within the run; at both ends, which a certificate shows, it is as ever. */
export const gradedWithin = (sensor: string, grade: Grade): Story => ({
  ...SHORT,
  sensors: (readings, sequence) =>
    readings.map((given) => (given.sensor === sensor && sequence === 2 ? { ...given, grade } : given)),
})

/** The statement says as much, and the policy takes it. */
const admitting = (story: Story, grades: { readonly energy?: Grade; readonly work?: Grade }): Story => ({
  ...story,
  statement: (given) => ({
    ...given,
    energyGrade: grades.energy ?? given.energyGrade,
    workGrade: grades.work ?? given.workGrade,
  }),
  policy: (policy) => ({ ...policy, grades: { ...policy.grades, ...grades } }),
})

const ESTIMATED_WITHIN = gradedWithin("psu", "estimated")
const SIMULATED_WITHIN = gradedWithin("server", "simulated")

const GRADE_CASES: readonly Case[] = [
  {
    name: "evidence-energy-grade-within",
    title: "Between its ends a run's energy is estimated, and the statement calls it measured.",
    expect: invalid("GRADE_UNDERSTATED"),
    story: ESTIMATED_WITHIN,
    evidence: fullEvidence,
  },
  {
    name: "valid-evidence-energy-grade-within",
    title: "Between its ends a run's energy is estimated, and the statement says so.",
    expect: valid,
    story: admitting(ESTIMATED_WITHIN, { energy: "estimated" }),
    evidence: fullEvidence,
  },
  {
    name: "evidence-work-grade-within",
    title: "Between its ends a run's count of work is simulated, and the statement calls it declared.",
    expect: invalid("GRADE_UNDERSTATED"),
    story: SIMULATED_WITHIN,
    evidence: fullEvidence,
  },
  {
    name: "valid-evidence-work-grade-within",
    title: "Between its ends a run's count of work is simulated, and the statement says so.",
    expect: valid,
    story: admitting(SIMULATED_WITHIN, { work: "simulated" }),
    evidence: fullEvidence,
  },
]

const wrapAt = (wrapsAt: string) => planned("psu", { wrapsAt })
const evidence = fullEvidence
const refused = invalid("REGISTERS_NOT_FROM_SOURCES")

/** The plan of the power supply stands in the plan again. */
const twice = (given: Labels): Labels => {
  const { context } = given
  const again = context.metering.filter(({ sensor }) => sensor === "psu")
  return { ...given, context: { ...context, metering: [...context.metering, ...again] } }
}

/** Readings at a capture are of a moment after it, as where a run ends between readings. */
const AHEAD: Story = {
  ...SHORT,
  sensors: (readings) =>
    readings.map((given) => (given.sensor === "psu" ? { ...given, timeMs: given.timeMs + 500 } : given)),
}

/** How registers follow from raw values where a plan says more than which sensor feeds which register. */
export const METERING_CASES: readonly Case[] = [
  ...GRADE_CASES,
  {
    ...{ name: "valid-evidence-since", title: "A sensor's energy counts from before the run.", expect: valid },
    ...{ story: SINCE, evidence },
  },
  {
    name: "evidence-since-left-out",
    title: "The plan counts a sensor's energy from before the run, the registers do not.",
    expect: refused,
    story: boundAs({ ...SINCE, labels: (given) => given }, planned("psu", { sinceMs: START_MS - SILENT_MS })),
    evidence,
  },
  {
    name: "evidence-since-invented",
    title: "The registers count a sensor's energy from before the run, the plan does not.",
    expect: refused,
    story: boundAs(SINCE, planned("psu", { sinceMs: START_MS })),
    evidence,
  },
  {
    name: "evidence-since-after-start",
    title: "The plan counts a sensor's energy from after the run's start, so that some is left out.",
    expect: refused,
    story: boundAs(SHORT, planned("psu", { sinceMs: START_MS + 1 })),
    evidence,
  },
  {
    name: "valid-evidence-ahead",
    title: "A sensor's readings are half a second later than their captures: each counts up to the capture.",
    expect: valid,
    story: AHEAD,
    evidence,
  },
  {
    name: "evidence-plan-twice",
    title: "The plan meters one sensor as energy twice.",
    expect: refused,
    story: boundAs(SHORT, twice),
    evidence,
  },
  {
    name: "plan-share-negative",
    title: "The plan takes a share of -1 of a sensor, which would subtract its energy.",
    expect: invalid("FIELD_MALFORMED"),
    story: boundAs(SHORT, planned("psu", { share: "-1" })),
  },
  {
    name: "plan-share-above-one",
    title: "The plan takes twice what a sensor reads.",
    expect: invalid("FIELD_MALFORMED"),
    story: boundAs(SHORT, planned("psu", { share: "2" })),
  },
  {
    name: "valid-evidence-share",
    title: "The plan takes a quarter of a sensor's energy, and the grade says so.",
    expect: valid,
    story: {
      ...SHORT,
      labels: planned("psu", { share: "0.25" }),
      statement: (given) => ({ ...given, energyGrade: "allocated" }),
      policy: (policy) => ({ ...policy, grades: { ...policy.grades, energy: "allocated" } }),
    },
    evidence,
  },
  {
    name: "valid-evidence-wrap",
    title: "A counter passes the count at which it returns to 0.",
    expect: valid,
    story: counting(WRAPPING, { wrapsAt: "10000" }),
    evidence,
  },
  {
    name: "evidence-wrap-elsewhere",
    title: "The counter wraps at 10 000 J, and the registers take it to wrap at 9 950 J.",
    expect: refused,
    story: boundAs(counting(WRAPPING, { wrapsAt: "9950" }), wrapAt("10000")),
    evidence,
  },
  {
    name: "evidence-wrap-taken-for-restart",
    title: "A counter wraps, and the registers leave out what it counted up to there.",
    expect: refused,
    story: boundAs({ ...counting(WRAPPING, {}), ...blind }, wrapAt("10000")),
    evidence,
  },
  {
    name: "valid-evidence-restart-above-wrap",
    title: "A counter above the count at which it wraps begins again from 0: it did not wrap there.",
    expect: valid,
    story: { ...counting(RESTARTING, { wrapsAt: "10000" }), ...blind },
    findings: { present: ["BLIND_TIME"], absent: [] },
    evidence,
  },
  {
    name: "evidence-restart-understated",
    title: "A counter of unknown rating has lost its count, and the statement calls the energy measured.",
    expect: invalid("GRADE_UNDERSTATED"),
    story: { ...unrated(counting(RESTARTING, { wrapsAt: "10000" })), ...blind },
    evidence,
  },
]
