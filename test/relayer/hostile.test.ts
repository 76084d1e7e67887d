import assert from "node:assert/strict"
import { ANCHORS_ABI as abi } from "@wattest/chain"
import { nodeSignatures } from "@wattest/protocol/node"
import { promiseSignerOf, type Relayer, type RelayerConfig } from "@wattest/relayer"
import { accountOf } from "@wattest/testkit/local/accounts"
import { type Anvil, startAnvil } from "@wattest/testkit/local/anvil"
import { mineUntil } from "@wattest/testkit/relayer/books"
import { createDevice, randomRoots, type TestDevice } from "@wattest/testkit/relayer/devices"
import { post, request, startRelayer, temporaryFolder, testConfig, until } from "@wattest/testkit/relayer/harness"
import { deployRegistry, type TestRegistry } from "@wattest/testkit/relayer/registry"
import { type Interference, type RpcProxy, startProxy } from "@wattest/testkit/relayer/rpc-proxy"
import { createWalletClient, decodeFunctionData, encodeFunctionData, encodeFunctionResult, type Hex, http } from "viem"
import { privateKeyToAccount } from "viem/accounts"
import { foundry } from "viem/chains"

const hex = (value: bigint | number): Hex => `0x${value.toString(16)}`
const NEVER = (1n << 64n) - 1n

/** A P-256 device whose id is also a key under Ed25519: about every sixteenth. */
function createAmbiguousDevice(): TestDevice {
  for (;;) {
    const device = createDevice("p256")
    try {
      nodeSignatures({ scheme: 1, key: device.id })
      return device
    } catch {}
  }
}

