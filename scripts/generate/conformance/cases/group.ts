import type { Hex } from "@wattest/protocol"
import { idOf, type JobStory, jobBytes, type ToldJob, tellJob, withoutDevice } from "@wattest/testkit/conformance/job"
import type { Labels } from "@wattest/testkit/conformance/readings"
import { START_MS } from "@wattest/testkit/conformance/story"
import type { Policy } from "@wattest/verifier"
import { type Case, type Expected, invalid, textBytes, unaccepted, undetermined, valid } from "./case.ts"

/** Two devices in one part. */
const PAIR: JobStory = { parts: [{ devices: ["left", "right"] }] }
/** A device dies in the first part, and another takes its place. */
const REPLACED: JobStory = {
  parts: [{ devices: ["left", "right"], interrupted: ["left", "right"] }, { devices: ["left", "third"] }],
}

const accepting =
  (...failedParts: readonly number[]) =>
  (policy: Policy): Policy => ({ ...policy, jobs: { failedParts } })
const expecting = (...bounds: readonly string[]) => ({
  ...PAIR,
  policy: (policy: Policy): Policy => ({ ...policy, expect: { bounds } }),
})

type Change = (told: ToldJob) => ToldJob

/** A case whose document is a job. */
export function group(
  name: string,
  title: string,
  expect: Expected,
  story: JobStory,
  change: Change = (told) => told,
): Case {
  return { name: `group-${name}`, title, expect, job: () => asFiles(change(tellJob(story))) }
}

const asFiles = (told: ToldJob) => ({ bytes: jobBytes(told), policy: told.policy })

const bytesOf = (name: string, title: string, expect: Expected, change: (text: string) => string): Case => ({
  ...{ name: `group-${name}`, title, expect },
  job: () => {
    const told = tellJob(PAIR)
    return { policy: told.policy, bytes: textBytes(change(new TextDecoder().decode(jobBytes(told)))) }
  },
})

/** The first line says that a part lacks devices. */
const called =
  (part: number): Change =>
  (told) => ({
    ...told,
    header: {
      ...told.header,
      parts: told.header.parts.map((given, i) => (i === part ? { ...given, incomplete: true } : given)),
    },
  })

const only = (story: JobStory, name: string, special: Required<JobStory>["device"]): JobStory => ({
  ...story,
  device: (device) => (device === name ? special(device) : {}),
})

const VALID: readonly Case[] = [
  group("valid", "Two devices that ran together.", valid, PAIR),
  group("valid-replaced", "A device died, and the next part has another in its place.", valid, REPLACED),
  group("valid-shared-work", "Two stages count the same tokens.", valid, {
    parts: [{ devices: ["left", "right"], sharedWork: true }],
  }),
  group(
    "valid-part-accepted",
    "The first part lacks a device, and the policy accepts it as failed.",
    valid,
    { ...REPLACED, policy: accepting(0) },
    (told) => called(0)(withoutDevice(told, "right")),
  ),
  group("valid-expected", "The energy of all devices is as expected.", valid, expecting("energy <= 200 kJ")),
]

