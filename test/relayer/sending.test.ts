import assert from "node:assert/strict"
import { ANCHORS_ABI as abi, type Follower, type Rpc, RpcRefusal, STATES } from "@wattest/chain"
import { type Hex, toHex } from "@wattest/protocol"
import { silent, temporaryFolder } from "@wattest/testkit/relayer/harness"
import { decodeFunctionData, encodeFunctionResult, parseTransaction } from "viem"
import { type SenderContext, senderContext } from "../../relayer/src/sender/context.ts"
import { gasLimitOf } from "../../relayer/src/sender/gas-limit.ts"
import { stageMore } from "../../relayer/src/sender/stage.ts"
import { type Db, openDatabase } from "../../relayer/src/store/open.ts"
import { type Journaled, type Queued, unmined } from "../../relayer/src/store/outbox.ts"
import { FEES, queueRuns, REGISTRY, signer, TARGET, THROUGH, VOUCHER, viewAt } from "./sender-scene.ts"

const ESTIMATE = 400_000n
/** What a limit is for the estimate. */
const LIMIT = 460_000n

describe("what is sent next", () => {
  const folder = temporaryFolder()
  let db: Db
  let asked: { method: string; params: readonly unknown[] }[] = []
  let refusing: RpcRefusal | Error | null = null
  let state: (typeof STATES)[number] = "active"
  let ending = false
  let onSend = async () => {}

  const rpc: Rpc = {
    everywhere: async () => [],
    distrust: () => undefined,
    async request(method, params) {
      asked.push({ method, params })
      if (method === "eth_blockNumber") return "0x64"
      if (method === "eth_sendRawTransaction") return onSend()
      if (method === "eth_call") {
        const zero: Hex = `0x${"00".repeat(32)}`
        const member = {
          ...{ device: zero, boundary: 1, state: STATES.indexOf(state), nextRun: 0n, enrolledAt: 1n, through: 5n },
          ...{ endedAt: 0n, since: 0n },
        }
        const result = {
          ...{ ledger: zero, operator: VOUCHER, voucher: VOUCHER, runs: (1n << 64n) - 1n, scheme: 1, table: VOUCHER },
          ...{ key: zero, member },
        }
        return encodeFunctionResult({ abi, functionName: "deviceOf", result })
      }
      assert.equal(method, "eth_estimateGas")
      if (refusing !== null) throw refusing
      return `0x${ESTIMATE.toString(16)}`
    },
  }
  const follower: Follower = {
    advance: () => assert.fail("nobody looks at the chain"),
    pendingNextRun: () => null,
    isEnding: () => ending,
  }
  const estimates = () => asked.filter(({ method }) => method === "eth_estimateGas").length

  let context: SenderContext
  beforeEach(async () => {
    db = await openDatabase({ file: `${folder.path}/${crypto.randomUUID()}.sqlite` })
    ;[asked, refusing, state, ending, onSend] = [[], null, "active", false, async () => {}]
    const policy = { fees: { cap: 1000, minTip: 1 }, blocksInFlight: 1, stuckBlocks: 3 }
    const setup = { db, rpc, follower, signer, ...TARGET, policy, log: silent, events: {}, instance: "one" }
    context = senderContext(setup)
  })
  afterEach(() => db.kysely.destroy())
  after(() => folder.remove())

  const queue = (count: number) => queueRuns(db, rpc, count)
  const stage = (view = viewAt(100), sent: readonly Journaled[] = [], nextNonce = 5) =>
    stageMore(context, { view, nextNonce, unmined: sent }, FEES)
  const onItsWay = (nonce: number, gas: bigint) => ({ nonce, gas: Number(gas) }) as Journaled

  describe("a transaction's gas", () => {
    const submission = { seq: 9, device: `0x${"d".repeat(64)}`, first_run: 0, end_run: 1, scheme: 1 } as Queued
    const whole = { ...submission, roots: new Uint8Array(32), signature: new Uint8Array(64), through: 60 } as Queued
    const limit = (change: { readonly isFirst?: boolean } = {}, view = viewAt(100)) =>
      gasLimitOf(context, view, { submission: whole, covers: [9], isFirst: true, ...change })

    it("is what the node estimates, asked for once, and again for what failed", async () => {
      assert.deepEqual([await limit(), await limit(), estimates()], [LIMIT, LIMIT, 1])
      context.memory.failures.add(9)
      assert.deepEqual([await limit(), await limit(), estimates()], [LIMIT, LIMIT, 2])
      assert.equal(asked.length, 2, "whether a device that nobody ends has ended is not asked")
    })

    it("is generous where runs before it are not mined, which no node can estimate", async () => {
      assert.deepEqual([await limit({ isFirst: false }), estimates()], [510_000n, 0])
    })

    it("is none for five blocks where the registry would refuse it, and a node that is away is no refusal", async () => {
      refusing = new RpcRefusal("execution reverted", 3, null)
      assert.equal(await limit(), null)
      assert.deepEqual([...context.memory.held], [[submission.device, 105]])
      assert.deepEqual([await limit(), estimates()], [null, 1])
      context.memory.held.clear()
      refusing = new Error("away")
      await assert.rejects(limit(), /away/)
      assert.equal(context.memory.held.size, 0)
    })

    it("is none where the device's own voucher withdrew it, and that of a device which another voucher named", async () => {
      ending = true
      assert.equal(await limit(), LIMIT)
      for (state of ["withdrawn", "unknown"] as const) {
        context.memory.held.clear()
        assert.equal(await limit(), null)
        assert.deepEqual([...context.memory.held], [[submission.device, 105]])
      }
    })
  })

  it("is as much as finds room beside what is on its way, to the unit of gas", async () => {
    await queue(3)
    assert.equal((await stage(viewAt(100, { gasLimit: 2n * LIMIT - 1n }))).length, 1)
    assert.equal(
      (await stage(viewAt(100, { gasLimit: 3n * LIMIT }), [onItsWay(6, LIMIT), onItsWay(7, LIMIT)], 6)).length,
      1,
    )
    assert.equal((await stage(viewAt(100, { gasLimit: LIMIT }), [], 9)).length, 1)
  })

  it("is nothing where not even the least submission finds room, and nobody is asked", async () => {
    await queue(1)
    assert.deepEqual([await stage(viewAt(100, { gasLimit: 79_999n })), asked], [[], []])
    await stage(viewAt(100, { gasLimit: 80_000n }))
    assert.equal(estimates(), 1)
  })

  it("has the nonces that nothing has, holes first", async () => {
    await queue(3)
    const sent = await stage(viewAt(100), [onItsWay(6, 1n), onItsWay(8, 1n)])
    assert.deepEqual(
      sent.map(({ nonce, max_fee, max_tip, gas }) => [nonce, max_fee, max_tip, gas]),
      [5, 7, 9].map((nonce) => [nonce, 20, 2, Number(LIMIT)]),
    )
  })

  it("is in the journal before any node has it, and signed for this registry on this chain", async () => {
    await queue(1)
    let journaled: readonly Journaled[] = []
    onSend = async () => {
      journaled = await unmined(db, context.address, 0)
    }
    const [sent] = await stage()
    assert.deepEqual(
      journaled.map(({ nonce, raw, sent_block }) => [nonce, raw, sent_block]),
      [[5, sent?.raw, 0]],
    )
    const { chainId, to, data = "0x" } = parseTransaction(toHex(sent?.raw ?? new Uint8Array()))
    const { args } = decodeFunctionData({ abi, data })
    assert.deepEqual([chainId, to, (args as readonly unknown[])[3]], [TARGET.chainId, REGISTRY, BigInt(THROUGH)])
    const [after] = await unmined(db, context.address, 0)
    assert.equal(after?.sent_block, 100)
    assert.deepEqual(await stage(), [], "nothing twice")
  })

  it("counts as sent once a node took it; what it said against it is remembered by the nonce", async () => {
    for (const [nonce, said, memory] of [
      [5, "transaction underpriced", "underpriced"],
      [6, "not in the mood", "refused"],
    ] as const) {
      await queue(1)
      onSend = () => Promise.reject(new RpcRefusal(said, -32000, null))
      await stage(viewAt(100), [], nonce)
      assert.deepEqual([...context.memory[memory]], [nonce])
    }
    const sent = await unmined(db, context.address, 0)
    assert.deepEqual(
      sent.map(({ nonce, sent_block }) => [nonce, sent_block]),
      [
        [5, 0],
        [6, 0],
      ],
    )
  })

  it("is nothing of a device that rests, until the block in which it may go on", async () => {
    const [device] = await queue(1)
    context.memory.held.set(device?.id ?? "0x", 105)
    assert.deepEqual(await stage(viewAt(104)), [])
    assert.equal((await stage(viewAt(105))).length, 1)
  })
})
