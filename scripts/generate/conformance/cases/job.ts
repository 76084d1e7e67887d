import { type RunContext, toHex } from "@wattest/protocol"
import { accountOf, bytesOf } from "@wattest/testkit/conformance/keys"
import type { Labels } from "@wattest/testkit/conformance/readings"
import type { StatementDocument, Story } from "@wattest/testkit/conformance/story"
import { type Case, invalid, put, SHORT, setting, undetermined, valid } from "./case.ts"

const otherRegistry = accountOf("another registry")
const TWO: Story = { ...SHORT, runs: 2 }
const THREE: Story = { ...SHORT, runs: 3 }

/** Of a job's three runs, the certificate shows these. */
const shown = (...numbers: readonly bigint[]): Story => ({
  ...THREE,
  certificate: (given) => ({ ...given, runs: given.runs.filter(({ run }) => numbers.includes(run)) }),
})

/** What the device binds into its second run. */
const second = (change: (given: Labels) => Labels): Story => ({
  ...TWO,
  labels: (given, run) => (run === 1n ? change(given) : given),
})
const inContext = (change: Partial<RunContext>) => (given: Labels) => ({
  ...given,
  context: { ...given.context, ...change },
})
const stated = (run: bigint, change: Partial<StatementDocument>): Story => ({
  ...TWO,
  statement: (given, number) => (number === run ? { ...given, ...change } : given),
})

/** The opening does not say where the job began. */
const unnamed = ({ context: { jobStart: _, ...context }, ...labels }: Labels): Labels => ({ ...labels, context })

const WHOLE = ["JOB_PART", "JOB_EXTENT_UNKNOWN"] as const
const PART = { present: ["JOB_PART"], absent: ["JOB_EXTENT_UNKNOWN"] } as const
const UNKNOWN = { present: ["JOB_EXTENT_UNKNOWN"], absent: ["JOB_PART"] } as const

/** How much of its job a certificate holds is no reason for a verdict, and never kept quiet. */
const EXTENT_CASES: readonly Case[] = [
  {
    ...{ name: "valid-job", title: "All three runs of a job.", expect: valid, story: THREE },
    findings: { present: [], absent: WHOLE },
  },
  {
    name: "valid-job-interrupted",
    title: "All runs of a job that was interrupted in its last one.",
    expect: valid,
    findings: { present: ["RUN_INTERRUPTED"], absent: WHOLE },
    story: stated(1n, { status: "interrupted" }),
  },
  {
    ...{ name: "valid-part-without-end", title: "The first two of a job's three runs.", expect: valid },
    ...{ findings: PART, story: shown(0n, 1n) },
  },
  {
    ...{ name: "valid-part-without-start", title: "The last two of a job's three runs.", expect: valid },
    ...{ findings: PART, story: shown(1n, 2n) },
  },
  {
    ...{ name: "valid-part-middle", title: "The middle one of a job's three runs.", expect: valid },
    ...{ findings: PART, story: shown(1n) },
  },
  {
    ...{ name: "valid-job-start-unnamed", title: "Runs that do not say where their job began.", expect: valid },
    ...{ findings: UNKNOWN, story: { ...TWO, labels: unnamed } },
  },
  {
    name: "valid-part-start-unnamed",
    title: "A run that does not say where its job began, only that it goes on.",
    expect: valid,
    findings: PART,
    story: { ...shown(0n), labels: unnamed },
  },
]

/** A policy may demand that the job be whole. */
const demanded = (story: Story): Story => ({
  ...story,
  policy: (given) => ({ ...given, require: [...given.require, "whole-job"] }),
})
const DEMAND_CASES: readonly Case[] = [
  {
    ...{ name: "valid-job-demanded", title: "All three runs of a job, under a policy that demands it whole." },
    ...{ expect: valid, story: demanded(THREE) },
  },
  {
    ...{ name: "job-part-demanded-whole", title: "The first two of a job's three runs, where the policy demands all." },
    ...{ expect: undetermined("JOB_NOT_WHOLE"), story: demanded(shown(0n, 1n)) },
  },
  {
    ...{
      name: "job-start-unnamed-demanded",
      title: "Runs that do not say where their job began, where it must be whole.",
    },
    ...{ expect: undetermined("JOB_NOT_WHOLE"), story: demanded({ ...TWO, labels: unnamed }) },
  },
]

/** What an operator may try so that a part passes for the whole. */
const BOUNDARY_CASES: readonly Case[] = [
  {
    name: "job-end-invented",
    title: "The last run shown goes on, and is called complete.",
    expect: invalid("ROOT_NOT_SUBMITTED"),
    story: shown(0n, 1n),
    edit: setting("runs.1.statement.status", "complete"),
  },
  {
    name: "job-start-moved",
    title: "The statement names a later start of the job than the opening.",
    expect: invalid("OPENING_MISMATCH"),
    story: shown(1n),
    edit: setting("runs.0.statement.context.jobStart", "1"),
  },
  {
    name: "job-start-moved-twice",
    title: "The start of the job is moved in the statement and in the opening that the device signed.",
    expect: invalid("CAPTURE_NOT_INCLUDED"),
    story: shown(1n),
    edit: (json) =>
      ["statement.context", "firstCapture.sources.opening.context"].reduce(
        (changed, place) => put(changed, `runs.0.${place}.jobStart`, "1"),
        json,
      ),
  },
  {
    name: "job-of-two-starts",
    title: "The second run is the first one of another job with the same labels.",
    expect: invalid("JOB_MISMATCH"),
    story: second(inContext({ jobStart: 1n })),
  },
  {
    name: "job-start-unnamed-in-one-run",
    title: "The first run names where its job began, the second does not.",
    expect: invalid("JOB_MISMATCH"),
    story: second(unnamed),
  },
  {
    name: "job-starts-later",
    title: "A run is of a job that begins after it.",
    expect: invalid("JOB_MISMATCH"),
    story: { ...SHORT, labels: inContext({ jobStart: 1n }) },
  },
  {
    name: "job-goes-on-when-complete",
    title: "The first run completed the job, and the second goes on with it.",
    expect: invalid("JOB_MISMATCH"),
    story: stated(0n, { status: "complete" }),
  },
  {
    name: "job-goes-on-when-interrupted",
    title: "The job was interrupted in the first run, and the second goes on with it.",
    expect: invalid("JOB_MISMATCH"),
    story: stated(0n, { status: "interrupted" }),
  },
]

