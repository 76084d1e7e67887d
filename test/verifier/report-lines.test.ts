import assert from "node:assert/strict"
import { readFileSync } from "node:fs"
import { parseExtract } from "@wattest/protocol"
import { extractRows } from "../../verifier/src/report/extract/words.ts"
import type { ReportPart } from "../../verifier/src/report/job/model.ts"
import { partWords } from "../../verifier/src/report/job/words.ts"
import type { ReportFinding } from "../../verifier/src/report/model.ts"
import { findingLines } from "../../verifier/src/report/text.ts"

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
    const extract = parseExtract(readFileSync("conformance/cases/extract-device/extract.json"))
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
})
