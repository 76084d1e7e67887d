import assert from "node:assert/strict"
import type { Relayer } from "@wattest/relayer"
import { accountOf } from "@wattest/testkit/local/accounts"
import { type Anvil, startAnvil } from "@wattest/testkit/local/anvil"
import { assertBooksEqualChain, mineUntil } from "@wattest/testkit/relayer/books"
import { createDevice, randomRoots } from "@wattest/testkit/relayer/devices"
import { post, request, startRelayer, temporaryFolder, testConfig, until } from "@wattest/testkit/relayer/harness"
import { deployRegistry, type TestRegistry } from "@wattest/testkit/relayer/registry"
import { type RpcProxy, startProxy } from "@wattest/testkit/relayer/rpc-proxy"
import type { Hex } from "viem"

const GWEI = 10n ** 9n
const hex = (value: bigint | number): Hex => `0x${value.toString(16)}`

describe("relayer with a nonce that is stuck or taken", () => {
  const folders: ReturnType<typeof temporaryFolder>[] = []
  let anvil: Anvil
  let registry: TestRegistry
  let proxy: RpcProxy
  let relayer: Relayer | undefined
  let account = 10

  before(async () => {
    anvil = await startAnvil()
    registry = await deployRegistry(anvil)
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
    for (const folder of folders) folder.remove()
  })

  /** A relayer with a fresh store and an account of its own, and submissions that it has sent and no block holds. */
  async function sent(...sizes: readonly number[]) {
    const folder = temporaryFolder()
    folders.push(folder)
    const device = createDevice()
    await registry.enrol([device])
    const signer = accountOf(account++)
    // anvil knows ten accounts by itself; here each test takes one, and has the node sign for it too.
    await anvil.rpc("anvil_impersonateAccount", signer.address)
    await anvil.rpc("anvil_setBalance", signer.address, hex(10n ** 20n))
    relayer = await startRelayer({ ...testConfig(registry, proxy.url, folder.path), rpcTimeoutMs: 500, signer })
    const url = relayer.url as string
    let run = 0
    const accepted = []
    for (const size of sizes) {
      const submission = device.submission(registry, run, randomRoots(size))
      assert.equal((await post(url, submission)).status, 202)
      accepted.push({ device, submission })
      run += size
    }
    await untilMetric(url, "transactions_sent_total", sizes.length)
    return { device, url, accepted, from: signer.address, books: { anvil, registry, url, accepted } }
  }

  async function metricOf(url: string, name: string): Promise<number> {
    const { text } = (await request(`${url}/metrics`)).body
    return Number(new RegExp(`^wattest_relayer_${name} (.+)$`, "m").exec(String(text))?.[1])
  }

  const untilMetric = (url: string, name: string, least: number) =>
    until(async () => (await metricOf(url, name)) >= least)

  async function passSteps(url: string, count: number): Promise<void> {
    for (let steps = 0; steps < count; steps++) {
      const before = await metricOf(url, "last_step_timestamp_seconds")
      await until(async () => (await metricOf(url, "last_step_timestamp_seconds")) > before)
    }
  }

  async function mineSlowly(blocks: number): Promise<void> {
    for (let i = 0; i < blocks; i++) {
      await anvil.rpc("anvil_mine", "0x1")
      await new Promise((resolve) => setTimeout(resolve, 100))
    }
  }

  it("anchors a chain of runs whose fee was too low for a while and whose node forgot them", async () => {
    const { url, device, books } = await sent(1, 2, 1)
    const { baseFeePerGas } = (await anvil.rpc("eth_getBlockByNumber", "latest", false)) as { baseFeePerGas: Hex }
    await anvil.rpc("anvil_setNextBlockBaseFeePerGas", hex(BigInt(baseFeePerGas) * 10n + GWEI))
    await mineSlowly(2)
    await anvil.rpc("anvil_dropAllTransactions")
    assert.deepEqual(await registry.roots(device), [])
    await assertBooksEqualChain(books)
    assert.ok((await metricOf(url, "transactions_replaced_total")) > 0)
  })

  it("sends a forgotten transaction again at the same price while nobody pays more", async () => {
    const { url, books } = await sent(2)
    await anvil.rpc("anvil_dropAllTransactions")
    await mineSlowly(4)
    await untilMetric(url, "transactions_sent_total", 2)
    await assertBooksEqualChain(books)
    assert.equal(await metricOf(url, "transactions_replaced_total"), 0)
  })

  it("counts the blocks that a transaction waits from when it was sent, however slow the sending was", async () => {
    const { url, device, accepted, books } = await sent(1)
    await mineUntil(anvil, async () => (await registry.roots(device)).length === 1)
    let isSlow = true
    proxy.interfere(async ({ method }) => {
      if (method === "eth_sendRawTransaction" && isSlow) {
        isSlow = false
        await anvil.rpc("anvil_mine", "0x5")
      }
      return null
    })
    const submission = device.submission(registry, 1, randomRoots(1))
    assert.equal((await post(url, submission)).status, 202)
    accepted.push({ device, submission })
    await untilMetric(url, "transactions_sent_total", 2)
    await passSteps(url, 3)
    assert.equal(await metricOf(url, "transactions_sent_total"), 2)
    await assertBooksEqualChain(books)
  })

  it("pays the tip that others pay, once theirs fill the blocks", async () => {
    const { url, device, books } = await sent(1)
    const rival = registry.operator
    const { baseFeePerGas } = (await anvil.rpc("eth_getBlockByNumber", "latest", false)) as { baseFeePerGas: Hex }
    await anvil.rpc("evm_setBlockGasLimit", hex(600_000))
    for (let block = 0; block < 40 && (await registry.roots(device)).length === 0; block++) {
      for (const tip of [5n, 4n, 3n, 2n, 1n])
        await anvil.rpc("eth_sendTransaction", {
          from: rival,
          to: rival,
          data: `0x${"ff".repeat(2200)}`,
          gas: hex(110_000),
          maxFeePerGas: hex(BigInt(baseFeePerGas) + tip * GWEI),
          maxPriorityFeePerGas: hex(tip * GWEI),
        })
      // A constant base fee: it is the tip alone that keeps the transaction out.
      await anvil.rpc("anvil_setNextBlockBaseFeePerGas", baseFeePerGas)
      await mineSlowly(1)
    }
    await anvil.rpc("evm_setBlockGasLimit", hex(45_000_000))
    assert.equal((await registry.roots(device)).length, 1)
    assert.ok((await metricOf(url, "transactions_replaced_total")) > 0)
    await assertBooksEqualChain(books)
  })

  it("stops at transactions that the account cannot pay, and goes on once it can", async () => {
    const { url, device, from, accepted, books } = await sent(1)
    await mineUntil(anvil, async () => (await registry.roots(device)).length === 1)
    await anvil.rpc("anvil_setBalance", from, "0x1")
    const asked = new Set<unknown>()
    let isHandedIn = false
    proxy.interfere(async ({ method, params }) => {
      if (method === "eth_sendRawTransaction") asked.add(params[0])
      // No step begins before all is handed in.
      return method === "eth_getTransactionCount" && !isHandedIn ? { httpStatus: 502 } : null
    })
    await untilMetric(url, "step_failures_total", 1)
    for (let run = 1; run <= 40; run++) {
      const submission = device.submission(registry, run, randomRoots(1))
      assert.equal((await post(url, submission)).status, 202)
      accepted.push({ device, submission })
    }
    isHandedIn = true
    await untilMetric(url, "transactions_unmined", 40)
    assert.ok(asked.size > 0 && asked.size <= 16, `${asked.size} were tried`)
    await anvil.rpc("anvil_setBalance", from, hex(10n ** 20n))
    await untilMetric(url, "transactions_sent_total", 41)
    assert.equal(asked.size, 40)
    await assertBooksEqualChain(books)
  })

  it("waits for the block of a transaction that its node counts beforehand", async () => {
    const { url, books } = await sent(1)
    const tip = (await anvil.rpc("eth_getBlockByNumber", "latest", false)) as { hash: Hex }
    let counted = 0
    proxy.interfere(async ({ method, params, forward }) => {
      const [, block] = params as [Hex, { blockHash: Hex }]
      if (method !== "eth_getTransactionCount" || block.blockHash !== tip.hash) return null
      counted++
      const { result } = await forward()
      return { result: hex(Number(result) + 1) }
    })
    await passSteps(url, 3)
    await assertBooksEqualChain(books)
    assert.equal(await metricOf(url, "transactions_fruitless_total"), 0)
    assert.equal(await metricOf(url, "transactions_sent_total"), 1)
    assert.ok(counted > 0)
  })

  it("goes on when a foreign transaction takes the place of the first of three", async () => {
    const { url, from, books } = await sent(2, 1, 2)
    const nonce = await anvil.rpc("eth_getTransactionCount", from, "latest")
    const fees = { maxFeePerGas: hex(50n * GWEI), maxPriorityFeePerGas: hex(10n * GWEI) }
    await anvil.rpc("eth_sendTransaction", { from, to: from, value: "0x1", nonce, ...fees })
    await assertBooksEqualChain(books)
    assert.ok((await metricOf(url, "transactions_fruitless_total")) > 0)
  })

  it("fills the hole that is left where another relayer's transaction takes the place of its own final one", async () => {
    const { url, device, from, accepted, books } = await sent(1)
    await mineUntil(anvil, async () => (await metricOf(url, "backlog")) === 0)
    const [own] = await registry.anchored(device)
    const { input } = (await anvil.rpc("eth_getTransactionByHash", own?.transaction)) as { input: Hex }
    const submission = device.submission(registry, 1, randomRoots(1))
    assert.equal((await post(url, submission)).status, 202)
    accepted.push({ device, submission })
    await untilMetric(url, "transactions_sent_total", 2)
    const depth = Number(await anvil.rpc("eth_blockNumber")) - Number(own?.block) + 1
    const foreign = { from: registry.voucher, to: registry.registry, data: input, gas: hex(1_000_000) }
    await anvil.rpc("anvil_reorg", depth, [[foreign, 0]])
    assert.equal(Number(await anvil.rpc("eth_getTransactionCount", from, "latest")), 0)
    await assertBooksEqualChain(books)
    assert.equal(Number(await anvil.rpc("eth_getTransactionCount", from, "latest")), 2)
  })

  for (const isFailing of [false, true])
    it(`sees that a reorganisation gave its nonce away${isFailing ? ", though the look at it failed" : ""}`, async () => {
      const { url, device, from, books } = await sent(2)
      await anvil.rpc("anvil_mine", "0x1")
      await untilMetric(url, "nonce", 1)
      const { hash, number } = (await anvil.rpc("eth_getBlockByNumber", "latest", false)) as { hash: Hex; number: Hex }
      let isOrphanSeen = false
      proxy.interfere(async ({ method, params, forward }) => {
        if (method !== "eth_getBlockByNumber" || !isFailing) return null
        if (params[0] === "latest") {
          if (!isOrphanSeen) return null
          proxy.interfere(null)
          return { httpStatus: 502 }
        }
        const answer = await forward()
        isOrphanSeen ||= params[0] === number && (answer.result as { hash: Hex } | null)?.hash !== hash
        return answer
      })
      await anvil.rpc("anvil_reorg", 1, [[{ from, to: from, value: "0x1", nonce: "0x0", gas: hex(21_000) }, 0]])
      assert.deepEqual(await registry.roots(device), [])
      assert.equal(Number(await anvil.rpc("eth_getTransactionCount", from, "latest")), 1, "the nonce is used")
      if (isFailing) await until(async () => isOrphanSeen)
      await mineUntil(anvil, async () => (await registry.roots(device)).length === 2)
      await assertBooksEqualChain(books)
    })
})
