import assert from "node:assert/strict"
import { createReceiptMaker, createRpc, encodeSubmit, locateAnchor, type RegistryAt } from "@wattest/chain"
import { type AnchorReceipt, type Hex, MAX_REVISIONS, parseVouched } from "@wattest/protocol"
import { accountOf } from "@wattest/testkit/local/accounts"
import { type Anvil, startAnvil } from "@wattest/testkit/local/anvil"
import { createDevice, EVIDENCE, randomRoots } from "@wattest/testkit/relayer/devices"
import { deployRegistry, type TestRegistry } from "@wattest/testkit/relayer/registry"
import { type Interference, type RpcProxy, startProxy } from "@wattest/testkit/relayer/rpc-proxy"
import { logAt, proveReceipt } from "../../verifier/src/chain/receipt.ts"

const evidence = (n: number): Hex => `0x${n.toString(16).padStart(64, "0")}`
const [FIRST, SECOND] = [evidence(1), evidence(2)]

/** A device whose vouch is revised between its runs, on a chain of our own. */
describe("a receipt of a device whose vouch was revised", () => {
  const [device, plain] = [createDevice(), createDevice()]
  let anvil: Anvil
  let registry: TestRegistry
  let proxy: RpcProxy
  let at: RegistryAt
  let run = 0

  async function anchor(): Promise<number> {
    const { submission } = device
    const data = encodeSubmit(device.id, submission(registry, run, randomRoots(1)))
    await anvil.rpc("eth_sendTransaction", { from: accountOf(5).address, to: registry.registry, data })
    await anvil.rpc("anvil_mine", "0x3")
    return run++
  }

  before(async () => {
    anvil = await startAnvil()
    registry = await deployRegistry(anvil)
    await registry.enrol([device, plain])
    await anchor()
    await registry.revise(device, FIRST)
    await anchor()
    await registry.revise(device, SECOND)
    await anchor()
    await registry.revise(device, EVIDENCE)
    await anchor()
    for (let n = 10; n < 11 + MAX_REVISIONS; n++) await registry.revise(device, evidence(n))
    await anchor()
    proxy = await startProxy(anvil.url)
    at = { rpc: createRpc([proxy.url], 10_000), registry: registry.registry }
  })
  afterEach(() => proxy.interfere(null))
  after(async () => {
    await proxy.stop()
    await anvil.stop()
  })

  async function proofOf(number: number): Promise<AnchorReceipt["proof"]> {
    const place = await locateAnchor(at, device.id, number)
    if (place === null) throw new Error(`run ${number} is not anchored`)
    const { operator, voucher } = registry
    const maker = createReceiptMaker(at, registry.chainId)
    const submission = device.submission(registry, number, [place.root])
    const { id, deviceKey } = device
    const receipt = await maker.receiptOf({
      device: { ...deviceKey, id, operator, voucher },
      run: number,
      submission,
      place,
    })
    return receipt.proof
  }

  /** The documents of the revisions that a receipt proves, each in a block that is not after the anchor's. */
  async function documentsOf(number: number): Promise<readonly Hex[]> {
    const proof = await proofOf(number)
    const { revised = [], anchored } = proof
    assert.notDeepEqual(proof.revised, [], "of none a receipt says nothing")
    const last = proveReceipt(anchored).header.number
    return revised.map(({ receipt, logIndex }) => {
      const proven = proveReceipt(receipt)
      assert.ok(proven.header.number <= last)
      const event = parseVouched(logAt(proven, logIndex, registry.registry), "revised")
      assert.deepEqual([event.device, event.voucher, event.operator], [device.id, registry.voucher, registry.operator])
      return event.evidence
    })
  }

  it("proves the document in force at the anchor, after later revisions too", async () => {
    assert.deepEqual(await documentsOf(0), [])
    assert.deepEqual(await documentsOf(1), [FIRST])
    assert.deepEqual(await documentsOf(2), [FIRST, SECOND])
  })

  it("proves none where the vouch's own document is in force again", async () => {
    assert.deepEqual(await documentsOf(3), [])
  })

  it("proves the last few of many, oldest first", async () => {
    assert.deepEqual(
      await documentsOf(4),
      Array.from({ length: MAX_REVISIONS }, (_, i) => evidence(11 + i)),
    )
  })

  const refusing =
    (method: string, when: (params: readonly unknown[]) => boolean): Interference =>
    async (call) =>
      call.method === method && when(call.params) ? { error: { code: -32005, message: "too much is asked" } } : null

  it("finds them through a node without old states, or with logs of few blocks at a time", async () => {
    proxy.interfere(refusing("eth_getStorageAt", ([, , block]) => block !== "finalized"))
    assert.deepEqual(await documentsOf(2), [FIRST, SECOND])
    const width = (range: unknown) => {
      const { fromBlock, toBlock } = range as { fromBlock: Hex; toBlock: Hex }
      return Number(toBlock) - Number(fromBlock)
    }
    proxy.interfere(refusing("eth_getLogs", ([range]) => width(range) > 4))
    assert.deepEqual(await documentsOf(2), [SECOND])
  })

  it("leaves them out where a node shows no logs", async () => {
    proxy.interfere(refusing("eth_getLogs", () => true))
    const { revised, vouched } = await proofOf(1)
    assert.deepEqual([revised, vouched !== undefined], [undefined, true])
  })
})
