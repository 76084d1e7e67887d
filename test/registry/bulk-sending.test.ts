import assert from "node:assert/strict"
import { settled } from "@wattest/chain"
import type { Context, Hex } from "@wattest/command"
import {
  createPublicClient,
  createWalletClient,
  defineChain,
  http,
  keccak256,
  pad,
  parseTransaction,
  toHex,
} from "viem"
import { privateKeyToAccount } from "viem/accounts"
import { sendOrders } from "../../registry/src/bulk/send.ts"
import { vouch } from "../../registry/src/commands/vouch.ts"
import { explain } from "../../registry/src/explain.ts"

const GWEI = 10n ** 9n
const TIP = 2n * GWEI
const account = privateKeyToAccount(pad("0x01"))
const HASH = pad("0x0a")
type Parsed = ReturnType<typeof parseTransaction>

/** A node that takes everything; whatever it says can be changed on the way. */
function pretendNode() {
  const sent: Parsed[] = []
  const state = { baseFee: 10n * GWEI, balance: 10n ** 30n, nonce: 7, mined: 7, refusal: "", asked: 0, goneAfter: 99 }
  const answers: { readonly [method: string]: (...params: readonly string[]) => unknown } = {
    eth_chainId: () => toHex(31337),
    eth_getTransactionCount: (_, tag) => {
      state.asked++
      if (tag === "latest" && state.asked > 4) state.mined = state.nonce
      return toHex(tag === "pending" ? state.nonce : state.mined)
    },
    // No vouch yet: operator, evidence and the rest are 0.
    eth_call: () => `0x${"0".repeat(64 * 8)}`,
    eth_estimateGas: () => toHex(100_000),
    eth_maxPriorityFeePerGas: () => toHex(TIP),
    eth_getBalance: () => toHex(state.balance),
    eth_blockNumber: () => toHex(1),
    eth_getBlockByNumber: () => ({
      ...{ number: "0x1", hash: HASH, timestamp: "0x1", gasLimit: "0x1", gasUsed: "0x0", transactions: [] },
      baseFeePerGas: toHex(state.baseFee),
    }),
    eth_sendRawTransaction: (raw) => {
      if (state.refusal !== "") throw new Error(state.refusal)
      sent.push(parseTransaction(raw as Hex))
      return keccak256(raw as Hex)
    },
    eth_getTransactionReceipt: (hash) => ({
      ...{ transactionHash: hash, blockNumber: "0x1", blockHash: HASH, status: "0x1", logs: [], type: "0x2" },
    }),
  }
  const fetchFn = async (_: unknown, init?: RequestInit) => {
    if (sent.length >= state.goneAfter) throw new TypeError("fetch failed", { cause: { code: "ECONNREFUSED" } })
    const { id, method, params = [] } = JSON.parse(String(init?.body))
    const headers = { "content-type": "application/json" }
    try {
      const result = answers[method]?.(...params)
      return new Response(JSON.stringify({ jsonrpc: "2.0", id, result }), { headers })
    } catch (error) {
      const told = { code: -32_000, message: (error as Error).message }
      return new Response(JSON.stringify({ jsonrpc: "2.0", id, error: told }), { headers })
    }
  }
  const chain = defineChain({
    ...{ id: 31337, name: "pretended", nativeCurrency: { name: "n", symbol: "n", decimals: 18 } },
    rpcUrls: { default: { http: ["http://node"] } },
  })
  const transport = http("http://node", { fetchFn, retryCount: 0 })
  const client = createPublicClient({ chain, transport, pollingInterval: 1 })
  const wallet = async () => createWalletClient({ chain, transport, account })
  return { state, sent, client, target: { chainId: 31337, client, wallet, address: pad("0x02", { size: 20 }) } }
}

function contextOf(ask: () => void = () => undefined) {
  const said: string[] = []
  const terminal = {
    ...{ print: () => undefined, say: (line: string) => void said.push(line) },
    ask: async () => {
      ask()
      return "yes"
    },
  }
  const context = { terminal, environment: {}, profile: null, folder: ".", json: false, given: new Map() }
  return { said, context: { ...context, spell: (words: string) => words } as Context }
}

