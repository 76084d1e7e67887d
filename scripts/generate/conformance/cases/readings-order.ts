import type { MeteredSensor, SensorReading } from "@wattest/protocol"
import type { Labels, Unsigned } from "@wattest/testkit/conformance/readings"
import { type Story, tell } from "@wattest/testkit/conformance/story"
import { type Case, type Expected, fullEvidence, invalid, SHORT, textBytes, valid } from "./case.ts"
import { blind, boundAs, counting, gradedWithin } from "./metering.ts"

/** What comes first: of readings in a capture, and of refusals of a run's evidence. */

type Sensors = NonNullable<Story["sensors"]>
const refused = invalid("REGISTERS_NOT_FROM_SOURCES")
const of = (name: string, title: string, expect: Expected, story: Story): Case => ({
  ...{ name, title, expect, story, evidence: fullEvidence },
})

/** Changes the readings of each capture, before the device signs it and after it metered it. */
const documented =
  (change: (readings: readonly SensorReading[], capture: Unsigned) => readonly SensorReading[]) =>
  (capture: Unsigned): Unsigned => ({
    ...capture,
    sources: { ...capture.sources, readings: change(capture.sources.readings, capture) },
  })

/* Signs of a restart. */

const isSign = ({ surface }: SensorReading) => surface === "attester"
const signAt = (timeMs: number): SensorReading => ({
  ...{ sensor: "attester/restart", surface: "attester", quantity: "restart", unit: "1", value: "1", timeMs },
  ...{ grade: "measured", accuracy: {} },
})

/** A counter that falls between captures 1 and 2; the device says in one of them that counters may have begun anew. */
function restarting(signed: number, place: (readings: readonly SensorReading[], sign: SensorReading) => Sensed): Story {
  const story = counting(["9000", "9900", "500", "1500"], {})
  const sensors: Sensors = (readings, sequence) => {
    const counted = story.sensors?.(readings, sequence) ?? readings
    const [first] = counted
    return first === undefined || sequence !== signed ? counted : place(counted, signAt(first.timeMs))
  }
  return { ...story, ...blind, sensors }
}
type Sensed = readonly SensorReading[]

const leading = (readings: Sensed, sign: SensorReading): Sensed => [sign, ...readings]
const trailing = (readings: Sensed, sign: SensorReading): Sensed => [...readings, sign]
/** Stated a second before the readings that it comes after. */
const earlier = (readings: Sensed, sign: SensorReading): Sensed => [
  { ...sign, timeMs: sign.timeMs - 1000 },
  ...readings,
]

/** The sign that the device took with capture 1 stands in capture 2. */
const signedLater = documented((readings, { sequence, timeMs }) => {
  const own = readings.filter((given) => !isSign(given))
  return sequence === 2 ? [signAt(timeMs), ...own] : own
})

const RESTART_CASES: readonly Case[] = [
  of(
    "valid-evidence-restart-before-the-fall",
    "A restart is said in the capture before the one in which the count has fallen.",
    valid,
    restarting(1, trailing),
  ),
  of(
    "valid-evidence-restart-first-in-its-capture",
    "A restart is said first in the capture in which the count has fallen, and comes after its readings.",
    valid,
    restarting(2, leading),
  ),
  of(
    "valid-evidence-restart-last-in-its-capture",
    "A restart is said last in the capture in which the count has fallen.",
    valid,
    restarting(2, trailing),
  ),
  of(
    "valid-evidence-restart-of-an-earlier-time",
    "A restart has an earlier time than the readings of its capture, and comes after them all the same.",
    valid,
    restarting(2, earlier),
  ),
  of("evidence-restart-taken-too-soon", "The registers take a restart before the readings of its capture.", refused, {
    ...restarting(1, trailing),
    reading: signedLater,
  }),
]

/* Occupancies. */

const BOARD = "GPU-0"
const occupancy = (sensor: string, part?: string): MeteredSensor => ({
  ...{ sensor, role: "occupancy", method: "hold" },
  ...(part === undefined ? {} : { part }),
})

const planning =
  (...own: readonly MeteredSensor[]) =>
  ({ context, ...labels }: Labels): Labels => {
    const metering = context.metering.map((entry) => (entry.sensor === "gpu0" ? { ...entry, part: BOARD } : entry))
    return { ...labels, context: { ...context, metering: [...metering, ...own] } }
  }

/** Percent that a sensor reads at each capture. */
type Percents = { readonly [sensor: string]: readonly [number, number, number, number] }

