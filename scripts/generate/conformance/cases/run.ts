import { type Hex, type OpenedCapture, toHex } from "@wattest/protocol"
import { accountOf, bytesOf, ed25519Device, p256Device } from "@wattest/testkit/conformance/keys"
import type { StatementDocument, Story } from "@wattest/testkit/conformance/story"
import { type Case, flipping, invalid, put, SHORT, setting, valid } from "./case.ts"

const run = "runs.0"

const statement = (change: (given: StatementDocument) => StatementDocument): Story => ({ ...SHORT, statement: change })

/** Only the first capture that the device signs is another one. */
const opening = (change: (given: OpenedCapture["sources"]) => OpenedCapture["sources"]): Story => ({
  ...SHORT,
  reading: (capture) => (capture.sequence === 0 ? { ...capture, sources: change(capture.sources) } : capture),
})

/** Captures, statement, root and submission. */
export const RUN_CASES: readonly Case[] = [
  { name: "valid-ed25519", title: "An honest run of a device with an Ed25519 key.", expect: valid, story: SHORT },
  {
    ...{ name: "valid-p256", title: "An honest run of a device with a P-256 key.", expect: valid },
    story: { ...SHORT, device: p256Device("device") },
  },
  {
    name: "valid-names-that-steer",
    title:
      "Names of boards and versions hold characters that steer a terminal or turn the direction of writing: no output may hold them.",
    expect: valid,
    story: {
      ...SHORT,
      labels: (labels) => ({
        ...labels,
        context: {
          ...labels.context,
          accelerators: [
            { sku: "\u009b2J\u009b31mVALID", id: "\u0085\u2028\u007f" },
            { sku: "\u202egnihtyreve\u202c \u2066\u061c\u200e\u200f", id: "2" },
          ],
          versions: { driver: "\u009b2J\u202e" },
        },
      }),
    },
  },
  { name: "valid-one-capture", title: "A run of a single capture.", expect: valid, story: { captures: 1 } },
  {
    name: "valid-odd-tree",
    title: "A run of five captures: the tree has a leaf that rises alone.",
    expect: valid,
    story: { captures: 5 },
  },
  {
    ...{
      name: "capture-register-changed",
      title: "The last capture's register is changed after it was signed.",
      story: SHORT,
    },
    expect: invalid("CAPTURE_NOT_INCLUDED"),
    edit: (json) => {
      const energy = "1000"
      const path = "registers.energyMillijoules"
      return put(put(json, `${run}.lastCapture.${path}`, energy), `${run}.statement.${path}`, energy)
    },
  },
  {
    ...{
      name: "capture-signed-by-another",
      title: "Another device signed the captures.",
      expect: invalid("CAPTURE_SIGNATURE_INVALID"),
    },
    story: { ...SHORT, capture: (capture) => ({ ...capture, signature: ed25519Device("another").sign(bytesOf("x")) }) },
  },
  {
    ...{ name: "capture-not-included", title: "A sibling on the last capture's way up is another one.", story: SHORT },
    expect: invalid("CAPTURE_NOT_INCLUDED"),
    edit: flipping(`${run}.lastCapture.siblings.0`),
  },
  {
    ...{ name: "capture-path-too-short", title: "The last capture's way up is a level short.", story: SHORT },
    expect: invalid("CAPTURE_NOT_INCLUDED"),
    edit: setting(`${run}.lastCapture.siblings`, []),
  },
  {
    ...{ name: "captures-root-exchanged", title: "The captures root is another one.", story: SHORT },
    expect: invalid("CAPTURE_NOT_INCLUDED"),
    edit: flipping(`${run}.capturesRoot`),
  },
  {
    ...{
      name: "opening-not-first",
      title: "The first capture shown is the second one.",
      expect: invalid("CAPTURE_SEQUENCE_BROKEN"),
    },
    story: SHORT,
    edit: setting(`${run}.firstCapture.sequence`, 1),
  },
  {
    ...{
      name: "opening-not-zero",
      title: "The device began with energy on its register.",
      expect: invalid("OPENING_NOT_ZERO"),
    },
    story: {
      ...SHORT,
      reading: (capture) => ({
        ...capture,
        registers: { ...capture.registers, energyMillijoules: capture.registers.energyMillijoules + 7n },
      }),
    },
  },
  {
    ...{
      name: "opening-without-labels",
      title: "The first capture binds no labels.",
      expect: invalid("OPENING_MISMATCH"),
    },
    story: opening(({ nonce, readings }) => ({ nonce, readings })),
  },
  {
    ...{
      name: "opening-relabelled",
      title: "The statement names another model than the opening.",
      expect: invalid("OPENING_MISMATCH"),
    },
    story: statement((given) => ({ ...given, model: "llama-3-70b" })),
  },
  {
    ...{
      name: "opening-other-context",
      title: "The statement names other accelerators than the opening.",
      expect: invalid("OPENING_MISMATCH"),
    },
    story: statement((given) => ({
      ...given,
      context: { ...given.context, accelerators: [{ sku: "NVIDIA B200", id: "" }] },
    })),
  },
  {
    ...{
      name: "totals-rounded",
      title: "The statement's energy is below the last capture's.",
      expect: invalid("TOTALS_MISMATCH"),
    },
    story: statement((given) => ({ ...given, registers: { ...given.registers, energyMillijoules: 20_000_000n } })),
  },
  {
    ...{
      name: "totals-work-raised",
      title: "The statement counts more work than the last capture.",
      expect: invalid("TOTALS_MISMATCH"),
    },
    story: statement((given) => ({ ...given, registers: { ...given.registers, workUnits: 9_000_000n } })),
  },
  {
    ...{
      name: "captures-miscounted",
      title: "The statement names one capture fewer than there are.",
      expect: invalid("CAPTURE_COUNT_MISMATCH"),
    },
    story: statement((given) => ({ ...given, captures: given.captures - 1 })),
  },
  {
    ...{
      name: "start-time-moved",
      title: "The statement begins before its first capture.",
      expect: invalid("TIME_MISMATCH"),
    },
    story: statement((given) => ({ ...given, startTimeMs: given.startTimeMs - 1000 })),
  },
  {
    ...{
      name: "end-time-moved",
      title: "The statement ends after its last capture.",
      expect: invalid("TIME_MISMATCH"),
    },
    story: statement((given) => ({ ...given, endTimeMs: given.endTimeMs + 1000 })),
  },
  {
    ...{
      name: "time-backwards",
      title: "The last capture is earlier than the first.",
      expect: invalid("TIME_DECREASED"),
    },
    story: {
      ...SHORT,
      reading: (capture) => (capture.sequence === 3 ? { ...capture, timeMs: capture.timeMs - 60_000 } : capture),
    },
  },
  {
    ...{
      name: "lifetime-below-run",
      title: "The device metered less in its life than in this run.",
      expect: invalid("LIFETIME_MISMATCH"),
    },
    story: statement((given) => ({ ...given, lifetimeMillijoules: 5n })),
  },
  {
    ...{
      name: "root-not-submitted",
      title: "The statement's salt is another one: it was exchanged after the submission.",
      story: SHORT,
    },
    expect: invalid("ROOT_NOT_SUBMITTED"),
    edit: flipping(`${run}.salt`),
  },
  {
    ...{ name: "run-renumbered", title: "The run claims a number that the submission does not hold.", story: SHORT },
    expect: invalid("CAPTURE_SIGNATURE_INVALID"),
    edit: setting(`${run}.run`, "5"),
  },
  {
    ...{
      name: "run-void",
      title: "The run was submitted as void, and is certified all the same.",
      expect: invalid("RUN_VOID"),
    },
    story: { ...SHORT, roots: () => [`0x${"00".repeat(32)}`] },
  },
  {
    ...{ name: "submission-not-signed", title: "The submission's signature is another one.", story: SHORT },
    expect: invalid("SUBMISSION_SIGNATURE_INVALID"),
    edit: flipping(`${run}.submission.signature`),
  },
  {
    ...{
      name: "submission-of-another-device",
      title: "The submission names and is signed by another device.",
      expect: invalid("SUBMISSION_SIGNATURE_INVALID"),
    },
    story: { ...SHORT, submission: (given) => ({ ...given, device: ed25519Device("another").key }) },
  },
  {
    ...{
      name: "submission-root-added",
      title: "A root was put into the submission after it was signed.",
      expect: invalid("SUBMISSION_SIGNATURE_INVALID"),
    },
    story: {
      ...SHORT,
      submission: (given) => ({
        ...given,
        roots: [...given.roots, toHex(bytesOf("root")).replace(/^0x./, "0x0") as Hex],
      }),
    },
  },
  {
    ...{
      name: "submission-for-another-registry",
      title: "The submission was signed for another registry than the anchor's.",
      expect: invalid("ANCHOR_MISMATCH"),
    },
    story: { ...SHORT, submission: (given) => ({ ...given, registry: accountOf("another registry") }) },
  },
]
