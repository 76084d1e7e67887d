import { toHex } from "@wattest/protocol"
import { bytesOf } from "@wattest/testkit/conformance/keys"
import { BEACON_BLOCK, CLOSING_BLOCK, START_MS, type Story } from "@wattest/testkit/conformance/story"
import type { ChainPolicy } from "@wattest/verifier"
import { type Case, invalid, SHORT, undetermined, valid } from "./case.ts"

const NO_BLOCK = toHex(bytesOf("no block"))
/** Unix seconds at which a short run ends. */
const END = START_MS / 1000 + 30

type Listed = ChainPolicy["trustedBlocks"]

/** The honest story under a policy that demands a beacon and lists the block of an end otherwise. */
const demandingBeacon = (relist: (blocks: Listed) => Listed, of = BEACON_BLOCK): Story => ({
  ...SHORT,
  policy: (policy) => ({
    ...policy,
    require: ["enrolment", "vouch", "not-withdrawn", "beacon"],
    chains: policy.chains.map((chain) => {
      const isBeacon = ({ number }: Listed[number]) => number === of
      const others = chain.trustedBlocks.filter((block) => !isBeacon(block))
      return { ...chain, trustedBlocks: [...relist(chain.trustedBlocks.filter(isBeacon)), ...others] }
    }),
  }),
})

const at = (timestamp: number) => (blocks: Listed) => blocks.map((block) => ({ ...block, timestamp }))

/** Three captures after the first, each so many ms after the one before, under a policy that accepts blind time. */
const hurried = (stepMs: number): Story => ({
  ...SHORT,
  timeOf: (sequence) => sequence * stepMs,
  statement: (given) => ({ ...given, energyGrade: "estimated" }),
  policy: (policy) => ({
    ...policy,
    grades: { ...policy.grades, energy: "estimated" },
    books: { ...policy.books, blindPercent: 100 },
  }),
})

