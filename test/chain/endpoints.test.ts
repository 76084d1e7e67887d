import assert from "node:assert/strict"
import { agreeing, type Rpc } from "@wattest/chain"

/** Endpoints that answer so, in the order of the configuration; undefined: not at all. */
const endpoints = (...values: readonly unknown[]): Rpc => ({
  request: async () => "the first that answers",
  everywhere: async () =>
    values.map((value) =>
      value === undefined ? { status: "rejected", reason: new Error("away") } : { status: "fulfilled", value },
    ),
  distrust: () => undefined,
})
const ask = (...values: readonly unknown[]) => agreeing(endpoints(...values)).request("eth_call", [])

describe("endpoints that must agree", () => {
  it("give what all of them say that answer", async () => {
    assert.deepEqual(await ask({ a: 1 }, { a: 1 }), { a: 1 })
    assert.equal(await ask("0x1", undefined), "0x1")
    assert.equal(await ask(undefined, undefined), "the first that answers")
  })

  it("are named by what they say where they do not", async () => {
    await assert.rejects(ask("0x1", "0x2"), { name: "RpcLie", message: /do not agree: 1 against 2, / })
    await assert.rejects(ask("0x1", "0x2", "0x1"), /do not agree: 1 and 3 against 2, /)
    // One that is away keeps its number, and takes no side.
    await assert.rejects(ask(undefined, "0x1", "0x2"), /do not agree: 2 against 3, /)
  })
})
