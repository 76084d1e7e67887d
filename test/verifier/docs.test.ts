import assert from "node:assert/strict"
import { readFileSync } from "node:fs"
import { filledPage, PAGES } from "../../scripts/generate/verifier-tables.ts"

/** The formatter aligns tables and joins short lists; what they say is the same. */
const unaligned = (text: string) => text.replace(/\s+/g, "").replace(/-{3,}/g, "---")

describe("the verifier's documentation", () => {
  for (const page of PAGES)
    it(`${page} has the tables of the code`, () => {
      const text = readFileSync(page, "utf8")
      const isCurrent = unaligned(filledPage(text)) === unaligned(text)
      assert.ok(isCurrent, "run node scripts/generate/verifier-tables.ts")
      assert.ok(text.includes("<!-- table: "))
    })

  it("knows no table that the code does not have", () => {
    assert.throws(() => filledPage("<!-- table: wishes -->\n<!-- end -->"), /no table is called wishes/)
  })
})
