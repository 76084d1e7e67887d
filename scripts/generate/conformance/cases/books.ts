import type { Registers, RunContext } from "@wattest/protocol"
import type { Labels, Unsigned } from "@wattest/testkit/conformance/readings"
import type { StatementDocument, Story } from "@wattest/testkit/conformance/story"
import type { Policy } from "@wattest/verifier"
import { type Case, fullEvidence, invalid, SHORT, setting, unaccepted, valid } from "./case.ts"

/** Milliseconds of a short run. */
const SHORT_MS = 30_000n

const statement = (change: (given: StatementDocument) => Partial<StatementDocument>): Story => ({
  ...SHORT,
  statement: (given) => ({ ...given, ...change(given) }),
})

/** The last capture's registers as the device signs them; the statement repeats them. */
const ending = (change: (given: Registers) => Partial<Registers>): Story => ({
  ...SHORT,
  reading: (capture) =>
    capture.sequence === 3
      ? { ...capture, registers: { ...capture.registers, ...change(capture.registers) } }
      : capture,
})

const under = (story: Story, books: Partial<Policy["books"]>): Story => ({
  ...story,
  policy: (policy) => ({ ...policy, books: { ...policy.books, ...books } }),
})

const fed = (change: (given: StatementDocument["fed"]) => StatementDocument["fed"]): Story =>
  statement((given) => ({ fed: change(given.fed) }))

/** The sources of one capture that the device signs are others. */
const sources = (sequence: number, change: (given: Unsigned["sources"]) => Unsigned["sources"]): Story => ({
  ...SHORT,
  reading: (capture) => (capture.sequence === sequence ? { ...capture, sources: change(capture.sources) } : capture),
})

const context = (change: Partial<RunContext> | ((given: RunContext) => Partial<RunContext>)) => {
  return (given: Labels) => ({
    ...given,
    context: { ...given.context, ...(typeof change === "function" ? change(given.context) : change) },
  })
}

const hidden: Story["certificate"] = ({ vouchDocuments: _, ...given }) => given
const CLOSING = { beacon: null, exitStatus: null } as const

const REGISTER_CASES: readonly Case[] = [
  {
    name: "valid-registers-at-their-bounds",
    title: "All work was accepted, all accelerator energy was idle, and all of the time was blind.",
    expect: valid,
    findings: { present: ["BLIND_TIME"], absent: [] },
    story: under(
      ending(({ workUnits, acceleratorMillijoules }) => ({
        acceptedUnits: workUnits,
        idleMillijoules: acceleratorMillijoules,
        blindMilliseconds: SHORT_MS,
      })),
      { blindPercent: 100 },
    ),
  },
  {
    name: "registers-accepted-above-work",
    title: "One unit more was accepted than delivered.",
    expect: invalid("REGISTERS_CONTRADICT"),
    story: ending(({ workUnits }) => ({ acceptedUnits: workUnits + 1n })),
  },
  {
    name: "registers-idle-above-accelerator",
    title: "A millijoule more was idle than the accelerators drew.",
    expect: invalid("REGISTERS_CONTRADICT"),
    story: ending(({ acceleratorMillijoules }) => ({ idleMillijoules: acceleratorMillijoules + 1n })),
  },
  {
    name: "registers-blind-above-time",
    title: "A sensor was blind for a millisecond more than the run lasted.",
    expect: invalid("REGISTERS_CONTRADICT"),
    story: under(
      ending(() => ({ blindMilliseconds: SHORT_MS + 1n })),
      { blindPercent: 100 },
    ),
  },
  {
    ...{ name: "registers-too-wide", title: "A register needs 61 bits.", story: SHORT },
    expect: invalid("NUMBER_OUT_OF_RANGE"),
    edit: setting("runs.0.statement.registers.workUnits", (2n ** 60n).toString()),
  },
]

