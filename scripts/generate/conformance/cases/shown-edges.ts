import { type Grade, REGISTERS, type SensorReading } from "@wattest/protocol"
import type { Unsigned } from "@wattest/testkit/conformance/readings"
import { type StatementDocument, type Story, tell } from "@wattest/testkit/conformance/story"
import { type Case, type Expected, invalid, SHORT, unaccepted, valid } from "./case.ts"

/** What a certificate shows of its runs without the chain: each register, both ends, every role, the second run too. */

const of = (name: string, title: string, expect: Expected, story: Story): Case => ({
  ...{ name, title, expect, story: { ...SHORT, ...story } },
})
const stating = (change: (given: StatementDocument) => Partial<StatementDocument>): Story => ({
  statement: (given) => ({ ...given, ...change(given) }),
})

const kebab = (name: string) => name.replace(/[A-Z]/g, (letter) => `-${letter.toLowerCase()}`)

const REGISTER_CASES: readonly Case[] = REGISTERS.flatMap((name) => [
  of(`opening-with-${kebab(name)}`, `The first capture shows 1 in ${name}.`, invalid("OPENING_NOT_ZERO"), {
    reading: (given) => (given.sequence === 0 ? { ...given, registers: { ...given.registers, [name]: 1n } } : given),
  }),
  of(
    `totals-with-other-${kebab(name)}`,
    `The statement has 1 more in ${name} than the last capture.`,
    invalid("TOTALS_MISMATCH"),
    stating(({ registers }) => ({ registers: { ...registers, [name]: registers[name] + 1n } })),
  ),
])

/** Capture 1 repeats the labels of capture 0. */
function labellingTwice(): Story {
  const opened = tell({ captures: 2 }).captures[0]?.[0]?.sources.opening
  return {
    reading: (given) =>
      given.sequence === 1 && opened ? { ...given, sources: { ...given.sources, opening: opened } } : given,
  }
}

const closed = (given: Unsigned): Unsigned => ({
  ...given,
  sources: { ...given.sources, closing: { beacon: null, exitStatus: null } },
})

const END_CASES: readonly Case[] = [
  of(
    "start-time-later",
    "The statement begins a millisecond after its first capture.",
    invalid("TIME_MISMATCH"),
    stating(({ startTimeMs }) => ({ startTimeMs: startTimeMs + 1 })),
  ),
  of(
    "end-time-earlier",
    "The statement ends a millisecond before its last capture.",
    invalid("TIME_MISMATCH"),
    stating(({ endTimeMs }) => ({ endTimeMs: endTimeMs - 1 })),
  ),
  of(
    "captures-counted-once-more",
    "The statement counts a capture more than the last one's number says.",
    invalid("CAPTURE_COUNT_MISMATCH"),
    stating(({ captures }) => ({ captures: captures + 1 })),
  ),
  of("closing-in-the-first-of-two", "The first capture of two carries a closing.", invalid("CLOSING_MISPLACED"), {
    captures: 2,
    reading: (given) => (given.sequence === 0 ? closed(given) : given),
  }),
  of("labels-in-the-last-of-two", "The last capture of two carries labels too.", invalid("OPENING_MISMATCH"), {
    ...{ captures: 2, ...labellingTwice() },
  }),
]
/* Grades that readings at both ends bound. */

/** A sensor's reading in one capture is of this grade. */
const graded =
  (sensor: string, grade: Grade, at: (sequence: number) => boolean): NonNullable<Story["sensors"]> =>
  (readings, sequence) =>
    readings.map((given) => (given.sensor === sensor && at(sequence) ? { ...given, grade } : given))

const FIRST = (sequence: number) => sequence === 0
const LAST = (sequence: number) => sequence === 3
const EACH = () => true

const understated = invalid("GRADE_UNDERSTATED")
const accepting = (grades: { readonly energy?: Grade; readonly work?: Grade }): Story => ({
  policy: (policy) => ({ ...policy, grades: { ...policy.grades, ...grades } }),
})

