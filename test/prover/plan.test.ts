import assert from "node:assert/strict"
import { createRequire, syncBuiltinESMExports } from "node:module"
import { FIELD_ORDER, PRESENTATION_LIMITS, SEGMENT_RUNS, TOTALS, type Totals } from "@wattest/protocol"
import type { LedgerPeriod } from "../../prover/src/chain/ledger-reader.ts"
import { checkClosing, checkSize, freshBlind } from "../../prover/src/claims/plan.ts"

/** Totals of 0, but for these. */
const totals = (some: Partial<Record<(typeof TOTALS)[number], bigint>>): Totals =>
  TOTALS.map((name) => some[name] ?? 0n) as unknown as Totals

describe("a blind", () => {
  it("is 48 bytes of the system's randomness, below the field's order", () => {
    const crypto: typeof import("node:crypto") = createRequire(import.meta.url)("node:crypto")
    const { randomBytes } = crypto
    const asked: number[] = []
    const spied = (size: number) => {
      asked.push(size)
      return Buffer.alloc(size, 0xff)
    }
    try {
      Object.assign(crypto, { randomBytes: spied })
      syncBuiltinESMExports()
      assert.equal(freshBlind(), (2n ** 384n - 1n) % FIELD_ORDER)
      assert.deepEqual(asked, [48])
    } finally {
      Object.assign(crypto, { randomBytes })
      syncBuiltinESMExports()
    }
    assert.notEqual(freshBlind(), freshBlind())
  })
})

describe("closing bounds", () => {
  const found = totals({ allTimeMs: 1_000_000n, allBlindMs: 20_000n, allBroken: 3n })
  const closing = { meteredAtLeast: 1_000_000n, blindAtMost: 20_000n, brokenAtMost: 3n }

  it("hold at what was found, and on the honest side of it", () => {
    checkClosing(found, closing)
    checkClosing(found, { meteredAtLeast: 999_999n, blindAtMost: 20_001n, brokenAtMost: 4n })
  })

  for (const [name, wrong] of [
    ["metered-at-least", { meteredAtLeast: 1_000_001n }],
    ["blind-at-most", { blindAtMost: 19_999n }],
    ["broken-at-most", { brokenAtMost: 2n }],
  ] as const)
    it(`are refused by one beyond it: --${name}`, () =>
      assert.throws(() => checkClosing(found, { ...closing, ...wrong }), {
        code: "BOUND_FALSE",
        message: new RegExp(name),
      }))
})

describe("what a document can hold", () => {
  const { segmentsOfLedger, segments, ledgers } = PRESENTATION_LIMITS
  const period = (runs: number) => ({ runs: { length: runs } }) as LedgerPeriod
  const full = segmentsOfLedger * SEGMENT_RUNS
  const refused = (periods: readonly LedgerPeriod[]) =>
    assert.throws(() => checkSize(periods), { code: "INPUT_INVALID" })

  it("is a full ledger, and not one run more, whichever ledger it is", () => {
    checkSize([period(full)])
    refused([period(full + 1)])
    refused([period(full + 1), period(1)])
    refused([period(1), period(full + 1)])
  })

  it("is so many segments of all ledgers, and not one more", () => {
    const whole = Math.floor(segments / segmentsOfLedger)
    const rest = (segments - whole * segmentsOfLedger) * SEGMENT_RUNS
    const most = [...Array.from({ length: whole }, () => period(full)), period(rest)]
    checkSize(most)
    refused([...most, period(1)])
  })

  it("is so many ledgers, and not one more", () => {
    checkSize(Array.from({ length: ledgers }, () => period(1)))
    refused(Array.from({ length: ledgers + 1 }, () => period(0)))
  })
})
