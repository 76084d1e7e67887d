import assert from "node:assert/strict"
import type { Groth16Proof } from "@wattest/protocol"
import { type Board, createQueuePool, newWorkerKey, type ProverPool, type QueuePoolSettings } from "@wattest/prover"

const KEYS = "build/circuits"
const key = await newWorkerKey()
const PROOF: Groth16Proof = { a: ["0x1", "0x2"], b: [], c: ["0x3", "0x4"] }

/** A database of proofs that says of them what it is told to say. */
function createBoard(look: Board["look"]) {
  const posted: string[] = []
  const removed: string[] = []
  const looked: { readonly ids: readonly string[]; readonly at: number }[] = []
  const board: Board = {
    post: async (id) => void posted.push(id),
    look: async (ids) => {
      looked.push({ ids, at: performance.now() })
      return look(ids)
    },
    remove: async (ids) => void removed.push(...ids),
    work: () => assert.fail("a launcher takes nothing up"),
    waiting: () => assert.fail("nobody asks"),
    stop: async () => {},
  }
  return { board, posted, removed, looked }
}

const TRIED_AGAIN = "somebody who had to be asked gave no answer: the queue's database: gone; it is tried again"
const nothing = { ended: [], gone: [], active: 0 }
const until = async (holds: () => boolean) => {
  while (!holds()) await new Promise((resolve) => setTimeout(resolve, 20))
}

describe("proofs that a launcher asks workers for", () => {
  const pools: ProverPool[] = []
  afterEach(() => {
    for (const pool of pools.splice(0)) pool.close()
  })

  function open(board: Board, more: Partial<QueuePoolSettings> = {}) {
    const said: string[] = []
    const made: unknown[] = []
    const own = { closed: 0 }
    const pool = createQueuePool({
      board,
      folder: KEYS,
      recipients: [key.recipient],
      own: {
        prove: async (...asked) => {
          made.push(asked)
          return PROOF
        },
        peakBytes: () => 7,
        close: () => void own.closed++,
      },
      onTrouble: (what) => said.push(what),
      ...more,
    })
    pools.push(pool)
    return { pool, said, made, own }
  }
  const reasonOf = (proof: Promise<unknown>) => proof.then(() => null).catch(({ message }: Error) => message)

  it("lie there 512 at once, are refused when the launcher is closed, and take memory here alone", async () => {
    const { board, looked } = createBoard(async () => nothing)
    const { pool, own } = open(board)
    const reasons = Promise.all(Array.from({ length: 513 }, (_, i) => reasonOf(pool.prove("bound", { i }))))
    await until(() => looked.length === 3)
    const lengths = looked.map(({ ids }) => ids.length)
    assert.deepEqual([lengths, pool.width, pool.peakBytes()], [[1, 512, 512], 512, 7])
    pool.close()
    assert.deepEqual([new Set(await reasons), own.closed], [new Set(["the prover was closed"]), 1])
    assert.equal(await reasonOf(pool.prove("bound", { i: 0 })), "the prover was closed", "asked for afterwards")
  })

  it("have one name for every launcher, another one for each circuit and input", async () => {
    const names = await Promise.all(
      [
        ["bound", { a: 5n, b: [1n] }],
        ["bound", { a: 5n, b: [1n] }],
        ["bound", { a: 5n, b: [2n] }],
        ["open", { a: 5n, b: [1n] }],
      ].map(async ([circuit, input]) => {
        const { board, looked } = createBoard(async () => nothing)
        const { pool } = open(board)
        for (let twice = 0; twice < 2; twice++)
          pool.prove(circuit as "bound", input as { readonly a: bigint }).catch(() => {})
        await until(() => looked.length === 1)
        assert.equal(looked[0]?.ids.length, 1)
        return looked[0]?.ids[0] ?? ""
      }),
    )
    assert.equal(names[0], names[1])
    assert.equal(new Set(names).size, 3)
    for (const name of names) assert.match(name, /^[0-9a-f]{8}-[0-9a-f]{4}-8[0-9a-f]{3}-8[0-9a-f]{3}-[0-9a-f]{12}$/)
  })

  it("are put up five times where they come to nothing, then made here; a stranger's are nobody's", async () => {
    const gone = createBoard(async (ids) => ({ ...nothing, gone: [...ids, "stranger"] }))
    const failed = createBoard(async (ids) => ({
      ...nothing,
      ended: ["stranger", ...ids].map((id) => ({ id, output: null })),
    }))
    for (const [{ board, posted, removed }, removals] of await Promise.all(
      [gone, failed].map(async (kept) => {
        const { pool, said, made } = open(kept.board)
        assert.equal(await pool.prove("bound", { a: 5n }), PROOF)
        assert.deepEqual(made, [["bound", { a: 5n }]])
        assert.deepEqual(said, ["bound: the workers bring no proof of it; it is made here"])
        return [kept, kept === gone ? 0 : 6] as const
      }),
    )) {
      assert.ok(board)
      assert.equal(posted.length, 5)
      assert.deepEqual(removed, Array(removals).fill(posted[0]))
    }
  }).timeout(20_000)

  it("wait ever longer for a database that fails, say so once, and are refused when it has failed for too long", async () => {
    let answers = [false, true]
    const mended = createBoard(async () => {
      if (answers.shift() === false) throw new Error("gone\nSELECT secret")
      return nothing
    })
    const waiting = open(mended.board)
    const proof = reasonOf(waiting.pool.prove("bound", { a: 1n }))
    const broken = createBoard(() => Promise.reject(new Error("gone")))
    const hasty = open(broken.board, { patienceMs: 500 })
    await assert.rejects(hasty.pool.prove("bound", { a: 1n }), { code: "SOURCE_UNREACHABLE" })
    assert.deepEqual([broken.looked.length, hasty.said], [2, [TRIED_AGAIN]])
    await until(() => mended.looked.length === 2)
    const [first, second] = mended.looked
    assert.ok((second?.at ?? 0) - (first?.at ?? 0) >= 950, "half a second, twice")
    assert.deepEqual(waiting.said, [TRIED_AGAIN, "the queue's database answers again"])
    waiting.pool.close()
    assert.equal(await proof, "the prover was closed")
    answers = [false]
    await assert.rejects(hasty.pool.prove("bound", { a: 1n }), { code: "SOURCE_UNREACHABLE" })
    assert.equal(broken.looked.length, 4, "what was refused may be asked for again")
  }).timeout(20_000)
})
