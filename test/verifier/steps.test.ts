import assert from "node:assert/strict"
import { type EvidenceCapture, type EvidenceHeader, NO_GAUGES, REGISTERS, ZERO_REGISTERS } from "@wattest/protocol"
import { checkMonotone, checkSequence, createSourceCheck } from "../../verifier/src/evidence/steps.ts"

const NONCE = `0x${"00".repeat(16)}` as const
const OPENING = {} as NonNullable<EvidenceCapture["sources"]["opening"]>
const CLOSING = { beacon: null, exitStatus: null }

const capture = (sequence: number, change: Partial<EvidenceCapture> = {}): EvidenceCapture => ({
  ...{ sequence, timeMs: 1000, salt: "0x", signature: "0x", registers: ZERO_REGISTERS, gauges: NO_GAUGES },
  sources: { nonce: NONCE, readings: [] },
  ...change,
})
const header = (kind: EvidenceHeader["kind"]) => ({ kind, captures: 5 }) as EvidenceHeader

const codeOf = (act: () => void): string => {
  try {
    act()
    return "holds"
  } catch (error) {
    return (error as { readonly code: string }).code
  }
}

describe("the order of captures", () => {
  const then = (kind: EvidenceHeader["kind"], before: number | null, sequence: number) =>
    codeOf(() => checkSequence(before === null ? null : capture(before), capture(sequence), header(kind)))

  it("of full evidence is 0, 1, 2, …", () => {
    assert.deepEqual(
      [0, 1].map((first) => then("full", null, first)),
      ["holds", "CAPTURE_SEQUENCE_BROKEN"],
    )
    const BROKEN = "CAPTURE_SEQUENCE_BROKEN"
    assert.deepEqual(
      [1, 2, 3, 4].map((next) => then("full", 2, next)),
      [BROKEN, BROKEN, "holds", BROKEN],
    )
  })

  it("of an excerpt only rises", () => {
    assert.deepEqual(
      [0, 3].map((first) => then("excerpt", null, first)),
      ["holds", "holds"],
    )
    const BROKEN = "CAPTURE_SEQUENCE_BROKEN"
    assert.deepEqual(
      [1, 2, 3, 4].map((next) => then("excerpt", 2, next)),
      [BROKEN, BROKEN, "holds", "holds"],
    )
  })

  it("ends at the statement's count", () => {
    for (const [kind, before] of [
      ["full", 4],
      ["excerpt", 3],
    ] as const)
      assert.equal(then(kind, before, 5), "CAPTURE_COUNT_MISMATCH")
  })

  it("has labels in capture 0 alone, and the closing in the last alone", () => {
    const carrying = (sequence: number, sources: Partial<EvidenceCapture["sources"]>) =>
      codeOf(() =>
        checkSequence(
          sequence === 0 ? null : capture(sequence - 1),
          capture(sequence, { sources: { nonce: NONCE, readings: [], ...sources } }),
          header("full"),
        ),
      )
    assert.deepEqual(
      [0, 1, 4].map((at) => carrying(at, { opening: OPENING })),
      [...["holds", "OPENING_MISMATCH", "OPENING_MISMATCH"]],
    )
    assert.deepEqual(
      [0, 3, 4].map((at) => carrying(at, { closing: CLOSING })),
      [...["CLOSING_MISPLACED", "CLOSING_MISPLACED", "holds"]],
    )
  })
})

describe("what only rises between two captures", () => {
  for (const name of REGISTERS)
    it(`is ${name}`, () => {
      const at = (value: bigint) => capture(0, { registers: { ...ZERO_REGISTERS, [name]: value } })
      const outcomes = [6n, 7n, 8n].map((value) => codeOf(() => checkMonotone(at(7n), at(value))))
      assert.deepEqual(outcomes, ["REGISTER_DECREASED", "holds", "holds"])
    })

  it("is time", () => {
    const at = (timeMs: number) => capture(0, { timeMs })
    const outcomes = [6, 7, 8].map((ms) => codeOf(() => checkMonotone(at(7), at(ms))))
    assert.deepEqual(outcomes, ["TIME_DECREASED", "holds", "holds"])
  })
})

describe("the sources of captures", () => {
  it("that cannot be metered are refused at the end, and not before the captures are known to be the run's", () => {
    const planned = { sensor: "a", role: "energy", method: "counter" }
    const context = { metering: [planned, planned] }
    const statement = { context, energyGrade: "simulated", workGrade: "simulated" }
    const check = createSourceCheck({ statement } as unknown as Parameters<typeof createSourceCheck>[0])
    check.add(capture(0))
    assert.equal(codeOf(check.end), "REGISTERS_NOT_FROM_SOURCES")
  })
})
