import assert from "node:assert/strict"
import { gzipSync } from "node:zlib"
import { encodeDocument, parseCertificate } from "@wattest/protocol"
import { excerptOf } from "@wattest/testkit/conformance/evidence"
import { type Story, tell } from "@wattest/testkit/conformance/story"
import { verifyEvidence } from "@wattest/verifier"
import { codeOf, failuresOf, judgeLines, OFFLINE, piecesOf } from "./judging.ts"

const honest = tell({})
const lines = honest.evidence[0] as readonly string[]
const certificate = parseCertificate(encodeDocument(honest.certificate))
const world = { policy: honest.policy, readers: OFFLINE }
const bytes = new TextEncoder().encode(lines.join(""))

/** Lines with one of them changed as text. */
const withLine = (index: number, change: (line: string) => string) =>
  lines.map((line, i) => (i === index ? change(line) : line))

describe("verifyEvidence", () => {
  it("accepts full evidence and measures what lies between captures", async () => {
    const result = await judgeLines(lines)
    assert.deepEqual(failuresOf(result), {})
    assert.ok(result.verdict.status === "valid")
    const { claim } = result.verdict
    const numbers = Object.fromEntries(claim.quantities.map(({ id, value }) => [id, value]))
    assert.equal(claim.captures, 8)
    assert.equal(numbers["peak-power"], 1110)
    assert.ok(Math.abs((numbers.utilisation ?? 0) - 0.82) < 1e-9)
    assert.ok(Math.abs((numbers["memory-pressure"] ?? 0) - 4100 / 6000) < 1e-9)
    assert.ok(Math.abs((numbers["thermal-envelope"] ?? 0) - 33_050 / 37) < 1e-6)
    assert.deepEqual(Object.fromEntries(claim.quantities.map(({ id, grade }) => [id, grade])), {
      "peak-power": "measured",
      utilisation: "declared",
      "memory-pressure": "declared",
      "thermal-envelope": "declared",
    })
    assert.deepEqual(
      claim.phases.map(({ phase, durationMs }) => [phase, durationMs]),
      [
        ["prefill", 20_000],
        ["decode", 50_000],
      ],
    )
    assert.equal(claim.curve.length, 7)
  })

  it("reads any cut of the bytes, and gzip", async () => {
    for (const size of [1, 7, 1000])
      assert.equal(codeOf(await verifyEvidence(piecesOf(bytes, size), certificate, world)), "valid")
    const zipped = new Uint8Array(gzipSync(bytes))
    assert.equal(codeOf(await verifyEvidence(piecesOf(zipped, 100), certificate, world)), "valid")
    const cut = zipped.subarray(0, zipped.length - 20)
    assert.equal(codeOf(await verifyEvidence(piecesOf(cut), certificate, world)), "DOCUMENT_NOT_GZIP")
  })

  it("accepts an excerpt, and refuses one whose capture is moved", async () => {
    const [captures = []] = honest.captures
    const excerpt = excerptOf(honest.device, 0n, captures, [2, 5])
    const result = await judgeLines(excerpt)
    assert.equal(codeOf(result), "valid")
    assert.deepEqual(failuresOf(result), {
      "evidence-sequence": "EVIDENCE_ABSENT",
      "evidence-root": "EVIDENCE_ABSENT",
      "evidence-grades": "EVIDENCE_ABSENT",
      "evidence-sources": "EVIDENCE_ABSENT",
    })
    const other = excerptOf(honest.device, 0n, captures, [3])
      .at(1)
      ?.replace(/"sequence":3/, '"sequence":2') as string
    assert.equal(codeOf(await judgeLines([excerpt[0] as string, other])), "CAPTURE_SIGNATURE_INVALID")
  })

  it("refuses an excerpt without a capture", async () => {
    const excerpt = (chosen: readonly number[]) => excerptOf(honest.device, 0n, honest.captures[0] ?? [], chosen)
    assert.equal(codeOf(await judgeLines(excerpt([7]))), "valid")
    assert.equal(codeOf(await judgeLines(excerpt([]))), "FIELD_MISSING")
  })

  it("takes a chosen capture's gauges for no time but that since the capture just before", async () => {
    const curveOf = async (chosen: readonly number[]) => {
      const { verdict } = await judgeLines(excerptOf(honest.device, 0n, honest.captures[0] ?? [], chosen))
      assert.ok(verdict.status === "valid")
      assert.deepEqual([verdict.claim.quantities, verdict.claim.phases], [[], []])
      return verdict.claim.curve.map(({ occupancy, energyMillijoules }) => [occupancy.ms, energyMillijoules])
    }
    assert.deepEqual(await curveOf([0, 7]), [[0, 66_100_000]])
    assert.deepEqual(await curveOf([6, 7]), [[10_000, 6_600_000]])
  })

  it("reads a few lines only of evidence that the device did not sign", async () => {
    const linesRead = async (given: readonly string[]) => {
      let read = 0
      async function* stream() {
        for (const line of given) {
          read++
          yield new TextEncoder().encode(line)
        }
      }
      return { code: codeOf(await verifyEvidence(stream(), certificate, world)), read }
    }
    assert.deepEqual(await linesRead(lines), { code: "valid", read: lines.length })
    const unsigned = lines.map((line) => line.replace(/"signature":"0x..../, '"signature":"0x0000'))
    const { code, read } = await linesRead(unsigned)
    assert.equal(code, "CAPTURE_SIGNATURE_INVALID")
    assert.ok(read <= 3, `${read} lines`)
  })

  const refusals: { readonly [code: string]: readonly string[] } = {
    FIELD_MISSING: [],
    CAPTURE_COUNT_MISMATCH: lines.slice(0, -1),
    CAPTURE_SEQUENCE_BROKEN: [...lines.slice(0, 3), ...lines.slice(4)],
    REGISTER_DECREASED: withLine(4, (line) => line.replace(/"energyMillijoules":"\d+"/, '"energyMillijoules":"1"')),
    CAPTURE_SIGNATURE_INVALID: withLine(4, (line) => line.replace(/"smOccupancy":\d+/, '"smOccupancy":9999')),
    DOCUMENT_NOT_JSON: withLine(4, () => "\n"),
    DOCUMENT_NOT_CANONICAL: withLine(8, (line) => line.slice(0, -1)),
    RUN_DEVICE_MISMATCH: withLine(0, (line) => line.replace('"run":"0"', '"run":"1"')),
  }
  for (const [code, tampered] of Object.entries(refusals))
    it(`refuses with ${code}`, async () => assert.equal(codeOf(await judgeLines(tampered)), code))

  it("refuses captures of another run of the same device", async () => {
    const other = tell({ reading: (capture) => ({ ...capture, gauges: { ...capture.gauges, phase: "train" } }) })
    const swapped = [lines[0], ...(other.evidence[0] as readonly string[]).slice(1)] as string[]
    assert.equal(codeOf(await judgeLines(swapped)), "CAPTURES_ROOT_MISMATCH")
  })

  it("refuses registers that the raw values do not give", async () => {
    const story: Story = {
      reading: (capture) => {
        const { workUnits } = capture.registers
        return { ...capture, registers: { ...capture.registers, workUnits: workUnits + workUnits / 10n } }
      },
    }
    assert.equal(codeOf(await judgeLines(tell(story).evidence[0] as string[], story)), "REGISTERS_NOT_FROM_SOURCES")
  })

  it("refuses a statement with better grades than its sources", async () => {
    const story = {
      statement: (s: (typeof certificate)["runs"][number]["statement"]) => ({
        ...s,
        energyGrade: "calibrated" as const,
      }),
    }
    assert.equal(codeOf(await judgeLines(tell(story).evidence[0] as string[], story)), "GRADE_UNDERSTATED")
  })
})
