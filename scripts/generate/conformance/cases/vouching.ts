import { type RunContext, toHex, vouchDigest } from "@wattest/protocol"
import { bytesOf, ed25519Device } from "@wattest/testkit/conformance/keys"
import { type Labels, vouchDocumentOf } from "@wattest/testkit/conformance/readings"
import type { StatementDocument, Story } from "@wattest/testkit/conformance/story"
import { type Case, fullEvidence, invalid, put, SHORT, setting, undetermined, valid } from "./case.ts"

const statement = (change: (given: StatementDocument) => Partial<StatementDocument>): Story => ({
  ...SHORT,
  statement: (given) => ({ ...given, ...change(given) }),
})

const context = (change: (given: RunContext) => Partial<RunContext>) => (given: Labels) => ({
  ...given,
  context: { ...given.context, ...change(given.context) },
})

const hidden: NonNullable<Story["certificate"]> = ({ vouchDocuments: _, ...given }) => given

const simulated: NonNullable<Story["sensors"]> = (readings) =>
  readings.map((given) => (given.sensor === "psu" ? { ...given, grade: "simulated" } : given))

const GRADE_CASES: readonly Case[] = [
  {
    name: "grade-of-simulated-readings",
    title: "The readings that the certificate shows are simulated, and the statement calls the energy measured.",
    expect: invalid("GRADE_UNDERSTATED"),
    story: { ...SHORT, sensors: simulated },
  },
  {
    name: "grade-of-simulated-work",
    title: "The count of work that the certificate shows is simulated, and the statement calls it measured.",
    expect: invalid("GRADE_UNDERSTATED"),
    story: {
      ...statement(() => ({ workGrade: "measured" })),
      sensors: (readings) =>
        readings.map((given) => (given.sensor === "server" ? { ...given, grade: "simulated" } : given)),
    },
  },
  {
    name: "grade-of-a-share",
    title: "The plan takes a hundredth of a meter, and the statement calls the energy measured.",
    expect: invalid("GRADE_UNDERSTATED"),
    story: {
      ...SHORT,
      labels: context(({ metering }) => ({
        metering: metering.map((entry) => (entry.sensor === "psu" ? { ...entry, share: "0.01" } : entry)),
      })),
    },
  },
  {
    name: "grade-of-no-plan",
    title: "Nothing meters the energy, and the statement calls it measured.",
    expect: invalid("GRADE_UNDERSTATED"),
    story: { ...SHORT, labels: context(() => ({ metering: [] })) },
  },
  {
    name: "grade-calibrated-without-document",
    title: "The device was given no vouch document, and the statement calls the energy calibrated.",
    expect: invalid("GRADE_UNDERSTATED"),
    story: {
      ...statement((given) => ({ energyGrade: "calibrated", fed: given.fed.filter((name) => name !== "inventory") })),
      labels: context(() => ({ vouchDocument: null })),
      sensors: (readings) => readings.map((given) => ({ ...given, grade: "calibrated" })),
      certificate: hidden,
    },
  },
]

/** Digest of the document that the device of every story is vouched for by. */
const FOUND = vouchDigest(vouchDocumentOf(ed25519Device("device").id))

const calibrated: Story = {
  ...statement(() => ({ energyGrade: "calibrated" })),
  sensors: (readings) =>
    readings.map((given) => ({ ...given, grade: given.sensor === "server" ? given.grade : "calibrated" })),
}

const openly: NonNullable<Story["vouch"]> = (given) => ({
  ...given,
  sensors: given.sensors.map((sensor) => (sensor.id === "psu" ? { ...sensor, channel: "open" } : sensor)),
})

