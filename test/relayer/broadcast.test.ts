import assert from "node:assert/strict"
import { type Rpc, RpcRefusal, RpcUnavailable } from "@wattest/chain"
import { toHex } from "@wattest/protocol"
import { broadcast } from "../../relayer/src/sender/broadcast.ts"
import type { Journaled } from "../../relayer/src/store/outbox.ts"

const entry = (nonce: number) => ({ nonce, raw: Uint8Array.of(nonce) }) as Journaled
const entries = (count: number) => Array.from({ length: count }, (_, nonce) => entry(nonce))
const refusal = (words: string) => new RpcRefusal(words, -32000, null)

/** Endpoints of which each answers a nonce so; an error is thrown. `asked` lists the nonces in the order of asking. */
function endpoints(...nodes: readonly ((nonce: number) => unknown)[]) {
  const asked: number[] = []
  const say = async (node: (nonce: number) => unknown, params: readonly unknown[]) => {
    const answer = node(Number(params[0]))
    if (answer instanceof Error) throw answer
    return answer
  }
  const rpc: Rpc = {
    request: async (_method, params) => {
      asked.push(Number(params[0]))
      return say(nodes[0] ?? (() => null), params)
    },
    everywhere: async (_method, params) => Promise.allSettled(nodes.map((node) => say(node, params))),
    distrust: () => undefined,
  }
  return { rpc, asked }
}

describe("sending transactions", () => {
  const failures: string[] = []
  beforeEach(() => failures.splice(0))
  const failed = ({ nonce }: Journaled, message: string) => failures.push(`${nonce}: ${message}`)
  const send = async (rpc: Rpc, count: number, isRepeat = false) => [
    ...(await broadcast(rpc, entries(count), isRepeat, failed)).values(),
  ]

  it("says of each what became of it, by the words of the nodes that there are", async () => {
    for (const [words, sending] of [
      ["already known", "sent"],
      ["Known transaction", "sent"],
      ["transaction already imported", "sent"],
      ["AlreadyKnown", "sent"],
      ["already in mempool", "sent"],
      ["nonce too low: next nonce 7, tx nonce 6", "sent"],
      ["OldNonce", "sent"],
      ["nonce has already been used", "sent"],
      ["transaction underpriced", "underpriced"],
      ["replacement transaction underpriced", "underpriced"],
      ["FeeTooLow, EffectivePriorityFeePerGas too low", "underpriced"],
      ["max fee per gas less than block base fee", "underpriced"],
      ["insufficient funds for gas * price + value", "unfunded"],
      ["InsufficientFunds, Account balance: 1", "unfunded"],
      ["upfront cost exceeds: insufficient balance", "unfunded"],
      ["nonce too high", "refused"],
      ["exceeds block gas limit", "refused"],
    ] as const) {
      const { rpc } = endpoints(() => refusal(words))
      assert.deepEqual(await send(rpc, 1), [sending], words)
      assert.deepEqual(failures.splice(0), sending === "sent" ? [] : [`0: ${words}`])
    }
    assert.deepEqual(await send(endpoints(() => "0x").rpc, 1), ["sent"])
    assert.deepEqual(await send(endpoints(() => new RpcUnavailable("already known")).rpc, 1), ["unknown"])
  })

  it("goes on after any other failure, sixteen at once and in order, and stops where the account cannot pay", async () => {
    const mixed = endpoints((nonce) => (nonce === 3 ? refusal("exceeds block gas limit") : "0x"))
    assert.deepEqual(
      await send(mixed.rpc, 40),
      Array.from({ length: 40 }, (_, i) => (i === 3 ? "refused" : "sent")),
    )
    assert.deepEqual(mixed.asked, [...Array(40).keys()])
    for (const [poor, asked] of [
      [0, 16],
      [15, 16],
      [16, 32],
    ] as const) {
      const { rpc, asked: nonces } = endpoints((nonce) => (nonce === poor ? refusal("insufficient funds") : "0x"))
      assert.equal((await send(rpc, 40)).length, asked, "those behind it are left for another time")
      assert.equal(nonces.length, asked)
    }
  })

  it("is to one endpoint at first, and to all of them again, where one that takes it is enough", async () => {
    const [yes, low, away] = [() => "0x", () => refusal("underpriced"), () => new RpcUnavailable("away")]
    const once = endpoints(low, yes)
    assert.deepEqual(await send(once.rpc, 1), ["underpriced"])
    const again = endpoints(low, yes)
    assert.deepEqual([await send(again.rpc, 1, true), again.asked], [["sent"], []])
    for (const [nodes, sending] of [
      [[away, low], "underpriced"],
      [[low, away], "underpriced"],
      [[away, away], "unknown"],
      [[], "unknown"],
    ] as const)
      assert.deepEqual(await send(endpoints(...nodes).rpc, 1, true), [sending])
  })

  it("is of the very bytes that the journal has", async () => {
    let given: unknown
    const rpc: Rpc = {
      request: async (...asked) => {
        given = asked
        return "0x"
      },
      everywhere: async () => [],
      distrust: () => undefined,
    }
    await broadcast(rpc, [{ ...entry(7), raw: Uint8Array.of(2, 0xf8) }], false, failed)
    assert.deepEqual(given, ["eth_sendRawTransaction", [toHex(Uint8Array.of(2, 0xf8))]])
  })
})
