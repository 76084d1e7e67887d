import assert from "node:assert/strict"
import { randomBytes } from "node:crypto"
import { join } from "node:path"
import type { Block, ChainDevice } from "@wattest/chain"
import { type Hex, toHex } from "@wattest/protocol"
import { randomRoots } from "@wattest/testkit/relayer/devices"
import { temporaryFolder } from "@wattest/testkit/relayer/harness"
import { type Postgres, startPostgres } from "@wattest/testkit/storage/postgres"
import { CompiledQuery, type KyselyPlugin } from "kysely"
import {
  cursorOf,
  endingDevices,
  finalize,
  firstOpenRun,
  rewind,
  settleEnd,
  takenBlocks,
} from "../../relayer/src/store/finality.ts"
import {
  acceptAll,
  addDevice,
  type CheckedSubmission,
  type Outcome,
  packRoots,
  rootsOf,
} from "../../relayer/src/store/intake-store.ts"
import { type Db, openDatabase, type StoreLocation } from "../../relayer/src/store/open.ts"
import * as outbox from "../../relayer/src/store/outbox.ts"
import {
  anchorOfRun,
  backlogOf,
  conflictByDigest,
  deviceById,
  submissionByDigest,
  submissionOfRun,
  transactionOf,
} from "../../relayer/src/store/reads.ts"

const random = (): Hex => toHex(randomBytes(32))
const bytes = (hex: Hex) => Buffer.from(hex.slice(2), "hex")
const SENDER: Hex = `0x${"aa".repeat(20)}`
const OTHER: Hex = `0x${"bb".repeat(20)}`

function submissionOf(device: Hex, first_run: number, roots: readonly Hex[], through = 60): CheckedSubmission {
  return {
    document: randomBytes(8),
    chainRoots: new Map(),
    row: {
      digest: random(),
      device,
      first_run,
      end_run: first_run + roots.length,
      roots: packRoots(roots.map(bytes)),
      through,
      signature: randomBytes(64),
      accepted_ms: 1000,
      deadline: 2,
      promise: randomBytes(65),
      state: "queued",
      reason: null,
      sender: null,
      nonce: null,
    },
  }
}

/** A final block in which these runs of the device are anchored. */
function blockOf(number: number, device: Hex, first: number, roots: readonly Hex[], through = 60): Block {
  const header = {
    number,
    hash: toHex(Buffer.alloc(32, number)),
    parentHash: toHex(Buffer.alloc(32, number - 1)),
    receiptsRoot: random(),
    logsBloom: new Uint8Array(256),
    time: number,
    gasLimit: 1n,
    baseFee: 1,
    rlp: new Uint8Array(0),
  }
  const events = roots.map((root, i) => ({
    kind: "anchored" as const,
    device,
    run: first + i,
    root,
    position: BigInt(i),
    head: root,
    through,
    transaction: random(),
    transactionIndex: 0,
    logIndex: i,
  }))
  return { header, events }
}

/** A device as the chain has it. */
const chainDevice = (id: Hex, state: Pick<ChainDevice, "state" | "runs" | "nextRun">): ChainDevice => ({
  ...{ scheme: 1, key: id, operator: SENDER, voucher: OTHER, through: 60, ...state },
})