const FED_CASES: readonly Case[] = [
  {
    name: "fed-carbon-claimed",
    title: "The statement calls carbon fed, and no plan has an intensity: its zero would pass for one.",
    expect: invalid("FED_MISMATCH"),
    story: fed((given) => [...given.slice(0, 2), "carbon", ...given.slice(2)]),
  },
  {
    name: "fed-work-left-out",
    title: "The plan counts work, and the statement does not say so.",
    expect: invalid("FED_MISMATCH"),
    story: fed((given) => given.filter((name) => name !== "work")),
  },
  {
    ...{ name: "fed-out-of-order", title: "What is fed stands in another order.", story: SHORT },
    expect: invalid("FIELD_MALFORMED"),
    edit: setting("runs.0.statement.fed", ["work", "accelerator"]),
  },
  {
    name: "fed-beacons-claimed",
    title: "The closing names no block, and the statement says that both ends do.",
    expect: invalid("FED_MISMATCH"),
    story: { ...fed((given) => [...given, "beacons"]), closing: () => CLOSING },
  },
  {
    name: "fed-inventory-claimed",
    title: "One of two vouched sensors is not in the plan, and the statement calls the inventory complete.",
    expect: invalid("FED_MISMATCH"),
    story: {
      ...fed((given) => [...given.slice(0, 1), "inventory", ...given.slice(1)]),
      labels: context(({ metering }) => ({ metering: metering.filter(({ sensor }) => sensor !== "gpu0") })),
    },
  },
  {
    name: "fed-inventory-denied",
    title: "The plan is as vouched, and the statement does not say so.",
    expect: invalid("FED_MISMATCH"),
    story: fed((given) => given.filter((name) => name !== "inventory")),
  },
  {
    name: "fed-inventory-of-no-document",
    title: "The device was given no vouch document, and the statement calls the inventory complete.",
    expect: invalid("FED_MISMATCH"),
    story: { ...SHORT, labels: context({ vouchDocument: null }), certificate: hidden },
  },
  {
    name: "valid-fewer-sensors",
    title: "One of two vouched sensors is not in the plan, and the statement does not call the inventory complete.",
    expect: valid,
    findings: { present: ["INVENTORY_NOT_CLAIMED"], absent: ["INVENTORY_UNKNOWN"] },
    story: {
      ...SHORT,
      labels: context(({ metering }) => ({ metering: metering.filter(({ sensor }) => sensor !== "gpu0") })),
    },
  },
]

const END_CASES: readonly Case[] = [
  {
    name: "valid-cut-off",
    title: "A run that was cut off has no closing, and is valid.",
    expect: valid,
    findings: { present: ["RUN_INTERRUPTED", "BEACON_CLOSING_ABSENT"], absent: [] },
    story: { ...statement(() => ({ status: "interrupted" })), closing: () => undefined },
  },
  {
    name: "valid-workload-failed",
    title: "The workload's process was killed, and the closing says so.",
    expect: valid,
    findings: { present: ["WORKLOAD_FAILED"], absent: ["BEACON_CLOSING_ABSENT"] },
    story: { ...SHORT, closing: (given) => ({ ...given, exitStatus: 137 }) },
  },
  {
    name: "closing-in-the-first-capture",
    title: "The first capture of four carries a closing.",
    expect: invalid("CLOSING_MISPLACED"),
    story: sources(0, (given) => ({ ...given, closing: CLOSING })),
  },
  {
    name: "labels-in-the-last-capture",
    title: "The last capture carries labels too, when the result was known.",
    expect: invalid("OPENING_MISMATCH"),
    story: {
      ...SHORT,
      reading: (capture) => {
        if (capture.sequence !== 3) return capture
        const { closing = CLOSING } = capture.sources
        const opening = labelled(capture)
        return { ...capture, sources: { ...capture.sources, closing, opening } }
      },
    },
  },
  {
    name: "evidence-closing-in-the-middle",
    title: "A capture in the middle carries a closing.",
    expect: invalid("CLOSING_MISPLACED"),
    story: sources(2, (given) => ({ ...given, closing: CLOSING })),
    evidence: fullEvidence,
  },
  {
    name: "evidence-labels-in-the-middle",
    title: "A capture in the middle carries labels.",
    expect: invalid("OPENING_MISMATCH"),
    story: {
      ...SHORT,
      reading: (capture) =>
        capture.sequence === 1 ? { ...capture, sources: { ...capture.sources, opening: labelled(capture) } } : capture,
    },
    evidence: fullEvidence,
  },
]