const GROUP = {
  ...{ job: "pretraining", part: 0, devices: 2, previous: null },
  devicesDigest: toHex(bytesOf("devices")),
} as const

/** For each label that a report shows once for the whole job, a second run with another one. */
const RELABELLED: readonly (readonly [labels: string, what: string, change: (given: Labels) => Labels])[] = [
  ["models", "model", (given) => ({ ...given, model: "llama-3-70b" })],
  ["units", "unit", (given) => ({ ...given, unit: "sample" })],
  ["zones", "zone", (given) => ({ ...given, zone: "FR" })],
  ["sites", "site", (given) => ({ ...given, site: "Halle 4" })],
  ["parties", "party", (given) => ({ ...given, party: "another party" })],
  ["workloads", "workload", inContext({ workload: "training" })],
  ["jobs", "job", inContext({ job: "job-2" })],
  ["rules", "rule by which units are accepted", inContext({ qualityRule: "another" })],
  ["tasks", "task", inContext({ task: null })],
  ["groups", "group of devices", inContext({ group: GROUP })],
  ["digests", "digest of the model", inContext({ modelDigest: toHex(bytesOf("another model")) })],
]

const LABEL_CASES: readonly Case[] = [
  ...RELABELLED.map(([labels, what, change]) => ({
    name: `job-of-two-${labels}`,
    title: `The second run has another ${what} than the first.`,
    expect: invalid("JOB_MISMATCH"),
    story: second(change),
  })),
  {
    name: "job-of-two-boundaries",
    title: "The second run was metered at another boundary than the first.",
    expect: invalid("JOB_MISMATCH"),
    story: stated(1n, { boundary: "rack" }),
  },
  {
    name: "job-of-two-origins",
    title: "The first run was metered live, the second is recorded.",
    expect: invalid("JOB_MISMATCH"),
    story: stated(1n, { origin: "recorded" }),
  },
  {
    name: "job-over-broken-books",
    title: "Between two runs of a job the device lost its books.",
    expect: invalid("JOB_MISMATCH"),
    story: {
      ...TWO,
      statement: (given, number) =>
        number === 1n ? { ...given, broken: true, lifetimeMillijoules: given.registers.energyMillijoules } : given,
    },
  },
  {
    name: "valid-job-of-two-beacons",
    title: "Labels that are each run's own, beacon, accelerators and versions, may change within a job.",
    expect: valid,
    findings: { present: ["CONTEXT_CHANGED"], absent: WHOLE },
    story: second(inContext({ beacon: null, accelerators: [], versions: {} })),
  },
  {
    name: "valid-job-of-other-versions",
    title: "Beacon and versions may change within a job, and deserve no question.",
    expect: valid,
    findings: { present: [], absent: [...WHOLE, "CONTEXT_CHANGED"] },
    story: second(inContext({ beacon: null, versions: {} })),
  },
  {
    name: "job-of-two-registries",
    title: "The second run is of another registry than the first; the policy accepts both.",
    expect: invalid("ANCHOR_MISMATCH"),
    story: {
      ...TWO,
      policy: (given) => ({
        ...given,
        chains: given.chains.map((chain) => ({ ...chain, registries: [...chain.registries, otherRegistry] })),
      }),
    },
    edit: (given) =>
      put(put(given, "runs.1.anchor.registry", otherRegistry), "runs.1.submission.registry", otherRegistry),
  },
]

/** Jobs of several runs. */
export const JOB_CASES: readonly Case[] = [
  ...EXTENT_CASES,
  ...DEMAND_CASES,
  ...BOUNDARY_CASES,
  ...LABEL_CASES,
  {
    ...{
      name: "job-run-left-out",
      title: "The middle one of three runs is left out.",
      expect: invalid("RUN_SEQUENCE_BROKEN"),
    },
    story: shown(0n, 2n),
  },
  {
    ...{
      name: "job-runs-swapped",
      title: "Two runs stand in the wrong order.",
      expect: invalid("RUN_SEQUENCE_BROKEN"),
    },
    story: { ...TWO, certificate: (given) => ({ ...given, runs: [...given.runs].reverse() }) },
  },
  {
    ...{
      name: "job-lifetime-unbalanced",
      title: "Between two runs the device metered energy that no run holds.",
      expect: invalid("LIFETIME_MISMATCH"),
    },
    story: {
      ...TWO,
      statement: (given, number) =>
        number === 1n ? { ...given, lifetimeMillijoules: given.lifetimeMillijoules + 1000n } : given,
    },
  },
]
