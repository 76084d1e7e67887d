import assert from "node:assert/strict"
import type { AddressInfo } from "node:net"
import type { Groth16Proof } from "@wattest/protocol"
import { type Board, newWorkerKey, seal } from "@wattest/prover"
import { keptOf } from "@wattest/testkit/local/connections"
import { startWorker, type WorkerSettings } from "../../prover/src/queue/worker.ts"
import { createWorkerMetrics, serveMetrics } from "../../prover/src/queue/worker-metrics.ts"

const INPUT = { a: 5n, b: [1n] }
const PROOF: Groth16Proof = { a: ["0x1", "0x2"], b: [], c: ["0x3", "0x4"] }
const [key, stranger] = [await newWorkerKey(), await newWorkerKey()]
const sealed = await seal("open", INPUT, [key.recipient])

/** What a worker answers to the queue when it is given something sealed, and what it tells. */
async function given(text: string, more: Partial<WorkerSettings> = {}) {
  let prove: (sealed: string) => Promise<object> = () => assert.fail("the worker takes nothing up")
  let slots = 0
  const board = {
    work: async (width: number, work: typeof prove) => {
      ;[slots, prove] = [width, work]
    },
  } as Board
  const metrics = createWorkerMetrics()
  const told: unknown[] = []
  const asked: unknown[] = []
  const inFlight = async () => (await metrics.inFlight.get()).values[0]?.value
  await startWorker({
    board,
    pool: {
      prove: async (...task) => {
        asked.push(["prove", ...task, await inFlight()])
        return PROOF
      },
      peakBytes: () => 0,
      close: () => {},
    },
    check: async (...answer) => {
      asked.push(["check", ...answer])
      return PROOF
    },
    slots: 3,
    identity: key.identity,
    metrics,
    onStart: () => told.push("start"),
    onEnd: ({ circuit, error }) => told.push({ circuit, error }),
    ...more,
  })
  const answer = await prove(text).catch(({ message }: Error) => message)
  const counts = await Promise.all(
    [metrics.proofs, metrics.failures].map(async (counter) =>
      (await counter.get()).values.map(({ labels, value }) => [labels.circuit, value]),
    ),
  )
  const lastEnd = (await metrics.lastEnd.get()).values[0]?.value ?? 0
  assert.deepEqual([slots, await inFlight(), lastEnd > 1_000_000_000], [3, 0, true])
  return { answer, asked, told, counts }
}

describe("a worker of proofs", () => {
  it("proves what is sealed to it, and holds it against its input before it goes out", async () => {
    assert.deepEqual(await given(sealed), {
      answer: { proof: PROOF },
      asked: [
        ["prove", "open", INPUT, 1],
        ["check", "open", INPUT, PROOF],
      ],
      told: ["start", { circuit: "open", error: null }],
      counts: [[["open", 1]], []],
    })
  })

  it("answers nothing that does not verify", async () => {
    const { answer, told, counts } = await given(sealed, { check: async () => null })
    assert.equal(answer, "open: no proof")
    assert.deepEqual(told, ["start", { circuit: "open", error: "what was made does not verify" }])
    assert.deepEqual(counts, [[], [["open", 1]]])
  })

  it("tells the queue no more of a failure than that it failed, and its own log the first line", async () => {
    const prove = () => Promise.reject(new Error("signal a is 5\nat line 7"))
    const { answer, told } = await given(sealed, { pool: { prove, peakBytes: () => 0, close: () => {} } })
    assert.equal(answer, "open: no proof")
    assert.deepEqual(told.at(-1), { circuit: "open", error: "signal a is 5" })
  })

  it("keeps 256 readers of its page at once, so that descriptors are left for the queue", async () => {
    const server = await serveMetrics(createWorkerMetrics(), { host: "127.0.0.1", port: 0 })
    assert.equal(await keptOf((server.address() as AddressInfo).port, 258), 256)
    server.close()
  })

  it("takes nothing that is sealed to another one", async () => {
    const { answer, asked, counts } = await given(sealed, { identity: stranger.identity })
    assert.deepEqual([answer, asked, counts], ["unknown: no proof", [], [[], [["unknown", 1]]]])
  })
})