const MEMBERS: readonly Case[] = [
  group(
    "node-taken-out",
    "A device and its place in the list are left out.",
    invalid("JOB_GROUP_MISMATCH"),
    PAIR,
    (told) => {
      const left = withoutDevice(told, "right")
      const parts = left.header.parts.map((part) => ({
        ...part,
        devices: left.certificates.map(({ certificate }) => certificate.device.key),
      }))
      return { ...left, header: { ...left.header, parts } }
    },
  ),
  group(
    "certificate-left-out",
    "A listed device has no certificate.",
    invalid("JOB_CERTIFICATE_MISSING"),
    PAIR,
    (told) => withoutDevice(told, "right"),
  ),
  group(
    "part-not-accepted",
    "The first part lacks a device and is called incomplete, and the policy accepts none as failed.",
    unaccepted("JOB_PART_INCOMPLETE"),
    REPLACED,
    (told) => called(0)(withoutDevice(told, "right")),
  ),
  group(
    "foreign-device",
    "A device that says that it belongs to the part, and that its list does not name.",
    invalid("JOB_DEVICE_FOREIGN"),
    PAIR,
    (told) => {
      const bound = told.certificates[0]?.certificate.runs[0]?.statement.context.group
      const alien = tellJob({
        parts: [{ devices: ["alien"] }],
        device: () => ({ blocksLater: 70n }),
        group: () => bound,
      })
      const [chain, more] = [told.policy.chains[0], alien.policy.chains[0]]
      if (chain === undefined || more === undefined) throw new TypeError("both jobs are on one chain")
      const blocks = [...chain.trustedBlocks, ...more.trustedBlocks]
      const trustedBlocks = [...new Map(blocks.map((block) => [block.number, block])).values()]
      return {
        ...told,
        header: { ...told.header, certificates: 3 },
        certificates: [...told.certificates, ...alien.certificates],
        policy: { ...told.policy, chains: [{ ...chain, trustedBlocks }] },
      }
    },
  ),
  group("of-no-job", "A device bound no place in a job.", invalid("JOB_GROUP_MISMATCH"), {
    ...PAIR,
    group: (given, name) => (name === "right" ? undefined : given),
  }),
  group("of-another-job", "A device bound its place in another job.", invalid("JOB_GROUP_MISMATCH"), {
    ...PAIR,
    group: (given, name) => (name === "right" ? { ...given, job: "llama-8" } : given),
  }),
  group("twice", "The certificate of a device stands twice.", invalid("JOB_UNORDERED"), PAIR, (told) => ({
    ...told,
    header: { ...told.header, certificates: 3 },
    certificates: told.certificates.flatMap((one, i) => (i === 0 ? [one, one] : [one])),
  })),
  group("unordered", "The devices stand in another order.", invalid("JOB_UNORDERED"), PAIR, (told) => ({
    ...told,
    certificates: told.certificates.toReversed(),
  })),
  group(
    "parts-exchanged",
    "The document calls the later set of devices the first part.",
    invalid("JOB_GROUP_MISMATCH"),
    REPLACED,
    (told) => ({
      ...told,
      header: { ...told.header, parts: told.header.parts.toReversed() },
    }),
  ),
  group("certificate-forged", "A number of one certificate was changed.", invalid("TOTALS_MISMATCH"), PAIR, (told) => ({
    ...told,
    certificates: told.certificates.map(({ certificate, ...one }, i) => {
      const runs = certificate.runs.map(({ statement, ...run }) => {
        const registers = { ...statement.registers, energyMillijoules: 1n }
        return { ...run, statement: i === 1 ? { ...statement, registers } : statement }
      })
      return { ...one, certificate: { ...certificate, runs } }
    }),
  })),
]

/** A device's first run goes on in a second one, which is shown. */
const CONTINUED: JobStory = {
  ...{ ...PAIR, bridged: ["right"], start: (name, run) => (name === "right" ? 0n : run) },
  statement: (given, name) =>
    name === "right" && given.startTimeMs === START_MS ? { ...given, status: "continued" } : given,
}

const RUNS: readonly Case[] = [
  group(
    "run-left-out",
    "A device shows its last run of the part, and not the one in which it began.",
    invalid("JOB_CERTIFICATE_MISSING"),
    { ...PAIR, start: (name, run) => (name === "right" ? run - 1n : run), late: ["right"] },
  ),
  group("cut-off", "A device was cut off, and what it metered then is not shown.", invalid("JOB_CERTIFICATE_MISSING"), {
    ...only(PAIR, "right", () => ({ closing: () => undefined })),
    parts: [{ devices: ["left", "right"], interrupted: ["right"] }],
  }),
  group("goes-on", "The last run of a device goes on in one that is not shown.", invalid("JOB_CERTIFICATE_MISSING"), {
    ...PAIR,
    statement: (given, name) => (name === "right" ? { ...given, status: "continued" } : given),
  }),
  group("backwards", "A device ran the later part before the earlier one.", invalid("JOB_UNORDERED"), {
    ...REPLACED,
    backwards: ["left"],
  }),
  group(
    "run-too-many",
    "A device shows another run after the one that ended its job.",
    invalid("JOB_CERTIFICATE_MISSING"),
    {
      ...PAIR,
      bridged: ["right"],
    },
  ),
  group("part-before-the-first", "The second part began before the first.", invalid("JOB_TIMES_APART"), {
    ...only(REPLACED, "third", () => ({ startMs: START_MS - 20_000 })),
    parts: [{ devices: ["left"] }, { devices: ["third"] }],
  }),
  group("of-two-models", "A device worked on another model.", invalid("JOB_LABELS_DIFFER"), {
    ...only(PAIR, "right", () => ({ labels: (given) => ({ ...given, model: "llama-3-70b" }) })),
  }),
  group("times-apart", "A device ran after the other had ended.", invalid("JOB_TIMES_APART"), {
    ...only(PAIR, "right", () => ({ startMs: START_MS + 3_600_000 })),
  }),
  group("start-unknown", "No run of a device says where its job began.", undetermined("JOB_NOT_WHOLE"), {
    ...PAIR,
    start: (name, run) => (name === "right" ? null : run),
  }),
]