const seeing =
  (percents: Percents, lateMs = 0): Sensors =>
  (readings, sequence) => [
    ...readings,
    ...Object.entries(percents).map(
      ([sensor, values]): SensorReading => ({
        ...{ sensor, surface: "dcgm", quantity: "occupancy", unit: "%", value: `${values[sequence]}` },
        ...{ timeMs: (readings[0]?.timeMs ?? 0) + lateMs, grade: "measured", accuracy: {} },
      }),
    ),
  ]

const OF_ALL = occupancy("sm")
const OF_BOARD = occupancy("sm0", BOARD)
const IDLE = [1, 1, 1, 1] as const
const BUSY = [90, 90, 90, 90] as const
const FALLING = [90, 90, 1, 1] as const

const occupied = (percents: Percents, ...plan: readonly MeteredSensor[]): Story => ({
  ...{ ...SHORT, labels: planning(...plan), sensors: seeing(percents) },
})

/** The device meters as if the occupancy of all boards were that of another one, and binds it as that of all. */
const unapplied = (percents: Percents): Story =>
  boundAs(
    { ...SHORT, labels: planning(occupancy("sm", "GPU-1"), OF_BOARD), sensors: seeing(percents) },
    ({ context, ...labels }) => ({
      ...labels,
      context: { ...context, metering: context.metering.map((entry) => (entry.sensor === "sm" ? OF_ALL : entry)) },
    }),
  )

const OCCUPANCY_CASES: readonly Case[] = [
  of("valid-evidence-occupancy-of-all", "An occupancy without a part is that of each board.", valid, {
    ...occupied({ sm: IDLE }, OF_ALL),
  }),
  of("valid-evidence-occupancy-of-all-larger", "Of a board's and of all boards' occupancy the larger counts.", valid, {
    ...occupied({ sm: BUSY, sm0: IDLE }, OF_ALL, OF_BOARD),
  }),
  of("evidence-occupancy-of-all-left-out", "The registers leave out the larger occupancy of all boards.", refused, {
    ...unapplied({ sm: BUSY, sm0: IDLE }),
  }),
  of(
    "valid-evidence-occupancy-of-all-smaller",
    "An occupancy of all boards is smaller than the board's own, which counts.",
    valid,
    unapplied({ sm: IDLE, sm0: BUSY }),
  ),
  of(
    "valid-evidence-occupancy-listed-last",
    "An occupancy is listed after the power of its time, and comes before it.",
    valid,
    occupied({ sm: FALLING }, OF_ALL),
  ),
  of("evidence-occupancy-taken-too-late", "The registers take an occupancy after the power of its time.", refused, {
    ...{ ...occupied({ sm: FALLING }, OF_ALL), sensors: seeing({ sm: FALLING }, 1) },
    reading: documented((readings, { timeMs }) => readings.map((given) => ({ ...given, timeMs }))),
  }),
]

/* Root, grades and sources, in this order. */

const doubled: NonNullable<Story["reading"]> = (capture) => ({
  ...capture,
  registers: { ...capture.registers, workUnits: capture.registers.workUnits * 2n },
})
const ESTIMATED_WITHIN = gradedWithin("psu", "estimated")

/** The captures of another story of the same device, in place of the run's own. */
const capturesOf =
  (other: Story): NonNullable<Case["evidence"]> =>
  (told) => [textBytes([told.evidence[0]?.[0] ?? "", ...(tell(other).evidence[0] ?? []).slice(1)].join(""))]

const REFUSAL_CASES: readonly Case[] = [
  of(
    "evidence-grades-before-sources",
    "Evidence whose grade is understated, and whose registers are not those of its sources.",
    invalid("GRADE_UNDERSTATED"),
    { ...ESTIMATED_WITHIN, reading: doubled },
  ),
  {
    ...of(
      "evidence-root-before-grades",
      "Captures that are not the run's, and whose grade is worse than the statement's.",
      invalid("CAPTURES_ROOT_MISMATCH"),
      SHORT,
    ),
    evidence: capturesOf(ESTIMATED_WITHIN),
  },
  {
    ...of(
      "evidence-root-before-sources",
      "Captures that are not the run's, and whose registers are not those of their sources.",
      invalid("CAPTURES_ROOT_MISMATCH"),
      SHORT,
    ),
    evidence: capturesOf({ ...SHORT, reading: doubled }),
  },
]

export const READING_CASES: readonly Case[] = [...RESTART_CASES, ...OCCUPANCY_CASES, ...REFUSAL_CASES]
