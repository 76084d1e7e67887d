import assert from "node:assert/strict"
import { once } from "node:events"
import { createServer } from "node:http"
import type { AddressInfo } from "node:net"
import { text } from "node:stream/consumers"
import { ANCHORS_ABI, type RpcRefusal } from "@wattest/chain"
import type { Hex } from "@wattest/protocol"
import { createRelayer, RELAYER_DEFAULTS, type RelayerConfig } from "@wattest/relayer"
import { accountOf } from "@wattest/testkit/local/accounts"
import { createDevice } from "@wattest/testkit/relayer/devices"
import { silent, temporaryFolder, until } from "@wattest/testkit/relayer/harness"
import { encodeFunctionResult } from "viem"
import { addDevice } from "../../relayer/src/store/intake-store.ts"
import { openDatabase } from "../../relayer/src/store/open.ts"
import { grown, type PretendNode, REGISTRY, rpcOf } from "../chain/pretend-chain.ts"

const zero: Hex = `0x${"00".repeat(32)}`
const member = { device: zero, boundary: 1, state: 0, nextRun: 0n, enrolledAt: 0n, through: 0n, endedAt: 0n, since: 0n }
const unknown = encodeFunctionResult({
  ...{ abi: ANCHORS_ABI, functionName: "deviceOf" },
  result: {
    ledger: zero,
    operator: REGISTRY,
    voucher: REGISTRY,
    runs: 0n,
    scheme: 1,
    table: REGISTRY,
    key: "0x",
    member,
  },
})

/** What a node says of an account that has sent nothing yet, and of a registry that knows no device. */
const ANSWERS: Readonly<Record<string, unknown>> = {
  eth_chainId: "0x7",
  eth_call: unknown,
  eth_getTransactionCount: "0x0",
  eth_getBalance: "0x5",
  eth_feeHistory: { reward: [] },
  eth_blockNumber: "0x3",
}

describe("a relayer at rest", () => {
  const folder = temporaryFolder()
  const node: PretendNode = { blocks: grown([], 3), finalized: 2, instead: (method) => ANSWERS[method] }
  const rpc = rpcOf(node)
  const asked: string[] = []
  const server = createServer(async (request, response) => {
    const { method, params } = JSON.parse(await text(request))
    asked.push(method)
    const answer = await rpc.request(method, params).then(
      (result) => ({ result }),
      ({ message, code }: RpcRefusal) => ({ error: { message, code } }),
    )
    response.end(JSON.stringify({ jsonrpc: "2.0", id: 1, ...answer }))
  })
  let stores = 0

  /** It would look at the chain again in an hour. */
  const config = (change: Partial<RelayerConfig> = {}): RelayerConfig => ({
    ...RELAYER_DEFAULTS,
    ...{ rpcUrls: [`http://127.0.0.1:${(server.address() as AddressInfo).port}`], chainId: 7, registry: REGISTRY },
    ...{ store: { file: `${folder.path}/${stores++}.sqlite` }, signer: accountOf(2), promiser: accountOf(3) },
    ...{ listen: { host: "127.0.0.1", port: 0 }, pollMs: 3_600_000 },
    ...change,
  })
  const open = (change?: Partial<RelayerConfig>) => createRelayer(config(change), silent)

  before(async () => {
    await once(server.listen(0, "127.0.0.1"), "listening")
  })
  beforeEach(() => asked.splice(0))
  after(() => {
    server.closeAllConnections()
    server.close()
    folder.remove()
  })

  it("ends at once when it is told to, in the middle of a pause", async () => {
    const relayer = await open()
    await relayer.start()
    await until(async () => relayer.status().lastStepMs !== null)
    await relayer.stop()
    assert.equal(asked.filter((method) => method === "eth_getBalance").length, 1)
    assert.equal(relayer.status().lastError, null)
  })

  it("drains until nothing is open, or until its caller has waited long enough", async () => {
    const empty = await open()
    await empty.drain()
    await empty.stop()
    const store = { file: `${folder.path}/full.sqlite` }
    const db = await openDatabase(store)
    const { id, deviceKey } = createDevice()
    const operator = REGISTRY
    await addDevice(db, { id, ...deviceKey, operator, voucher: operator, finalRun: 0, runs: null, through: 0 })
    const bytes = (length: number) => new Uint8Array(length)
    await db.kysely
      .insertInto("submissions")
      .values({
        ...{ digest: zero, device: id, first_run: 1, end_run: 2, roots: bytes(32), through: 60, signature: bytes(64) },
        ...{
          accepted_ms: 1,
          deadline: 2,
          promise: bytes(65),
          state: "queued",
          reason: null,
          sender: null,
          nonce: null,
        },
      })
      .execute()
    await db.kysely.destroy()
    const waiting = await open({ store })
    assert.deepEqual([waiting.status().queued, waiting.status().overdue], [1, 1])
    const enough = new AbortController()
    const draining = waiting.drain(enough.signal)
    await until(async () => waiting.status().lastStepMs !== null)
    enough.abort()
    await draining
    assert.equal(waiting.status().queued, 1)
    await waiting.stop()
  })

  it("goes on after a step that failed, and says why", async () => {
    node.finalized = null
    const relayer = await open({ pollMs: 5 })
    await relayer.start()
    await until(async () => relayer.status().lastError !== null)
    assert.match(relayer.status().lastError ?? "", /no finalized block/)
    assert.equal(relayer.status().lastStepMs, null)
    node.finalized = 2
    await until(async () => relayer.status().lastStepMs !== null)
    assert.equal(relayer.status().lastError, null)
    await relayer.stop()
  })

  it("is none on another chain, nor where the registry is none", async () => {
    await assert.rejects(open({ chainId: 8 }), /serve chain 7, the configuration says 8/)
    node.instead = (method) => (method === "eth_call" ? "0x" : ANSWERS[method])
    await assert.rejects(open(), /there is no registry at 0x1+ on chain 7/)
    node.instead = (method) => ANSWERS[method]
    await assert.rejects(open({ rpcUrls: ["http://127.0.0.1:1"] }), { name: "RpcUnavailable" })
  })
})