describe("relayer among strangers and nodes that lie", () => {
  const folders: ReturnType<typeof temporaryFolder>[] = []
  const relayers: Relayer[] = []
  let anvil: Anvil
  let registry: TestRegistry
  let proxy: RpcProxy

  before(async () => {
    anvil = await startAnvil()
    registry = await deployRegistry(anvil)
    proxy = await startProxy(anvil.url)
  })
  afterEach(async () => {
    proxy.interfere(null)
    for (const relayer of relayers.splice(0)) await relayer.stop()
  })
  after(async () => {
    await proxy.stop()
    await anvil.stop()
    for (const folder of folders) folder.remove()
  })

  async function start(change: Partial<RelayerConfig> = {}): Promise<string> {
    const folder = temporaryFolder()
    folders.push(folder)
    const config = testConfig(registry, proxy.url, folder.path)
    const relayer = await startRelayer({ ...config, rpcTimeoutMs: 2000, rpcUrls: [proxy.url, anvil.url], ...change })
    relayers.push(relayer)
    return relayer.url as string
  }
  async function enrolled(device = createDevice()): Promise<TestDevice> {
    await registry.enrol([device])
    return device
  }
  const walletOf = (account: number) =>
    createWalletClient({ account: accountOf(account), chain: foundry, transport: http(anvil.url) })
  async function send(account: number, functionName: "vouch" | "withdraw" | "submit", args: readonly unknown[]) {
    const data = encodeFunctionData({ abi, functionName, args } as never)
    await walletOf(account).sendTransaction({ to: registry.registry, gas: 3_000_000n, data })
    await anvil.rpc("anvil_mine", "0x1")
  }
  const isAnchored =
    (device: TestDevice, runs = 1) =>
    async () =>
      (await registry.roots(device)).length === runs
  const metricOf = async (url: string, name: string) =>
    Number(
      String((await request(`${url}/metrics`)).body.text).match(new RegExp(`^wattest_relayer_${name} (.*)$`, "m"))?.[1],
    )

  it("believes the registry, and not a submission, whose key a device has", async () => {
    const device = await enrolled(createAmbiguousDevice())
    const url = await start()
    const submission = device.submission(registry, 0, randomRoots(1))
    const posed = { ...submission, device: { scheme: 1 as const, key: device.id } }
    const { code } = (await post(url, posed)).body.error as { code: string }
    assert.equal(code, "SIGNATURE_INVALID")
    assert.equal((await post(url, submission)).status, 202)
  })

  it("knows of runs that were anchored while it met their device", async () => {
    const device = await enrolled()
    const url = await start({ rpcUrls: [proxy.url] })
    let release = () => {}
    const gate = new Promise<void>((resolve) => {
      release = resolve
    })
    let isWaiting = false
    proxy.interfere(async ({ method, params, forward }) => {
      if (method !== "eth_call" || params[1] !== "finalized" || isWaiting) return null
      isWaiting = true
      const answer = await forward()
      await gate
      return answer
    })
    const first = device.submission(registry, 0, randomRoots(1))
    const meeting = post(url, { ...first, signature: `0x${"01".repeat(64)}` })
    await until(async () => isWaiting)
    await send(5, "submit", [device.id, first.firstRun, first.roots, BigInt(first.through), first.signature])
    await anvil.rpc("anvil_mine", "0x4")
    await until(async () => (await metricOf(url, "block_number")) === Number(await anvil.rpc("eth_blockNumber")))
    release()
    assert.equal((await meeting).status, 403)
    const next = device.submission(registry, 1, randomRoots(1))
    await until(async () => (await post(url, next)).status === 202)
  })

  it("lets no stranger's withdrawal hold a device", async () => {
    const device = createDevice()
    await send(6, "vouch", [device.id, accountOf(6).address, `0x${"11".repeat(32)}`])
    await enrolled(device)
    const url = await start()
    let since = 1_000_000n
    await send(6, "withdraw", [device.id, since--])
    assert.equal((await post(url, device.submission(registry, 0, randomRoots(1)))).status, 202)
    for (let block = 0; block < 12; block++) {
      await send(6, "withdraw", [device.id, since--])
      await new Promise((resolve) => setTimeout(resolve, 150))
    }
    assert.equal((await registry.roots(device)).length, 1)
  })

  it("goes on beside a node that has stopped and still answers", async () => {
    const device = await enrolled()
    const url = await start()
    const stopped = Number(await anvil.rpc("eth_blockNumber"))
    proxy.interfere(stoppedAt(anvil, stopped))
    assert.equal((await post(url, device.submission(registry, 0, randomRoots(1)))).status, 202)
    await mineUntil(anvil, isAnchored(device))
  })

  it("goes on beside a provider that does not know it any more", async () => {
    const device = await enrolled()
    const url = await start()
    proxy.interfere(async () => ({ httpStatus: 401 }))
    assert.equal((await post(url, device.submission(registry, 0, randomRoots(1)))).status, 202)
    await mineUntil(anvil, isAnchored(device))
  })

  for (const lie of ["final", "withdrawn"] as const)
    it(`does not believe one node that a new device's submission is ${lie}`, async () => {
      const device = await enrolled()
      const url = await start()
      const submission = device.submission(registry, 0, randomRoots(1))
      proxy.interfere(async ({ method, params }) => {
        const [call, block] = params as [{ data: Hex }, unknown]
        if (method !== "eth_call" || typeof block !== "object") return null
        const { functionName } = decodeFunctionData({ abi, data: call.data })
        return { result: falseAnswer(registry, device, functionName === "rootsOf" ? submission.roots : lie) }
      })
      const { body } = await post(url, submission)
      await until(async () => (await metricOf(url, "step_failures_total")) > 0)
      proxy.interfere(null)
      await mineUntil(anvil, isAnchored(device))
      await mineUntil(anvil, async () => (await request(`${url}/v1/submissions/${body.digest}`)).body.state === "final")
    })

  it("begins a store at no block that one node alone calls final", async () => {
    const other = await startAnvil()
    await other.rpc("anvil_mine", "0x10")
    const device = await enrolled()
    let lies = 1
    proxy.interfere(async ({ method, params }) =>
      method === "eth_getBlockByNumber" && params[0] === "finalized" && lies-- > 0
        ? { result: await other.rpc(method, "0x8", false) }
        : null,
    )
    const url = await start()
    await until(async () => lies < 0)
    assert.equal((await post(url, device.submission(registry, 0, randomRoots(1)))).status, 202)
    await mineUntil(anvil, isAnchored(device))
    await other.stop()
  })

  it("sends again with the fees of the day what no node took at those of a spike", async () => {
    const device = await enrolled()
    let refused = 0
    proxy.interfere(async ({ method }) =>
      method === "eth_sendRawTransaction" && refused++ < 3
        ? { error: { code: -32000, message: "tx fee (2.90 ether) exceeds the configured cap (1.00 ether)" } }
        : null,
    )
    await anvil.rpc("anvil_setNextBlockBaseFeePerGas", hex(80n * 10n ** 9n))
    await anvil.rpc("anvil_mine", "0x1")
    const url = await start({ rpcUrls: [proxy.url] })
    assert.equal((await post(url, device.submission(registry, 0, randomRoots(1)))).status, 202)
    await mineUntil(anvil, isAnchored(device))
    assert.ok((await metricOf(url, "transactions_replaced_total")) > 0)
  })

  it("names whoever signed an old promise", async () => {
    const device = await enrolled()
    const folder = temporaryFolder()
    folders.push(folder)
    const config = testConfig(registry, anvil.url, folder.path)
    const submission = device.submission(registry, 0, randomRoots(1))
    const before = await startRelayer(config)
    const promised = (await post(before.url, submission)).body.promise as { signer: Hex }
    await before.stop()
    const url = await start({ ...config, promiser: privateKeyToAccount(`0x${"33".repeat(32)}`) })
    const again = (await post(url, submission)).body.promise as Parameters<typeof promiseSignerOf>[1]
    assert.equal(again.signer, promised.signer)
    assert.equal(await promiseSignerOf(registry, again), promised.signer)
  })
})

/** A node that answers as of a block for ever, and takes transactions that it tells nobody of. */
function stoppedAt(anvil: Anvil, block: number): Interference {
  const number = (tag: unknown) => (tag === "latest" ? block : tag === "finalized" ? block - 2 : Number(tag))
  return async ({ method, params }) => {
    if (method === "eth_sendRawTransaction") return { result: `0x${"ab".repeat(32)}` }
    if (method === "eth_blockNumber") return { result: hex(block) }
    if (method !== "eth_getBlockByNumber") return null
    const wanted = number(params[0])
    return { result: wanted > block ? null : await anvil.rpc(method, hex(wanted), false) }
  }
}

/** Roots, or a device that is final or withdrawn already, as the registry would answer. */
function falseAnswer(registry: TestRegistry, device: TestDevice, lie: readonly Hex[] | "final" | "withdrawn"): Hex {
  if (typeof lie !== "string") return encodeFunctionResult({ abi, functionName: "rootsOf", result: lie })
  const { operator, voucher } = registry
  const isFinal = lie === "final"
  const times = { enrolledAt: 1n, through: 0n, endedAt: NEVER, since: 1n }
  const member = { device: device.id, boundary: 2, state: isFinal ? 1 : 4, nextRun: isFinal ? 1n : 0n, ...times }
  const result = {
    operator,
    voucher,
    ledger: `0x${"11".repeat(32)}`,
    runs: NEVER,
    member,
    scheme: 1,
    table: voucher,
    key: device.id,
  }
  return encodeFunctionResult({ abi, functionName: "deviceOf", result } as never)
}
