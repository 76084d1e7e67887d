import assert from "node:assert/strict"
import { serialOf } from "../../../attester/src/sources/serial.ts"

describe("a serial number", () => {
  it("is one without blanks around it, in capitals", () => {
    for (const [given, known] of [
      [" 5a1045e01234 ", "5A1045E01234"],
      ["1653125034241", "1653125034241"],
      ["HA258S046822\0", "HA258S046822"],
      ["AB 12", "AB 12"],
    ])
      assert.equal(serialOf(given), known)
  })

  it("is none where nobody wrote one, so that two such are not one thing", () => {
    const blanks = [
      "",
      " ",
      "NA",
      "N/A",
      "none",
      "Unknown",
      "Default string",
      "Not Specified",
      "To be filled by O.E.M.",
    ]
    const more = [
      "0",
      "00000000",
      "........",
      "XXXXXXXX",
      "SerialNumber",
      "a\u0007b",
      "x".repeat(65),
      null,
      17,
      undefined,
    ]
    for (const given of [...blanks, ...more]) assert.equal(serialOf(given), null, String(given))
  })

  it("is none in a text that is longer than padding makes it, whatever a peer sends and however long", () => {
    const padded = (length: number) => "5A1045E01234".padEnd(length, "\0")
    assert.deepEqual([serialOf(padded(256)), serialOf(padded(257))], ["5A1045E01234", null])
    assert.equal(serialOf(`${"\0".repeat(8 << 20)}x`), null)
  })
})