function storeContract(locate: () => Promise<StoreLocation>): void {
  let db: Db
  const claimOf = (sender: Hex, nowMs: number, limit = 10, chainTime = 60) =>
    outbox.claim(db, { sender, limit, nowMs, chainTime, except: [] })
  const kinds = (outcomes: readonly Outcome[]) => outcomes.map(({ kind }) => kind)

  async function newDevice(finalRun = 0): Promise<Hex> {
    const id = random()
    const key = { scheme: 1, key: id } as const
    await addDevice(db, { id, ...key, operator: SENDER, voucher: OTHER, finalRun, runs: null, through: 0 })
    return id
  }

  before(async () => {
    db = await openDatabase(await locate())
  })
  after(() => db.kysely.destroy())
  beforeEach(async () => {
    for (const table of ["submissions", "journal", "anchors", "conflicts", "blocks", "devices", "senders"] as const)
      await db.kysely.deleteFrom(table).execute()
  })

  it("accepts in order, answers replays, refuses gaps, keeps contradictions", async () => {
    const device = await newDevice()
    const roots = randomRoots(4)
    const [one, two] = [submissionOf(device, 0, roots.slice(0, 2)), submissionOf(device, 1, roots.slice(1))]
    const gap = submissionOf(device, 9, randomRoots(1))
    const wrong = submissionOf(device, 1, randomRoots(1))
    assert.deepEqual(kinds(await acceptAll(db, [one, gap, two, one, wrong])), [
      "accepted",
      "gap",
      "accepted",
      "accepted",
      "conflict",
    ])
    assert.deepEqual(kinds(await acceptAll(db, [one, submissionOf(device, 0, roots)])), ["known", "covered"])
    assert.equal((await deviceById(db, device))?.next_run, 4)
    assert.deepEqual(rootsOf((await submissionByDigest(db, two.row.digest)) ?? one.row), roots.slice(1))
    assert.equal((await conflictByDigest(db, wrong.row.digest))?.held_root, roots[1])
    assert.deepEqual(await backlogOf(db, 3), { queued: 2, staged: 0, oldestMs: 1000, overdue: 2 })
  })

  it("asks for the chain's roots of runs that it never held, and compares them", async () => {
    const device = await newDevice(2)
    const roots = randomRoots(3)
    const item = submissionOf(device, 0, roots)
    assert.deepEqual(await acceptAll(db, [item]), [{ kind: "compare", from: 0, to: 2 }])
    const chainRoots = new Map(roots.slice(0, 2).map((root, run) => [run, root]))
    assert.deepEqual(kinds(await acceptAll(db, [{ ...item, chainRoots: new Map([...chainRoots, [1, random()]]) }])), [
      "conflict",
    ])
    assert.deepEqual(kinds(await acceptAll(db, [{ ...item, chainRoots }])), ["accepted"])
  })

  it("gives a device's queue to one living sender at a time", async () => {
    const device = await newDevice()
    await acceptAll(db, [submissionOf(device, 0, randomRoots(1)), submissionOf(device, 1, randomRoots(1))])
    await outbox.holdSender(db, SENDER, "a", 1000)
    await outbox.holdSender(db, OTHER, "b", 1000)
    assert.equal((await claimOf(SENDER, 1000)).length, 2)
    assert.equal((await claimOf(OTHER, 1000)).length, 0)
    const later = 1000 + 2 * outbox.HEARTBEAT_LIMIT_MS
    await outbox.holdSender(db, OTHER, "b", later)
    assert.equal((await claimOf(OTHER, later)).length, 2)
  })

  it("lets one process send from an address: another only after its last beat is too old, or in its file at once", async () => {
    const hold = (instance: string, nowMs: number) => outbox.holdSender(db, SENDER, instance, nowMs)
    assert.deepEqual([await hold("a", 1000), await hold("a", 15_000)], [true, true])
    const dead = 15_001 + outbox.HEARTBEAT_LIMIT_MS
    if (db.engine === "sqlite") assert.equal(await hold("b", 15_000), true)
    else
      assert.deepEqual([await hold("b", dead - 1), await hold("b", dead), await hold("a", dead)], [false, true, false])
    await hold("b", dead)
    await outbox.releaseSender(db, SENDER, "a")
    if (db.engine === "postgres") assert.equal(await hold("a", dead), false, "whoever does not hold it lets nothing go")
    await outbox.releaseSender(db, SENDER, "b")
    assert.equal(await hold("a", 1), true)
  })

  it("stages what is anchored already, and knows up to where each device is staged", async () => {
    const device = await newDevice()
    const items = [submissionOf(device, 0, randomRoots(2)), submissionOf(device, 2, randomRoots(1))]
    await acceptAll(db, items)
    assert.deepEqual(await outbox.stagedEnds(db), new Map())
    const seqs = (await claimOf(SENDER, 1000)).map(({ seq }) => seq)
    await outbox.stage(db, SENDER, [], seqs)
    const states = items.map(async ({ row }) => (await submissionByDigest(db, row.digest))?.state)
    assert.deepEqual(await Promise.all(states), ["staged", "staged"])
    assert.deepEqual(await outbox.stagedEnds(db), new Map([[device, 3]]))
    await outbox.requeue(db, [])
    await outbox.requeue(db, seqs.slice(1))
    assert.deepEqual(await outbox.stagedEnds(db), new Map([[device, 2]]))
  })

  it("takes over what a dead sender staged", async () => {
    const device = await newDevice()
    const item = submissionOf(device, 0, randomRoots(1))
    await acceptAll(db, [item])
    await outbox.holdSender(db, SENDER, "a", 1000)
    const [row] = await claimOf(SENDER, 1000)
    const entry = {
      sender: SENDER,
      nonce: 5,
      seq: row?.seq ?? 0,
      hash: random(),
      raw: randomBytes(3),
      gas: 1,
      max_fee: 1,
      max_tip: 1,
      sent_block: 0,
    }
    await outbox.stage(db, SENDER, [{ entry, covers: [entry.seq] }], [])
    assert.equal((await submissionByDigest(db, item.row.digest))?.state, "staged")
    assert.deepEqual(
      (await outbox.unmined(db, SENDER, 5)).map(({ nonce }) => nonce),
      [5],
    )
    assert.deepEqual(await outbox.unmined(db, SENDER, 6), [])
    assert.deepEqual(
      (await outbox.landed(db, SENDER, { from: 0, to: 6, all: false })).map(({ seq }) => seq),
      [entry.seq],
    )
    const later = 1000 + 2 * outbox.HEARTBEAT_LIMIT_MS
    await outbox.holdSender(db, OTHER, "b", later)
    assert.equal((await claimOf(OTHER, later)).length, 1)
  })

  it("settles final blocks once, and undoes them", async () => {
    const device = await newDevice()
    const roots = randomRoots(3)
    const [one, two] = [submissionOf(device, 0, roots.slice(0, 2)), submissionOf(device, 2, roots.slice(2))]
    await acceptAll(db, [one, two])
    const blocks = [blockOf(7, device, 0, roots.slice(0, 2)), blockOf(8, device, 2, roots.slice(2))]
    await finalize(db, blocks.slice(0, 1))
    await finalize(db, blocks)
    const cursor = await cursorOf(db)
    assert.deepEqual([cursor?.number, cursor?.hash], [8, blocks[1]?.header.hash])
    const states = async () =>
      Promise.all([one, two].map(async ({ row }) => (await submissionByDigest(db, row.digest))?.state))
    assert.deepEqual(await states(), ["final", "final"])
    assert.equal((await anchorOfRun(db, device, 2))?.root, roots[2])
    assert.deepEqual(
      (await takenBlocks(db, 8, 5)).map(({ number }) => number),
      [7],
    )
    await rewind(db, { number: 7, hash: blocks[0]?.header.hash ?? "0x" })
    assert.equal((await cursorOf(db))?.number, 7)
    assert.deepEqual(await states(), ["final", "queued"])
    assert.equal(await anchorOfRun(db, device, 2), undefined)
    assert.equal((await deviceById(db, device))?.final_run, 2)
  })

  it("settles all that one block completes, and knows the first run that is still open", async () => {
    const device = await newDevice()
    const roots = randomRoots(5)
    const items = [submissionOf(device, 0, roots.slice(0, 1)), submissionOf(device, 1, roots.slice(1, 3))]
    assert.equal(await firstOpenRun(db, device), null)
    await acceptAll(db, [...items, submissionOf(device, 3, roots.slice(3))])
    assert.equal(await firstOpenRun(db, device), 0)
    await finalize(db, [blockOf(7, device, 0, roots.slice(0, 3))])
    const states = items.map(async ({ row }) => (await submissionByDigest(db, row.digest))?.state)
    assert.deepEqual(await Promise.all(states), ["final", "final"])
    assert.equal(await firstOpenRun(db, device), 3)
    await finalize(db, [blockOf(8, device, 3, roots.slice(3))])
    assert.equal(await firstOpenRun(db, device), null)
  })

  it("keeps the blocks that anchor runs of its devices, and the last one", async () => {
    const device = await newDevice()
    const foreign = (number: number) => blockOf(number, random(), 0, randomRoots(1))
    await finalize(db, [foreign(3), blockOf(4, device, 0, randomRoots(1)), foreign(5), foreign(6)])
    assert.deepEqual(
      (await takenBlocks(db, 9, 9)).map(({ number }) => number),
      [6, 4],
    )
  })

  it("refuses for good what the chain has with another root", async () => {
    const device = await newDevice()
    const item = submissionOf(device, 0, randomRoots(2))
    await acceptAll(db, [item])
    await finalize(db, [blockOf(3, device, 0, randomRoots(1))])
    const stored = await submissionByDigest(db, item.row.digest)
    assert.deepEqual([stored?.state, stored?.reason], ["refused", "conflict"])
    assert.equal((await deviceById(db, device))?.next_run, 1)
  })

  it("goes on from the gap that a refusal leaves, not from what lies behind it", async () => {
    const device = await newDevice()
    const roots = randomRoots(4)
    const [one, two] = [submissionOf(device, 0, roots.slice(0, 2)), submissionOf(device, 2, roots.slice(2))]
    await acceptAll(db, [one, two])
    await finalize(db, [blockOf(3, device, 0, randomRoots(1))])
    assert.equal((await deviceById(db, device))?.next_run, 1)
    assert.equal((await submissionByDigest(db, two.row.digest))?.reason, "conflict")
    const [again] = await acceptAll(db, [submissionOf(device, 1, roots.slice(1))])
    assert.deepEqual(again, { kind: "accepted" })
    assert.equal((await deviceById(db, device))?.next_run, 4)
  })

  it("goes on behind what it still holds, where a refusal leaves no gap", async () => {
    const device = await newDevice()
    const roots = randomRoots(5)
    const items = [submissionOf(device, 0, roots.slice(0, 2)), submissionOf(device, 2, roots.slice(2, 3))]
    await acceptAll(db, [...items, submissionOf(device, 3, roots.slice(3))])
    await finalize(db, [blockOf(3, device, 0, [...randomRoots(1), ...roots.slice(1, 2)])])
    const states = items.map(async ({ row }) => (await submissionByDigest(db, row.digest))?.state)
    assert.deepEqual(await Promise.all(states), ["refused", "queued"])
    assert.equal((await deviceById(db, device))?.next_run, 5)
  })

  it("judges a refused submission anew when it is handed in again", async () => {
    const device = await newDevice()
    const [roots, chainRoot] = [randomRoots(4), random()]
    const [one, two] = [submissionOf(device, 0, roots.slice(0, 2)), submissionOf(device, 2, roots.slice(2))]
    await acceptAll(db, [one, two])
    await finalize(db, [blockOf(3, device, 0, [chainRoot])])
    const chainRoots = new Map([[0, chainRoot]])
    assert.deepEqual(await acceptAll(db, [{ ...one, chainRoots }, two]), [
      { kind: "conflict", run: 0, heldRoot: chainRoot, refused: "conflict" },
      { kind: "gap", expected: 1, refused: "conflict" },
    ])
    const promise = randomBytes(65)
    const again = { ...two, row: { ...two.row, deadline: 9, promise } }
    assert.deepEqual(await acceptAll(db, [submissionOf(device, 1, roots.slice(1, 2)), again]), [
      { kind: "accepted" },
      { kind: "accepted", refused: "conflict" },
    ])
    const stored = await submissionByDigest(db, two.row.digest)
    assert.deepEqual([stored?.state, stored?.reason, stored?.deadline], ["queued", null, 9])
    assert.deepEqual(Buffer.from(stored?.promise ?? []), promise)
    assert.deepEqual(kinds(await acceptAll(db, [again])), ["known"])
    assert.equal((await deviceById(db, device))?.next_run, 4)
  })

  it("keeps a submission in the queue until the chain's time has reached what it tells", async () => {
    const device = await newDevice()
    await acceptAll(db, [submissionOf(device, 0, randomRoots(1), 180)])
    assert.deepEqual(await claimOf(SENDER, 1000, 10, 179), [])
    assert.equal((await claimOf(SENDER, 1000, 10, 180)).length, 1)
  })

  it("takes runs only with a minute that is not before the one told last, here or on the chain", async () => {
    const device = await newDevice()
    await acceptAll(db, [submissionOf(device, 0, randomRoots(1), 180)])
    const early = () => acceptAll(db, [submissionOf(device, 1, randomRoots(1), 120)])
    assert.deepEqual(await early(), [{ kind: "early", through: 180 }])
    assert.deepEqual(kinds(await acceptAll(db, [submissionOf(device, 1, randomRoots(1), 180)])), ["accepted"])
    const elsewhere = await newDevice()
    await finalize(db, [blockOf(1, elsewhere, 0, randomRoots(1), 120)])
    assert.deepEqual(await acceptAll(db, [submissionOf(elsewhere, 1, randomRoots(1), 60)]), [
      { kind: "early", through: 120 },
    ])
    assert.deepEqual(kinds(await acceptAll(db, [submissionOf(elsewhere, 1, randomRoots(1), 120)])), ["accepted"])
  })

  it("looks at a device again where a final block ends it, and at no other", async () => {
    const [device, other] = [await newDevice(), await newDevice()]
    const chain = chainDevice(device, { state: "active", runs: null, nextRun: 5 })
    for (const id of [device, other]) await settleEnd(db, id, { chain, firstRun: 0, roots: [] })
    const known = await deviceById(db, device)
    assert.deepEqual([known?.final_run, known?.next_run, known?.ended], [5, 5, null])
    const block = blockOf(3, other, 5, randomRoots(1))
    assert.deepEqual(await endingDevices(db), [])
    const place = { transaction: random(), transactionIndex: 1, logIndex: 1 }
    const ends = [device, random()].map((id) => ({ ...place, kind: "ended" as const, device: id }))
    await finalize(db, [{ ...block, events: [...block.events, ...ends] }])
    assert.deepEqual(await endingDevices(db), [device])
  })

  it("settles by the chain's roots what a withdrawn device still has open, and refuses what comes after", async () => {
    const device = await newDevice()
    const roots = randomRoots(4)
    const items = roots.map((root, run) => submissionOf(device, run, [root]))
    await acceptAll(db, items)
    const states = async () =>
      Promise.all(items.map(async ({ row }) => (await submissionByDigest(db, row.digest))?.state))
    const chain = chainDevice(device, { state: "withdrawn", runs: null, nextRun: 3 })
    await settleEnd(db, device, { chain, firstRun: 0, roots: roots.slice(0, 1) })
    assert.deepEqual(await states(), ["final", "queued", "queued", "refused"])
    await settleEnd(db, device, { chain, firstRun: 1, roots: roots.slice(1, 3) })
    assert.deepEqual(await states(), ["final", "final", "final", "refused"])
    const known = await deviceById(db, device)
    assert.deepEqual([known?.final_run, known?.next_run, known?.ended, known?.runs], [3, 3, "withdrawn", 3])
  })

  it("applies the end of a device to its queue", async () => {
    const device = await newDevice()
    const items = [submissionOf(device, 0, randomRoots(2)), submissionOf(device, 2, randomRoots(1))]
    await acceptAll(db, items)
    assert.deepEqual(await endingDevices(db), [device])
    const chain = chainDevice(device, { state: "retiring", runs: 2, nextRun: 0 })
    await settleEnd(db, device, { chain, firstRun: 0, roots: [] })
    const states = await Promise.all(items.map(async ({ row }) => (await submissionByDigest(db, row.digest))?.state))
    assert.deepEqual(states, ["queued", "refused"])
    assert.deepEqual(await endingDevices(db), [])
    assert.deepEqual(await acceptAll(db, [submissionOf(device, 2, randomRoots(1))]), [
      { kind: "ended", reason: "retired" },
    ])
    assert.deepEqual(await acceptAll(db, [...items.slice(1), ...items.slice(0, 1)]), [
      { kind: "ended", reason: "retired", refused: "retired" },
      { kind: "known", stored: await submissionByDigest(db, items[0]?.row.digest ?? "0x") },
    ])
  })
}

