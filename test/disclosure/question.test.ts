import assert from "node:assert/strict"
import { UsageError, ValueError } from "@wattest/command"
import { answerTo, type Question } from "../../disclosure/src/init/question.ts"

const SHARE: Question<number> = {
  ...{ option: "share", asked: "Which share", help: "a number up to 1" },
  read: (text) => {
    const share = Number(text)
    if (!(share <= 1)) throw new ValueError("is too much", "give 1 or less")
    return share
  },
}

/** Somebody who answers so, one after the other, then nothing. */
function person(...answers: readonly (string | null)[]) {
  const [said, kept, left]: [string[], string[], (string | null)[]] = [[], [], [...answers]]
  const at = {
    ask: async () => left.shift() ?? null,
    say: (line: string) => void said.push(line),
    keep: (option: string, answer: string) => void kept.push(`${option} ${answer}`),
  }
  return { at, said, kept, left }
}

describe("a question", () => {
  it("is asked again, with what to write, as long as the answer is none", async () => {
    const { at, said, kept } = person("2", "?", "", "0.5", "1")
    assert.equal(await answerTo(SHARE, undefined, at), 0.5)
    assert.deepEqual(said, [
      '"2" is too much: give 1 or less',
      "a number up to 1",
      "an answer is needed: a number up to 1",
    ])
    assert.deepEqual(kept, ["share 0.5"])
  })

  it("is asked 20 times, and then of nobody", async () => {
    const bad = Array<string>(19).fill("2")
    assert.equal(await answerTo(SHARE, undefined, person(...bad, "1").at), 1)
    const { at, left } = person(...bad, "2", "1")
    await assert.rejects(answerTo(SHARE, undefined, at), UsageError)
    assert.deepEqual(left, ["1"])
  })

  it("is not asked where an option answers it, nor answered for somebody who leaves unless no answer means something", async () => {
    const { at, left } = person("1")
    assert.equal(await answerTo(SHARE, "0.25", at), 0.25)
    await assert.rejects(answerTo(SHARE, "2", at), /--share: "2" is too much/)
    assert.deepEqual(left, ["1"])
    await assert.rejects(answerTo(SHARE, undefined, person(null, "1").at), /--share is missing/)
    const usual = { ...SHARE, otherwise: "0.75" }
    const [gone, silent] = [person(null), person("")]
    assert.deepEqual([await answerTo(usual, undefined, gone.at), gone.kept], [0.75, []])
    assert.deepEqual([await answerTo(usual, undefined, silent.at), silent.kept], [0.75, ["share 0.75"]])
  })
})
