import assert from "node:assert/strict"
import { spawnSync } from "node:child_process"
import { type Filing, writeAs } from "@wattest/disclosure"
import { skip } from "@wattest/testkit/skip"
import { exampleFiling } from "./example.ts"

/** Reads a workbook from standard input by the rules of Office Open XML, with Python's zipfile and XML reader alone. */
const READER = `
import io, json, re, sys, zipfile
from xml.etree import ElementTree
S = "{http://schemas.openxmlformats.org/spreadsheetml/2006/main}"
book = zipfile.ZipFile(io.BytesIO(sys.stdin.buffer.read()))
tree = lambda name: ElementTree.fromstring(book.read(name))
unescaped = lambda text: re.sub("_x([0-9A-Fa-f]{4})_", lambda code: chr(int(code[1], 16)), text)
textOf = lambda item: unescaped("".join(part.text or "" for part in item.iter(S + "t")))
shared = [textOf(item) for item in tree("xl/sharedStrings.xml")] if "xl/sharedStrings.xml" in book.namelist() else []
def cell(c):
    value = c.find(S + "v")
    if c.get("t") == "s": return shared[int(value.text)]
    if c.get("t") == "inlineStr": return textOf(c)
    return None if value is None else float(value.text)
def row(cells):
    placed = {re.match("[A-Z]+", c.get("r"))[0]: cell(c) for c in cells.iter(S + "c")}
    return [placed.get(column) for column in "ABCDEFGHIJKL"]
sheets = [sheet.get("name") for sheet in tree("xl/workbook.xml").iter(S + "sheet")]
rows = [[row(cells) for cells in tree(f"xl/worksheets/sheet{at + 1}.xml").iter(S + "row")] for at in range(len(sheets))]
xml = "".join(book.read(name).decode() for name in book.namelist() if name.endswith(".xml"))
print(json.dumps({"names": book.namelist(), "sheets": dict(zip(sheets, rows)), "formulas": len(re.findall("<f[ >/]", xml))}))`

type Workbook = {
  readonly names: readonly string[]
  readonly sheets: { readonly [name: string]: readonly (readonly (string | number | null)[])[] }
  readonly formulas: number
}

async function read(filing: Filing): Promise<Workbook> {
  const { status, stdout, stderr } = spawnSync("/usr/bin/python3", ["-c", READER], {
    input: await writeAs("xlsx", filing),
    encoding: "utf8",
  })
  assert.equal(status, 0, stderr)
  return JSON.parse(stdout)
}

const withLabel = (label: string, value: string | null = "412.46"): Filing => ({
  ...exampleFiling,
  notes: [label],
  cells: exampleFiling.cells.map((cell) =>
    cell.id === "B3-electricity" ? { ...cell, label, needs: [label], value } : cell,
  ),
})

describe("a filing as a workbook, read by another program", function () {
  this.timeout(120_000)
  before(function () {
    if (spawnSync("/usr/bin/python3", ["-c", "import zipfile, xml.etree.ElementTree"]).status !== 0)
      skip(this, "no python3: .ci/run installs it")
  })

  it("holds a sheet of cells, of sources and of weak spots, each with its own", async () => {
    const { sheets } = await read(exampleFiling)
    assert.deepEqual(Object.keys(sheets), ["Cells", "Sources", "Weak spots"])
    const { Cells: cells = [], Sources: sources = [], "Weak spots": spots = [] } = sheets
    assert.deepEqual(
      cells.slice(1).map((row) => [row[0], row[3]]),
      exampleFiling.cells.map(({ id, value }) => [id, value === null ? null : Number(value)]),
    )
    assert.equal(sources.length - 1, exampleFiling.cells.flatMap((cell) => cell.sources).length)
    assert.deepEqual(sources[1]?.slice(0, 2), ["B3-total", "certificates/a.json"])
    const said = spots.map((row) => row.slice(0, 3).join(": ")).join("\n")
    for (const spot of [
      "B3-scope2: weak spot: an upper bound",
      "B3-electricity: weak spot: 2 runs shown by no document",
      "B3-scope1: would fill it: the profile's",
      ": not counted: certificates/forged.json is invalid",
    ])
      assert.ok(said.includes(spot), `${spot}\n${said}`)
  })

  it("shows the place of a source on the chain", async () => {
    const { sheets } = await read(exampleFiling)
    assert.match(String(sheets.Sources?.[1]?.[6]), /^chain 137, block 81234567, 2026-01-02T/)
  })

  for (const label of ["=1+1", "=cmd|'/c calc'!A1", "+1", "-1", "@SUM(A1)", "\t=1", '</t><f>1+1</f><t a="'])
    it(`keeps ${JSON.stringify(label)} a text`, async () => {
      const { sheets, formulas } = await read(withLabel(label))
      assert.equal(formulas, 0)
      const shown = sheets.Cells?.find(([id]) => id === "B3-electricity")?.[2]
      assert.ok(typeof shown === "string")
      assert.equal(shown.replace("\\u{9}", "\t"), label)
    })

  for (const between of ["", "\uFFFD", "\uFDD0", "\uD800", "\u{1FFFE}", "\u0085"])
    it(`lets no label spell a character that turns the text around, with ${JSON.stringify(between)} in it`, async () => {
      const { sheets } = await read(withLabel(`_${between}x202E_gnp.exe \u202E`))
      const shown = String(sheets.Cells?.find(([id]) => id === "B3-electricity")?.[2])
      assert.match(shown, /^_.*x202E_gnp\.exe \\u\{202e\}$/)
      assert.doesNotMatch(shown, /\u202E/)
    })

  it("cuts a text that a workbook cannot hold, and keeps every digit of a number", async () => {
    const { sheets } = await read(withLabel(`a${"🔥".repeat(20_000)}`, "12345678901234567.89"))
    const row = sheets.Cells?.find(([id]) => id === "B3-electricity") ?? []
    const cut = String(row[2])
    assert.deepEqual([cut.length, cut.isWellFormed(), cut.slice(-1)], [32_766, true, "…"])
    assert.equal(row[3], "12345678901234567.89")
    // Fifteen digits are a number, zeros before them no digits; sixteen are a text.
    for (const [value, shown] of [
      ["1234567890123.45", 1234567890123.45],
      ["0.00123456789012345", 0.00123456789012345],
      ["12345678901234.56", "12345678901234.56"],
    ] as const) {
      const { sheets: others } = await read(withLabel("a", value))
      assert.equal(others.Cells?.find(([id]) => id === "B3-electricity")?.[3], shown)
    }
  })
})
