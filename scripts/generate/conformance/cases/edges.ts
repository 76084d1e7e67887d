import { encodeEvidenceLine, type Hex, type OpenedCapture, toHex } from "@wattest/protocol"
import { evidenceOf, excerptOf, prove } from "@wattest/testkit/conformance/evidence"
import { bytesOf } from "@wattest/testkit/conformance/keys"
import { BEACON_BLOCK, FIRST_ANCHOR_BLOCK } from "@wattest/testkit/conformance/scene"
import { type Story, type Told, tell } from "@wattest/testkit/conformance/story"
import { type Case, type Expected, fullEvidence, invalid, SHORT, textBytes, unaccepted, valid } from "./case.ts"
import { underCheckpoint } from "./chain.ts"

/** The other side of comparisons of which cases elsewhere try one. */

const of = (name: string, title: string, expect: Expected, story: Story): Case => ({
  ...{ name, title, expect, story: { ...SHORT, ...story } },
})

/* Blocks that a run's ends name, where the policy lists none of the chain: only their numbers speak. */

const NO_BLOCK = toHex(bytesOf("no block"))

const openingWith = (number: bigint): Story => ({
  ...SHORT,
  labels: ({ context, ...labels }) => ({ ...labels, context: { ...context, beacon: { number, hash: NO_BLOCK } } }),
  closing: (given) => ({ ...given, beacon: null }),
})
const closingWith = (number: bigint, hash: Hex = NO_BLOCK): Story => ({
  ...SHORT,
  closing: (given) => ({ ...given, beacon: { number, hash } }),
})
const unlisted = (story: Story) => underCheckpoint((given) => given, story)
const opening = tell(SHORT).blocks.find(({ number }) => number === BEACON_BLOCK)

/** The policy lists the opening's block and none beside it: the closing is looked at. */
function openingListed(story: Story): Story {
  const trustedBlocks = opening === undefined ? [] : [opening]
  const listed = trustedBlocks.map(({ number, hash, timestamp }) => ({ number, hash, timestamp }))
  return {
    ...story,
    policy: (given) => {
      const policy = story.policy?.(given) ?? given
      const [first, ...chains] = policy.chains
      return { ...policy, chains: first === undefined ? [] : [{ ...first, trustedBlocks: listed }, ...chains] }
    },
  }
}

const BLOCK_CASES: readonly Case[] = [
  of(
    "valid-beacon-just-before-anchor",
    "The opening names the block before the anchor's, which nobody asks for.",
    valid,
    unlisted(openingWith(FIRST_ANCHOR_BLOCK - 1n)),
  ),
  of(
    "beacon-of-anchors-number",
    "The opening names a block of the anchor's number.",
    invalid("BEACON_MISMATCH"),
    unlisted(openingWith(FIRST_ANCHOR_BLOCK)),
  ),
  of(
    "valid-closing-just-before-anchor",
    "The closing names the block before the anchor's, which nobody asks for.",
    valid,
    openingListed(unlisted(closingWith(FIRST_ANCHOR_BLOCK - 1n))),
  ),
  of(
    "closing-of-anchors-number",
    "The closing names a block of the anchor's number.",
    invalid("BEACON_MISMATCH"),
    openingListed(unlisted(closingWith(FIRST_ANCHOR_BLOCK))),
  ),
  of(
    "valid-closing-of-the-opening",
    "The closing names the block that the opening names.",
    valid,
    closingWith(BEACON_BLOCK, opening?.hash),
  ),
]

/* Work that nobody counted has no grade to be held to. */

/** The count of work goes so far at each capture, and the policy demands that work is measured. */
const countingTo = (value: (sequence: number) => number): Story => ({
  sensors: (readings, sequence) =>
    readings.map((given) => (given.sensor === "server" ? { ...given, value: `${value(sequence)}` } : given)),
  policy: (policy) => ({ ...policy, grades: { ...policy.grades, work: "measured" } }),
})

/** Beside work that nobody counted, so many units of input. */
const countingInput = (units: number): Story => {
  const { sensors, ...rest } = countingTo(() => 7)
  const entry = { sensor: "prompts", role: "input", method: "counter" } as const
  return {
    ...rest,
    labels: ({ context, ...labels }) => ({
      ...labels,
      context: { ...context, metering: [...context.metering, entry] },
    }),
    sensors: (readings, sequence, ...more) => {
      const counted = sensors?.(readings, sequence, ...more) ?? readings
      const prompts = counted.filter(({ sensor }) => sensor === "server")
      const value = `${sequence === 3 ? units : 0}`
      return [...counted, ...prompts.map((given) => ({ ...given, sensor: "prompts", value }))]
    },
  }
}

const WORK_CASES: readonly Case[] = [
  of(
    "valid-grade-of-no-work",
    "No work was counted, and the policy demands measured work.",
    valid,
    countingTo(() => 7),
  ),
  of(
    "grade-of-one-unit",
    "One unit of work was counted, and declared, where the policy demands measured work.",
    unaccepted("GRADE_NOT_ACCEPTED"),
    countingTo((sequence) => (sequence === 3 ? 8 : 7)),
  ),
  of("valid-grade-of-no-input", "No input was counted, and no work.", valid, countingInput(0)),
  of(
    "grade-of-one-input",
    "One unit of input was counted, and declared, where the policy demands measured work.",
    unaccepted("GRADE_NOT_ACCEPTED"),
    countingInput(1),
  ),
]

