import assert from "node:assert/strict"
import { type Books, decideBudget, parseBudgets } from "@wattest/budget"
import type { CertifiedRun } from "@wattest/protocol"
import type { JudgedDocument } from "@wattest/verifier/files"
import { booksOf, gapsIn } from "../../budget/src/books/books.ts"
import { endsIn, periodOf } from "../../budget/src/file/period.ts"
import { type Stage, stage } from "./scene.ts"

const ms = (text: string) => Date.parse(text)

describe("the period of a run", () => {
  it("is the one in which it ends, at its last moment the one that ends there", () => {
    const rows = [
      ["day", "2026-10-01T00:00:00Z", "2026-09-30"],
      ["day", "2026-10-01T00:00:00.001Z", "2026-10-01"],
      ["month", "2026-10-01T00:00:00Z", "2026-09"],
      ["month", "2026-10-01T00:00:00.001Z", "2026-10"],
      ["quarter", "2026-10-01T00:00:00Z", "2026-Q3"],
      ["quarter", "2026-10-01T00:00:00.001Z", "2026-Q4"],
      ["quarter", "2026-01-01T00:00:00Z", "2025-Q4"],
      ["year", "2027-01-01T00:00:00Z", "2026"],
      ["year", "2027-01-01T00:00:00.001Z", "2027"],
      ["day", "2028-02-29T12:00:00Z", "2028-02-29"],
    ] as const
    for (const [period, end, name] of rows) {
      const found = periodOf({ period }, ms(end))
      assert.equal(found?.name, name, end)
      assert.ok(found !== null && endsIn(found, ms(end)))
      assert.ok(!endsIn(found, found.from * 1000) && endsIn(found, found.to * 1000))
      assert.ok(endsIn(found, found.from * 1000 + 1) && !endsIn(found, found.to * 1000 + 1))
    }
  })

  it("may be fixed", () => {
    const [from, to] = [ms("2026-09-01") / 1000, ms("2026-09-15") / 1000]
    assert.deepEqual(periodOf({ period: { from, to } }, null), { name: "2026-09-01 to 2026-09-15", from, to })
    assert.equal(periodOf({ period: "day" }, null), null)
  })
})

describe("runs that nobody shows", () => {
  let set: Stage
  let books: (runs: readonly CertifiedRun[]) => Books
  before(async () => {
    set = stage({ four: { runs: 4 } })
    const { booksOf, judgeAll } = await import("@wattest/budget")
    const { readPolicy } = await import("@wattest/verifier/files")
    const judged = await judgeAll([set.at("four.json")], { policy: readPolicy(set.at("policy.json")), offline: true })
    books = (runs) =>
      booksOf(
        judged.map((document) => {
          assert.ok(document.proven !== null)
          const wholes = document.proven.wholes.map(({ certificate: claim, evidence }) => {
            const certificate = { ...claim, certificate: { ...claim.certificate, runs } }
            return { certificate, evidence }
          })
          return { ...document, proven: { wholes, claims: [], extracts: [] } }
        }),
      )
  })
  after(() => set.close())

  const budgets = (period: string) =>
    parseBudgets(`version: 1\nbudgets: [{name: a, period: ${period}, limits: ["energy <= 1 MWh"]}]`, "b").budgets[0]
  const missing = (skipped: readonly bigint[], period = "year") => {
    const runs = set.certificate("four").runs.filter(({ run }) => !skipped.includes(run))
    const budget = budgets(period)
    assert.ok(budget !== undefined)
    return decideBudget(budget, books(runs), null).missing.map((text) => text.replace(/0x[0-9a-f]{64}/, "D"))
  }

  it("are said where they lie between two that are shown", () => {
    assert.deepEqual(missing([]), [])
    assert.deepEqual(missing([1n]), ["run 1 of D is in no valid certificate here"])
    assert.deepEqual(missing([1n, 2n]), ["runs 1 to 2 of D are in no valid certificate here"])
    assert.deepEqual(missing([0n]), [], "before the first nobody knows of any")
    assert.deepEqual(missing([3n]), [])
  })

  it("are of one device: another's numbers say nothing of it", () => {
    const { runs } = set.certificate("four")
    const [own] = books(runs).runs
    assert.ok(own !== undefined)
    const of = (device: "0x01" | "0x02", run: bigint) => ({ ...own, device, certified: { ...own.certified, run } })
    assert.equal(gapsIn([of("0x01", 0n), of("0x02", 3n)]).length, 0)
    assert.equal(gapsIn([of("0x02", 3n), of("0x01", 0n), of("0x01", 2n)]).length, 1)
  })

  it("count once for each device, and once where two documents show them", () => {
    const { document, certified } = books(set.certificate("four").runs).runs[0] ?? assert.fail()
    const shown = (device: "0x01" | "0x02", run: bigint) => {
      const wholes = [{ certificate: { device, labels: { site: "" }, certificate: { runs: [{ ...certified, run }] } } }]
      const proven = { claims: [], wholes: wholes.map((whole) => ({ ...whole, evidence: [] })) }
      return { name: document, verdict: { status: "valid" }, proven } as unknown as JudgedDocument
    }
    const { runs } = booksOf([shown("0x01", 0n), shown("0x02", 0n), shown("0x01", 1n), shown("0x01", 0n)])
    assert.equal(runs.length, 3)
  })

  it("count where they can have ended in the period", () => {
    const [, second, third] = set.certificate("four").runs
    const iso = (at: number) => new Date(at).toISOString().replace(/\.\d+/, "")
    const begins = third?.statement.startTimeMs ?? 0
    const ends = second?.statement.startTimeMs ?? 0
    // Run 1 lies between the end of run 0 and the beginning of run 2.
    const period = (from: number, to: number) => `{from: "${iso(from)}", to: "${iso(to)}"}`
    assert.equal(missing([1n], period(begins, begins + 1_000_000)).length, 0)
    assert.equal(missing([1n], period(begins - 1000, begins + 1_000_000)).length, 1)
    assert.equal(missing([1n], period(ends - 1_000_000, ends)).length, 1)
    assert.equal(missing([1n], period(ends - 1_000_000, ends - 1000)).length, 0)
  })
})
