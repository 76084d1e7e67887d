import assert from "node:assert/strict"
import type { Books } from "../../budget/src/books/books.ts"
import type { BudgetResult, Line } from "../../budget/src/gate/decide.ts"
import { endsText, renderGate } from "../../budget/src/gate/text.ts"

const line = (more: Partial<Line>): Line => ({
  ...{ limit: "energy <= 1 kWh", source: "runs", standing: "within", why: null },
  ...{ lower: "1 kWh", upper: "2 kWh", used: 0.5 },
  ...more,
})

const books = (valid: number): Books => ({
  ...{
    runs: [],
    claims: [],
    evidence: [],
    refused: [{ name: "c.json", status: "invalid", code: "MALFORMED", detail: "" }],
    gaps: [],
  },
  valid,
})

describe("what a person reads of a gate", () => {
  it("says of each line how it stands, both ends, its share, its source and why", () => {
    const chat: BudgetResult = {
      ...{ name: "chat", period: { name: "2026-10", from: 0, to: 1 }, runs: 2, standing: "over" },
      lines: [
        line({}),
        line({ standing: "over", used: 1.2345 }),
        line({ standing: "warning", upper: null }),
        line({ standing: "unknown", source: "p.json", lower: null, upper: null, used: null, why: "nobody counted" }),
      ],
      missing: ["c.json\u001b[2J"],
      trends: [{ limit: "energy <= 1 kWh", points: [], line: "▁█", sentence: "lower" }],
    }
    assert.deepEqual(renderGate([chat], books(2), "over").split("\n"), [
      "chat  2026-10  2 runs",
      "  ✓ energy <= 1 kWh: within budget; 1 kWh to 2 kWh (50 %)",
      "  ✗ energy <= 1 kWh: over budget, uncertainty taken off; 1 kWh to 2 kWh (123.5 %)",
      "  ! energy <= 1 kWh: over budget only if uncertainty is added; at least 1 kWh (50 %)",
      "  ? energy <= 1 kWh [claim in p.json]: not known; nobody counted",
      "    ▁█  energy <= 1 kWh, last 0: lower",
      "  ? missing: c.json\\u{1b}[2J",
      "",
      "over: 2 valid documents, 1 that do not enter",
      "",
    ])
  })

  it("says that there is no period where there is no run, and counts one in the singular", () => {
    const none: BudgetResult = {
      ...{ name: "chat", period: null, runs: 0, standing: "unknown", lines: [], missing: [], trends: [] },
    }
    const [nothing, , verdict] = renderGate([none], books(1), "unknown").split("\n")
    assert.equal(nothing, "chat  no period: no run  0 runs")
    assert.equal(verdict, "unknown: 1 valid document, 1 that do not enter")
    assert.match(renderGate([{ ...none, runs: 1 }], books(0), "unknown"), /^chat .* 1 run\n/)
  })

  it("says both ends, or the one that is known", () => {
    const of = (lower: string | null, upper: string | null) => endsText({ lower, upper })
    assert.deepEqual(
      [of("1 J", "2 J"), of("1 J", "1 J"), of("1 J", null), of(null, "2 J"), of(null, null)],
      [...["1 J to 2 J", "1 J", "at least 1 J", "at most 2 J", ""]],
    )
  })
})