/** The second device began so many ms after the first, whose run takes 30 s. */
const rightFrom = (ms: number) => only(PAIR, "right", () => ({ startMs: START_MS + ms }))
/** The second part's device began so many ms after the first part's. */
const nextFrom = (ms: number): JobStory => ({
  ...only(REPLACED, "third", () => ({ startMs: START_MS + ms })),
  parts: [{ devices: ["left"] }, { devices: ["third"] }],
})

const TIMES: readonly Case[] = [
  group("valid-times-touching", "A device began a millisecond before the other ended.", valid, rightFrom(29_999)),
  group("times-at-the-end", "A device began when the other ended.", invalid("JOB_TIMES_APART"), rightFrom(30_000)),
  group("valid-parts-at-once", "The second part began with the first.", valid, nextFrom(0)),
  group(
    "part-just-before",
    "The second part began a millisecond before the first.",
    invalid("JOB_TIMES_APART"),
    nextFrom(-1),
  ),
]

/** The second device says this of its work, and the first does not. */
const differing = (name: string, title: string, expect: Expected, change: (labels: Labels) => Labels): Case =>
  group(
    name,
    title,
    expect,
    only(PAIR, "right", () => ({ labels: change })),
  )
const inContext =
  (change: Partial<Labels["context"]>) =>
  ({ context, ...labels }: Labels): Labels => ({ ...labels, context: { ...context, ...change } })
const differ = invalid("JOB_LABELS_DIFFER")
const DIGEST: Hex = `0x${"77".repeat(32)}`

const LABELS: readonly Case[] = [
  differing("of-two-units", "A device counted another unit of work.", differ, (given) => ({ ...given, unit: "image" })),
  differing("of-two-parties", "A device worked for another party.", differ, (given) => ({ ...given, party: "other" })),
  differing(
    "of-two-workloads",
    "A device says that it did another kind of work.",
    differ,
    inContext({ workload: "training" }),
  ),
  differing(
    "of-two-jobs",
    "A device names another job beside its place in this one.",
    differ,
    inContext({ job: "llama-8" }),
  ),
  differing(
    "of-two-tasks",
    "A device names another task.",
    differ,
    inContext({ task: { family: "other", dataset: null, precision: "fp8", batch: null } }),
  ),
  differing(
    "of-two-rules",
    "A device's work was accepted by another rule.",
    differ,
    inContext({ qualityRule: DIGEST }),
  ),
  differing("of-two-digests", "A device worked on other weights.", differ, inContext({ modelDigest: DIGEST })),
  differing("valid-of-two-places", "The devices stand in two zones, at two sites.", valid, (given) => ({
    ...{ ...given, zone: "FR", site: "lyon" },
  })),
]

const ORDER: readonly Case[] = [
  group(
    "parts-unordered",
    "The certificates of the second part stand before those of the first.",
    invalid("JOB_UNORDERED"),
    REPLACED,
    (told) => ({
      ...told,
      certificates: told.certificates.toSorted((a, b) => b.part - a.part),
    }),
  ),
  group("valid-continued", "A device went on in a second run, and shows it.", valid, CONTINUED),
  group(
    "continued-unordered",
    "A device shows its runs of a part in the other order, and none says where its job began.",
    invalid("JOB_UNORDERED"),
    { ...CONTINUED, start: (name, run) => (name === "right" ? null : run) },
    (told) => ({
      ...told,
      certificates: [
        ...told.certificates.filter(({ name }) => name === "left"),
        ...told.certificates.filter(({ name }) => name === "right").toReversed(),
      ].toSorted((a, b) => Number(idOf(a.name) > idOf(b.name)) - Number(idOf(a.name) < idOf(b.name))),
    }),
  ),
  group(
    "another-part-accepted",
    "The first part lacks a device and is called incomplete, and the policy accepts the second as failed.",
    unaccepted("JOB_PART_INCOMPLETE"),
    { ...REPLACED, policy: accepting(1) },
    (told) => called(0)(withoutDevice(told, "right")),
  ),
  group("valid-called-incomplete", "A part is called incomplete that lacks no device.", valid, PAIR, called(0)),
]

