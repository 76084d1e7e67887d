import assert from "node:assert/strict"
import { existsSync, globSync, readFileSync } from "node:fs"

const PAGE = readFileSync("docs/trust.md", "utf8")
const NAMED = /`([\w/-]+) › ([^`]+)`/g
const TITLE = /\b(?:it|describe)\(\s*(["'`])((?:\\.|(?!\1)[^\\])*)\1/g

const solidity = globSync("contracts/test/*.t.sol").map((path) => readFileSync(path, "utf8"))

/** Whether a test of this name is in the tree: a conformance case, a Solidity test, or the beginning of a title in a file. */
function isThere(file: string, title: string): boolean {
  if (file === "conformance") return existsSync(`conformance/cases/${title}/case.json`)
  if (file === "contracts") return solidity.some((text) => text.includes(`function ${title}(`))
  // A suite of a test that is told in several files is one of its own.
  const path = [`test/${file}.test.ts`, `test/${file}.ts`].find((path) => existsSync(path))
  if (path === undefined) return false
  return [...readFileSync(path, "utf8").matchAll(TITLE)].some(([, , found = ""]) => found.startsWith(title))
}

/** Rows of a page's tables, without headings. */
const rowsOf = (page: string) =>
  page
    .split("\n")
    .filter(
      (line, i, lines) => line.startsWith("| ") && lines[i - 1]?.startsWith("|") === true && !line.startsWith("| --"),
    )

describe("the page on trust", () => {
  it("names tests that are there", () => {
    const named = [...PAGE.matchAll(NAMED)].map(([, file = "", title = ""]) => [file, title] as const)
    assert.ok(named.length > 60, `${named.length} tests`)
    assert.deepEqual(
      named.filter(([file, title]) => !isThere(file, title)),
      [],
    )
  })

  it("has a test for each thing that somebody can do", () => {
    const rows = rowsOf(PAGE)
    assert.ok(rows.length > 60, `${rows.length} rows`)
    assert.deepEqual(
      rows.filter((row) => row.match(NAMED) === null),
      [],
    )
  })

  it("would miss a test that is renamed, moved or gone", () => {
    assert.ok(isThere("attester/model", "lose no energy in silence"))
    for (const [file, title] of [
      ["attester/model", "lose all energy in silence"],
      ["attester/models", "lose no energy in silence"],
      ["conformance", "valid-lie"],
      ["contracts", "test_OneRevokedKey"],
    ] as const)
      assert.ok(!isThere(file, title), `${file} › ${title}`)
  })
})