/* By a millisecond, and by a millijoule. */

const LEAST_CASES: readonly Case[] = [
  of("time-a-millisecond-backwards", "The last capture is 1 ms earlier than the first.", invalid("TIME_DECREASED"), {
    reading: (given) => (given.sequence === 3 ? { ...given, timeMs: given.timeMs - 30_001 } : given),
  }),
  of(
    "lifetime-a-millijoule-below-run",
    "The device metered 1 mJ less in its life than in this run.",
    invalid("LIFETIME_MISMATCH"),
    { statement: (given) => ({ ...given, lifetimeMillijoules: given.registers.energyMillijoules - 1n }) },
  ),
]

/* Captures in their order. */

const excerpt = (chosen: readonly number[], { device, captures }: Told) => [
  textBytes(excerptOf(device, 0n, captures[0] ?? [], chosen).join("")),
]

/** The excerpt's only capture is the one after the run's last, which the device made in a longer run. */
function beyondTheLast({ device, captures }: Told) {
  const [header = ""] = excerptOf(device, 0n, captures[0] ?? [], [])
  const longer = tell({ captures: 5 }).captures[0] ?? []
  return [textBytes(header + encodeEvidenceLine({ ...prove(longer, 4), sources: sourcesWithin(longer) }))]
}

/** The excerpt's only capture carries the signature of the one before. */
function signedElsewhere({ device, captures: [own = []] }: Told) {
  const [header = ""] = excerptOf(device, 0n, own, [])
  const [, before] = own
  const said = before === undefined ? [] : [encodeEvidenceLine({ ...prove(own, 2), signature: before.signature })]
  return [textBytes([header, ...said].join(""))]
}

/** Sources as between a run's ends: neither labels nor a closing. */
const sourcesWithin = (captures: Told["captures"][number]) => {
  const { closing: _, ...sources } = captures.at(-1)?.sources ?? { nonce: "0x", readings: [] }
  return sources
}

/** Two captures are of one moment. */
const AT_ONCE: Story = { timeOf: (sequence) => 10_000 * (sequence > 1 ? sequence - 1 : sequence) }

/** Of capture 2 this is said instead, by what capture 1 says. */
const after =
  (change: (before: OpenedCapture) => Partial<OpenedCapture>) =>
  ({ device, captures: [own = []] }: Told) => {
    const [, before] = own
    const said = own.map((given, i) => (i === 2 && before ? { ...given, ...change(before) } : given))
    return [textBytes(evidenceOf(device, 0n, said).join(""))]
  }

const CAPTURE_CASES: readonly Case[] = [
  {
    ...of("valid-excerpt-of-neighbours", "Captures next to each other, with their ways up.", valid, {}),
    evidence: (told) => excerpt([0, 1, 2, 3], told),
  },
  { ...of("valid-excerpt-of-one", "One capture, with its way up.", valid, {}), evidence: (told) => excerpt([2], told) },
  {
    ...of("excerpt-repeated", "An excerpt shows a capture twice.", invalid("CAPTURE_SEQUENCE_BROKEN"), {}),
    evidence: (told) => excerpt([1, 1], told),
  },
  {
    ...of("excerpt-backwards", "An excerpt goes back.", invalid("CAPTURE_SEQUENCE_BROKEN"), {}),
    evidence: (told) => excerpt([2, 1], told),
  },
  {
    ...of(
      "excerpt-beyond-the-last",
      "An excerpt of a run of 4 captures shows number 4, where 3 is the last.",
      invalid("CAPTURE_COUNT_MISMATCH"),
      {},
    ),
    evidence: beyondTheLast,
  },
  {
    ...of("valid-evidence-at-once", "Two captures are of one moment.", valid, AT_ONCE),
    evidence: fullEvidence,
  },
  {
    ...of(
      "excerpt-signature-of-another",
      "An excerpt's capture carries the signature of another one.",
      invalid("CAPTURE_SIGNATURE_INVALID"),
      {},
    ),
    evidence: signedElsewhere,
  },
  {
    ...of(
      "evidence-a-millisecond-back",
      "A capture is 1 ms earlier than the one before.",
      invalid("TIME_DECREASED"),
      {},
    ),
    evidence: after(({ timeMs }) => ({ timeMs: timeMs - 1 })),
  },
  {
    ...of("evidence-a-unit-lost", "A register falls by one.", invalid("REGISTER_DECREASED"), {}),
    evidence: after(({ registers }) => ({ registers: { ...registers, workUnits: registers.workUnits - 1n } })),
  },
]

export const EDGE_CASES: readonly Case[] = [...BLOCK_CASES, ...WORK_CASES, ...LEAST_CASES, ...CAPTURE_CASES]
