import assert from "node:assert/strict"
import { readFileSync } from "node:fs"
import { parseBudgets } from "@wattest/budget"
import { UsageError } from "@wattest/command"
import { Ajv2020 } from "ajv/dist/2020.js"
import { parse } from "yaml"

const GOOD = `version: 1
budgets:
  - name: chat of this quarter
    select: { model: llama3-8b, workload: chat }
    period: quarter
    trend: 20
    limits:
      - energy <= 1200 kWh
      - energy-per-accepted <= 50 mJ/token
      - energy-per-work <= 40 kWh/Minference
      - carbon <= 400 kg
  - name: launch
    period: { from: 2026-11-01, to: 2026-11-15T12:00:00Z }
    limits: [water <= 2 m3]
`

const with_ = (from: string, to: string) => {
  assert.ok(GOOD.includes(from), from)
  return GOOD.replace(from, to)
}

describe("the file of budgets", () => {
  const validate = new Ajv2020({ strict: false }).compile(
    JSON.parse(readFileSync("docs/schemas/budget.schema.json", "utf8")),
  )

  it("is read, and fits its schema", () => {
    const { budgets } = parseBudgets(GOOD, "b.yaml")
    assert.deepEqual(
      budgets.map(({ name, limits, period }) => [name, limits.length, period]),
      [
        ["chat of this quarter", 4, "quarter"],
        ["launch", 1, { from: Date.parse("2026-11-01") / 1000, to: Date.parse("2026-11-15T12:00:00Z") / 1000 }],
      ],
    )
    assert.ok(validate(parse(GOOD)), JSON.stringify(validate.errors))
  })

  const refused: readonly (readonly [what: string, text: string, message: RegExp, bySchema: boolean])[] = [
    ["a field that nobody knows", with_("    trend: 20", "    trends: 20"), /FIELD|\.trends/, true],
    ["a label that nobody knows", with_("workload: chat", "project: chat"), /select\.project/, true],
    ["another version", with_("version: 1", "version: 2"), /version/, true],
    ["no limits", with_("limits: [water <= 2 m3]", "limits: []"), /limits/, true],
    ["another period", with_("period: quarter", "period: week"), /period/, true],
    ["a period that ends before it begins", with_("to: 2026-11-15T12:00:00Z", "to: 2026-10-31"), /ends before/, false],
    ["a period of no time", with_("to: 2026-11-15T12:00:00Z", "to: 2026-11-01"), /ends before/, false],
    ["a day that the calendar has not", with_("from: 2026-11-01", "from: 2026-11-31"), /is no time/, false],
    ["a floor", with_("carbon <= 400 kg", "carbon >= 400 kg"), /write <=/, false],
    ["a number that is no budget", with_("carbon <= 400 kg", "pue <= 1.2"), /a budget bounds energy/, false],
    ["a number for a unit without the unit", with_("50 mJ/token", "50 mJ"), /per which unit of work/, false],
    ["a unit that is none", with_("400 kg", "400 lb"), /no unit of carbon/, false],
    ["a trend of one", with_("trend: 20", "trend: 1"), /trend/, true],
    ["a name twice", with_("period: quarter", "period: quarter\n    period: year"), /unique/, false],
    ["a tag of its own", with_("version: 1", "version: !!js/regexp 1"), /tag/i, false],
    [
      "an alias",
      with_("limits: [water <= 2 m3]", "limits: &a [water <= 2 m3]\n  - name: again\n    period: day\n    limits: *a"),
      /aliases \(\*name\) are not taken/,
      false,
    ],
    ["two documents", `${GOOD}---\n${GOOD}`, /documents/, false],
    ["broken YAML", with_("select: {", "select: {{"), /line \d+|budgets\[0\]/, false],
    ["a list", "- 1\n", /an object/, true],
    ["nothing", "# nothing\n", /an object/, true],
    ["what is nested without an end", `version: ${"[ ".repeat(10_000)}`, /nested too deep/, false],
  ]
  for (const [what, text, message, bySchema] of refused)
    it(`refuses ${what}`, () => {
      assert.throws(
        () => parseBudgets(text, "b.yaml"),
        (error) => {
          assert.ok(error instanceof UsageError)
          assert.match(error.message, /^b\.yaml: /)
          assert.match(error.message, message)
          return true
        },
      )
      if (bySchema) assert.ok(!validate(parse(text)))
    })

  it("ends every text in budgets or a refusal, whatever was changed in it", () => {
    const noise = [
      "[",
      "{",
      "- ",
      ": ",
      "&a ",
      "*a",
      "!!map ",
      "\n",
      "\t",
      "---\n",
      "%YAML 1.1\n",
      "'",
      '"',
      "|",
      "\u0000",
      "\ud800",
    ]
    let seed = 20_261_126
    const next = (below: number) => {
      seed = (seed * 1_103_515_245 + 12_345) % 2 ** 31
      return seed % below
    }
    for (let i = 0; i < 400; i++) {
      const at = next(GOOD.length)
      const text = GOOD.slice(0, at) + noise[next(noise.length)] + GOOD.slice(at + next(9))
      try {
        assert.ok(parseBudgets(text, "b.yaml").budgets.length > 0)
      } catch (error) {
        assert.ok(error instanceof UsageError, `${JSON.stringify(text)}: ${error}`)
      }
    }
  })
})
