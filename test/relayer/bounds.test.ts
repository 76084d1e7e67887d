import assert from "node:assert/strict"
import { MAX_SUBMISSION_ROOTS } from "@wattest/protocol"
import { RateLimit } from "../../relayer/src/http/limits.ts"
import { judgePromise } from "../../relayer/src/http/promise.ts"
import { createServer, type ServerSetup } from "../../relayer/src/http/server.ts"
import { createGasModel, generousLimit } from "../../relayer/src/sender/gas.ts"
import { planTransactions } from "../../relayer/src/sender/plan.ts"
import { HOLES_A_STEP, holesBefore } from "../../relayer/src/sender/repair.ts"
import { GroupCommit } from "../../relayer/src/store/group-commit.ts"
import type { Queued } from "../../relayer/src/store/outbox.ts"

describe("how often a device may submit", () => {
  it("is so many at once, then so many a second, and each is told how long to wait", () => {
    const limit = new RateLimit(0.5, 3)
    assert.deepEqual(
      [0, 0, 0, 0].map((ms) => limit.take("a", ms)),
      [0, 0, 0, 2],
    )
    assert.equal(limit.take("a", 1000), 1)
    assert.equal(limit.take("a", 2000), 0)
    assert.equal(limit.take("a", 2000), 2)
  })

  it("never grows beyond its burst, however long a device rests, nor by a clock that goes back", () => {
    const limit = new RateLimit(1, 2)
    limit.take("a", 0)
    assert.deepEqual(
      [1e9, 1e9, 1e9].map((ms) => limit.take("a", ms)),
      [0, 0, 1],
    )
    assert.equal(limit.take("a", 0), 1)
    assert.equal(limit.take("a", 999), 1)
    assert.equal(limit.take("a", 1000), 0)
  })

  it("is each device's own, and forgets those that rest longest", () => {
    const limit = new RateLimit(1, 1, 2)
    assert.deepEqual(
      ["a", "b", "a"].map((key) => limit.take(key, 0)),
      [0, 0, 1],
    )
    limit.take("c", 0)
    assert.equal(limit.take("b", 0), 0, "b was forgotten")
    assert.equal(limit.take("b", 0), 1)
  })
})

describe("whoever comes to the API", () => {
  it("is one of 4,096 at once, so that descriptors are left for the store and the nodes", () =>
    assert.equal(createServer({ config: {} } as ServerSetup).server.maxConnections, 4096))
})

describe("missing nonces", () => {
  it("are those before the last that no transaction has, and none beyond it", () => {
    assert.deepEqual(holesBefore(7, 2, new Set([3, 5, 7])), [2, 4, 6])
    assert.deepEqual(holesBefore(3, 2, new Set([2, 3])), [])
  })

  it("are filled a few in a step, however many a node says there are: each is paid for", () => {
    const far = (holes: number) => holesBefore(9 + holes, 9, new Set([9 + holes]))
    assert.deepEqual(
      [HOLES_A_STEP - 1, HOLES_A_STEP, HOLES_A_STEP + 1, 2 ** 53].map((holes) => far(holes).length),
      [63, 64, 64, 64],
    )
  })
})

describe("the gas of a submission", () => {
  it("is what a node estimated and 15 %, the dearest estimate of as many roots", () => {
    const model = createGasModel()
    assert.equal(model.limitOf(1, 3), null)
    model.learn(1, 3, 100_000n)
    assert.equal(model.limitOf(1, 3), 115_000n)
    model.learn(1, 3, 99_999n)
    assert.equal(model.limitOf(1, 3), 115_000n)
    model.learn(1, 3, 200_000n)
    assert.equal(model.limitOf(1, 3), 230_000n)
    assert.equal(model.limitOf(2, 3), null, "of another scheme nothing is learned")
  })

  it("lies on the line between the nearest numbers of roots, a unit of gas a root above it, and is none beyond them", () => {
    const model = createGasModel()
    model.learn(1, 2, 100_000n)
    model.learn(1, 6, 300_000n)
    model.learn(1, MAX_SUBMISSION_ROOTS, 9_000_000n)
    assert.equal(model.limitOf(1, 1), null)
    assert.equal(model.limitOf(1, 3), ((100_000n + 50_001n) * 115n) / 100n)
    assert.equal(model.limitOf(1, 5), ((100_000n + 3n * 50_001n) * 115n) / 100n)
    assert.equal(model.limitOf(1, MAX_SUBMISSION_ROOTS), (9_000_000n * 115n) / 100n)
    assert.notEqual(model.limitOf(1, MAX_SUBMISSION_ROOTS - 1), null)
    model.learn(1, 1, 60_000n)
    assert.equal(model.limitOf(1, 1), 69_000n)
  })

  it("is generous where nothing can be estimated yet", () => {
    assert.deepEqual([generousLimit(1), generousLimit(3)], [510_000n, 730_000n])
  })
})

