import assert from "node:assert/strict"
import { readFileSync } from "node:fs"
import { compare } from "@wattest/budget"
import type { Contestant } from "../../budget/src/compare/contestant.ts"
import { paretoPicture } from "../../budget/src/compare/html.ts"
import { outside } from "../drawn.ts"
import { type Stage, stage } from "./scene.ts"

/** A contestant whose energy lies between two whole microjoules for a unit. */
const one = (name: string, lo: number, hi: number, quality: number | null): Contestant => ({
  ...{ name, runs: 1, model: name, unit: "token", boundary: "node", lower: lo / 1e6, upper: hi / 1e6 },
  ends: { lo: { value: BigInt(lo), divisor: 1n }, hi: { value: BigInt(hi), divisor: 1n } },
  quality: quality === null ? null : { value: quality, origin: "counted" },
  kpis: [],
})

const placesOf = (...contestants: Contestant[]) =>
  Object.fromEntries(
    compare(contestants, "energy-per-work").contestants.map(({ name, rank, ties, onFront }) => [
      name,
      [rank, ties.join(), onFront],
    ]),
  )

describe("a comparison of certificates", () => {
  it("calls intervals that overlap or touch a tie", () => {
    assert.deepEqual(placesOf(one("a", 10, 20, 0.9), one("b", 19, 30, 0.9)), { a: [1, "b", true], b: [1, "a", true] })
    assert.deepEqual(placesOf(one("a", 10, 20, 0.9), one("b", 21, 30, 0.9)), { a: [1, "", true], b: [2, "", false] })
    assert.deepEqual(placesOf(one("a", 10, 20, 0.9), one("b", 20, 30, 0.9)), { a: [1, "b", true], b: [1, "a", true] })
    assert.equal(placesOf(one("a", 10, 20, 0.9), one("b", 20, 30, 0.8)).b?.[2], false, "no more energy, more quality")
    assert.deepEqual(placesOf(one("a", 10, 10, 0.9), one("b", 10, 10, 0.9)), { a: [1, "b", true], b: [1, "a", true] })
  })

  it("keeps on the front whom nobody certainly beats in energy without less quality", () => {
    const cheap = one("cheap", 10, 20, 0.7)
    assert.equal(placesOf(cheap, one("good", 30, 40, 0.8)).good?.[2], true)
    assert.equal(placesOf(cheap, one("worse", 30, 40, 0.7)).worse?.[2], false)
    assert.equal(placesOf(cheap, one("worse", 30, 40, 0.6)).worse?.[2], false)
    assert.equal(placesOf(cheap, one("perhaps", 15, 40, 0.6)).perhaps?.[2], true, "its energy may be less")
    assert.equal(placesOf(one("exact", 10, 10, 0.8), one("same", 10, 10, 0.7)).same?.[2], false)
    assert.equal(placesOf(cheap, one("unknown", 30, 40, null)).unknown?.[2], null)
  })

  it("is drawn within its picture: less energy to the left, more quality above, the front from the worst up", () => {
    const drawn = (...contestants: readonly Contestant[]) =>
      paretoPicture(compare(contestants, "energy-per-work"))?.text ?? ""
    const picture = drawn(one("a", 10, 20, 0.9), one("b", 30, 50, 0.95), one("c", 40, 45, 0.5))
    assert.deepEqual(outside(picture), [])
    const marks = [...picture.matchAll(/<line x1="([\d.]+)" x2="([\d.]+)" y1="([\d.]+)"[^>]*><circle cx="([\d.]+)"/g)]
    assert.deepEqual(
      marks.map(([, ...place]) => place.map(Number)),
      [
        [118.9, 313.5, 70.4, 216.2],
        [508, 897.1, 35.6, 702.5],
        [702.5, 799.8, 348.4, 751.2],
      ],
    )
    assert.match(picture, /<polyline points="216\.2,70\.4 702\.5,35\.6"/)
    assert.deepEqual(outside(drawn(one("a", 1, 1, 1), one("b", 1, 1, 1))), [])
    assert.equal(drawn(one("a", 10, 20, 0.9), one("b", 30, 50, null)), "")
  })

  describe("through the command", () => {
    let set: Stage
    before(() => {
      set = stage({
        a: {},
        b: { device: "b", power: 2, accepted: 0.9 },
        c: { device: "c", accepted: 0.5 },
        rack: { device: "rack", boundary: "rack" },
        images: { device: "images", unit: "image" },
      })
    })
    after(() => set.close())
    const compared = (...args: string[]) => set.say("compare", ...args, "--policy", "policy.json", "--offline")

    it("shows a table and the front, for people, machines and as a page", async () => {
      const qualities = ["--quality", "a.json=0.95"]
      const { exit, stdout } = await compared("a.json", "b.json", "c.json", ...qualities, "--html", "p.html")
      assert.equal(exit, 0)
      assert.match(stdout, /a\.json +llama-3-8b +5\.394 to 6\.784 +95 % declared +1 +a tie with .*c\.json/)
      assert.match(stdout, /b\.json +llama-3-8b +10\.79 to 13\.57 +90 % +3 +dominated/)
      assert.match(stdout, /│ *─+[ABC]─+\n/)
      const page = readFileSync(set.at("p.html"), "utf8")
      assert.match(page, /<title>Wattest comparison<\/title>/)
      assert.equal([...page.matchAll(/<circle /g)].length, 3)
      assert.match(page, /95 % declared/)
      assert.doesNotMatch(page, /<script|https?:/)
      const { contestants } = JSON.parse((await compared("a.json", "b.json", ...qualities, "--json")).stdout)
      assert.deepEqual(
        contestants.map(({ rank, onFront, quality }: Record<string, unknown>) => [rank, onFront, quality]),
        [
          [1, true, { value: 0.95, origin: "declared" }],
          [2, false, { value: 0.9, origin: "counted" }],
        ],
      )
    })

    it("compares by accepted units, and refuses who counts none", async () => {
      const by = ["--by", "energy-per-accepted"]
      const { contestants } = JSON.parse((await compared("b.json", "c.json", ...by, "--json")).stdout)
      assert.equal(contestants[0].rank, 1)
      const { exit, stderr } = await compared("a.json", "b.json", ...by)
      assert.deepEqual([exit, /a\.json has no energy-per-accepted: .* does not feed accepted/.test(stderr)], [2, true])
    })

    it("refuses unlike units", async () => {
      const { exit, stderr } = await compared("a.json", "images.json")
      assert.deepEqual([exit, /counts token, .* image: their joules/.test(stderr)], [2, true])
    })

    it("refuses unlike boundaries", async () => {
      const { exit, stderr } = await compared("a.json", "rack.json")
      assert.deepEqual([exit, /metered at node, .* at rack: their energies/.test(stderr)], [2, true])
    })

    it("judges each document first, and shows nothing where one is not valid", async () => {
      set.write("forged.json", readFileSync(set.at("b.json"), "utf8").replace('"zone":"DE"', '"zone":"SE"'))
      const { exit, stdout, stderr } = await compared("a.json", "forged.json")
      assert.deepEqual([exit, stdout], [1, ""])
      assert.match(stderr, /forged\.json is invalid, /)
    })

    it("refuses what it cannot read", async () => {
      const refusals: readonly (readonly [RegExp, ...string[]])[] = [
        [/nothing to compare with/, "a.json"],
        [/nothing to compare with/, "a.json", "a.json"],
        [/stands twice/, "a.json", "b.json", "a.json"],
        [/is not PATH=SHARE/, "a.json", "b.json", "--quality", "a.json=1.01"],
        [/is not PATH=SHARE/, "a.json", "b.json", "--quality", "a.json"],
        [/none of what is compared/, "a.json", "b.json", "--quality", "c.json=0.5"],
        [/stands twice/, "a.json", "b.json", "--quality", "a.json=0.5", "--quality", "a.json=0.6"],
      ]
      for (const [message, ...args] of refusals) {
        const { exit, stderr } = await compared(...args)
        assert.equal(exit, 2, args.join(" "))
        assert.match(stderr, message)
      }
      assert.equal((await compared("a.json", "b.json", "--quality", "a.json=1")).exit, 0)
    })
  })
})
