import assert from "node:assert/strict"
import { anchorFleet } from "@wattest/testkit/index/fleet"
import { type RpcProxy, startProxy } from "@wattest/testkit/relayer/rpc-proxy"
import {
  FIRST_WIDTH,
  fittedWidth,
  logsAgain,
  MOST_BYTES,
  refusedWidth,
  shortenedWidth,
} from "../../index/src/chain/width.ts"
import { openBooks } from "./books.ts"

const isDeep = process.env.WATTEST_DEPTH === "deep"

const YEAR = 40_960
/** A year of a small fleet, or a slice of it. */
const FLEET = { ledgers: 2, devices: 8, runs: isDeep ? YEAR : 1_280, together: 1 }
const MOST_QUESTIONS = 10
/** 40 MB of answers for a year. */
const MOST_BYTES_OF_A_RUN = 40_000_000 / YEAR

describe("what an index asks of its node", function () {
  this.timeout(isDeep ? 3_600_000 : 120_000)
  let fleet: Awaited<ReturnType<typeof anchorFleet>>
  let proxy: RpcProxy

  before(async () => {
    fleet = await anchorFleet(FLEET, () => {})
    proxy = await startProxy(fleet.anvil.url)
  })
  after(async () => {
    await proxy.stop()
    await fleet.anvil.stop()
  })

  it(`reads ${FLEET.runs} runs by few questions for logs and within the bytes of a run`, async () => {
    let [logCalls, bytes] = [0, 0]
    proxy.interfere(async ({ method, forward }) => {
      const answer = await forward()
      if (method === "eth_getLogs") logCalls++
      bytes += Buffer.byteLength(JSON.stringify(answer))
      return answer
    })
    const books = await openBooks({ registry: fleet.registry }, [proxy.url])
    await books.indexer.look()
    const { length } = await books.db.kysely.selectFrom("anchors").select("run").execute()
    await books.close()
    assert.equal(length, FLEET.runs)
    assert.ok(logCalls <= MOST_QUESTIONS, `${logCalls} questions for logs`)
    assert.ok(bytes <= MOST_BYTES_OF_A_RUN * FLEET.runs, `${bytes} bytes of answers`)
    if (isDeep) console.error(`${length} runs: ${logCalls} questions for logs, ${bytes} bytes of answers`)
  })
})

/** Questions for the logs of a year that lie evenly over so many blocks. */
function questionsFor(blocks: number): number {
  let [asked, width] = [0, FIRST_WIDTH]
  for (let from = 0; from < blocks; asked++) {
    from += width.blocks
    width = fittedWidth(width, Math.ceil((width.blocks * YEAR) / blocks))
  }
  return asked
}

describe("how wide an index asks", () => {
  for (const blocks of [320, 4_096, 40_960, 400_000, 4_000_000])
    it(`reads a year of runs that lie over ${blocks} blocks by at most ${MOST_QUESTIONS} questions`, () => {
      assert.ok(questionsFor(blocks) <= MOST_QUESTIONS, `${questionsFor(blocks)} questions`)
    })

  const wide = (blocks: number, more = {}) => ({ ...FIRST_WIDTH, blocks, ...more })

  it("never asks a node for more than it once refused, nor for no block at all", () => {
    assert.equal(fittedWidth(wide(16, { mayGrow: false }), 0).blocks, 16)
    assert.equal(fittedWidth(wide(1), 1_000_000).blocks, 1)
    assert.equal(fittedWidth(wide(1_000_000), 0).blocks, 1_000_000)
    const refused = refusedWidth(wide(100), 64)
    assert.deepEqual([refused.blocks, fittedWidth(refused, 0).blocks], [32, 32])
  })

  it("expects of the next blocks what the last ones brought, where those brought more", () => {
    const span = { from: 11, to: 50 }
    const of = (...blocks: number[]) => blocks.map((block) => ({ block }))
    assert.equal(logsAgain(of(11, 20, 30), span), 3)
    assert.equal(logsAgain(of(11, 40), span), 2)
    assert.equal(logsAgain(of(11, 41), span), 4)
    assert.equal(logsAgain(of(41, 50, 50), span), 12)
    assert.equal(logsAgain(of(7, 7, 7), { from: 7, to: 7 }), 12)
  })

  it("asks for less where an answer is too long, by what the node announces, and then grows slowly again", () => {
    const half = shortenedWidth(wide(256), 256, MOST_BYTES + 1)
    assert.equal(half.blocks, 128)
    const tenth = shortenedWidth(wide(256), 200, 10 * MOST_BYTES)
    assert.equal(tenth.blocks, 10)
    assert.equal(shortenedWidth(wide(256), 2, 1e12).blocks, 1)
    const widths = [tenth]
    for (let i = 0; i < 5; i++) widths.push(fittedWidth(widths.at(-1) ?? tenth, 0))
    assert.deepEqual(
      widths.map(({ blocks }) => blocks),
      [10, 10, 20, 80, 640, 5120],
    )
  })
})