/** Blocks that a run's ends name. */
export const BEACON_CASES: readonly Case[] = [
  {
    name: "valid-beacon-demanded",
    title: "The beacon is a listed block of a time before the run, and the policy demands one.",
    expect: valid,
    story: demandingBeacon((blocks) => blocks),
  },
  {
    name: "valid-beacon-within-the-run",
    title: "The run began where the one before ended, and the beacon was met while it went on.",
    expect: valid,
    story: demandingBeacon(at(END)),
  },
  {
    name: "valid-beacon-within-the-tolerance",
    title: "The beacon is of a time 15 s after the run's end, which is the tolerance of clocks.",
    expect: valid,
    story: demandingBeacon(at(END + 15)),
  },
  {
    name: "beacon-after-end",
    title: "The beacon is of a time 16 s after the run's end.",
    expect: invalid("BEACON_MISMATCH"),
    story: demandingBeacon(at(END + 16)),
  },
  {
    name: "closing-after-end",
    title: "The closing names a block of a time 16 s after the run's end.",
    expect: invalid("BEACON_MISMATCH"),
    story: demandingBeacon(at(END + 16), CLOSING_BLOCK),
  },
  {
    name: "closing-of-unknown-time",
    title: "The policy lists the closing's block without its time, and there is no node to ask.",
    expect: undetermined("BLOCK_TIME_UNKNOWN"),
    story: demandingBeacon((blocks) => blocks.map(({ number, hash }) => ({ number, hash })), CLOSING_BLOCK),
  },
  {
    name: "closing-not-on-chain",
    title: "The closing names no block of the chain: the policy lists another one of its number.",
    expect: invalid("BEACON_MISMATCH"),
    story: { ...SHORT, closing: (given) => ({ ...given, beacon: { number: CLOSING_BLOCK, hash: NO_BLOCK } }) },
  },
  {
    name: "closing-before-the-opening",
    title: "The closing names a block before the one that the opening names.",
    expect: invalid("BEACON_MISMATCH"),
    story: { ...SHORT, closing: (given) => ({ ...given, beacon: { number: BEACON_BLOCK - 1n, hash: NO_BLOCK } }) },
  },
  {
    name: "closing-after-the-anchor",
    title: "The closing names a block after the anchor.",
    expect: invalid("BEACON_MISMATCH"),
    story: { ...SHORT, closing: (given) => ({ ...given, beacon: { number: 101n, hash: NO_BLOCK } }) },
  },
  {
    name: "valid-clock-of-the-chains-rate",
    title: "Between the blocks of both ends the chain's time is the device's, as far as finality moves in steps.",
    expect: valid,
    findings: { present: [], absent: ["TIME_RATE"] },
    story: { ...SHORT, beaconedAt: START_MS / 1000 - 939 },
  },
  {
    name: "valid-clock-slow",
    title: "Between the blocks of both ends more time passed by the chain than by the device's clock.",
    expect: valid,
    findings: { present: ["TIME_RATE"], absent: [] },
    story: { ...SHORT, beaconedAt: START_MS / 1000 - 940 },
  },
  {
    name: "valid-clock-fast",
    title: "Between the blocks of both ends less time passed by the chain than by the device's clock.",
    expect: valid,
    findings: { present: ["TIME_RATE"], absent: [] },
    story: hurried(502_001),
  },
  {
    name: "valid-clock-fast-by-finality",
    title: "The device's clock passed more time than the chain, by no more than a step of finality and a hundredth.",
    expect: valid,
    findings: { present: [], absent: ["TIME_RATE"] },
    story: hurried(502_000),
  },
  {
    name: "valid-bridged-before-the-beacon",
    title: "The run begins an hour before the block that its opening names: it bridges an interruption.",
    expect: valid,
    findings: { present: [], absent: ["TIME_RATE"] },
    story: { ...hurried(5_000_000), beaconedAt: START_MS / 1000 + 14_000, closedAt: START_MS / 1000 + 15_000 },
  },
  {
    name: "beacon-of-unknown-time",
    title: "The policy lists the beacon's block without its time, and there is no node to ask.",
    expect: undetermined("BLOCK_TIME_UNKNOWN"),
    story: demandingBeacon((blocks) => blocks.map(({ number, hash }) => ({ number, hash }))),
  },
  {
    name: "beacon-unknown",
    title: "The policy does not list the beacon's block, and there is no node to ask.",
    expect: undetermined("TRUST_ROOT_MISSING"),
    story: { ...demandingBeacon((blocks) => blocks), beacon: "unlisted" },
  },
  {
    name: "beacon-not-on-chain",
    title: "The beacon is no block of the chain: the policy lists another one of its number.",
    expect: invalid("BEACON_MISMATCH"),
    story: { ...demandingBeacon((blocks) => blocks), beacon: "other" },
  },
  {
    ...{
      name: "beacon-after-anchor",
      title: "The beacon is a block after the anchor.",
      expect: invalid("BEACON_MISMATCH"),
    },
    story: {
      ...SHORT,
      closing: () => undefined,
      reading: ({ sources, ...capture }) => ({
        ...capture,
        sources: sources.opening
          ? {
              ...sources,
              opening: {
                ...sources.opening,
                context: { ...sources.opening.context, beacon: { number: 101n, hash: NO_BLOCK } },
              },
            }
          : sources,
      }),
      statement: (given) => ({
        ...given,
        context: { ...given.context, beacon: { number: 101n, hash: NO_BLOCK } },
      }),
    },
  },
  {
    name: "beacon-demanded-but-absent",
    title: "The run names no beacon, and the policy demands one.",
    expect: undetermined("PROOF_ABSENT"),
    story: { ...SHORT, beacon: "none", policy: (policy) => ({ ...policy, require: ["beacon"] }) },
  },
  {
    name: "valid-without-beacon",
    title: "The run names no beacon, and the policy does not demand one.",
    expect: valid,
    story: { ...SHORT, beacon: "none" },
  },
]
