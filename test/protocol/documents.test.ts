import assert from "node:assert/strict"
import {
  encodeCanonicalJson,
  encodeDocument,
  type Json,
  parseCanonicalJson,
  parseEvidenceCapture,
  parseEvidenceHeader,
  type RejectCode,
  Rejection,
  runContext,
  shape,
} from "@wattest/protocol"
import fc from "fast-check"

const bytesOf = (text: string) => new TextEncoder().encode(text)
const throwsCode = (code: RejectCode, act: () => unknown) =>
  assert.throws(act, (error) => error instanceof Rejection && error.code === code)

describe("canonical JSON (RFC 8785)", () => {
  it("sorts by UTF-16 code units and spells numbers and controls as the RFC's examples do", () => {
    const value = {
      numbers: [JSON.parse("333333333.33333329"), 1e30, 4.5, 2e-3, 0.000000000000000000000000001],
      string: '€$\u000f\nA\'B"\\\\"/',
      literals: [null, true, false],
    }
    const expected =
      '{"literals":[null,true,false],"numbers":[333333333.3333333,1e+30,4.5,0.002,1e-27],"string":"€$\\u000f\\nA\'B\\"\\\\\\\\\\"/"}'
    assert.equal(encodeCanonicalJson(value), expected)
    const keys = { "€": 1, "\r": 2, "\ufb33": 3, "1": 4, "😀": 5, "\u0080": 6, ö: 7 }
    assert.deepEqual(Object.keys(JSON.parse(encodeCanonicalJson(keys))).sort(), Object.keys(keys).sort())
    assert.equal(encodeCanonicalJson(keys), '{"\\r":2,"1":4,"\u0080":6,"ö":7,"€":1,"😀":5,"\ufb33":3}')
  })

  it("reads back exactly what it wrote", () => {
    fc.assert(
      fc.property(fc.jsonValue({ maxDepth: 5 }), (value) => {
        // −0 is spelt 0, so it is no JSON value of its own.
        const normal = JSON.parse(JSON.stringify(value)) as Json
        assert.deepEqual(parseCanonicalJson(bytesOf(encodeCanonicalJson(normal)), 1 << 20), normal)
      }),
    )
  })

  it("refuses every second spelling", () => {
    for (const text of [
      '{"b":1,"a":2}',
      '{"a": 1}',
      "[1.0]",
      "[1e2]",
      '["\\u0041"]',
      '{"a":1,"a":1}',
      "[-0]",
      " []",
      "[]\n",
    ])
      throwsCode("DOCUMENT_NOT_CANONICAL", () => parseCanonicalJson(bytesOf(text), 100))
  })

  it("refuses bytes that are too many, not UTF-8, not JSON or nested without end", () => {
    throwsCode("DOCUMENT_TOO_LARGE", () => parseCanonicalJson(bytesOf("[]"), 1))
    throwsCode("DOCUMENT_NOT_UTF8", () => parseCanonicalJson(Uint8Array.of(0x22, 0xff, 0x22), 100))
    throwsCode("DOCUMENT_NOT_JSON", () => parseCanonicalJson(bytesOf("\ufeff[]"), 100))
    throwsCode("DOCUMENT_NOT_JSON", () => parseCanonicalJson(bytesOf("{"), 100))
    throwsCode("DOCUMENT_NOT_CANONICAL", () =>
      parseCanonicalJson(bytesOf("[".repeat(5000) + "]".repeat(5000)), 100_000),
    )
  })
})

describe("shapes", () => {
  const sample = shape.object({ name: shape.text(8), count: shape.unsigned(64), note: shape.optional(shape.text()) })

  it("reads what fits", () => {
    assert.deepEqual(sample({ name: "a", count: "18446744073709551615" }, "$"), { name: "a", count: 2n ** 64n - 1n })
  })

  it("refuses what does not, by code and path", () => {
    const cases: [RejectCode, Json][] = [
      ["FIELD_UNKNOWN", { name: "a", count: "1", extra: 1 }],
      ["FIELD_MISSING", { name: "a" }],
      ["FIELD_MALFORMED", { name: "a", count: 1 }],
      ["FIELD_MALFORMED", { name: "a", count: "01" }],
      ["FIELD_MALFORMED", { name: "a", count: "-1" }],
      ["FIELD_MALFORMED", { name: "too long a text", count: "1" }],
      ["NUMBER_OUT_OF_RANGE", { name: "a", count: "18446744073709551616" }],
      ["TEXT_NOT_NORMALISED", { name: "e\u0301", count: "1" }],
      ["FIELD_MALFORMED", []],
      ["FIELD_MALFORMED", null],
    ]
    for (const [code, value] of cases) throwsCode(code, () => sample(value, "$"))
  })

  it("is not fooled by names that every object has", () => {
    for (const name of ["__proto__", "constructor", "toString"])
      throwsCode("FIELD_UNKNOWN", () => sample(JSON.parse(`{"name":"a","count":"1","${name}":1}`), "$"))
  })
})

