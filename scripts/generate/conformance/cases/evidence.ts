import { MAX_EVIDENCE_LINE, type SensorReading } from "@wattest/protocol"
import { excerptOf } from "@wattest/testkit/conformance/evidence"
import { type Story, type Told, tell } from "@wattest/testkit/conformance/story"
import { type Case, fullEvidence, invalid, linesOf, SHORT, textBytes, valid, zipped } from "./case.ts"

const story = SHORT
/** A line of so many bytes, which is JSON. */
const lineOf = (bytes: number) => textBytes(`"${"a".repeat(bytes - 2)}"\n`)
const replaced = (index: number, from: string | RegExp, to: string) =>
  linesOf((lines) => lines.map((line, i) => (i === index ? line.replace(from, to) : line)))
const excerpt = (chosen: readonly number[], { device, captures }: Told) =>
  excerptOf(device, 0n, captures[0] ?? [], chosen)

/** The device's sensors read this; registers and statement stay as they were. */
const reading = (change: (given: SensorReading) => SensorReading): Story => ({
  ...SHORT,
  reading: (capture) => ({
    ...capture,
    sources: { ...capture.sources, readings: capture.sources.readings.map(change) },
  }),
})

/** Captures and what they are put under. */
export const EVIDENCE_CASES: readonly Case[] = [
  { name: "valid-evidence", title: "Full evidence of the run.", expect: valid, story, evidence: fullEvidence },
  {
    name: "valid-evidence-gzip",
    title: "Full evidence, compressed.",
    expect: valid,
    story,
    evidence: (told) => fullEvidence(told).map(zipped),
  },
  {
    ...{
      name: "valid-evidence-of-a-job",
      title: "Full evidence of each of two runs.",
      expect: valid,
      story: { ...SHORT, runs: 2 },
    },
    evidence: (told) => told.evidence.map((lines) => textBytes(lines.join(""))),
  },
  {
    name: "valid-excerpt",
    title: "Two captures of the run with their ways up.",
    expect: valid,
    story,
    evidence: (told) => [textBytes(excerpt([1, 3], told).join(""))],
  },
  {
    name: "excerpt-empty",
    title: "An excerpt shows no capture.",
    expect: invalid("FIELD_MISSING"),
    story,
    evidence: (told) => [textBytes(excerpt([], told).join(""))],
  },
  {
    name: "evidence-cut-gzip",
    title: "The compressed file is cut.",
    expect: invalid("DOCUMENT_NOT_GZIP"),
    story,
    evidence: (told) => fullEvidence(told).map((bytes) => zipped(bytes).subarray(0, 300)),
  },
  {
    name: "evidence-endless-line",
    title: "A small compressed file holds one endless line.",
    expect: invalid("DOCUMENT_TOO_LARGE"),
    story,
    evidence: () => [zipped(new Uint8Array(MAX_EVIDENCE_LINE + 70_000).fill(0x20))],
  },
  {
    name: "evidence-line-longest",
    title: "A line is as long as one may be, so that what it holds is looked at.",
    expect: invalid("FIELD_MALFORMED"),
    story,
    evidence: () => [zipped(lineOf(MAX_EVIDENCE_LINE))],
  },
  {
    name: "evidence-line-too-long",
    title: "A line is one byte longer than one may be.",
    expect: invalid("DOCUMENT_TOO_LARGE"),
    story,
    evidence: () => [zipped(lineOf(MAX_EVIDENCE_LINE + 1))],
  },
  {
    name: "evidence-empty",
    title: "The evidence is empty.",
    expect: invalid("FIELD_MISSING"),
    story,
    evidence: () => [new Uint8Array(0)],
  },
  {
    name: "evidence-no-last-line-feed",
    title: "The last line is not ended.",
    expect: invalid("DOCUMENT_NOT_CANONICAL"),
    story,
    evidence: replaced(4, "\n", ""),
  },
  {
    name: "evidence-blank-line",
    title: "A line is blank.",
    expect: invalid("DOCUMENT_NOT_JSON"),
    story,
    evidence: linesOf((lines) => [...lines, "\n"]),
  },
  {
    name: "evidence-later-version",
    title: "The header names a later version.",
    expect: invalid("DOCUMENT_TYPE_UNKNOWN"),
    story,
    evidence: replaced(0, "evidence.v1", "evidence.v2"),
  },
  {
    name: "evidence-of-other-run",
    title: "The header names another run.",
    expect: invalid("RUN_DEVICE_MISMATCH"),
    story,
    evidence: replaced(0, '"run":"0"', '"run":"1"'),
  },
  {
    ...{
      name: "evidence-of-other-device",
      title: "The header names another device.",
      expect: invalid("RUN_DEVICE_MISMATCH"),
      story,
    },
    evidence: replaced(0, /"key":"0x../, '"key":"0x00'),
  },
  {
    name: "evidence-capture-missing",
    title: "A capture in the middle is missing.",
    expect: invalid("CAPTURE_SEQUENCE_BROKEN"),
    story,
    evidence: linesOf((lines) => lines.filter((_, i) => i !== 2)),
  },
  {
    name: "evidence-capture-repeated",
    title: "A capture stands twice.",
    expect: invalid("CAPTURE_SEQUENCE_BROKEN"),
    story,
    evidence: linesOf((lines) => lines.flatMap((line, i) => (i === 2 ? [line, line] : [line]))),
  },
  {
    name: "evidence-cut",
    title: "The last capture is missing.",
    expect: invalid("CAPTURE_COUNT_MISMATCH"),
    story,
    evidence: linesOf((lines) => lines.slice(0, -1)),
  },
  {
    name: "evidence-register-lowered",
    title: "A register falls.",
    expect: invalid("REGISTER_DECREASED"),
    story,
    evidence: replaced(3, /"energyMillijoules":"\d+"/, '"energyMillijoules":"1"'),
  },
  {
    name: "evidence-time-backwards",
    title: "A capture is earlier than the one before.",
    expect: invalid("TIME_DECREASED"),
    story,
    evidence: replaced(3, /"timeMs":\d+,?}\s*$|"timeMs":(?=\d+}\n)\d+/, '"timeMs":5}\n'),
  },
  {
    name: "evidence-gauge-raised",
    title: "The utilisation of one capture is raised.",
    expect: invalid("CAPTURE_SIGNATURE_INVALID"),
    story,
    evidence: replaced(2, '"smOccupancy":8200', '"smOccupancy":9900'),
  },
  {
    name: "evidence-source-changed",
    title: "A raw sensor value is changed.",
    expect: invalid("CAPTURE_SIGNATURE_INVALID"),
    story,
    evidence: replaced(2, /"value":"\d+"/, '"value":"77"'),
  },
  {
    ...{
      name: "evidence-of-better-run",
      title: "The device signed these captures, but they are not under the anchored root.",
      expect: invalid("CAPTURES_ROOT_MISMATCH"),
      story,
    },
    evidence: (told) => {
      const better = tell({
        ...SHORT,
        reading: (capture) => ({ ...capture, gauges: { ...capture.gauges, smOccupancy: 9900 } }),
      })
      return [textBytes([told.evidence[0]?.[0] ?? "", ...(better.evidence[0] ?? []).slice(1)].join(""))]
    },
  },
  {
    name: "evidence-siblings-in-full",
    title: "Full evidence carries inclusion proofs.",
    expect: invalid("FIELD_UNKNOWN"),
    story,
    evidence: (told) => [textBytes([told.evidence[0]?.[0] ?? "", ...excerpt([0, 1, 2, 3], told).slice(1)].join(""))],
  },
  {
    ...{
      name: "excerpt-out-of-place",
      title: "An excerpt's way up is that of another capture.",
      expect: invalid("CAPTURE_NOT_INCLUDED"),
      story,
    },
    evidence: (told) => {
      const [header = "", second = ""] = excerpt([1], told)
      const path = /"siblings":\[[^\]]*\]/
      return [textBytes(header + second.replace(path, path.exec(excerpt([2], told)[1] ?? "")?.[0] ?? ""))]
    },
  },
  {
    name: "excerpt-without-proof",
    title: "A capture of an excerpt has no inclusion proof.",
    expect: invalid("FIELD_MISSING"),
    story,
    evidence: (told) => [textBytes([excerpt([1], told)[0] ?? "", told.evidence[0]?.[2] ?? ""].join(""))],
  },
  {
    ...{
      name: "evidence-grade-understated",
      title: "A sensor is estimated, the statement says measured.",
      expect: invalid("GRADE_UNDERSTATED"),
    },
    story: reading((given) => (given.sensor === "psu" ? { ...given, grade: "estimated" } : given)),
    evidence: fullEvidence,
  },
  {
    ...{
      name: "evidence-work-invented",
      title: "The device signed more work than its sources counted.",
      expect: invalid("REGISTERS_NOT_FROM_SOURCES"),
    },
    story: {
      ...SHORT,
      reading: (capture) => ({
        ...capture,
        registers: { ...capture.registers, workUnits: capture.registers.workUnits * 2n },
      }),
    },
    evidence: fullEvidence,
  },
  {
    ...{
      name: "evidence-unit-unknown",
      title: "A sensor's unit is none that can be metered.",
      expect: invalid("REGISTERS_NOT_FROM_SOURCES"),
    },
    story: reading((given) => (given.sensor === "psu" ? { ...given, unit: "hp" } : given)),
    evidence: fullEvidence,
  },
]