/** A count of one more role, simulated, beside that of work. */
const counted = (role: "accepted" | "input"): Story => ({
  labels: ({ context, ...labels }) => {
    const entry = { sensor: "counted", role, method: "counter" } as const
    return { ...labels, context: { ...context, metering: [...context.metering, entry] } }
  },
  sensors: (readings, sequence) => [
    ...readings,
    ...readings
      .filter(({ sensor }) => sensor === "server")
      .map(
        (given): SensorReading => ({
          ...{ ...given, sensor: "counted", value: `${sequence}`, grade: "simulated" },
        }),
      ),
  ],
})

const GRADE_CASES: readonly Case[] = [
  of("grade-of-the-first-reading", "The first reading of energy is simulated, and no other.", understated, {
    sensors: graded("psu", "simulated", FIRST),
  }),
  of("grade-of-the-last-reading", "The last reading of energy is simulated, and no other.", understated, {
    sensors: graded("psu", "simulated", LAST),
  }),
  of("grade-of-the-first-count", "The first count of work is simulated, and no other.", understated, {
    sensors: graded("server", "simulated", FIRST),
  }),
  of("grade-of-the-last-count", "The last count of work is simulated, and no other.", understated, {
    sensors: graded("server", "simulated", LAST),
  }),
  of("grade-of-accepted-units", "The count of accepted units is simulated, and work is called declared.", understated, {
    ...counted("accepted"),
  }),
  of("grade-of-input-units", "The count of input is simulated, and work is called declared.", understated, {
    ...counted("input"),
  }),
  of(
    "grade-of-boards-alone",
    "Boards are metered and the boundary is not: its energy is called measured.",
    understated,
    {
      labels: ({ context, ...labels }) => ({
        ...labels,
        context: { ...context, metering: context.metering.filter(({ role }) => role !== "energy") },
      }),
    },
  ),
  of("valid-work-of-a-better-grade", "The energy is simulated, and the work declared.", valid, {
    sensors: graded("psu", "simulated", EACH),
    ...stating(() => ({ energyGrade: "simulated" })),
    ...accepting({ energy: "simulated" }),
  }),
  of("valid-work-calibrated", "The work is counted by what is calibrated, and is called so.", valid, {
    sensors: graded("server", "calibrated", EACH),
    ...stating(() => ({ workGrade: "calibrated" })),
    ...accepting({ work: "calibrated" }),
  }),
  of(
    "policy-energy-grade-of-the-second-run",
    "The second run's energy is declared, where the policy demands it measured.",
    unaccepted("GRADE_NOT_ACCEPTED"),
    {
      runs: 2,
      statement: (given, run) => (run === 1n ? { ...given, energyGrade: "declared" } : given),
      ...accepting({ energy: "measured" }),
    },
  ),
]

/* Blind time is that of all runs together. */

/** So many ms of the first of two runs, which take 30 s each, are blind; the policy accepts a tenth. */
const blindInTheFirst = (ms: bigint): Story => ({
  runs: 2,
  reading: (given, run) =>
    run === 0n && given.sequence > 0 ? { ...given, registers: { ...given.registers, blindMilliseconds: ms } } : given,
  policy: (policy) => ({ ...policy, books: { ...policy.books, blindPercent: 10 } }),
})

const BLIND_CASES: readonly Case[] = [
  of("valid-blind-in-the-first-run", "A fifth of the first of two runs is blind: a tenth of both.", valid, {
    ...blindInTheFirst(6000n),
  }),
  of(
    "policy-blind-in-the-first-run",
    "A millisecond more than a tenth of two runs is blind, all of it in the first.",
    unaccepted("BLIND_NOT_ACCEPTED"),
    blindInTheFirst(6001n),
  ),
]

export const SHOWN_EDGE_CASES: readonly Case[] = [...REGISTER_CASES, ...END_CASES, ...GRADE_CASES, ...BLIND_CASES]
