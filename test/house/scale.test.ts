import assert from "node:assert/strict"
import { globSync, readFileSync } from "node:fs"

const PAGE = readFileSync("docs/scale.md", "utf8")

/** Figures of the page that name their benchmark and its key. */
const NAMED = [...PAGE.matchAll(/`([a-z]+): ([A-Za-z0-9.]+)`/g)].map(([, bench = "", key = ""]) => ({ bench, key }))

/** Whether a benchmark prints a row of a key: as it stands in its source, or by a template of it. */
function prints(bench: string, key: string): boolean {
  const source = [`scripts/bench/${bench}.ts`, ...globSync(`scripts/bench/${bench}/**/*.ts`)].map((file) =>
    readFileSync(file, "utf8"),
  )
  const text = source.join("\n")
  if (text.includes(`"${key}"`)) return true
  const templates = [...text.matchAll(/key: `([^`]+)`/g)].map(([, template = ""]) => template)
  return templates.some((template) => {
    const pattern = template.split(/\$\{[^}]*\}/).map((part) => part.replaceAll(".", "\\."))
    return new RegExp(`^${pattern.join("[A-Za-z0-9.]*")}$`).test(key)
  })
}

const SUM = /([(\d][\d,.()×÷+− ]*[\d)]) = ([\d,.]*\d)/g
const numberOf = (text: string) => Number(text.replaceAll(",", ""))

/** A value by the rules of arithmetic: products before sums, what stands in brackets first. */
function worth(sum: string): number {
  const inner = /\(([^()]*)\)/.exec(sum)
  if (inner !== null) return worth(sum.replace(inner[0], String(worth(inner[1] ?? ""))))
  const terms = sum.replaceAll("−", "+ -").split("+")
  return terms.reduce((total, term) => total + productOf(term), 0)
}

function productOf(term: string): number {
  const [first = "", ...factors] = term.replaceAll("÷", "×÷").split("×")
  return factors.reduce(
    (product, factor) =>
      factor.startsWith("÷") ? product / numberOf(factor.slice(1)) : product * numberOf(factor.trim() || "1"),
    numberOf(first.replace(/- */, "-")),
  )
}

describe("the page of scale", () => {
  it("names a benchmark and a key that exist for each rate", () => {
    const rates = PAGE.split("\n")
      .filter((line) => /^\|[^|]+\|[^|]+\|[^|]+\|[^|]+\|$/.test(line))
      .slice(2)
    assert.ok(rates.length > 10)
    for (const rate of rates) assert.match(rate, /`[a-z]+: [A-Za-z0-9.]+` *\|$/)
    for (const { bench, key } of NAMED) assert.ok(prints(bench, key), `${bench}: ${key}`)
    assert.ok(!prints("gas", "submit.none"))
  })

  it("states what its arithmetic gives, within a half of a percent", () => {
    const sums = [...PAGE.matchAll(SUM)]
    assert.ok(sums.length > 15, `${sums.length} sums`)
    for (const [whole, sum = "", result = ""] of sums) {
      const value = worth(sum)
      assert.ok(Math.abs(value - numberOf(result)) <= 0.005 * Math.abs(value), `${whole}: ${value}`)
    }
  })

  it("works out arithmetic as arithmetic is", () => {
    assert.equal(worth("(128 × 10 − 80) ÷ 4 + 2 × 3"), 306)
    assert.equal(worth("12 ÷ 3 ÷ 2"), 2)
  })

  it("states the gas of the snapshot", () => {
    const snapshot = JSON.parse(readFileSync("test/contracts/gas.snapshot.json", "utf8")) as Record<string, number>
    const stated = [...PAGE.matchAll(/([\d,]+)(?: +\| gas +\| | gas each \()`gas: ([\w.]+)`/g)]
    assert.equal(stated.length, NAMED.filter(({ bench }) => bench === "gas").length)
    for (const [, gas = "", key = ""] of stated) assert.equal(numberOf(gas), snapshot[key] ?? Number.NaN, key)
  })
})
