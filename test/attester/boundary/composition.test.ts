import assert from "node:assert/strict"
import { awayOf } from "../../../attester/src/agent/opening.ts"
import { ConfigError } from "../../../attester/src/sources/options.ts"
import {
  board,
  dcgm,
  knownOf,
  optionsOf,
  pdu,
  planned,
  power,
  redfish,
  refusal,
  sensorsOf,
  tenMinutesOf,
} from "./bench.ts"

const feeds = { "feed-a": [power(1665)], "feed-b": [power(590)] }
const rack = (more: object = {}) => ({ boundary: "rack", sources: [pdu("feed-a"), pdu("feed-b")], ...more })
const sum = (...ids: string[]) => ({ sum: ids })

describe("a boundary composed of sensors", () => {
  describe("of two feeds", () => {
    it("adds them up where the configuration says so", () => {
      const plan = planned(rack({ energy: sum("feed-a", "feed-b"), expect: { feeds: 2 } }), feeds)
      const { watts, grade, blindMs } = tenMinutesOf(plan, feeds)
      assert.deepEqual([watts, grade, blindMs], [2255, "measured", 0])
    })

    it("is refused where nothing says it, with both candidates and every line that could be written", () => {
      const { message, hint } = refusal(() => planned(rack(), feeds))
      assert.match(message, /2 sources meter rack.*feed-a \(1665 W\), feed-b \(590 W\)/)
      for (const line of [
        '"energy": {"sum":["feed-a","feed-b"]}',
        '"energy": {"alternatives":["feed-a","feed-b"]}',
        '"energy": "feed-a"',
        '"within": [{"part":"feed-b"}]',
      ])
        assert.ok(hint.includes(line), `${line} in ${hint}`)
    })

    it("is refused as well while one of them is silent, or answers first", () => {
      assert.match(refusal(() => planned(rack(), { "feed-a": feeds["feed-a"] })).message, /feed-b \(silent now\)/)
      refusal(() => planned(rack(), { "feed-b": feeds["feed-b"], "feed-a": feeds["feed-a"] }))
    })

    it("takes each line that the refusal names", () => {
      const { hint } = refusal(() => planned(rack(), feeds))
      const lines = hint.split("\n").slice(1)
      assert.equal(lines.length, 3)
      const found = lines.map((line) => {
        const fields = [...line.matchAll(/"(energy|within)": (\{.*?\}(?=\s|$)|\[.*?\](?=\s|$)|"[^"]*")/g)]
        const more = Object.fromEntries(fields.map(([, name, text]) => [name, JSON.parse(text ?? "")]))
        return tenMinutesOf(planned(rack(more), feeds), feeds).watts
      })
      assert.deepEqual(found, [2255, 1665, 1665])
    })

    it("refuses a third feed that stands nowhere", () => {
      const config = { ...rack({ energy: sum("feed-a", "feed-b") }) }
      config.sources = [...config.sources, pdu("feed-c")]
      const { message, hint } = refusal(() => planned(config, { ...feeds, "feed-c": [power(100)] }))
      assert.match(message, /feed-c \(100 W\): meters rack too/)
      assert.match(hint, /"within": \[\{"part":"feed-c"\}\]/)
    })

    it("keeps a silent feed in the plan: blind, declared, and its rating in the uncertainty", () => {
      const sources = [pdu("feed-a"), pdu("feed-b", { ratingWatts: 7360 })]
      const config = { boundary: "rack", sources, energy: sum("feed-a", "feed-b") }
      const answers = { "feed-a": feeds["feed-a"] }
      const plan = planned(config, answers)
      assert.deepEqual(sensorsOf(plan), ["feed-a/power", "feed-b/silent"])
      const { watts, uncertaintyWatts, grade, blindMs } = tenMinutesOf(plan, answers)
      assert.deepEqual([watts, grade, blindMs], [1665, "declared", 600_000])
      // U = 2·7360/√3 W, with what feed A adds.
      assert.ok(uncertaintyWatts > 8498 && uncertaintyWatts < 8600, String(uncertaintyWatts))
      assert.deepEqual(sensorsOf(planned(config, answers, feeds)), ["feed-a/power", "feed-b/power"], "once it answers")
    })

    it("says by name how many feeds there must be", () => {
      const config = rack({ energy: sum("feed-a", "feed-b"), expect: { feeds: 3 } })
      assert.deepEqual(sensorsOf(planned(config, feeds)), ["feed-a/power", "feed-b/power", "expected part 3/silent"])
      const few = rack({ energy: sum("feed-a", "feed-b"), expect: { feeds: 1 } })
      assert.match(refusal(() => planned(few, feeds)).message, /2 parts answer where "expect" says 1/)
    })
  })

  describe("of one whole seen by several", () => {
    const config = rack({ energy: { alternatives: ["feed-a", "feed-b"] } })

    it("takes the first in order, whichever answers first", () => {
      const backwards = { "feed-b": feeds["feed-b"], "feed-a": feeds["feed-a"] }
      for (const answers of [feeds, backwards]) assert.deepEqual(sensorsOf(planned(config, answers)), ["feed-a/power"])
    })

    it("takes the next where the first is silent or incomplete, and goes back to it", () => {
      const second = { "feed-b": feeds["feed-b"] }
      assert.deepEqual(sensorsOf(planned(config, second)), ["feed-b/power"])
      assert.deepEqual(sensorsOf(planned(config, second, feeds)), ["feed-a/power"])
      const nested = {
        boundary: "rack",
        sources: [pdu("feed-a"), pdu("feed-b"), pdu("main")],
        energy: { alternatives: [sum("feed-a", "feed-b"), "main"] },
      }
      const broken = { "feed-a": feeds["feed-a"], main: [power(2300)] }
      assert.equal(tenMinutesOf(planned(nested, broken), broken).watts, 2300)
      const whole = { ...feeds, main: [power(2300)] }
      assert.equal(tenMinutesOf(planned(nested, whole), whole).watts, 2255)
    })

    it("passes over a sensor from the moment at which its silence is blind, only where there is another view", () => {
      const seen = { "feed-a": [power(1665)], "feed-b": [power(590, { quantity: "energy", unit: "J" })] }
      const away = (energy: object, nowMs: number) => [...awayOf(knownOf(seen), optionsOf(rack({ energy })), nowMs)]
      const views = { alternatives: ["feed-a", "feed-b"] }
      // Both were read at 1 s, with a period of 1 s: power is blind after 3 s, a counter away after 10 minutes.
      assert.deepEqual(away(views, 4000), [])
      assert.deepEqual(away(views, 4001), ["feed-a/power"])
      assert.deepEqual(away(views, 601_000), ["feed-a/power"])
      assert.deepEqual(away(views, 601_001), ["feed-a/power", "feed-b/power"])
      assert.deepEqual(away(sum("feed-a", "feed-b"), 601_001), [])
    })
  })

  describe("of four GPU chassis and of eight shelves", () => {
    it("is their declared sum", () => {
      const watts = [231.9, 238.5, 242.5, 241.2]
      const ids = watts.map((_, i) => `HGX_GPU_${i}`)
      const answers = Object.fromEntries(
        ids.map((id, i) => [id, [power(watts[i] ?? 0, { covers: "accelerator", part: id })]]),
      )
      const sources = ids.map((id) => redfish(id, { covers: "accelerator" }))
      assert.match(refusal(() => planned({ boundary: "gpu", sources }, answers)).message, /4 sources meter accelerator/)
      const plan = planned({ boundary: "gpu", sources, energy: sum(...ids), expect: { boards: 4 } }, answers)
      assert.ok(Math.abs(tenMinutesOf(plan, answers).watts - 954.1) < 1e-9)
      const shelves = Array.from({ length: 8 }, (_, i) => `shelf-${i}`)
      const shelved = {
        boundary: "rack",
        sources: shelves.map((id) => redfish(id, { covers: "rack" })),
        energy: sum(...shelves),
        expect: { shelves: 8 },
      }
      const said = Object.fromEntries(shelves.map((id) => [id, [power(1749)]]))
      assert.equal(tenMinutesOf(planned(shelved, said), said).watts, 13_992)
    })
  })

  describe("of the parts of a node", () => {
    const sources = [{ kind: "rapl" }, dcgm("page")]
    const answers = {
      rapl: [
        power(200, { covers: "processor", part: "intel-rapl:0", sensor: "package-0" }),
        power(180, { covers: "processor", part: "intel-rapl:1", sensor: "package-1" }),
        power(20, { covers: "memory", part: "intel-rapl:0:0", sensor: "dram" }),
      ],
      page: [board("GPU-1", 500)],
    }
    const rest = { watts: 300, gainLimit: 0.3, origin: "wall meter, May" }

    it("is refused without a word about what lies between them", () => {
      const none = refusal(() => planned({ boundary: "node", sources }, answers))
      assert.match(none.message, /no source measures node as a whole; rapl, page measure parts of it/)
      const config = { boundary: "node", sources, energy: sum("rapl", "page") }
      assert.match(refusal(() => planned(config, answers)).hint, /"rest":\{"watts":0/)
    })

    it("is their sum with a stated rest, estimated", () => {
      const config = { boundary: "node", sources, energy: { ...sum("rapl", "page"), rest } }
      const options = optionsOf(config)
      const said = { ...answers, rest: [power(300, { covers: "rest", grade: "estimated", surface: "stated" })] }
      assert.equal(options.sources.at(-1)?.id, "rest")
      const { watts, grade, acceleratorWatts } = tenMinutesOf(planned(config, said), said)
      assert.deepEqual([watts, grade, acceleratorWatts], [1200, "estimated", 500])
      const plan = planned(config, said).filter(({ role }) => role === "energy")
      assert.deepEqual(
        [...new Set(plan.filter(({ sensor }) => !sensor.startsWith("rest")).map(({ share }) => share))],
        ["1"],
      )
    })

    it("adds up hosts to a rack in the same way, allocated where nothing of the rest is there", () => {
      const hosts = ["host-1", "host-2"]
      const said = {
        ...Object.fromEntries(hosts.map((id) => [id, [power(400, { covers: "node" })]])),
        rest: [power(0, { covers: "rest", grade: "estimated", surface: "stated" })],
      }
      const energy = { ...sum(...hosts), rest: { watts: 0, gainLimit: 0, origin: "no switch" } }
      const config = { boundary: "rack", sources: hosts.map((id) => redfish(id)), energy, expect: { hosts: 2 } }
      const plan = planned({ ...config, expect: { hosts: 3 } }, said)
      const { watts, grade } = tenMinutesOf(plan, said)
      assert.deepEqual([watts, grade], [800, "estimated"])
    })
  })

  describe("of parts within another", () => {
    it("compares them and never adds them", () => {
      const config = rack({ energy: "feed-a", within: [{ part: "feed-b" }] })
      assert.equal(tenMinutesOf(planned(config, feeds), feeds).watts, 1665)
    })

    it("refuses what is added and within at once", () => {
      assert.throws(
        () => optionsOf(rack({ energy: sum("feed-a", "feed-b"), within: [{ part: "feed-b" }] })),
        (error: unknown) => error instanceof ConfigError && /it is one or the other/.test(error.message),
      )
    })
  })

  describe("given a source with several sensors that may be the whole", () => {
    const shelf = {
      shelf: [power(3, { sensor: "hotswap_input_power" }), power(1749, { sensor: "total_power_in" })],
    }
    const config = { boundary: "rack", sources: [redfish("shelf", { covers: "rack" })] }

    it("is refused with their names, and takes the one that is named", () => {
      const { message, hint } = refusal(() => planned(config, shelf))
      assert.match(message, /hotswap_input_power \(3 W\), total_power_in \(1749 W\)/)
      assert.match(hint, /"energy": \{"source":"shelf","sensor":"hotswap_input_power"\}/)
      const plan = planned({ ...config, energy: { source: "shelf", sensor: "total_power_in" } }, shelf)
      assert.equal(tenMinutesOf(plan, shelf).watts, 1749)
    })

    it("takes a counter and a power for one thing", () => {
      const both = { shelf: [power(1749), power(5, { sensor: "energy", quantity: "energy", unit: "J" })] }
      assert.deepEqual(sensorsOf(planned(config, both)), ["shelf/energy"])
    })
  })

  for (const [what, more, message] of [
    ["a source that is not there", { energy: sum("feed-a", "feed-x") }, /config\.energy\.sum\[1\]\.source: no source/],
    ["a source twice", { energy: sum("feed-a", "feed-a") }, /config\.energy: "feed-a" stands there twice/],
    [
      "a sensor of a source that is all counted",
      { energy: { sum: ["feed-a", { source: "feed-a", sensor: "x" }] } },
      /twice/,
    ],
    ["a sum of one", { energy: sum("feed-a") }, /config\.energy\.sum: must be a list of at least two/],
    ["a misspelt way", { energy: { some: ["feed-a", "feed-b"] } }, /config\.energy\.source: must be/],
    ["a level that is none", { energy: { source: "feed-a", covers: "planet" } }, /config\.energy\.covers/],
    ["an expectation of nothing", { expect: { feeds: 0 } }, /config\.expect\.feeds/],
    ["an expectation of what nobody knows", { expect: { fans: 3 } }, /config\.expect\.fans: is not an option/],
    ["two rests", { energy: { sum: ["feed-a", { sum: ["feed-b"], rest: restOf(1) }], rest: restOf(2) } }, /rest/],
    ["a rest that nobody answers for", { energy: { sum: ["feed-a"], rest: { watts: 5, gainLimit: 1 } } }, /origin/],
  ] as const)
    it(`refuses a configuration with ${what}`, () => {
      assert.throws(
        () => optionsOf(rack(more)),
        (error: unknown) => error instanceof ConfigError && message.test(error.message),
      )
    })
})

function restOf(watts: number) {
  return { watts, gainLimit: 0.5, origin: "a guess" }
}
