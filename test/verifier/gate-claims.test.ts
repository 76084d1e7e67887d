import assert from "node:assert/strict"
import { METRICS, type MetricName, NO_UPPER_BOUND, type Scope } from "@wattest/protocol"
import { meetPresentation } from "../../verifier/src/gate/presentation.ts"

const address = `0x${"91".repeat(20)}` as const
const scope: Scope = {
  ...{ chainId: 31337, registry: address, owners: [{ operator: address, voucher: address }] },
  filters: { model: "llama", unit: "token", zone: null, site: null, party: null, boundary: "node" },
  conditions: { energyGrade: "measured", workGrade: "declared", origin: "live", required: [] },
  ...{ from: 1_767_225_600, to: 1_769_904_000, asOf: 1_769_904_100, runs: 7n, unopened: 0, voids: 0 },
}

type Proved = { readonly lo: bigint; readonly hi: bigint; readonly of?: Scope }

/** How an expectation stands against what claims prove: "met", or the code. */
function standing(metric: MetricName, text: string, proved: readonly Proved[], central = false): string {
  const claims = proved.map(({ lo, hi, of = scope }) => ({
    ...{ bound: { metric, measure: METRICS[metric], lo, hi }, scope: of, over: of },
  }))
  try {
    meetPresentation(claims, { bounds: [text], central })
    return "met"
  } catch (error) {
    return error instanceof Error && "code" in error ? String(error.code) : assert.fail(String(error))
  }
}

describe("the gate over numbers that were proved", () => {
  const [MISSED, OPEN] = ["EXPECTATION_NOT_MET", "EXPECTATION_UNDECIDED"]

  it("is met by the end that counts, missed by the other, and undecided between them", () => {
    for (const [text, lo, hi, stands] of [
      ["water <= 5 L", 0n, 5000n, "met"],
      ["water <= 5 L", 0n, 5001n, OPEN],
      ["water <= 5 L", 5000n, 5001n, OPEN],
      ["water <= 5 L", 5001n, 9000n, MISSED],
      ["water <= 5 L", 5001n, NO_UPPER_BOUND, MISSED],
      ["water <= 5 L", 0n, NO_UPPER_BOUND, OPEN],
      ["water <= 0 mL", 0n, 9n, OPEN],
      ["water <= 0 mL", 1n, 9n, MISSED],
      ["water >= 5 L", 5000n, NO_UPPER_BOUND, "met"],
      ["water >= 5 L", 4999n, 5000n, OPEN],
      ["water >= 5 L", 0n, 4999n, MISSED],
      ["water >= 1 mL", 1n, NO_UPPER_BOUND, "met"],
      ["water >= 0 mL", 0n, NO_UPPER_BOUND, OPEN],
    ] as const)
      assert.equal(standing("water", text, [{ lo, hi }]), stands, `${text}: ${lo} to ${hi}`)
  })

  it("hears no lower end of a number to which its uncertainty was added, where the number without it is asked for", () => {
    const [above, below] = [
      { lo: 5001n, hi: 9000n },
      { lo: 0n, hi: 4999n },
    ]
    assert.deepEqual(
      [standing("energy", "energy <= 5 J", [above]), standing("energy", "energy <= 5 J", [above], true)],
      [MISSED, OPEN],
    )
    assert.deepEqual(
      [standing("energy", "energy >= 5 J", [above]), standing("energy", "energy >= 5 J", [below])],
      [OPEN, MISSED],
    )
  })

  it("takes all that is proved of one tally together, and wants each tally to keep it", () => {
    const [wide, narrow] = [
      { lo: 0n, hi: 9000n },
      { lo: 0n, hi: 5000n },
    ]
    assert.equal(standing("water", "water <= 5 L", [wide, narrow]), "met")
    assert.equal(standing("water", "water <= 5 L", [narrow, wide]), "met")
    assert.equal(
      standing("water", "water <= 5 L", [narrow, { lo: 6000n, hi: NO_UPPER_BOUND, of: { ...scope } }]),
      MISSED,
    )
    assert.equal(standing("water", "water <= 5 L", [{ ...wide, of: { ...scope } }, narrow]), OPEN)
  })
})
