import assert from "node:assert/strict"
import type { Hex } from "@wattest/protocol"
import { payerOf } from "../../index/src/api/payer.ts"
import { coverageOf, DAY_SECONDS } from "../../index/src/books/coverage.ts"
import { daysOf, stretchesOf } from "../../index/src/store/days.ts"
import { contradicts, type ProvedNumber, relationOf } from "../../index/src/store/overlaps.ts"
import type { AnchorRow } from "../../index/src/store/schema.ts"

const DAY = 20_000 * DAY_SECONDS
const HOUR = 3600
const DEVICE: Hex = `0x${"d1".padStart(64, "0")}`
const ROOT: Hex = `0x${"01".padStart(64, "0")}`
const VOID: Hex = `0x${"00".repeat(32)}`

let run = 0
const anchor = (transaction: Hex, through: number, root = ROOT): AnchorRow => ({
  ...{ ledger: "0x1e", position: run, device: DEVICE, run: run++, root, head: ROOT, through },
  ...{ transaction_hash: transaction, block: 1, log: 0, time: through + 60 },
})

describe("the days of an index", () => {
  const standing = (enrolled: number, through = 0) => new Map([[DEVICE, { enrolled, through }]])

  it("begin with the enrolment and go on where the books ended, over midnight", () => {
    const anchors = [anchor("0xa", DAY + 6 * HOUR), anchor("0xa", DAY + 6 * HOUR), anchor("0xb", DAY + 30 * HOUR)]
    const days = daysOf(stretchesOf(anchors, standing(DAY + 2 * HOUR)))
    assert.deepEqual(
      days.map(({ day, told, void_told, runs, voids }) => [day, told, void_told, runs, voids]),
      [
        [DAY, 4 * HOUR + 18 * HOUR, 0, 2, 0],
        [DAY + DAY_SECONDS, 6 * HOUR, 0, 1, 0],
      ],
    )
    const later = daysOf(stretchesOf([anchor("0xc", DAY + 7 * HOUR)], standing(DAY, DAY + 6 * HOUR)))
    assert.deepEqual(later[0]?.told, HOUR)
  })

  it("call a submission's time void as soon as one of its runs is, and end at midnight where it does", () => {
    const anchors = [anchor("0xd", DAY + 24 * HOUR), anchor("0xd", DAY + 24 * HOUR, VOID)]
    const days = daysOf(stretchesOf(anchors, standing(DAY + 23 * HOUR)))
    assert.deepEqual(
      days.map(({ day, told, void_told, runs, voids }) => [day, told, void_told, runs, voids]),
      [[DAY, 0, HOUR, 2, 1]],
    )
  })

  it("count nothing for a submission that ends before the enrolment", () => {
    const [day] = daysOf(stretchesOf([anchor("0xe", DAY + HOUR)], standing(DAY + 2 * HOUR)))
    assert.deepEqual([day?.told, day?.runs], [0, 1])
  })
})

describe("whose questions are counted together", () => {
  for (const [ip, payer] of [
    ["192.0.2.7", "192.0.2.7"],
    ["::ffff:192.0.2.7", "::ffff:192.0.2.7"],
    ["2001:db8:1:2:3:4:5:6", "2001:db8:1:2"],
    ["2001:db8:1:2:ffff::", "2001:db8:1:2"],
    ["2001:db8::1", "2001:db8:0:0"],
    ["::1", "0:0:0:0"],
  ] as const)
    it(`${ip}: ${payer}`, () => assert.equal(payerOf(ip), payer))
})

describe("coverage", () => {
  const always = { enrolled: 0, ended: null, withdrawn: null }
  const range = { from: DAY, to: DAY + DAY_SECONDS, now: DAY + DAY_SECONDS + HOUR }

  it("expects a device from its enrolment to its end, and nothing of what is still to come", () => {
    const told = [{ day: DAY, told: 20 * HOUR, voided: 3 * HOUR }]
    const days = coverageOf([always, { ...always, enrolled: DAY + 23 * HOUR }], told, range)
    assert.deepEqual(
      days.map(({ devices, expectedSeconds, behindSeconds }) => [devices, expectedSeconds, behindSeconds]),
      [
        [2, 25 * HOUR, 2 * HOUR],
        [2, 2 * HOUR, 2 * HOUR],
      ],
    )
    for (const end of [
      { ended: DAY + HOUR },
      { withdrawn: DAY + HOUR },
      { ended: DAY + HOUR, withdrawn: DAY + 9 * HOUR },
    ])
      assert.deepEqual(
        coverageOf([{ ...always, ...end }], [], range).map(({ devices, behindSeconds }) => [devices, behindSeconds]),
        [
          [1, HOUR],
          [0, 0],
        ],
      )
  })

  it("has no day after the books' block", () => {
    assert.equal(coverageOf([always], [], { ...range, to: DAY + 9 * DAY_SECONDS }).length, 2)
  })
})

describe("two numbers of an operator", () => {
  const number = (change: Partial<ProvedNumber> = {}): ProvedNumber => ({
    ...{ number: 1, place: 0, metric: "energy", denominator: 1, lo: "10", hi: "20", opens: 100, ends: 200 },
    ...{ asked: "llama", ledgers: new Set(["a", "b"]), ...change },
  })
  const other = (change: Partial<ProvedNumber>) => number({ number: 0, denominator: 0, ...change })

  for (const [what, change, relation, isContradiction] of [
    ["of the same runs that meet", { lo: "20", hi: "30" }, "same", false],
    ["of the same runs that do not meet, above", { lo: "21", hi: "30" }, "same", true],
    ["of the same runs that do not meet, below", { lo: "1", hi: "9" }, "same", true],
    ["of which one is a part and as large", { opens: 50, lo: "10", hi: "10" }, "within", false],
    ["of which one is a part and larger than the whole", { opens: 50, lo: "1", hi: "9" }, "within", true],
    ["of which one holds the other and is smaller", { ledgers: new Set(["a"]), lo: "21", hi: "90" }, "around", true],
    ["of which one holds the other and is larger", { ends: 150, lo: "20", hi: "90" }, "around", false],
    ["that overlap", { opens: 50, ends: 150, lo: "90", hi: "99" }, "overlaps", false],
    ["of periods that adjoin", { opens: 200, ends: 300 }, null, false],
    ["of other ledgers", { ledgers: new Set(["c"]) }, null, false],
    ["of another model", { asked: "mixtral" }, null, false],
    ["of another metric", { metric: "pue" }, null, false],
  ] as const)
    it(`${what}: ${relation ?? "have nothing in common"}${isContradiction ? ", and contradict each other" : ""}`, () => {
      const found = relationOf(number(), other(change))
      assert.equal(found, relation)
      if (found !== null) assert.equal(contradicts(number(), other(change), found), isContradiction)
    })

  it("divide by what is theirs: shares of the same runs contradict, those of a part and its whole do not", () => {
    const share = { metric: "energy-per-work", lo: "5", hi: "6" }
    assert.equal(contradicts(number(share), other({ ...share, lo: "7", hi: "8" }), "same"), true)
    assert.equal(contradicts(number(share), other({ ...share, lo: "1", hi: "2" }), "within"), false)
    assert.equal(
      contradicts(number({ ...share, denominator: 9 }), other({ ...share, lo: "7", hi: "8" }), "same"),
      false,
    )
    const ratio = { metric: "ratio", lo: "5", hi: "6" }
    assert.equal(contradicts(number(ratio), other({ ...ratio, lo: "7", hi: "8" }), "same"), false)
  })
})
