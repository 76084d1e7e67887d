import { type JobStory, jobBytes, type ToldJob, tellJob, withoutDevice } from "@wattest/testkit/conformance/job"
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
function group(name: string, title: string, expect: Expected, story: JobStory, change: Change = (told) => told): Case {
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
export const GROUP_CASES: readonly Case[] = [...VALID, ...MEMBERS, ...RUNS, ...FORM, ...GATE]
