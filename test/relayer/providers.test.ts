import assert from "node:assert/strict"
import { type AnchorReceipt, anchorReceipt, type Hex, parseDocument } from "@wattest/protocol"
import type { Relayer } from "@wattest/relayer"
import { type Anvil, startAnvil } from "@wattest/testkit/local/anvil"
import { mineUntil } from "@wattest/testkit/relayer/books"
import { createDevice, randomRoots } from "@wattest/testkit/relayer/devices"
import { post, request, startRelayer, temporaryFolder, testConfig } from "@wattest/testkit/relayer/harness"
import { deployRegistry, type TestRegistry } from "@wattest/testkit/relayer/registry"
import { type Call, type Interference, type RpcProxy, startProxy } from "@wattest/testkit/relayer/rpc-proxy"
import { encodeAbiParameters, toFunctionSelector } from "viem"
import { logAt, proveReceipt } from "../../verifier/src/chain/receipt.ts"

const ANCHOR_OF = toFunctionSelector("function anchorOf(bytes32 device, uint64 run)")
const KEPT_STATES = 128
/** Each block makes anvil's next one slower, and it keeps the states of some 3500. */
const LENGTH = process.env.WATTEST_DEPTH === "deep" ? 2 : 1

type Filter = { readonly fromBlock: Hex; readonly toBlock: Hex }

const refusal = (code: number, message: string) => ({ error: { code, message } })
const widthOf = ({ params }: Call) => {
  const { fromBlock, toBlock } = params[0] as Filter
  return Number(toBlock) - Number(fromBlock) + 1
}
const capped =
  (width: number, code: number, message: string): Interference =>
  async (call) =>
    call.method === "eth_getLogs" && !(widthOf(call) <= width) ? refusal(code, message) : null

