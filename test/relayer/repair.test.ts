import assert from "node:assert/strict"
import type { Follower, Rpc } from "@wattest/chain"
import { fromHex, type Hex, toHex } from "@wattest/protocol"
import { silent, temporaryFolder } from "@wattest/testkit/relayer/harness"
import { parseTransaction } from "viem"
import { type SenderContext, senderContext } from "../../relayer/src/sender/context.ts"
import type { Fees } from "../../relayer/src/sender/fees.ts"
import { fillHoles, requeueFailed, resendStuck } from "../../relayer/src/sender/repair.ts"
import { stageMore } from "../../relayer/src/sender/stage.ts"
import { type Db, openDatabase } from "../../relayer/src/store/open.ts"
import { type Journaled, unmined } from "../../relayer/src/store/outbox.ts"
import { FEES, queueRuns, signer, TARGET, viewAt } from "./sender-scene.ts"

/** Height at which the node stands, and at which everything is sent. */
const SENT = 100
const STUCK_BLOCKS = 3
const CAP = 1000

describe("what was sent and is not mined, or was mined in vain", () => {
  const folder = temporaryFolder()
  let db: Db
  let context: SenderContext
  let journaled: readonly Journaled[]
  /** Raw transactions by the way they went. */
  let sent: { readonly way: "one" | "all"; readonly raw: Uint8Array }[]
  let events: { replaced: number; reverted: number }
  let pending: Map<Hex, number>

  const take = (way: "one" | "all", params: readonly unknown[]) => {
    sent.push({ way, raw: fromHex(params[0] as Hex) })
    return params[0]
  }
  const rpc: Rpc = {
    distrust: () => undefined,
    everywhere: async (_method, params) => [{ status: "fulfilled", value: take("all", params) }],
    async request(method, params) {
      if (method === "eth_sendRawTransaction") return take("one", params)
      return method === "eth_blockNumber" ? `0x${SENT.toString(16)}` : "0x61a80"
    },
  }
  const follower: Follower = {
    advance: () => assert.fail("nobody looks at the chain"),
    pendingNextRun: (device) => pending.get(device) ?? null,
    isEnding: () => false,
  }

  beforeEach(async () => {
    db = await openDatabase({ file: `${folder.path}/${crypto.randomUUID()}.sqlite` })
    ;[pending, events, sent] = [new Map(), { replaced: 0, reverted: 0 }, []]
    const counting = { replaced: () => void events.replaced++, reverted: () => void events.reverted++ }
    const policy = { fees: { cap: CAP, minTip: 1 }, blocksInFlight: 1, stuckBlocks: STUCK_BLOCKS }
    const setup = { db, rpc, follower, signer, ...TARGET, policy, log: silent, events: counting, instance: "one" }
    context = senderContext(setup)
    await queueRuns(db, rpc, 3)
    await stageMore(context, { view: viewAt(SENT), nextNonce: 5, unmined: [] }, FEES)
    journaled = await unmined(db, context.address, 5)
    sent = []
  })
  afterEach(() => db.kysely.destroy())
  after(() => folder.remove())

  const withCap = (cap: number) => ({ ...context, policy: { ...context.policy, fees: { cap, minTip: 1 } } })

  /** What one transaction became: by which way it went, and its fees where these are new. */
  async function resent(
    change: Partial<Journaled> = {},
    { at = SENT + STUCK_BLOCKS, fees = FEES as Fees | null, using = context } = {},
  ) {
    const [entry] = journaled as readonly [Journaled]
    sent = []
    events.replaced = 0
    await resendStuck(using, { view: viewAt(at), nextNonce: 5, unmined: [{ ...entry, ...change }] }, fees)
    const [kept] = await unmined(db, context.address, 5)
    for (const { raw } of sent) assert.deepEqual(raw, events.replaced === 1 ? kept?.raw : entry.raw)
    assert.deepEqual([kept?.nonce, kept?.seq, kept?.gas], [entry.nonce, entry.seq, entry.gas])
    return [
      ...sent.map(({ way }) => way),
      ...(events.replaced === 1 ? [{ max: kept?.max_fee, tip: kept?.max_tip }] : []),
    ]
  }

  describe("a transaction that no block takes", () => {
    it("is sent again as it was, to every node, after so many blocks and none sooner, whatever fees are", async () => {
      assert.deepEqual(await resent({}, { at: SENT + STUCK_BLOCKS - 1 }), [])
      assert.deepEqual(await resent(), ["all"])
      assert.deepEqual(await resent({}, { fees: null }), ["all"])
    })

    it("is sent again at once where a node found it too cheap: dearer, once", async () => {
      context.memory.underpriced.add(5)
      assert.deepEqual(await resent({}, { at: SENT }), ["all", { max: 24, tip: 4 }])
      assert.deepEqual(await resent({}, { at: SENT }), [])
    })

    it("is made dearer where others outbid it, to what is wanted", async () => {
      assert.deepEqual(await resent({}, { fees: { maxFee: 40, maxTip: 3 } }), ["all"])
      assert.deepEqual(await resent({}, { fees: { maxFee: 40, maxTip: 4 } }), ["all", { max: 40, tip: 4 }])
    })

    it("is never made dearer than the cap by a wei, and waits while the base fee is above it", async () => {
      context.memory.underpriced.add(5)
      assert.deepEqual(await resent({}, { fees: null }), ["all"])
      assert.deepEqual(await resent({}, { using: withCap(23) }), ["all"])
      context.memory.underpriced.add(5)
      assert.deepEqual(await resent({}, { using: withCap(24) }), ["all", { max: 24, tip: 4 }])
    })

    it("may be made cheaper where no node has it, since one refused it; otherwise never", async () => {
      const fees = { maxFee: 10, maxTip: 1 }
      const never = { sent_block: 0 }
      assert.deepEqual(await resent(never, { fees }), ["all"])
      for (const [change, wanted, outcome] of [
        [{}, fees, ["all"]],
        [never, FEES, ["all"]],
        [never, fees, ["all", { max: 10, tip: 1 }]],
      ] as const) {
        context.memory.refused.add(5)
        assert.deepEqual(await resent(change, { fees: wanted }), outcome)
        assert.equal(context.memory.refused.size, 0)
      }
    })

    it("is sent as it was where its submission is gone", async () => {
      const [entry] = journaled as readonly [Journaled]
      context.memory.underpriced.add(5)
      await resendStuck(context, { view: viewAt(SENT), nextNonce: 5, unmined: [{ ...entry, seq: 999 }] }, FEES)
      assert.deepEqual([sent, events.replaced], [[{ way: "all", raw: entry.raw }], 0])
    })
  })

  describe("a submission whose transaction is mined", () => {
    const rows = () => db.kysely.selectFrom("submissions").select(["seq", "device", "state"]).orderBy("seq").execute()
    const states = async () => (await rows()).map(({ state }) => state)
    const look = (mined: number, reorganisations = 0) =>
      requeueFailed(context, viewAt(SENT, { reorganisations }), mined)

    it("is queued again unless the chain has its runs, and its gas is estimated anew", async () => {
      const [first, second] = await rows()
      pending.set(first?.device ?? "0x", 1)
      await look(7)
      assert.deepEqual(await states(), ["staged", "queued", "staged"])
      assert.deepEqual([[...context.memory.failures], events.reverted], [[second?.seq], 1])
    })

    it("is left alone where its runs are final, whatever is pending", async () => {
      await db.kysely.updateTable("devices").set({ final_run: 1 }).execute()
      await look(8)
      assert.deepEqual([await states(), events.reverted], [["staged", "staged", "staged"], 0])
    })

    for (const [title, again, state] of [
      ["is looked at once", { mined: 8, reorganisations: 0 }, "staged"],
      ["is looked at again where the chain was reorganised", { mined: 8, reorganisations: 1 }, "queued"],
      ["is looked at again where fewer are mined than were", { mined: 7, reorganisations: 0 }, "queued"],
    ] as const)
      it(title, async () => {
        for (const { device } of await rows()) pending.set(device, 1)
        await look(8)
        pending.clear()
        await look(again.mined, again.reorganisations)
        assert.equal((await states())[0], state)
      })

    it("is looked at with those after it as they are mined", async () => {
      for (const { device } of await rows()) pending.set(device, 1)
      await look(6)
      pending.clear()
      await look(7)
      assert.deepEqual(await states(), ["staged", "queued", "staged"])
    })

    it("counts as lost where the journal has no transaction for it", async () => {
      await db.kysely.deleteFrom("journal").where("nonce", "=", 7).execute()
      await look(5)
      assert.deepEqual(await states(), ["staged", "staged", "queued"])
    })
  })

  describe("nonces that no transaction has", () => {
    const fill = (nextNonce: number, entries: readonly Journaled[]) =>
      fillHoles(context, { nextNonce, unmined: entries }, FEES)

    it("get a repeat of the last one, wherever it stands, in the journal and once to a node", async () => {
      await fill(4, journaled)
      await fill(3, [...(await unmined(db, context.address, 4))].reverse())
      const filled = (await unmined(db, context.address, 0)).filter(({ nonce }) => nonce < 5)
      const last = journaled.at(-1)
      assert.deepEqual(
        filled.map(({ nonce, seq, gas, max_fee, max_tip }) => [nonce, seq, gas, max_fee, max_tip]),
        [3, 4].map((nonce) => [nonce, last?.seq, last?.gas, FEES.maxFee, FEES.maxTip]),
      )
      assert.deepEqual(
        sent,
        filled.toReversed().map(({ raw }) => ({ way: "one", raw })),
      )
      const dataOf = (raw: Uint8Array = Uint8Array.of()) => parseTransaction(toHex(raw)).data
      for (const { raw } of filled) assert.equal(dataOf(raw), dataOf(last?.raw))
    })

    it("are none where all are there, nothing is on its way, or the last one's submission is gone", async () => {
      await fill(5, journaled)
      await fill(3, [])
      await fill(3, [...journaled.slice(0, 2), { ...(journaled[2] as Journaled), seq: 999 }])
      assert.deepEqual([sent, (await unmined(db, context.address, 0)).length], [[], 3])
    })
  })
})
