import assert from "node:assert/strict"
import { spawnSync } from "node:child_process"
import { checkJsonText, encodeCanonicalJson, type Json, type JsonRules, Rejection } from "@wattest/protocol"
import fc from "fast-check"

const CANONICAL: JsonRules = { canonical: true, maxDepth: 32, maxValues: 1000 }
const FREE: JsonRules = { ...CANONICAL, canonical: false }

function refusal(text: string, rules: JsonRules): string | null {
  try {
    checkJsonText(text, rules)
    return null
  } catch (error) {
    assert.ok(error instanceof Rejection)
    return `${error.code} ${error.detail}`
  }
}

/** The same rule by the engine's parser and our writer. */
function isCanonical(text: string): boolean {
  try {
    return encodeCanonicalJson(JSON.parse(text) as Json) === text
  } catch {
    return false
  }
}

function isJson(text: string): boolean {
  try {
    JSON.parse(text)
    return true
  } catch {
    return false
  }
}

const PIECES = [
  "{",
  "}",
  "[",
  "]",
  ",",
  ":",
  '"',
  "\\",
  "0",
  "-",
  "1e5",
  ".",
  "\\u0000",
  "\\ud800",
  "\\/",
  " ",
  "a",
  "\n",
  "true",
  "\u0001",
  "é",
]
const value = fc.jsonValue({ maxDepth: 4, stringUnit: "grapheme" })
/** A canonical text, with a piece put in or a stretch taken out at most places. */
const nearly = fc.tuple(value, fc.nat(), fc.nat(3), fc.constantFrom("", ...PIECES)).map(([json, at, cut, piece]) => {
  const text = encodeCanonicalJson(json as Json)
  const start = at % (text.length + 1)
  return text.slice(0, start) + piece + text.slice(start + cut)
})

const depth = process.env.WATTEST_DEPTH === "deep" ? 200_000 : 3_000

describe("the scanner of JSON", () => {
  it("accepts what is canonical and nothing else, as the engine's parser and our writer find it", () => {
    fc.assert(
      fc.property(nearly, (text) => {
        assert.equal(refusal(text, CANONICAL) === null, isCanonical(text), text)
      }),
      { numRuns: depth },
    )
  })

  it("accepts in free spelling what the engine parses, but for names that repeat", () => {
    fc.assert(
      fc.property(nearly, (text) => {
        const found = refusal(text, FREE)
        if (found?.startsWith("FIELD_MALFORMED")) assert.match(found, /a second time/)
        else assert.equal(found === null, isJson(text), text)
      }),
      { numRuns: depth },
    )
    assert.equal(refusal('{ "a": 1,\n "a": 2 }', FREE), 'FIELD_MALFORMED at character 14: the name "a" a second time')
    assert.equal(
      refusal('{ "a": 1,\n "\\u0061": 2 }', FREE),
      'FIELD_MALFORMED at character 19: the name "a" a second time',
    )
    assert.equal(refusal('[{"a":{"a":1}},{"a":2}]', FREE), null)
  })

  it("says what stands where", () => {
    const cases: [string, string][] = [
      ["[]\n", "DOCUMENT_NOT_CANONICAL at character 2: white space at the end, as editors and transfers add it"],
      ["[1, 2]", "DOCUMENT_NOT_CANONICAL at character 3: white space"],
      ["\ufeff[]", 'DOCUMENT_NOT_JSON at character 0: a byte-order mark, got "\ufeff[]"'],
      ["", 'DOCUMENT_NOT_JSON at character 0: expected a value, got ""'],
      ["%PDF-1.7", 'DOCUMENT_NOT_JSON at character 0: expected a value, got "%PDF-1.7"'],
      ['{"b":1,"a":2}', 'DOCUMENT_NOT_CANONICAL at character 10: the name "a" after "b"'],
      ["[1.0]", 'DOCUMENT_NOT_CANONICAL at character 4: the number "1.0", expected 1'],
      ['["\\u0041"]', "DOCUMENT_NOT_CANONICAL at character 8: an escape where the character stands for itself"],
      ["[1]2", 'DOCUMENT_NOT_JSON at character 3: text after the end of the value, got "2"'],
    ]
    for (const [text, expected] of cases) assert.equal(refusal(text, CANONICAL), expected)
  })

  it("bounds depth and number of values at their limits", () => {
    const rules = { canonical: true, maxDepth: 3, maxValues: 6 }
    assert.equal(refusal("[[[]]]", rules), null)
    assert.match(refusal("[[[1]]]", rules) ?? "", /nested deeper than 3/)
    assert.equal(refusal("[1,2,3,4,5]", rules), null)
    assert.match(refusal("[1,2,3,4,5,6]", rules) ?? "", /more than 6 values/)
    assert.equal(refusal('{"a":1,"b":[]}', rules), null)
    assert.match(refusal('{"a":1,"b":[0,0]}', rules) ?? "", /more than 6 values/)
  })

  it("shows of a long text in its refusals the first 40 characters", () => {
    const [edge, over] = [40, 41].map((length) => "1".repeat(length))
    const rules = { canonical: true, maxDepth: 3, maxValues: 6 }
    assert.ok(refusal(`${edge}`, rules)?.includes(`the number "${edge}",`))
    assert.ok(refusal(`${over}`, rules)?.includes(`the number "${edge}…",`))
  })

  const MIB = 1024 * 1024
  const hostile: [string, string][] = [
    ["nesting", `"[".repeat(32 * ${MIB})`],
    ["empty arrays", `"[" + "[],".repeat(10 * ${MIB}) + "[]]"`],
    [
      "unordered names",
      `"{" + Array.from({ length: 400000 }, (_, i) => JSON.stringify("n" + ((i * 7919) % 400000)) + ":0").join() + "}"`,
    ],
    ["white space", `"[" + " ".repeat(32 * ${MIB} - 2) + "]"`],
    ["one number", `"1".repeat(32 * ${MIB})`],
    ["one text", `'"' + "\\\\n".repeat(8 * ${MIB}) + '"'`],
    ["escapes spelled otherwise", `'["' + "\\\\/".repeat(8 * ${MIB}) + '"]'`],
  ]
  for (const [name, text] of hostile)
    it(`reads 32 MiB of ${name} within 300 MB`, () => {
      const program = `
        const { parseCanonicalJson } = await import("@wattest/protocol")
        let bytes = Buffer.from(${text})
        const base = process.resourceUsage().maxRSS
        try { parseCanonicalJson(bytes, 33 * ${MIB}) } catch (error) { if (error.code === undefined) throw error }
        console.log(process.resourceUsage().maxRSS - base)`
      const { stdout, stderr } = spawnSync(process.execPath, ["--input-type=module", "-e", program], {
        encoding: "utf8",
      })
      assert.match(stdout, /^\d+\n$/, stderr)
      assert.ok(Number(stdout) / 1024 < 220, `${Math.round(Number(stdout) / 1024)} MB`)
    })
})
