import assert from "node:assert/strict"
import { Undetermined } from "@wattest/verifier"
import { anchorsIn } from "../../verifier/src/rpc/anchors.ts"

const ZERO = `0x${"0".repeat(64)}` as const
const word = (value: number) => value.toString(16).padStart(64, "0")

/** Asks a node of 16 blocks, a second each, for the only anchor of a ledger; `logsOf` answers for the logs of a span. */
function ask(logsOf: (span: string) => unknown) {
  const call = async (method: string, [first]: readonly unknown[]) => {
    if (method === "eth_getBlockByNumber")
      return { hash: ZERO, number: first, timestamp: `0x${Number(first).toString(16)}` }
    if (method === "eth_call") {
      const time = Number(`0x${(first as { data: string }).data.slice(-64)}`)
      return `0x${word(0)}${word(0)}${word(time > 8 ? 1 : 0)}`
    }
    const { fromBlock, toBlock } = first as { fromBlock: string; toBlock: string }
    return logsOf(`${Number(fromBlock)} to ${Number(toBlock)}`)
  }
  const final = { hash: ZERO, number: 15n, timestamp: 15 }
  return anchorsIn({ rpc: { name: "node", call }, registry: ZERO, final }, ZERO, { from: 0, to: 16 }, ZERO)
}

describe("the logs of a span of blocks", () => {
  const fault = new TypeError("a fault of ours")

  it("are asked for by halves, down to one block, where a node does not answer, and no more after a fault of ours", async () => {
    const askedBefore = async (failure: Error) => {
      const spans: string[] = []
      const failing = ask((span) => {
        spans.push(span)
        throw failure
      })
      await assert.rejects(failing, failure)
      return spans
    }
    const halves = ["0 to 15", "0 to 7", "0 to 3", "0 to 1", "0 to 0"]
    assert.deepEqual(await askedBefore(new Undetermined("CHAIN_UNAVAILABLE", "node: too many blocks")), halves)
    assert.deepEqual(await askedBefore(fault), halves.slice(0, 1))
  })

  it("leave open what is no log, and a fault of ours in reading one is none of the node's", async () => {
    const telling = (topics: unknown) => ask(() => [{ topics, data: "0x" }])
    for (const topics of [[], [1], "0x"]) await assert.rejects(telling(topics), { code: "CHAIN_UNAVAILABLE" })
    const broken = Object.assign([], {
      map: () => {
        throw fault
      },
    })
    await assert.rejects(telling(broken), fault)
  })
})