describe("store on SQLite", () => {
  const folder = temporaryFolder()
  const file = join(folder.path, "store.sqlite")
  after(() => folder.remove())
  storeContract(async () => ({ file }))

  it("is one process's alone, and keeps its rows", async () => {
    const path = join(folder.path, "own.sqlite")
    const first = await openDatabase({ file: path })
    await assert.rejects(openDatabase({ file: path }), /cannot use the store .*: database is locked/)
    const id = random()
    await addDevice(first, {
      id,
      scheme: 1,
      key: id,
      operator: SENDER,
      voucher: OTHER,
      finalRun: 3,
      runs: null,
      through: 0,
    })
    await first.kysely.destroy()
    const second = await openDatabase({ file: path })
    assert.equal((await deviceById(second, id))?.final_run, 3)
    await second.kysely.destroy()
  })
})

describe("a step's reads on SQLite", () => {
  const folder = temporaryFolder()
  let db: Db
  before(async () => {
    db = await openDatabase({ file: join(folder.path, "plans.sqlite") })
  })
  after(async () => {
    await db.kysely.destroy()
    folder.remove()
  })

  /** The tables that the queries of `work` read whole, as SQLite plans them. */
  async function scannedBy(work: (watched: Db) => Promise<unknown>): Promise<string[]> {
    const compiled: CompiledQuery[] = []
    const watch: KyselyPlugin = {
      transformQuery({ node, queryId }) {
        compiled.push(db.kysely.getExecutor().compileQuery(node, queryId))
        return node
      },
      transformResult: async ({ result }) => result,
    }
    await work({ ...db, kysely: db.kysely.withPlugin(watch) })
    const plans = compiled.map(({ sql, parameters }) =>
      db.kysely.executeQuery<{ detail: string }>(CompiledQuery.raw(`explain query plan ${sql}`, [...parameters])),
    )
    return (await Promise.all(plans)).flatMap(({ rows }) =>
      rows.flatMap(
        ({ detail }) =>
          /^SCAN (s|j|submissions|devices|journal|anchors|conflicts|blocks)\b(?! USING)/.exec(detail)?.[1] ?? [],
      ),
    )
  }

  it("find what is open without reading what is settled", async () => {
    const scanned = await scannedBy(async (watched) => {
      await outbox.claim(watched, { sender: SENDER, limit: 10, nowMs: 1, chainTime: 60, except: [] })
      await outbox.stagedEnds(watched)
      for (const all of [true, false]) await outbox.landed(watched, SENDER, { from: 0, to: 5, all })
      await outbox.unmined(watched, SENDER, 3)
      await outbox.forgetMined(watched, SENDER, 3)
      await backlogOf(watched, 1)
      await endingDevices(watched)
    })
    assert.deepEqual(scanned, [])
  })

  it("take in, finalise and answer without reading a table whole", async () => {
    const [id, roots] = [random(), randomRoots(2)]
    const [first, again] = [submissionOf(id, 0, roots), submissionOf(id, 0, randomRoots(2))]
    const scanned = await scannedBy(async (watched) => {
      const key = { scheme: 1, key: id } as const
      await addDevice(watched, { id, ...key, operator: SENDER, voucher: OTHER, finalRun: 0, runs: null, through: 0 })
      await acceptAll(watched, [first, again])
      await firstOpenRun(watched, id)
      await finalize(watched, [blockOf(7, id, 0, roots)])
      const stored = await submissionByDigest(watched, first.row.digest)
      assert.equal(stored?.state, "final")
      if (stored !== undefined) await transactionOf(watched, stored)
      assert.ok(await submissionOfRun(watched, id, 1))
      assert.ok(await anchorOfRun(watched, id, 1))
      assert.ok(await conflictByDigest(watched, again.row.digest))
      assert.equal((await cursorOf(watched))?.number, 7)
      await takenBlocks(watched, 7, 5)
    })
    assert.deepEqual(scanned, [])
  })

  it("are caught when they read a table whole", async () => {
    const byDeadline = (watched: Db) =>
      watched.kysely.selectFrom("submissions").select("seq").where("deadline", "=", 1).execute()
    assert.deepEqual(await scannedBy(byDeadline), ["submissions"])
  })
})

describe("store on PostgreSQL", () => {
  let postgres: Postgres
  before(async () => {
    postgres = await startPostgres()
  })
  after(() => postgres.stop())
  storeContract(async () => ({ databaseUrl: await postgres.createDatabase("contract") }))

  it("lets two connections accept for one device at once without a gap or a clash", async () => {
    const databaseUrl = await postgres.createDatabase("race")
    const [a, b] = [await openDatabase({ databaseUrl }), await openDatabase({ databaseUrl })]
    const id = random()
    await addDevice(a, {
      id,
      scheme: 1,
      key: id,
      operator: SENDER,
      voucher: OTHER,
      finalRun: 0,
      runs: null,
      through: 0,
    })
    const [left, right] = [submissionOf(id, 0, randomRoots(1)), submissionOf(id, 0, randomRoots(1))]
    const outcomes = (await Promise.all([acceptAll(a, [left]), acceptAll(b, [right])])).flat()
    assert.deepEqual(kindsOf(outcomes), ["accepted", "conflict"])
    await a.kysely.destroy()
    await b.kysely.destroy()
  })
})

const kindsOf = (outcomes: readonly Outcome[]) => outcomes.map(({ kind }) => kind).toSorted()
