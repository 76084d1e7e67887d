import assert from "node:assert/strict"
import { createRequire, syncBuiltinESMExports } from "node:module"
import { PROVEN_DEVICES } from "@wattest/chain"
import type { Context } from "@wattest/command"
import {
  FIELD_ORDER,
  JOIN_PARTS,
  PRESENTATION_LIMITS,
  PRESENTATION_TYPE,
  SEGMENT_RUNS,
  TOTALS,
  type Totals,
} from "@wattest/protocol"
import { createTally } from "@wattest/prover"
import type { LedgerPeriod } from "../../prover/src/chain/ledger-reader.ts"
import { inLanes } from "../../prover/src/claims/lanes.ts"
import { checkClosing, checkRoom, checkSize } from "../../prover/src/claims/plan.ts"
import { readTerms } from "../../prover/src/claims/terms.ts"
import { type ChosenOptions, chosen, type JoinOptions, joinTallies } from "../../prover/src/cli/claim.ts"
import { freshBlind } from "../../prover/src/fresh-blind.ts"

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
  const { segments, ledgers } = PRESENTATION_LIMITS
  const full = segments * SEGMENT_RUNS
  const period = (runs: number, proofBytes = 0) =>
    ({ runs: { length: runs }, state: { header: "0x", account: [], slots: ["x".repeat(proofBytes)] } }) as never
  const refused = (periods: readonly LedgerPeriod[], message: RegExp) =>
    assert.throws(() => checkSize(periods), { code: "INPUT_INVALID", message })

  it("is so many segments, of one ledger or of several, and not one run more", () => {
    checkSize([period(full)])
    refused([period(full + 1)], /896001 runs take 16001 segments, and a document has room for 16000/)
    checkSize([period(full - SEGMENT_RUNS), period(1)])
    refused([period(full - SEGMENT_RUNS + 1), period(1)], /16001 segments/)
  })

  it("is so many ledgers, and not one more", () => {
    checkSize(Array.from({ length: ledgers }, () => period(1)))
    refused(
      Array.from({ length: ledgers + 1 }, () => period(0)),
      /65 ledgers/,
    )
  })

  it("is so many bytes, the ledgers' storage among them", () => {
    checkSize([period(1, 31 * 2 ** 20)])
    refused([period(1, 32 * 2 ** 20)], /a document has 33554432/)
    refused([period(full, 31 * 2 ** 20)], /a document has 33554432/)
  })

  it("is a file with all of its bounds and tallies, and none more is proved", () => {
    const document = (tallies: number, bounds: number) =>
      ({
        mediaType: PRESENTATION_TYPE,
        keys: {},
        tallies: Array(tallies).fill({}),
        bounds: Array(bounds).fill({}),
      }) as never
    checkRoom(document(63, 63), { tallies: 1, bounds: 1 })
    const beyond = (tallies: number, bounds: number, message: RegExp) =>
      assert.throws(() => checkRoom(document(tallies, bounds), { tallies: 1, bounds: 1 }), {
        code: "INPUT_INVALID",
        message,
      })
    beyond(64, 0, /65 tallies, and a document has room for 64/)
    beyond(1, 64, /65 bounds, and a document has room for 64/)
  })
})

describe("when a tally is taken", () => {
  const TO = 7200
  const ids = ["0xb", "0xa", "0xb", "0xc"] as const

  /** What the chain is asked, where its last final block is of a time, and the journal was begun as of another one. */
  async function asked(finalTime: number, asOf: number | null, begun = finalTime) {
    const calls: unknown[] = []
    const reader = {
      finalTime,
      period: async (ledger: string, _period: unknown, ...rest: readonly number[]) => {
        calls.push([ledger, ...rest])
        if (ledger === "0xc") throw new Error("asked")
        return { runs: [] }
      },
    }
    const journal = { asOf: () => begun }
    const terms = { ...readTerms({ boundary: "node", from: 0, to: TO }), asOf }
    await createTally({ reader, journal, terms, ledgers: ids } as never).catch(({ code, message }) =>
      calls.push(code ?? message),
    )
    return calls
  }
  const each = (asOf: number) => [
    ...["0xa", "0xb", "0xc"].map((id) => [id, asOf, Math.floor(PROVEN_DEVICES / 3)]),
    "asked",
  ]

  it("is after its period, and final: each ledger is asked once, in order, for its share of devices", async () => {
    assert.deepEqual(await asked(TO + 1, null), each(TO + 1))
    assert.deepEqual(await asked(TO + 9, TO + 9), each(TO + 9))
    assert.deepEqual(await asked(TO + 9, null, TO + 5), each(TO + 5), "it goes on as it was begun")
  })

  it("is not in its period, nor at a time that is not final", async () => {
    for (const [finalTime, asOf] of [
      [TO, null],
      [TO - 1, null],
      [TO + 9, TO + 10],
      [TO + 9, TO],
    ] as const)
      assert.deepEqual(await asked(finalTime, asOf), ["PERIOD_NOT_ENDED"], `${finalTime}, ${asOf}`)
  })
})

describe("work in lanes", () => {
  it("is asked for no faster than it is done, and given back in order", async () => {
    let [taken, most] = [0, 0]
    const source = (function* () {
      for (let i = 0; i < 20; i++) {
        most = Math.max(most, ++taken)
        yield i
      }
    })()
    const done = await inLanes(source, 3, async (i) => {
      await new Promise((resolve) => setTimeout(resolve, i % 3))
      taken--
      return 10 * i
    })
    assert.deepEqual(
      done,
      Array.from({ length: 20 }, (_, i) => 10 * i),
    )
    assert.equal(most, 3)
  })

  it("begins nothing after an error, of the source or of the work", async () => {
    const begun: number[] = []
    const work = async (i: number) => {
      begun.push(i)
      await Promise.resolve()
      if (i === 1) throw new Error("no proof")
      return new Promise<number>((resolve) => setTimeout(() => resolve(i), 5))
    }
    await assert.rejects(inLanes([0, 1, 2, 3, 4, 5].values(), 2, work), /no proof/)
    await new Promise((resolve) => setTimeout(resolve, 20))
    assert.deepEqual(begun, [0, 1])
    const failing = (async function* () {
      yield 0
      throw new Error("no archive")
    })()
    await assert.rejects(inLanes(failing, 2, work), /no archive/)
  })
})

describe("what one command takes", () => {
  const context = { given: new Map() } as unknown as Context
  const missing = "/nowhere/of-a-test"

  it("of tallies is counted before one is read", async () => {
    const options = { keys: missing, out: "/tmp/joined.json" } as JoinOptions
    const files = Array.from({ length: JOIN_PARTS + 1 }, () => missing)
    await assert.rejects(joinTallies(files, options, context), { code: "INPUT_INVALID", message: /13 tallies/ })
    await assert.rejects(joinTallies(files.slice(0, 1), options, context), { code: "INPUT_INVALID" })
    await assert.rejects(joinTallies(files.slice(1), options, context), { code: "ENOENT" })
  })

  it("of chosen runs is counted before the archive is opened", async () => {
    const over = (last: number) =>
      chosen(
        { archive: missing, home: missing, keys: missing, runs: { first: 5n, last: BigInt(last) } } as ChosenOptions,
        context,
      )
    await assert.rejects(over(5 + PRESENTATION_LIMITS.chosenRuns), { message: "--runs names more than 4096 runs" })
    await assert.rejects(over(4 + PRESENTATION_LIMITS.chosenRuns), { code: "ARCHIVE_MISSING" })
  })
})