const FORM: readonly Case[] = [
  bytesOf("cut", "The file ends before its last certificate.", invalid("FIELD_MALFORMED"), (text) =>
    text.slice(0, text.trimEnd().lastIndexOf("\n") + 1),
  ),
  bytesOf("cut-in-a-line", "The file ends within its last certificate.", invalid("DOCUMENT_NOT_CANONICAL"), (text) =>
    text.slice(0, -100),
  ),
  bytesOf("more", "More certificates follow than the first line says.", invalid("FIELD_MALFORMED"), (text) => {
    const lines = text.split("\n")
    return [...lines.slice(0, -1), lines[1], ""].join("\n")
  }),
  bytesOf("list-unsorted", "The list of devices is not in order.", invalid("FIELD_MALFORMED"), (text) =>
    text.replace(/\["(0x[0-9a-f]+)","(0x[0-9a-f]+)"\]/, '["$2","$1"]'),
  ),
  bytesOf("field-unknown", "The first line has a field that nobody knows.", invalid("FIELD_UNKNOWN"), (text) =>
    text.replace('"mediaType"', '"jobs":1,"mediaType"'),
  ),
  bytesOf("no-parts", "A job without a part.", invalid("FIELD_MALFORMED"), (text) =>
    text.replace(/"parts":\[.*?\]\}/, '"parts":[}'.replace("}", "]}")),
  ),
  bytesOf("not-json", "A line is no JSON.", invalid("DOCUMENT_NOT_JSON"), (text) => {
    const [first = "", ...rest] = text.split("\n")
    return [first, "{", ...rest.slice(1)].join("\n")
  }),
]

/** The policy expects the job between these seconds after its start. */
const between =
  (from: number, to: number) =>
  (policy: Policy): Policy => ({ ...policy, expect: { from: START_MS / 1000 + from, to: START_MS / 1000 + to } })

const GATE: readonly Case[] = [
  group(
    "expected-missed",
    "The energy of all devices is more than expected.",
    unaccepted("EXPECTATION_NOT_MET"),
    expecting("energy <= 100 J"),
  ),
  group("other-model-expected", "The job is of another model than expected.", unaccepted("SUBJECT_NOT_EXPECTED"), {
    ...PAIR,
    policy: (policy) => ({ ...policy, expect: { model: "mistral" } }),
  }),
  group("valid-expected-time", "The job lies between the expected times, to the second.", valid, {
    ...{ ...PAIR, policy: between(0, 30) },
  }),
  group(
    "expected-from-later",
    "The job begins a second before the expected time.",
    unaccepted("SUBJECT_NOT_EXPECTED"),
    {
      ...{ ...PAIR, policy: between(1, 30) },
    },
  ),
  group("expected-to-earlier", "The job ends a second after the expected time.", unaccepted("SUBJECT_NOT_EXPECTED"), {
    ...{ ...PAIR, policy: between(0, 29) },
  }),
  group("other-party-expected", "The job is for another party than expected.", unaccepted("SUBJECT_NOT_EXPECTED"), {
    ...PAIR,
    policy: (policy) => ({ ...policy, expect: { party: "mistral" } }),
  }),
  group(
    "evidence-demanded",
    "The policy demands evidence, which a job does not hold.",
    undetermined("EVIDENCE_ABSENT"),
    {
      ...PAIR,
      policy: (policy) => ({ ...policy, require: [...policy.require, "evidence"] }),
    },
  ),
  group("certificate-not-accepted", "The policy does not believe the voucher.", unaccepted("VOUCHER_NOT_ACCEPTED"), {
    ...PAIR,
    policy: (policy) => ({ ...policy, vouchers: [] }),
  }),
]

/** Jobs of several devices. */
export const GROUP_CASES: readonly Case[] = [
  ...VALID,
  ...MEMBERS,
  ...RUNS,
  ...TIMES,
  ...LABELS,
  ...ORDER,
  ...FORM,
  ...GATE,
]
