import assert from "node:assert/strict"
import { MAX_EVIDENCE_LINE } from "@wattest/protocol"
import { linesOf } from "../../prover/src/archive/lines.ts"

/** Longest line in bytes: of a line's characters each may take three. */
const MOST = 3 * MAX_EVIDENCE_LINE

async function read(...pieces: readonly string[]): Promise<readonly string[]> {
  async function* chunks() {
    for (const piece of pieces) yield new TextEncoder().encode(piece)
  }
  const lines: string[] = []
  for await (const line of linesOf(chunks(), "evidence")) lines.push(line)
  return lines
}

describe("the lines of evidence", () => {
  it("are those between line feeds, however they come in pieces", async () => {
    assert.deepEqual(await read("on", "e\ntw", "o\n", "\nfour\n"), ["one", "two", "", "four"])
    assert.deepEqual(await read(), [])
  })

  it("end with a line feed, or are cut off", async () => {
    await assert.rejects(read("one\ntwo"), { code: "FIELD_MALFORMED", detail: /last line is cut off/ })
  })

  it("are no longer than evidence has them, and one that never ends is not waited for", async () => {
    const most = "x".repeat(MOST)
    assert.deepEqual(await read(most, "\n"), [most])
    await assert.rejects(read(most, "x", "\n"), { code: "DOCUMENT_TOO_LARGE", detail: /does not end/ })
    await assert.rejects(read(`${most}x\n`), { code: "DOCUMENT_TOO_LARGE" })
  })
})
