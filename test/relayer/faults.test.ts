import assert from "node:assert/strict"
import type { Relayer } from "@wattest/relayer"
import { accountOf } from "@wattest/testkit/local/accounts"
import { type Anvil, startAnvil } from "@wattest/testkit/local/anvil"
import { assertBooksEqualChain, mineUntil } from "@wattest/testkit/relayer/books"
import { createDevice, randomRoots } from "@wattest/testkit/relayer/devices"
import { post, request, startRelayer, temporaryFolder, testConfig, until } from "@wattest/testkit/relayer/harness"
import { deployRegistry, type TestRegistry } from "@wattest/testkit/relayer/registry"
import { type Interference, type RpcProxy, startProxy } from "@wattest/testkit/relayer/rpc-proxy"

/** Refuses the first `times` calls of a method in one way, then lets all pass. */
function first(times: number, method: string, reply: Interference): Interference {
  let left = times
  return async (call) => {
    if (call.method !== method || left === 0) return null
    left--
    return reply(call)
  }
}

/** The same answer for the first calls of any method. */
function firstOfAll(times: number, reply: Interference): Interference {
  let left = times
  return async (call) => (left-- > 0 ? reply(call) : null)
}

type Block = Record<string, unknown> & { logsBloom: string }
type Receipt = Record<string, unknown> & { logs: { data: string }[] }

const FAULTS: Readonly<Record<string, Interference>> = {
  "an RPC that takes the transaction and never answers": first(1, "eth_sendRawTransaction", async ({ forward }) => {
    await forward()
    return "silence"
  }),
  "an RPC that loses the transaction": first(1, "eth_sendRawTransaction", async () => ({
    result: `0x${"ab".repeat(32)}`,
  })),
  "an RPC that answers 429": firstOfAll(12, async () => ({ httpStatus: 429 })),
  "an RPC that answers what is no JSON-RPC": firstOfAll(5, async () => ({ httpStatus: 502 })),
  "an RPC that denies the anchor in its receipts": first(3, "eth_getBlockReceipts", async ({ forward }) => {
    const { result } = (await forward()) as { result: Receipt[] }
    return { result: result.map((receipt) => ({ ...receipt, logs: [] })) }
  }),
  "an RPC that alters a root in a receipt": first(3, "eth_getBlockReceipts", async ({ forward }) => {
    const { result } = (await forward()) as { result: Receipt[] }
    return {
      result: result.map((receipt) => ({
        ...receipt,
        logs: receipt.logs.map((log) => ({ ...log, data: log.data.replace(/^0x../, "0x2a") })),
      })),
    }
  }),
  "an RPC that clears the bloom of its blocks": first(4, "eth_getBlockByNumber", async ({ forward }) => {
    const { result } = (await forward()) as { result: Block }
    return { result: { ...result, logsBloom: `0x${"00".repeat(256)}` } }
  }),
  "a node that forgot its pending transactions": first(1, "eth_sendRawTransaction", async ({ forward }) => {
    const answer = await forward()
    setTimeout(() => anvil.rpc("anvil_dropAllTransactions"), 20)
    return answer
  }),
}

let anvil: Anvil

