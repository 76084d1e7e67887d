import assert from "node:assert/strict"
import { readFileSync } from "node:fs"
import { parseExtract } from "@wattest/protocol"
import { extractModel, parsePolicy, renderExtractText, verifyExtract } from "@wattest/verifier"
import { extractRows } from "../../verifier/src/report/extract/words.ts"
import type { ReportPart } from "../../verifier/src/report/job/model.ts"
import { partWords } from "../../verifier/src/report/job/words.ts"
import type { ReportFinding, ReportQuantity } from "../../verifier/src/report/model.ts"
import { gistSection } from "../../verifier/src/report/page/gist.ts"
import { html } from "../../verifier/src/report/page/markup.ts"
import { findingLines } from "../../verifier/src/report/text.ts"
import { OFFLINE } from "./judging.ts"

const extractCase = (file: string) => readFileSync(`conformance/cases/extract-device/${file}`)

describe("lines of a report", () => {
  it("say of a finding in which run it is, in which capture if it is in one, and how often if more than once", () => {
    const about = { code: "CLOCK_JUMP", severity: "warning", sentence: "a clock jumped", detail: "by 1 s" } as const
    const placed = (given: Pick<ReportFinding, "sequence" | "count">) =>
      findingLines([{ ...about, run: "3", ...given }])
        .at(-1)
        ?.split("\n")
        .at(-1)
        ?.trim()
    assert.equal(placed({ sequence: null, count: 1 }), "run 3: by 1 s")
    assert.equal(placed({ sequence: 0, count: 2 }), "run 3, capture 0: by 1 s (2 times)")
    assert.deepEqual(findingLines([]), [])
  })

  it("say first how much of the work, between what and what, and by how many percent it may be wrong", () => {
    const about = { formula: "", own: false, run: null, extent: "whole", grade: "measured" } as const
    const perToken: ReportQuantity = {
      ...{ ...about, id: "energy-per-work", title: "Energy per unit" },
      ...{ value: 0.315, unit: "J/token", uncertainty: 0.0294 },
    }
    const energy: ReportQuantity = { ...perToken, id: "energy", title: "Energy", value: 2000, unit: "J" }
    const told = (...quantities: readonly ReportQuantity[]) => {
      const { text } = gistSection(quantities, html``, null)
      return text.replace(/<svg.*?<\/svg>/g, "|").replace(/<[^>]*>/g, "")
    }
    const spread = "between 286 and 344 mJ/token, ± 9.3 % (k = 2)"
    assert.equal(told(perToken), `Energy per unit, whole job315 ± 29 mJ/token|${spread} measured`)
    const tile = (uncertainty: number | null) => told(perToken, { ...energy, uncertainty }).split(" measured")[1]
    assert.deepEqual([tile(60), tile(null)], ["Energy2 ± 0.06 kJ", "Energy2 kJ"])
    const unknown = "nothing is known of its uncertainty"
    for (const [value, uncertainty, said] of [
      [2000, null, `Energy, whole job2 kJ${unknown} measured`],
      [0, 60, `Energy, whole job0 ± 60 J|${unknown} measured`],
      [50, 60, "Energy, whole job50 ± 60 J|between 0 and 110 J, ± 120 % (k = 2) measured"],
    ] as const)
      assert.equal(told({ ...energy, value, uncertainty }), said)
    const bar = (uncertainty: number) => {
      const { text } = gistSection([{ ...energy, value: 50, uncertainty }], html``, null)
      return /<rect class="span" x="([\d.]+)" y="9" width="([\d.]+)"/.exec(text)?.slice(1)
    }
    // From 40 to 60 of 69, and from 0 to 110 of 126.5: 392 wide, from 4 on.
    assert.deepEqual(
      [bar(10), bar(60)],
      [
        ["231.2", "113.7"],
        ["4.0", "340.9"],
      ],
    )
  })

  it("name four devices of a job's part that are not shown, and of more say how many", () => {
    const part: ReportPart = {
      ...{ part: 0, outcome: "incomplete", devices: 9, missing: [], joined: [], left: [], voids: 0, sharedWork: false },
      ...{ startTimeMs: null, endTimeMs: null, gapMs: null, energyJoules: 1, uncertaintyJoules: 0, workUnits: "0" },
    }
    const missing = (...ids: string[]) => partWords({ ...part, missing: ids }, { unit: "" }).slice(1)
    assert.deepEqual(missing(), [])
    assert.deepEqual(missing("a", "b", "c", "d"), ["not shown: a, b, c, d"])
    assert.deepEqual(missing("a", "b", "c", "d", "e"), ["not shown: a, b, c, d, 1 more"])
  })

  it("say of a device what the chain does not have: books, an anchor, an end, a withdrawal", () => {
    const extract = parseExtract(extractCase("extract.json"))
    assert.ok(extract.kind === "device")
    const rows = (change: Partial<typeof extract>) => {
      const said = new Map(extractRows({ ...extract, ...change }))
      return ["books told until", "last anchor", "retired", "voucher's word"].map((name) => said.get(name))
    }
    const none = { through: 0, anchoredAt: null, retiredRuns: null, withdrawnSince: null }
    assert.deepEqual(rows(none), ["not at all", "none", "no", "holds"])
    assert.deepEqual(rows({ through: 60, anchoredAt: 0, retiredRuns: 0, withdrawnSince: 0 }), [
      "1970-01-01 00:01:00 UTC",
      "1970-01-01 00:00:00 UTC",
      "yes, with 0 runs in all",
      "withdrawn for what was anchored from 1970-01-01 00:00:00 UTC on",
    ])
  })
  it("say what an extract holds, and nothing of it where it is not valid", async () => {
    const policy = parsePolicy(extractCase("policy.json"))
    const textUnder = async (under: typeof policy) => {
      const result = await verifyExtract(extractCase("extract.json"), under, OFFLINE)
      const file = { name: "extract.json", sha256: `0x${"00".repeat(32)}`, bytes: 1, result } as const
      return renderExtractText(extractModel(file, { policy: under, time: null }))
    }
    const valid = await textUnder(policy)
    assert.match(valid, /^VALID\n/)
    const rows = [...extractRows(parseExtract(extractCase("extract.json")))]
    for (const [name, value] of rows) assert.ok(valid.includes(`\n  ${name.padEnd(18)} ${value}\n`), name)
    const refused = await textUnder({ ...policy, chains: [] })
    assert.doesNotMatch(refused, /^VALID/)
    for (const [name] of rows) assert.ok(!refused.includes(`\n  ${name.padEnd(18)} `), name)
  })
})