describe("which submissions become transactions", () => {
  const queued = (seq: number, first_run: number, end_run: number, device: Queued["device"] = "0xa"): Queued =>
    ({ seq, device, first_run, end_run, final_run: 0 }) as Queued
  const plan = (rows: readonly Queued[], chain = 0, staged = 0) => {
    const { transactions, anchored } = planTransactions(rows, () => ({ chain, staged }))
    return {
      anchored,
      transactions: transactions.map(({ submission, covers, isFirst }) => [submission.seq, covers, isFirst]),
    }
  }

  it("is the one that reaches farthest, which covers the shorter ones", () => {
    assert.deepEqual(plan([queued(1, 0, 1), queued(2, 0, 3), queued(3, 0, 2)]), {
      anchored: [],
      transactions: [[2, [1, 2, 3], true]],
    })
    const [first] = planTransactions([queued(1, 0, 3), queued(2, 0, 3)], () => ({ chain: 0, staged: 0 })).transactions
    assert.equal(first?.submission.seq, 1, "of two that reach as far the first one")
  })

  it("is one after the other where each begins at or before the end of the one before, and none beyond a gap", () => {
    assert.deepEqual(plan([queued(1, 0, 2), queued(2, 2, 4), queued(3, 3, 6), queued(4, 7, 9)]).transactions, [
      [1, [1], true],
      [2, [2], false],
      [3, [3], false],
    ])
  })

  it("is none for what the chain holds, and goes on behind what is on its way", () => {
    assert.deepEqual(plan([queued(1, 0, 2), queued(2, 0, 3)], 2), { anchored: [1], transactions: [[2, [2], true]] })
    assert.deepEqual(plan([queued(1, 0, 2)], 1, 2), { anchored: [], transactions: [] })
    assert.deepEqual(plan([queued(1, 0, 4)], 1, 2).transactions, [[1, [1], false]])
  })

  it("keeps the order in which submissions came, over all devices", () => {
    const rows = [queued(4, 0, 1), queued(2, 0, 1, "0xb"), queued(3, 0, 1, "0xc")]
    assert.deepEqual(
      plan(rows).transactions.map(([seq]) => seq),
      [2, 3, 4],
    )
  })
})

describe("a promise", () => {
  const judge = (anchoredAt: number | null, finalizedTime: number) =>
    judgePromise({ content: "0x", deadline: 100 }, { anchoredAt, finalizedTime })

  it("is kept to the second of its deadline, missed a second later, and open until a final block is past it", () => {
    assert.deepEqual([judge(100, 0), judge(101, 0)], ["kept", "missed"])
    assert.deepEqual([judge(null, 100), judge(null, 101)], ["open", "missed"])
    assert.equal(judge(100, 1000), "kept")
  })
})

describe("commits that requests share", () => {
  const setUp = (maxBatch: number, maxWaiting: number) => {
    const batches: (readonly number[])[] = []
    const commits = new GroupCommit<number, number>(
      async (items) => {
        batches.push(items)
        if (items.includes(0)) throw new Error("the disk is full")
        return items.map((item) => item * 2)
      },
      maxBatch,
      maxWaiting,
    )
    return { batches, commits }
  }

  it("hold so many at most, in the order in which they came, and each gets its own outcome", async () => {
    const { batches, commits } = setUp(2, 10)
    assert.deepEqual(await Promise.all([1, 2, 3].map((item) => commits.add(item))), [2, 4, 6])
    assert.deepEqual(batches, [[1, 2], [3]])
    await commits.drained()
  })

  it("refuse one more than may wait, and take it again once there is room", async () => {
    const { commits } = setUp(2, 3)
    const taken = [1, 2, 3].map((item) => commits.add(item))
    await assert.rejects(commits.add(4), { name: "QueueFull", message: "3 items wait" })
    assert.deepEqual(await Promise.all(taken), [2, 4, 6])
    assert.equal(await commits.add(4), 8)
  })

  it("that fail are told to all of theirs and to nobody else, and are over when all are", async () => {
    const { commits } = setUp(2, 10)
    const outcomes = Promise.allSettled([0, 1, 2].map((item) => commits.add(item)))
    await commits.drained()
    assert.deepEqual(
      (await outcomes).map(({ status }) => status),
      ["rejected", "rejected", "fulfilled"],
    )
  })
})
