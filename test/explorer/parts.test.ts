import assert from "node:assert/strict"
import { globSync, readFileSync } from "node:fs"
import fc from "fast-check"
import type { Device } from "../../explorer/src/books/books.ts"
import { coverageOf } from "../../explorer/src/books/coverage.ts"
import { count, hash, listOf, orNull, sent, text } from "../../explorer/src/books/untrusted.ts"
import { scale, ticks } from "../../explorer/src/draw/axis.ts"
import { hrefOf, type Route, readRoute } from "../../explorer/src/route.ts"
import { readSettings } from "../../explorer/src/settings.ts"
import { ago, duration, label, moment, short } from "../../explorer/src/words.ts"

const DAY = 86_400
const ADDRESS = `0x${"ab".repeat(20)}` as const
const ID = `0x${"cd".repeat(32)}` as const

describe("the explorer's addresses", () => {
  const routes: readonly Route[] = [
    { page: "home" },
    { page: "settings" },
    { page: "operator", operator: ADDRESS },
    { page: "ledger", ledger: ID },
    { page: "device", device: ID },
    { page: "run", device: ID, run: 12 },
    { page: "claim", operator: ADDRESS, number: 0 },
    { page: "search", text: "llama 3/8b #x%" },
  ]
  for (const route of routes)
    it(`lead to ${route.page} and back`, () => assert.deepEqual(readRoute(hrefOf(route)), route))

  it("lead nowhere where they are of no page", () => {
    const away = [
      "#/devices",
      `#/devices/${ADDRESS}`,
      `#/operators/${ID}`,
      `#/claims/${ADDRESS}/x`,
      `#/claims/${ADDRESS}/1/2`,
    ]
    for (const hash of [
      ...away,
      `#/devices/${ID}/runs/-1`,
      `#/devices/${ID}/runs/1/2`,
      "#/constructor",
      `#/ledgers/${ID}/1`,
    ])
      assert.deepEqual(readRoute(hash), { page: "lost" }, hash)
  })

  it("are read whatever they hold", () => {
    fc.assert(fc.property(fc.string({ unit: "binary" }), (hash) => typeof readRoute(`#/${hash}`).page === "string"))
    assert.deepEqual(readRoute("#/search/%zz"), { page: "search", text: "%zz" })
  })
})

describe("the explorer's words", () => {
  it("say times and spans as people do", () => {
    assert.equal(moment(1_795_000_000), "2026-11-18 11:06 UTC")
    assert.equal(moment(Number.MAX_SAFE_INTEGER), "9999-12-31 23:59 UTC")
    assert.deepEqual([59, 60, 3599, 3600, DAY, 2 * DAY].map(duration), [
      "59 seconds",
      "1 minute",
      "59 minutes",
      "1 hour",
      "1 day",
      "2 days",
    ])
    assert.equal(ago(100, 160), "1 minute ago")
    assert.equal(ago(1_795_000_000, 1_794_000_000), "2026-11-18 11:06 UTC")
  })

  it("show labels of others without their tricks, and not longer than a line", () => {
    assert.equal(label("a\u202eb\u0000c"), "a\\u{202e}b\\u{0}c")
    assert.equal(label("x".repeat(500)).length, 81)
    assert.equal(short(ID), "0xcdcdcd…cdcd")
  })
})

describe("what an index sends", () => {
  it("is taken as it should be, and refused by name else", () => {
    const item = sent({ n: 3, h: ID, t: "x", none: null, list: [1] })
    assert.deepEqual(
      [count(item, "n"), hash(item, "h"), text(item, "t"), orNull(count, item, "none")],
      [3, ID, "x", null],
    )
    assert.deepEqual(listOf(item.list, "list"), [1])
    for (const [name, read] of [
      ["t", () => count(item, "t")],
      ["n", () => text(item, "n")],
      ["t", () => hash(item, "t")],
      ["none", () => count(item, "none")],
      ["n", () => count(sent({ n: -1 }), "n")],
      ["n", () => count(sent({ n: 2 ** 53 }), "n")],
      ["object", () => sent([])],
      ["list", () => listOf({}, "list")],
    ] as const)
      assert.throws(read, new RegExp(`no proper ${name}`))
  })
})