const operator = pad("0x03", { size: 20 })
const orders = Array.from({ length: 20 }, (_, i) => {
  const [device, evidence] = [pad(toHex(i + 1)), pad("0x05")]
  return {
    line: i + 2,
    device,
    write: vouch(device, operator, evidence),
    vouched: { operator, evidence },
    checkFor: null,
  }
})
const KEY = { kind: "keystore", path: "none" } as never

describe("what a table sends", () => {
  it("costs at most what was agreed to, each transaction by itself and all together", async () => {
    const { sent, target } = pretendNode()
    const { said, context } = contextOf()
    const answer = await sendOrders(target, orders, { key: KEY, yes: true }, context)
    assert.deepEqual(answer, { lines: 20, before: 0, sent: 20, refused: [] })
    const most = sent.reduce((sum, { gas = 0n, maxFeePerGas = 0n }) => sum + gas * maxFeePerGas, 0n)
    // 20 × 100,000 gas at 10 + 2 gwei; at most 120 % of the gas at twice the base fee
    assert.match(said.join("\n"), /2000000 gas: 0\.02400 of .* at 12\.0 gwei, at most 0\.05280 of/)
    assert.equal(most, 20n * 120_000n * (2n * 10n * GWEI + TIP))
    assert.deepEqual(
      sent.map(({ nonce }) => nonce),
      Array.from({ length: 20 }, (_, i) => 7 + i),
    )
  })

  it("stops where gas costs more than was agreed, and says how far it came", async () => {
    for (const [fee, count] of [
      [22n * GWEI, 20],
      [22n * GWEI + 1n, 0],
    ] as const) {
      const { state, sent, target } = pretendNode()
      const { said, context } = contextOf(() => {
        state.baseFee = fee
      })
      const ended = await sendOrders(target, orders, { key: KEY, yes: false }, context).catch((error) => error)
      assert.equal(sent.length, count)
      if (count > 0) continue
      assert.match(ended.message, /gas costs 22\.0 gwei by now, and 22\.0 gwei at most were agreed/)
      assert.match(said.at(-1) ?? "", /^0 of 20 are in blocks/)
    }
  })

  for (const [when, goneAfter] of [
    ["while some are sent", 5],
    ["once some are sent, before they are in blocks", 16],
  ] as const)
    it(`says of a node that goes away ${when} that it is gone, and how to go on`, async () => {
      const { state, sent, target } = pretendNode()
      state.goneAfter = goneAfter
      const { client } = target
      const patience = { timeout: 20 }
      const impatient: typeof client = {
        ...client,
        waitForTransactionReceipt: (asked) => client.waitForTransactionReceipt({ ...asked, ...patience }),
      }
      const { said, context } = contextOf()
      const sending = sendOrders({ ...target, client: impatient }, orders, { key: KEY, yes: true }, context)
      const ended = explain(await sending.catch((error) => error))
      assert.deepEqual([sent.length, ended?.exit], [goneAfter, 3])
      assert.match(ended?.message ?? "", /nothing listens there/)
      assert.equal(said.at(-1), "0 of 20 are in blocks, and more may be on their way: the same command goes on")
    })

  it("takes the number that the account had before the chain was asked what is done", async () => {
    const { state, sent, target } = pretendNode()
    const { context } = contextOf(() => {
      state.nonce = state.mined = 30
    })
    await sendOrders(target, orders, { key: KEY, yes: false }, context)
    assert.equal(sent[0]?.nonce, 7)
  })

  for (const refusal of ["already known", "replacement transaction underpriced", "nonce too low"])
    it(`says of "${refusal}" that somebody else sends from the account`, async () => {
      const { state, target } = pretendNode()
      state.refusal = refusal
      const { context } = contextOf()
      const ended = await sendOrders(target, orders, { key: KEY, yes: true }, context).catch((error) => error)
      assert.match(explain(ended)?.message ?? "", /another transaction of the account came first/)
    })

  it("waits for what the account sent before, and tells of it once", async () => {
    const { state, client } = pretendNode()
    state.nonce = 9
    const told: string[] = []
    assert.equal(await settled(client, account.address, (line) => told.push(line)), 9)
    assert.ok(state.asked >= 4)
    assert.deepEqual(told, [`waiting for transactions of ${account.address.toLowerCase()} that are on their way: 2`])
  })
})
