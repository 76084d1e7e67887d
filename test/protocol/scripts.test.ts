import assert from "node:assert/strict"
import { isMixedScript, scriptsMark, textScripts } from "@wattest/protocol"

describe("scripts of a label", () => {
  const MIXED = [
    ["ll\u0430ma-3-8b", ["Latin", "Cyrillic"]],
    ["\u0421laude", ["Cyrillic", "Latin"]],
    ["Halle \u0391", ["Latin", "Greek"]],
    ["llama\u05d0", ["Latin", "Hebrew"]],
    ["gpt\u0501", ["Latin", "Cyrillic"]],
    ["a\u{10400}", ["Latin", "another script"]],
    ["\u304b\u1100", ["Hiragana", "Hangul"]],
  ] as const
  const WHOLE = [
    ["llama-3.1 8B/µ·—€", ["Latin"]],
    ["12-3_4", []],
    ["", []],
    ["Größe çà e\u0301", ["Latin"]],
    ["\u0441\u043e\u0440\u0442", ["Cyrillic"]],
    ["Qwen 通义千问", ["Latin", "Han"]],
    ["日本語のモデル GPT", ["Han", "Hiragana", "Katakana", "Latin"]],
    ["모델 A 模型", ["Hangul", "Latin", "Han"]],
  ] as const

  for (const [text, scripts] of MIXED)
    it(`are told apart in ${JSON.stringify(text)}, and marked`, () => {
      assert.deepEqual(textScripts(text), scripts)
      assert.ok(isMixedScript(text))
      assert.equal(scriptsMark(text), ` (letters of ${scripts.join(" and ")})`)
    })

  for (const [text, scripts] of WHOLE)
    it(`of one writing system are not mixed: ${JSON.stringify(text)}`, () => {
      assert.deepEqual(textScripts(text), scripts)
      assert.equal(isMixedScript(text), false)
      assert.equal(
        scriptsMark(text) === "",
        scripts.every((name) => name === "Latin"),
      )
    })

  it("are found in a long text in time that grows with its length alone", () => {
    const started = performance.now()
    textScripts("\u0430".repeat(100_000))
    assert.ok(performance.now() - started < 2_000)
  })
})