describe("relayer among faults", () => {
  const folders: ReturnType<typeof temporaryFolder>[] = []
  let registry: TestRegistry
  let proxy: RpcProxy
  let relayer: Relayer | undefined

  before(async () => {
    anvil = await startAnvil()
    registry = await deployRegistry(anvil)
  })
  beforeEach(async () => {
    proxy = await startProxy(anvil.url)
  })
  afterEach(async () => {
    proxy.interfere(null)
    await relayer?.stop()
    relayer = undefined
    await proxy.stop()
  })
  after(async () => {
    await anvil.stop()
    for (const folder of folders) folder.remove()
  })

  /** A relayer behind the proxy, an enrolled device, and a fresh store. */
  async function set(overrides: Partial<ReturnType<typeof testConfig>> = {}) {
    const folder = temporaryFolder()
    folders.push(folder)
    const device = createDevice()
    await registry.enrol([device])
    const started = await startRelayer({
      ...testConfig(registry, proxy.url, folder.path),
      rpcTimeoutMs: 500,
      ...overrides,
    })
    relayer = started
    return { device, url: started.url as string }
  }

  for (const [title, interference] of Object.entries(FAULTS))
    it(`${title}: each run is anchored once`, async () => {
      const { device, url } = await set()
      const one = device.submission(registry, 0, randomRoots(2))
      assert.equal((await post(url, one)).status, 202)
      proxy.interfere(interference)
      await mineUntil(anvil, async () => (await registry.roots(device)).length === 2)
      const two = device.submission(registry, 2, randomRoots(3))
      assert.equal((await post(url, two)).status, 202)
      await assertBooksEqualChain({
        anvil,
        registry,
        url,
        accepted: [one, two].map((submission) => ({ device, submission })),
      })
    })

  it("goes on when one of two endpoints is dead", async () => {
    const { device, url } = await set({ rpcUrls: ["http://127.0.0.1:9", proxy.url] })
    const submission = device.submission(registry, 0, randomRoots(2))
    assert.equal((await post(url, submission)).status, 202)
    await assertBooksEqualChain({ anvil, registry, url, accepted: [{ device, submission }] })
  })

  it("settles nothing while two endpoints name different final blocks", async () => {
    const other = await startAnvil()
    try {
      await other.rpc("anvil_mine", "0x500")
      const { device, url } = await set({ rpcUrls: [proxy.url, other.url] })
      const submission = device.submission(registry, 0, randomRoots(1))
      const { body } = await post(url, submission)
      await mineUntil(anvil, async () => (await registry.roots(device)).length === 1)
      await mineUntil(anvil, async () =>
        /disagreements_total [1-9]/.test(String((await request(`${url}/metrics`)).body.text)),
      )
      assert.notEqual((await request(`${url}/v1/submissions/${body.digest}`)).body.state, "final")
    } finally {
      await other.stop()
    }
  })

  it("anchors again what a reorganisation undoes before finality", async () => {
    const { device, url } = await set()
    const submission = device.submission(registry, 0, randomRoots(2))
    await post(url, submission)
    await mineUntil(anvil, async () => (await registry.roots(device)).length === 2)
    await until(async () => Number((await request(`${url}/v1/devices/${device.id}`)).body.nextRun) === 2)
    await anvil.rpc("anvil_reorg", 2, [])
    assert.deepEqual(await registry.roots(device), [])
    await assertBooksEqualChain({ anvil, registry, url, accepted: [{ device, submission }] })
  })

  it("anchors again what a reorganisation undoes after finality, and says that finality was violated", async () => {
    const { device, url } = await set()
    const submission = device.submission(registry, 0, randomRoots(2))
    const { body } = await post(url, submission)
    await mineUntil(anvil, async () => (await request(`${url}/v1/submissions/${body.digest}`)).body.state === "final")
    const [{ block } = { block: 0n }] = await registry.anchored(device)
    const height = BigInt((await anvil.rpc("eth_blockNumber")) as string)
    await anvil.rpc("anvil_reorg", Number(height - block) + 1, [])
    assert.deepEqual(await registry.roots(device), [])
    await mineUntil(anvil, async () => (await registry.roots(device)).length === 2)
    await assertBooksEqualChain({ anvil, registry, url, accepted: [{ device, submission }] })
    assert.match(String((await request(`${url}/metrics`)).body.text), /finality_violations_total [1-9]/)
  })

  it("replaces a transaction that a base fee ten times higher left behind", async () => {
    const { device, url } = await set({ signer: accountOf(3) })
    const { baseFeePerGas } = (await anvil.rpc("eth_getBlockByNumber", "latest", false)) as { baseFeePerGas: string }
    const submission = device.submission(registry, 0, randomRoots(2))
    await post(url, submission)
    await until(async () => /transactions_sent_total [1-9]/.test(String((await request(`${url}/metrics`)).body.text)))
    await anvil.rpc("anvil_setNextBlockBaseFeePerGas", `0x${(BigInt(baseFeePerGas) * 10n + 10n ** 9n).toString(16)}`)
    await assertBooksEqualChain({ anvil, registry, url, accepted: [{ device, submission }] })
    assert.match(String((await request(`${url}/metrics`)).body.text), /transactions_replaced_total [1-9]/)
  })

  it("goes on when a foreign transaction with the same key took its nonce", async () => {
    const { device, url } = await set({ signer: accountOf(4) })
    const from = accountOf(4).address
    await anvil.rpc("eth_sendTransaction", { from, to: from, value: "0x1" })
    const submission = device.submission(registry, 0, randomRoots(2))
    await post(url, submission)
    await assertBooksEqualChain({ anvil, registry, url, accepted: [{ device, submission }] })
  })

  it("holds its queue while the base fee passes the cap, and refuses when the backlog is full", async () => {
    const config = testConfig(registry, proxy.url, "")
    const { device, url } = await set({
      policy: { ...config.policy, fees: { cap: 1, minTip: 0 } },
      limits: { ...config.limits, backlog: 1 },
    })
    assert.equal((await post(url, device.submission(registry, 0, randomRoots(1)))).status, 202)
    const second = await post(url, device.submission(registry, 1, randomRoots(1)))
    assert.equal(second.status, 503)
    assert.ok(Number(second.headers.get("retry-after")) > 0)
    for (let i = 0; i < 5; i++) await anvil.rpc("anvil_mine", "0x1")
    assert.deepEqual(await registry.roots(device), [])
  })

  it("limits the rate of a device, not of its neighbour", async () => {
    const { device, url } = await set({
      limits: { ...testConfig(registry, proxy.url, "").limits, perDevicePerSecond: 0.01, perDeviceBurst: 2 },
    })
    const neighbour = createDevice()
    await registry.enrol([neighbour])
    const answers = []
    for (let run = 0; run < 3; run++) answers.push(await post(url, device.submission(registry, run, randomRoots(1))))
    assert.deepEqual(
      answers.map(({ status }) => status),
      [202, 202, 429],
    )
    assert.ok(Number(answers[2]?.headers.get("retry-after")) > 1)
    assert.equal((await post(url, neighbour.submission(registry, 0, randomRoots(1)))).status, 202)
  })
})
