import assert from "node:assert/strict"
import { type Answers, board, dcgm, pdu, planned, power, redfish, sensorsOf, tenMinutesOf } from "./bench.ts"

const refusal = (use: () => unknown): { readonly message: string; readonly hint: string } => {
  try {
    use()
  } catch (error) {
    assert.ok(error instanceof Error && error.name === "BoundaryError", String(error))
    return { message: error.message, hint: (error as Error & { hint: string }).hint }
  }
  return assert.fail("a refusal expected")
}

const rack = (more: object = {}) => ({ boundary: "rack", sources: [pdu("feed-a"), pdu("feed-b")], ...more })
const feeds = (a: string, b: string): Answers => ({
  "feed-a": [power(1665, { identity: a })],
  "feed-b": [power(1660, { identity: b })],
})
const sum = { energy: { sum: ["feed-a", "feed-b"] } }
const SAME = feeds("raritan/1HX7A001", "raritan/1HX7A001")
const OTHER = feeds("raritan/1HX7A001", "raritan/1HX7A002")

describe("one part that several sources see", () => {
  describe("by the serial number of a PDU", () => {
    it("counts once without a line, the first by order, and the other is compared", () => {
      assert.deepEqual(sensorsOf(planned(rack(), SAME)), ["feed-a/power"])
      assert.equal(tenMinutesOf(planned(rack(), SAME), SAME).watts, 1665)
      assert.deepEqual(sensorsOf(planned(rack(), SAME, { "feed-b": SAME["feed-b"] ?? [] })), ["feed-b/power"])
    })

    it("is refused in a sum, and the sum of two PDUs is not", () => {
      const { message, hint } = refusal(() => planned(rack(sum), SAME))
      assert.match(message, /"feed-a" and "feed-b" add up and are one: both read raritan\/1HX7A001/)
      assert.ok(hint.includes('{"alternatives":["feed-a","feed-b"]}'), hint)
      assert.equal(tenMinutesOf(planned(rack(sum), OTHER), OTHER).watts, 3325)
    })

    it("is told by nothing where the numbers differ or one has none", () => {
      assert.match(refusal(() => planned(rack(), OTHER)).message, /nothing says how they belong together/)
      const nameless = { ...SAME, "feed-b": [power(1660)] }
      refusal(() => planned(rack(), nameless))
      assert.equal(tenMinutesOf(planned(rack(sum), nameless), nameless).watts, 3325)
    })

    it("may be seen twice where two addresses are alternatives within a sum", () => {
      const sources = [pdu("feed-a"), pdu("feed-a6"), pdu("feed-b")]
      const energy = { sum: [{ alternatives: ["feed-a", "feed-a6"] }, "feed-b"] }
      const answers = { ...OTHER, "feed-a6": SAME["feed-a"] ?? [] }
      assert.equal(tenMinutesOf(planned({ boundary: "rack", sources, energy }, answers), answers).watts, 3325)
      const astray = { ...answers, "feed-b": SAME["feed-b"] ?? [] }
      refusal(() => planned({ boundary: "rack", sources, energy }, astray))
    })
  })

  it("refuses to add an outlet to the PDU that it lies within, and adds that of another", () => {
    const outlet = (serial: string): Answers => ({
      "feed-a": [power(1665, { identity: "apc/5A10" })],
      "feed-b": [power(400, { identity: `apc/${serial}/outlet/7`, part: "outlet/7" })],
    })
    const { message, hint } = refusal(() => planned(rack(sum), outlet("5A10")))
    assert.match(message, /"feed-b" is added to "feed-a" and lies within it: apc\/5A10\/outlet\/7/)
    assert.ok(hint.includes('"within": [{"part":"feed-b","of":"feed-a"}]'), hint)
    const within = rack({ energy: "feed-a", within: [{ part: "feed-b", of: "feed-a" }] })
    assert.equal(tenMinutesOf(planned(within, outlet("5A10")), outlet("5A10")).watts, 1665)
    assert.equal(tenMinutesOf(planned(rack(sum), outlet("5A109")), outlet("5A109")).watts, 2065)
  })

  describe("by the UUID of a board, from its driver and from a baseboard", () => {
    const uuids = ["ffd6582a-64de-b17e-ad24-af5a28aed641", "fa49ed8c-3b81-945b-9773-835a3ab67e74"]
    const chassis = uuids.map((_, i) => redfish(`HGX_GPU_${i}`, { covers: "accelerator" }))
    const config = { boundary: "gpu", sources: [dcgm("page"), ...chassis] }
    const seen = (found: readonly string[]): Answers => ({
      page: uuids.map((uuid) => board(`GPU-${uuid}`, 230)),
      ...Object.fromEntries(
        found.map((uuid, i) => [
          `HGX_GPU_${i}`,
          [board(`HGX_GPU_${i}`, 231, { surface: "redfish", identity: `GPU-${uuid}` })],
        ]),
      ),
    })

    it("counts each once", () => {
      const answers = seen(uuids)
      const plan = planned(config, answers)
      assert.deepEqual([sensorsOf(plan).length, tenMinutesOf(plan, answers).watts], [2, 460])
    })

    it("is refused where the two ways name no board alike", () => {
      const strangers = seen(["00000000-64de-b17e-ad24-af5a28aed641", "00000001-3b81-945b-9773-835a3ab67e74"])
      assert.match(refusal(() => planned(config, strangers)).message, /3 sources meter accelerator/)
    })
  })

  it("refuses trays in a sum with the shelves that feed them, and compares them within", () => {
    const sources = [
      redfish("shelf", { covers: "rack", chassis: "PowerShelf_0" }),
      redfish("tray", { covers: "node", chassis: "Chassis_0" }),
    ]
    const answers = { shelf: [power(1749)], tray: [power(1355, { covers: "node" })] }
    const rest = { watts: 0, gainLimit: 0.5, origin: "none" }
    const added = { boundary: "rack", sources, energy: { sum: ["shelf", "tray"], rest } }
    const { message, hint } = refusal(() => planned(added, answers))
    assert.match(message, /tray lies within the rack that shelf meters, and would be added to it/)
    assert.ok(hint.includes('"within": [{"part":"tray"}]'), hint)
    const compared = { boundary: "rack", sources, energy: "shelf", within: [{ part: "tray" }] }
    assert.equal(tenMinutesOf(planned(compared, answers), answers).watts, 1749)
    const parts = { boundary: "rack", sources: [sources[1]], energy: { sum: ["tray"], rest } }
    assert.equal(tenMinutesOf(planned(parts, { tray: answers.tray }), { tray: answers.tray }).watts, 1355)
  })
})
