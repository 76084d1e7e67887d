import assert from "node:assert/strict"
import { mock } from "node:test"
import { createIndexClient } from "@wattest/client"
import { collect, failureOf } from "./asked.ts"
import { serveAnswers } from "./served.ts"

/** An address at which nobody listens. */
const nobody = "http://127.0.0.1:9"

describe("what a client makes of an index's answers", () => {
  it("says that nobody answers, and shows no path of the URL", async () => {
    const { kind, message, origin } = await failureOf(createIndexClient({ url: `${nobody}/secret-key` }).status())
    assert.deepEqual([kind, origin], ["unreachable", nobody])
    assert.doesNotMatch(message, /secret/)
  })

  it("ends when it is told to", async () => {
    const signal = AbortSignal.abort()
    assert.equal((await failureOf(createIndexClient({ url: nobody, signal }).status())).kind, "unreachable")
  })

  const block = { number: 1, hash: `0x${"11".repeat(32)}`, time: 1 }
  const operator = { operator: `0x${"22".repeat(20)}`, ledgers: 1, devices: 1, runs: 1, tallies: 0 }
  const page = (change: object) =>
    JSON.stringify({ block, check: "by the chain", items: [operator], next: null, ...change })

  it("waits where it is told to ask later, and asks no more than four times", async () => {
    const later = {
      status: 429,
      headers: { "retry-after": "0.01" },
      body: '{"error":{"code":"TOO_MANY","message":"busy"}}',
    }
    const relenting = await serveAnswers([later, later, { body: page({}) }])
    assert.equal((await collect(createIndexClient(relenting).rows("operators"))).length, 1)
    const stubborn = await serveAnswers([later])
    assert.equal((await failureOf(collect(createIndexClient(stubborn).rows("operators")))).kind, "refused")
    assert.equal(stubborn.asked(), 4)
    relenting.close()
    stubborn.close()
  })

  it("waits a minute at most, however much later it is told to ask", async () => {
    const later = { status: 429, headers: { "retry-after": "86400" }, body: "{}" }
    const busy = await serveAnswers([later, { body: page({}) }])
    const waits: number[] = []
    const { setTimeout: start } = globalThis
    const { mock: timer } = mock.method(globalThis, "setTimeout", (then: () => void, ms: number, ...given: []) => {
      const isPause = ms % 60_000 === 0 && given.length === 0
      if (isPause) waits.push(ms)
      return start(then, isPause ? 0 : ms, ...given)
    })
    await collect(createIndexClient(busy).rows("operators"))
    timer.restore()
    assert.deepEqual(waits, [60_000])
    busy.close()
  })

  it("waits no longer once it is told to end", async () => {
    const later = { status: 429, headers: { "retry-after": "60" }, body: "{}" }
    const busy = await serveAnswers([later])
    const stop = new AbortController()
    const asked = failureOf(createIndexClient({ url: busy.url, signal: stop.signal }).status())
    while (busy.asked() === 0) await new Promise((resolve) => setTimeout(resolve, 5))
    stop.abort()
    assert.equal((await asked).kind, "unreachable")
    assert.equal(busy.asked(), 1)
    busy.close()
  })

  for (const [what, body, reason] of [
    ["no JSON", "<html>", /answers 200 without a word/],
    ["another form", page({ items: [{ ...operator, runs: "many" }] }), /\$\.items\[0\]\.runs: expected integer/],
    ["a number below zero", page({ items: [{ ...operator, runs: -1 }] }), /runs: expected 0 to/],
    ["half a number", page({ items: [{ ...operator, runs: 0.5 }] }), /runs: expected integer/],
    ["no address", page({ items: [{ ...operator, operator: "0x22" }] }), /operator: expected \^0x/],
    ["a row without a column", page({ items: [{ operator: operator.operator }] }), /ledgers: it is missing/],
    ["no block", page({ block: null }), /\$\.block: expected object/],
    ["pages in a circle", page({ next: "a" }), /does not go on/],
    ["empty pages without an end", page({ items: [], next: "a" }), /does not go on/],
    ["more than an answer holds", new Uint8Array(17 * 1024 * 1024).fill(32), /passes 16777216 bytes/],
  ] as const)
    it(`refuses ${what}`, async () => {
      const liar = await serveAnswers([{ body }])
      const { kind, message } = await failureOf(collect(createIndexClient(liar).rows("operators")))
      assert.equal(kind, "malformed")
      assert.match(message, reason)
      liar.close()
    })

  it("asks no further where a page is empty and yet not the last, whatever its cursor", async () => {
    const said = ["a", "b", "c", null].map((next) => ({ body: page({ items: [], next }) }))
    const idle = await serveAnswers(said)
    assert.equal((await failureOf(collect(createIndexClient(idle).rows("operators")))).kind, "malformed")
    assert.equal(idle.asked(), 1)
    idle.close()
  })

  it("takes what a newer index says beside", async () => {
    const newer = await serveAnswers([{ body: page({ items: [{ ...operator, colour: "red" }], more: 1 }) }])
    assert.equal((await collect(createIndexClient(newer).rows("operators"))).length, 1)
    newer.close()
  })

  it("shows no terminal what a stranger would steer it by", async () => {
    const message = "\u001b[2Jgone"
    const rude = await serveAnswers([{ status: 400, body: JSON.stringify({ error: { code: "X", message } }) }])
    assert.match((await failureOf(createIndexClient(rude).status())).message, / {1}\[2Jgone$/)
    rude.close()
  })

  it("follows no index elsewhere", async () => {
    const elsewhere = await serveAnswers([{ status: 302, headers: { location: nobody }, body: "" }])
    assert.equal((await failureOf(createIndexClient(elsewhere).status())).kind, "unreachable")
    elsewhere.close()
  })
})