const VOUCH_CASES: readonly Case[] = [
  {
    name: "valid-calibrated",
    title: "The vouch document names a calibration of each sensor.",
    expect: valid,
    findings: { present: [], absent: ["CALIBRATION_UNKNOWN"] },
    story: {
      ...calibrated,
      vouch: (given) => ({
        ...given,
        sensors: given.sensors.map((sensor) => ({ ...sensor, calibrations: [toHex(bytesOf("calibration"))] })),
      }),
    },
    evidence: fullEvidence,
  },
  {
    name: "vouch-document-without-calibration",
    title: "The statement calls the energy calibrated, and the vouch document names no calibration.",
    expect: invalid("GRADE_UNDERSTATED"),
    story: calibrated,
  },
  {
    name: "valid-calibrated-hidden",
    title: "The statement calls the energy calibrated, and the vouch document is not shown.",
    expect: valid,
    findings: { present: ["CALIBRATION_UNKNOWN", "INVENTORY_UNKNOWN"], absent: ["INVENTORY_NOT_CLAIMED"] },
    story: { ...calibrated, certificate: hidden },
  },
  {
    name: "vouch-document-loopback",
    title: "The power comes from software on the device's own host, and the statement calls it measured.",
    expect: invalid("GRADE_UNDERSTATED"),
    story: {
      ...SHORT,
      vouch: (given) => ({
        ...given,
        sensors: given.sensors.map((sensor) => (sensor.id === "psu" ? { ...sensor, channel: "loopback" } : sensor)),
      }),
    },
  },
  {
    name: "vouch-document-open-channel",
    title: "The power comes openly over a network, where others can write it, and the statement calls it measured.",
    expect: invalid("GRADE_UNDERSTATED"),
    story: { ...SHORT, vouch: openly },
  },
  {
    name: "valid-open-channel-declared",
    title: "The power comes openly over a network, and the statement calls it declared; the policy accepts that.",
    expect: valid,
    story: {
      ...SHORT,
      vouch: openly,
      statement: (given) => ({ ...given, energyGrade: "declared" }),
      policy: (policy) => ({ ...policy, grades: { ...policy.grades, energy: "declared" } }),
    },
  },
  {
    name: "vouch-document-of-another-device",
    title: "The vouch document is of another device.",
    expect: invalid("VOUCH_DOCUMENT_MISMATCH"),
    story: { ...SHORT, vouch: (given) => ({ ...given, device: toHex(bytesOf("another device")) }) },
  },
  {
    ...{ name: "vouch-document-unnamed", title: "The vouch document shown is not the one that the run names." },
    expect: invalid("VOUCH_DOCUMENT_MISMATCH"),
    story: SHORT,
    edit: (json) => put(json, "vouchDocuments.0.site", "another site"),
  },
  {
    name: "vouch-document-other-boundary",
    title: "The voucher found a rack, and the run was metered as a node.",
    expect: invalid("VOUCH_DOCUMENT_MISMATCH"),
    story: { ...SHORT, vouch: (given) => ({ ...given, boundary: "rack" }) },
  },
  {
    name: "vouch-document-other-origin",
    title: "The device is vouched for as one that meters live, and the run is recorded.",
    expect: invalid("VOUCH_DOCUMENT_MISMATCH"),
    story: statement(() => ({ origin: "recorded" })),
  },
  {
    ...{ name: "vouch-document-malformed", title: "A sensor stands twice in the vouch document.", story: SHORT },
    expect: invalid("FIELD_MALFORMED"),
    edit: setting("vouchDocuments.0.sensors.1.id", "psu"),
  },
  {
    name: "valid-vouch-document-revised",
    title: "The voucher vouched for another document first, and revised its word to the one that the run names.",
    expect: valid,
    story: { ...SHORT, vouched: toHex(bytesOf("another document")), revised: [FOUND] },
  },
  {
    name: "valid-vouch-document-revised-since",
    title: "The voucher revised its word twice before the anchor, and the run names the document before the last.",
    expect: valid,
    story: {
      ...SHORT,
      vouched: toHex(bytesOf("another document")),
      revised: [FOUND, toHex(bytesOf("a third document"))],
    },
  },
  {
    name: "vouch-document-not-on-chain",
    title: "The chain's vouch names another document, and no revision is shown.",
    expect: undetermined("PROOF_ABSENT"),
    story: { ...SHORT, vouched: toHex(bytesOf("another document")) },
  },
  {
    name: "vouch-document-revised-to-another",
    title: "The chain's vouch names another document, and so does its revision.",
    expect: invalid("VOUCH_DOCUMENT_MISMATCH"),
    story: { ...SHORT, vouched: toHex(bytesOf("another document")), revised: [toHex(bytesOf("a third document"))] },
  },
  {
    name: "vouch-document-demanded",
    title: "The policy demands the vouch document, and it is not shown.",
    expect: undetermined("PROOF_ABSENT"),
    story: {
      ...SHORT,
      certificate: hidden,
      policy: (policy) => ({ ...policy, require: [...policy.require, "vouch-document"] }),
    },
  },
  {
    name: "inventory-demanded-hidden",
    title: "The policy asks for the inventory, which is claimed and not shown.",
    expect: undetermined("PROOF_ABSENT"),
    story: {
      ...SHORT,
      certificate: hidden,
      policy: (policy) => ({ ...policy, books: { ...policy.books, inventory: true } }),
    },
  },
]

/** Grades that a certificate itself bounds, and vouch documents. */
export const VOUCHING_CASES: readonly Case[] = [...GRADE_CASES, ...VOUCH_CASES]
