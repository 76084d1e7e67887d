import assert from "node:assert/strict"
import { parseCanonicalText, Rejection } from "@wattest/protocol"

const codeOf = (text: string) => {
  try {
    parseCanonicalText(text)
    return "accepted"
  } catch (error) {
    assert.ok(error instanceof Rejection)
    return error.code
  }
}

const nested = (depth: number, inner: string) => "[".repeat(depth) + inner + "]".repeat(depth)

describe("canonical JSON", () => {
  it("accepts one spelling of each value", () => {
    const texts = ["null", `{"a":1,"b":[true,"é"]}`, `{"10":1,"9":2}`, `{"__proto__":1}`, `"\u2028"`, "1e+21"]
    for (const text of texts) assert.equal(codeOf(text), "accepted", text)
  })

  it("refuses every other spelling", () => {
    const others = ['{"b":1,"a":2}', '{"9":1,"10":2}', '{"a":1,"a":1}', " 1", "1.0", "-0", '"\\u0041"', '"\\ud800"']
    for (const text of others) assert.equal(codeOf(text), "DOCUMENT_NOT_CANONICAL", text)
    for (const text of ["", "{", "undefined", "NaN", "'a'"]) assert.equal(codeOf(text), "DOCUMENT_NOT_JSON", text)
  })

  it("bounds the depth, however the innermost value looks", () => {
    assert.equal(codeOf(nested(32, "")), "accepted")
    assert.equal(codeOf(nested(31, "1")), "accepted")
    for (const text of [nested(33, ""), nested(32, "1"), nested(100_000, ""), `{"a":${nested(32, "")}}`])
      assert.equal(codeOf(text), "DOCUMENT_NOT_CANONICAL")
  })
})