/** Labels that the adversary puts where none belong. */
function labelled({ timeMs }: Unsigned): NonNullable<Unsigned["sources"]["opening"]> {
  return {
    ...{ model: "another", unit: "token", zone: "", site: "", party: "" },
    context: {
      ...{ workload: `at ${timeMs}`, job: "", task: null, qualityRule: "", modelDigest: null, versions: {} },
      ...{ accelerators: [], calibrations: [], factors: {}, metering: [], vouchDocument: null, beacon: null },
    },
  }
}

const LOST: Story = statement(({ registers }) => ({
  broken: true,
  lifetimeMillijoules: registers.energyMillijoules,
}))

const blind = (ms: bigint): Story => ending(() => ({ blindMilliseconds: ms }))

const recorded: Story = {
  ...statement(() => ({ origin: "recorded" })),
  vouch: (given) => ({ ...given, origin: "recorded" }),
}

const POLICY_CASES: readonly Case[] = [
  {
    name: "policy-origin",
    title: "The run is recorded, and the policy accepts live ones.",
    expect: unaccepted("ORIGIN_NOT_ACCEPTED"),
    story: recorded,
  },
  {
    ...{ name: "valid-recorded", title: "The run is recorded, and the policy accepts that.", expect: valid },
    findings: { present: ["ORIGIN_RECORDED"], absent: [] },
    story: under(recorded, { origins: ["recorded"] }),
  },
  {
    name: "policy-broken",
    title: "The device had lost its books before the run.",
    expect: unaccepted("BROKEN_NOT_ACCEPTED"),
    story: LOST,
  },
  {
    ...{ name: "valid-broken", title: "The device had lost its books, and the policy accepts that.", expect: valid },
    findings: { present: ["BOOKS_BROKEN"], absent: [] },
    story: under(LOST, { broken: true }),
  },
  {
    name: "broken-with-a-lifetime",
    title: "The device had lost its books, and carries a lifetime over.",
    expect: invalid("LIFETIME_MISMATCH"),
    story: under(
      statement(() => ({ broken: true })),
      { broken: true },
    ),
  },
  {
    name: "policy-beacons",
    title: "The policy asks for a beacon at both ends, and the closing names none.",
    expect: unaccepted("BEACONS_NOT_SHOWN"),
    story: { ...under(SHORT, { beacons: true }), closing: () => CLOSING },
  },
  {
    name: "policy-inventory",
    title: "The policy asks for exactly the vouched sensors, and one is missing.",
    expect: unaccepted("INVENTORY_NOT_SHOWN"),
    story: {
      ...under(SHORT, { inventory: true }),
      labels: context(({ metering }) => ({ metering: metering.filter(({ sensor }) => sensor !== "gpu0") })),
    },
  },
  {
    ...{ name: "valid-books-demanded", title: "The policy asks for beacons and inventory, and both are there." },
    expect: valid,
    story: under(SHORT, { beacons: true, inventory: true }),
  },
  {
    ...{ name: "valid-blind-at-the-limit", title: "A sensor was blind for exactly 5 % of the time.", expect: valid },
    findings: { present: ["BLIND_TIME"], absent: [] },
    story: blind(SHORT_MS / 20n),
  },
  {
    name: "policy-blind",
    title: "A sensor was blind for a millisecond more than 5 % of the time.",
    expect: unaccepted("BLIND_NOT_ACCEPTED"),
    story: blind(SHORT_MS / 20n + 1n),
  },
]

/** Rules of registers, of what is fed, of a run's ends, and of books. */
export const BOOKS_CASES: readonly Case[] = [...REGISTER_CASES, ...FED_CASES, ...END_CASES, ...POLICY_CASES]