describe("coverage from the registry's state alone", () => {
  const device = (more: Partial<Device>): Device => ({
    ...{ device: ID, ledger: ID, operator: ADDRESS, voucher: ADDRESS, boundary: "node", state: "active", runs: 1 },
    ...{
      through: 2 * DAY,
      enrolledAt: DAY / 2,
      anchoredAt: null,
      retiredRuns: null,
      withdrawnSince: null,
      silentSince: null,
    },
    ...more,
  })
  const parts = (devices: readonly Device[], now: number) =>
    coverageOf(devices, { days: 10, now }).map(({ day, expectedSeconds, meteredSeconds, behindSeconds }) => [
      day / DAY,
      expectedSeconds,
      meteredSeconds,
      behindSeconds,
    ])

  it("is told up to where the books reach, and owed from there", () => {
    assert.deepEqual(parts([device({})], 3.5 * DAY), [
      [0, DAY / 2, DAY / 2, 0],
      [1, DAY, DAY, 0],
      [2, DAY, 0, DAY],
      [3, DAY / 2, 0, DAY / 2],
    ])
  })

  it("owes nothing after a retirement's end or a withdrawal", () => {
    assert.deepEqual(parts([device({ state: "retired" })], 2.5 * DAY)[2], [2, 0, 0, 0])
    assert.deepEqual(parts([device({ state: "withdrawn", withdrawnSince: 2.25 * DAY })], 3 * DAY)[2], [
      2,
      DAY / 4,
      0,
      DAY / 4,
    ])
  })

  it("is of so many days at most, and of none without a device", () => {
    assert.equal(coverageOf([device({})], { days: 3, now: 100 * DAY }).length, 3)
    assert.deepEqual(coverageOf([], { days: 3, now: DAY }), [])
  })
})

describe("the explorer's axes", () => {
  it("are marked at round numbers within", () => {
    assert.deepEqual(ticks(0, 10, 5), [0, 2, 4, 6, 8, 10])
    assert.deepEqual(ticks(0, 0, 5), [0])
    fc.assert(
      fc.property(
        fc.double({ min: 0, max: 1e9, noNaN: true }),
        fc.double({ min: 1e-6, max: 1e9, noNaN: true }),
        (lo, span) => {
          const found = ticks(lo, lo + span, 5)
          return found.length <= 12 && found.every((tick) => tick >= lo && tick <= lo + span)
        },
      ),
    )
    assert.deepEqual([-5, 0, 5, 10, 15].map(scale(0, 10, 100)), [0, 0, 50, 100, 100])
  })
})

describe("the explorer's settings", () => {
  const stored = (value: string | null) => readSettings({ getItem: () => value })

  it("are taken where they make sense", () => {
    const good = { index: "https://a.example", nodes: ["http://127.0.0.1:8545"], registry: ADDRESS, policy: "{}" }
    assert.deepEqual(stored(JSON.stringify(good)), good)
  })

  it("are as if there were none where they do not", () => {
    const nothing = { index: "", nodes: [], registry: null, policy: "" }
    for (const text of [
      null,
      "",
      "[",
      "3",
      "null",
      '{"nodes":"x","index":"javascript:1","registry":"0x1","policy":3}',
      '{"nodes":["file:///etc"]}',
    ])
      assert.deepEqual(stored(text), nothing, String(text))
  })
})

describe("the explorer's set-up", () => {
  it("builds anew after a change of anything that the page is made of", () => {
    const [, inputs = ""] =
      /title: "building the explorer",\s*inputs: \[([^\]]*)\]/.exec(readFileSync("scripts/setup.mjs", "utf8")) ?? []
    const sources = globSync("explorer/src/**/*.ts").map((file) => readFileSync(file, "utf8"))
    const members = sources.flatMap((text) =>
      [...text.matchAll(/"@wattest\/([a-z]+)/g)].map((match) => `${match[1]}/src`),
    )
    const beside = sources.flatMap((text) =>
      [...text.matchAll(/"(?:\.\.\/){3}([a-z]+)\//g)].map((match) => match[1] as string),
    )
    const needed = [...new Set(["explorer", ...members, ...beside])]
    assert.ok(needed.includes("table") && needed.includes("verifier/src"), String(needed))
    for (const folder of needed) assert.ok(inputs.includes(`"${folder}"`), folder)
  })
})