describe("receipts of runs that another relayer anchored, long ago", function () {
  this.timeout(120_000)
  const device = createDevice()
  const submission = (registry: TestRegistry, first: number) => device.submission(registry, first, randomRoots(2))
  const folder = temporaryFolder()
  let anvil: Anvil
  let registry: TestRegistry
  let proxy: RpcProxy
  let relayer: Relayer | undefined
  let tip = 0
  /** Two seconds apart, as Polygon's are; by itself anvil gives hundreds of blocks one time. */
  const mine = (blocks: number) => anvil.rpc("anvil_mine", `0x${(LENGTH * blocks).toString(16)}`, "0x2")

  before(async () => {
    anvil = await startAnvil()
    registry = await deployRegistry(anvil)
    await mine(300)
    await registry.enrol([device])
    await mine(400)
    const old = await startRelayer(testConfig(registry, anvil.url, `${folder.path}/old`))
    for (const first of [0, 2]) {
      const { body } = await post(old.url, submission(registry, first))
      await mineUntil(
        anvil,
        async () => (await request(`${old.url}/v1/submissions/${body.digest}`)).body.state === "final",
      )
    }
    await old.stop()
    await mine(600)
    tip = Number(await anvil.rpc("eth_blockNumber"))
    proxy = await startProxy(anvil.url)
  })
  afterEach(async () => {
    proxy.interfere(null)
    await relayer?.stop()
    relayer = undefined
  })
  after(async () => {
    await proxy.stop()
    await anvil.stop()
    folder.remove()
  })

  let stores = 0
  /** What a relayer with an empty store answers through such a provider, and how often it asked for what. */
  async function receiptThrough(interference: Interference, run = 3) {
    const asked = new Map<string, number>()
    relayer = await startRelayer(testConfig(registry, proxy.url, `${folder.path}/${stores++}`))
    proxy.interfere(async (call) => {
      asked.set(call.method, (asked.get(call.method) ?? 0) + 1)
      return interference(call)
    })
    const response = await fetch(`${relayer.url}/v1/receipts/${device.id}/${run}`)
    return { status: response.status, bytes: new Uint8Array(await response.arrayBuffer()), asked }
  }

  async function assertProved({ proof, anchor }: AnchorReceipt, optional: boolean): Promise<void> {
    const anchored = proveReceipt(proof.anchored)
    const block = (await anvil.rpc("eth_getBlockByHash", anchored.header.hash, false)) as { number: Hex } | null
    assert.equal(Number(block?.number), Number(anchor.blockNumber))
    const [, , named, run] = logAt(anchored, anchor.logIndex, registry.registry).topics
    assert.deepEqual([named, Number(run)], [device.id, 3])
    assert.deepEqual([proof.enrolled !== undefined, proof.vouched !== undefined], [optional, optional])
    for (const part of [proof.enrolled, proof.vouched])
      if (part) assert.equal(logAt(proveReceipt(part.receipt), part.logIndex, registry.registry).topics[1], device.id)
  }

  const receiptOf = (bytes: Uint8Array) => parseDocument(bytes, anchorReceipt, 1 << 20)
  const errorOf = (bytes: Uint8Array) => JSON.parse(new TextDecoder().decode(bytes)).error as Record<string, string>

  const pruned: Interference = async ({ method, params }) =>
    method === "eth_getStorageAt" && Number(params[2]) < tip - KEPT_STATES
      ? refusal(-32002, "missing trie node: the state is not available")
      : null
  const PROVIDERS: readonly { title: string; through: Interference; optional: boolean }[] = [
    { title: "serves every log", through: async () => null, optional: true },
    { title: "caps logs at 100 blocks", through: capped(100, -32602, "block range is too wide"), optional: true },
    {
      title: "finds too many results in more than a block",
      through: capped(1, -32005, "query returned more than 10000 results"),
      optional: true,
    },
    { title: "serves no logs", through: capped(0, -32601, "the method eth_getLogs does not exist"), optional: true },
    {
      title: "has old logs of 100 blocks at a time, and no old states",
      through: async (call) => (await pruned(call)) ?? capped(100, -32602, "block range is too wide")(call),
      optional: true,
    },
    {
      title: "has neither old logs nor old states: enrolment and vouch are left out",
      through: async (call) => (await pruned(call)) ?? capped(0, -32601, "no such method")(call),
      optional: false,
    },
  ]
  for (const { title, through, optional } of PROVIDERS)
    it(`through a provider that ${title}`, async () => {
      const { status, bytes, asked } = await receiptThrough(through)
      assert.equal(status, 200, new TextDecoder().decode(bytes))
      await assertProved(receiptOf(bytes), optional)
      const steps = Math.ceil(Math.log2(tip))
      assert.ok((asked.get("eth_getStorageAt") ?? 0) <= 2 * (steps + 1), "states are searched by halves")
      assert.ok((asked.get("eth_getLogs") ?? 0) <= 2 * 24, "few questions for logs")
    })

  it("does not search again for what a provider has just not had", async () => {
    const neither: Interference = async (call) => (await pruned(call)) ?? capped(0, -32602, "too old")(call)
    const { status, asked } = await receiptThrough(neither)
    const once = asked.get("eth_getLogs") ?? 0
    const again = await fetch(`${relayer?.url}/v1/receipts/${device.id}/1`)
    assert.deepEqual([status, again.status, asked.get("eth_getLogs")], [200, 200, once])
    assert.ok(once > 0)
  })

  const LIARS: readonly { title: string; through: Interference; reason: RegExp }[] = [
    {
      title: "hides the log",
      through: async (call) => {
        if (call.method !== "eth_getBlockReceipts") return null
        const { result } = (await call.forward()) as { result: { logs: unknown[] }[] }
        return { result: result.map((receipt) => ({ ...receipt, logs: [] })) }
      },
      reason: /do not hash to the header's receipts root/,
    },
    {
      title: "names another time for the run",
      through: async (call) => {
        const [{ data } = { data: "" }] = call.params as { data: string }[]
        if (call.method !== "eth_call" || !data.startsWith(ANCHOR_OF)) return null
        const { result } = (await call.forward()) as { result: string }
        const time = BigInt(`0x${result.slice(66, 130)}`) - 700n
        const words = [`0x${result.slice(2, 66)}`, time, 2n, time - (time % 60n)] as const
        const types = ["bytes32", "uint64", "uint64", "uint64"].map((type) => ({ type }))
        return { result: encodeAbiParameters(types, words) }
      },
      reason: /no block of time \d+ holds run 3/,
    },
    {
      title: "gives other blocks than were asked for",
      through: async (call) =>
        call.method === "eth_getBlockByNumber" && String(call.params[0]).startsWith("0x")
          ? { result: await anvil.rpc("eth_getBlockByNumber", "0x1", false) }
          : null,
      reason: /asked for block \d+, got 1/,
    },
  ]
  for (const { title, through, reason } of LIARS)
    it(`no receipt through a provider that ${title}`, async () => {
      const { status, bytes } = await receiptThrough(through)
      const { code, message } = errorOf(bytes)
      assert.deepEqual([status, code], [503, "CHAIN_UNAVAILABLE"])
      assert.match(message ?? "", reason)
    })

  it("nor of a run that nobody anchored", async () => {
    const { status, bytes } = await receiptThrough(async () => null, 4)
    assert.deepEqual([status, errorOf(bytes).code], [404, "NOT_FOUND"])
  })
})