describe("a label", () => {
  const label = shape.label()

  it("has up to 256 bytes of UTF-8, whatever its characters", () => {
    for (const text of ["", "x".repeat(256), "ß".repeat(128), "😀".repeat(64)]) assert.equal(label(text, "model"), text)
    for (const text of ["x".repeat(257), `x${"ß".repeat(128)}`, "😀".repeat(65)])
      throwsCode("FIELD_MALFORMED", () => label(text, "model"))
    throwsCode("FIELD_MALFORMED", () => label(7, "model"))
  })

  it("is in normal form C and holds whole characters, and says how to write it", () => {
    throwsCode("TEXT_NOT_NORMALISED", () => label("e\u0301", "model"))
    assert.throws(() => label("e\u0301", "model"), /model: write it as é/)
    for (const half of ["\ud83d", "a\ude00", "\ud83dx"]) throwsCode("TEXT_NOT_NORMALISED", () => label(half, "model"))
  })

  it("holds nothing that ends a line, moves a cursor or turns what stands beside it", () => {
    const steering = ["\0", "\t", "\n", "\u001b[2J", "\u007f", "\u0085", "\u009b", "\u061c", "\u200e", "\u200f"]
    for (const mark of [...steering, "\u2028", "\u2029", "\u202a", "\u202e", "\u2066", "\u2069"])
      throwsCode("FIELD_MALFORMED", () => label(`llama${mark}`, "model"))
    assert.throws(() => label("a\u202eb", "model"), /model: .*not a\\u\{202e\}b/)
    // Their neighbours join letters and emoji, or are letters of a script that runs from right to left.
    for (const text of ["\u00a0", "\u200d", "\u2027", "\u202f", "\u2065x", "\u206a", "\u05d0"])
      assert.equal(label(text, "model"), text)
  })

  it("has the same limits in the JSON Schema's words", () => {
    const { pattern, ...rest } = label.schema ?? {}
    assert.deepEqual(rest, { type: "string", maxLength: 256, $comment: "at most 256 bytes of UTF-8" })
    const fits = new RegExp(String(pattern), "u")
    assert.deepEqual(
      [fits.test("llama 3"), fits.test(""), fits.test("llama\n"), fits.test("\u202ea")],
      [true, true, false, false],
    )
  })
})

describe("documents", () => {
  it("refuse any text as a header or capture with a closed code, never otherwise", () => {
    const parsers = [parseEvidenceHeader, parseEvidenceCapture]
    fc.assert(
      fc.property(fc.oneof(fc.string(), fc.json()), (text) => {
        for (const parse of parsers) assert.throws(() => parse(text), Rejection)
      }),
    )
  })

  it("write integers that may pass 2^53 as decimal strings", () => {
    const context = {
      workload: "w",
      job: "j",
      modelDigest: null,
      versions: {},
      accelerators: [{ sku: "NVIDIA H100", id: "GPU-1" }],
      calibrations: [],
      factors: {},
      metering: [],
      task: { family: "text generation", dataset: null, precision: "bf16", batch: 2 ** 32 - 1 },
      qualityRule: "exact match at least 90 %",
      vouchDocument: null,
      beacon: { number: 2n ** 60n, hash: `0x${"00".repeat(32)}` as const },
    }
    const bytes = encodeDocument(context)
    assert.match(new TextDecoder().decode(bytes), /"number":"1152921504606846976"/)
    assert.deepEqual(runContext(parseCanonicalJson(bytes, 10_000), "$"), context)
  })
})
