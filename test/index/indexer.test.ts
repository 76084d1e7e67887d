import assert from "node:assert/strict"
import { ANCHORS_ABI, RpcLie } from "@wattest/chain"
import { BooksBroken } from "@wattest/index"
import { type BooksStory, START, tellBooks } from "@wattest/testkit/index/story"
import { type Interference, type RpcProxy, startProxy } from "@wattest/testkit/relayer/rpc-proxy"
import { sql } from "kysely"
import { everything, HANDED_IN, openBooks } from "./books.ts"

type Log = { readonly topics: readonly string[]; readonly logIndex: string; readonly blockNumber: string; data: string }

/** A node whose logs are others than the chain's. */
const withLogs =
  (change: (logs: Log[]) => Log[]): Interference =>
  async ({ method, forward }) => {
    if (method !== "eth_getLogs") return null
    const answer = await forward()
    return Array.isArray(answer.result) ? { result: change(answer.result) } : answer
  }

const ANCHORED = 4

describe("an index of the registry", function () {
  this.timeout(120_000)
  let story: BooksStory
  let proxy: RpcProxy

  before(async () => {
    story = await tellBooks()
    proxy = await startProxy(story.chain.url)
  })
  after(async () => {
    await proxy.stop()
    await story.stop()
  })
  afterEach(() => proxy.interfere(null))

  const state = (functionName: "ledgerOf" | "deviceOf", id: `0x${string}`) =>
    story.chain.client.readContract({ address: story.registry, abi: ANCHORS_ABI, functionName, args: [id] })

  it("adds up to what the contract holds, ledger by ledger and device by device", async () => {
    const books = await openBooks(story, [story.chain.url])
    await books.indexer.look()
    const ledgers = await books.db.kysely.selectFrom("ledgers").selectAll().execute()
    assert.equal(ledgers.length, 2)
    for (const { id, length, head, devices, vouched, proved } of ledgers) {
      const chain = (await state("ledgerOf", id)) as {
        length: bigint
        head: string
        deviceCount: bigint
        vouchedCount: bigint
      }
      assert.deepEqual(
        [length, head, devices, vouched].map(String),
        [chain.length, chain.head, chain.deviceCount, chain.vouchedCount].map(String),
      )
      assert.equal(proved, length)
    }
    const { a, b, c } = story.devices
    const rows = await books.db.kysely.selectFrom("devices").selectAll().execute()
    const byId = new Map(rows.map((row) => [row.id, row]))
    const facts = [a, b, c].map(({ id }) => {
      const { runs, retired_runs, withdrawn_since } = byId.get(id) ?? {}
      return { runs, retired_runs, withdrawn_since }
    })
    assert.deepEqual(facts, [
      { runs: 5, retired_runs: null, withdrawn_since: null },
      { runs: 2, retired_runs: null, withdrawn_since: START + 30 },
      { runs: 3, retired_runs: 3, withdrawn_since: null },
    ])
    await books.close()
  })

  it("takes books that an older schema holds again, and keeps what was handed in, to be judged again", async () => {
    const place = `${story.folder}/older.sqlite`
    const older = await openBooks(story, [story.chain.url], place)
    await older.indexer.look()
    const before = await everything(older.db)
    await older.db.kysely.insertInto("documents").values(HANDED_IN).execute()
    await sql`drop table words`.execute(older.db.kysely)
    await sql`delete from kysely_migration where name = '0004-words'`.execute(older.db.kysely)
    await older.close()
    const books = await openBooks(story, [story.chain.url], place)
    assert.deepEqual((await everything(books.db)).anchors, [])
    const documents = await books.db.kysely.selectFrom("documents").select(["id", "due"]).execute()
    assert.deepEqual(
      documents.map((row) => ({ ...row })),
      [{ id: HANDED_IN.id, due: 1 }],
    )
    await books.indexer.look()
    assert.deepEqual(await everything(books.db), before)
    await books.close()
  })

  it("shows nothing that is not final, and takes it once it is", async () => {
    const books = await openBooks(story, [story.chain.url])
    const { final, tip } = await books.indexer.look()
    const inStore = await books.db.kysely.selectFrom("anchors").select("block").orderBy("block", "desc").execute()
    assert.ok(final.number < tip)
    assert.ok(inStore.every(({ block }) => block <= final.number))
    await books.close()
  })

  it("stops at a log that its only node hides, and takes nothing of that batch", async () => {
    proxy.interfere(withLogs((logs) => logs.filter(({ topics }, i) => !(topics.length === 4 && i === logs.length - 1))))
    const books = await openBooks(story, [proxy.url])
    await assert.rejects(books.indexer.look(), (error: Error) => {
      assert.ok(error instanceof BooksBroken)
      assert.match(error.message, /^ledger 0x[0-9a-f]{64}: its events up to block \d+ give length 6, the chain has 7$/)
      return true
    })
    assert.deepEqual((await everything(books.db)).anchors, [])
    proxy.interfere(null)
    await books.indexer.look()
    assert.equal((await everything(books.db)).anchors?.length, 10)
    await books.close()
  })

  it("stops at a log in the middle that is hidden, at the place where the chain breaks", async () => {
    proxy.interfere(withLogs((logs) => logs.filter((_, i) => i !== logs.findIndex(isAnchor))))
    const books = await openBooks(story, [proxy.url])
    await assert.rejects(books.indexer.look(), /block \d+ anchors position 1, not 0/)
    await books.close()
  })

  it("stops at a root that its only node changed", async () => {
    proxy.interfere(
      withLogs((logs) =>
        logs.map((log) => (isAnchor(log) ? { ...log, data: `0x${"11".repeat(32)}${log.data.slice(66)}` } : log)),
      ),
    )
    const books = await openBooks(story, [proxy.url])
    await assert.rejects(books.indexer.look(), /position 0 of block \d+ gives head/)
    await books.close()
  })

  for (const [what, change] of [
    [
      "hides the vouch of a device that never joined",
      (logs: Log[]) => logs.filter(({ topics }) => !topics[1]?.endsWith("01")),
    ],
    [
      "hides a whole ledger",
      (logs: Log[]) => logs.filter(({ topics }) => !topics.includes(topicOf(story.other.voucher))),
    ],
  ] as const)
    it(`stops where its only node ${what}`, async () => {
      proxy.interfere(withLogs(change))
      const books = await openBooks(story, [proxy.url])
      await assert.rejects(books.indexer.look(), BooksBroken)
      await books.close()
    })

  for (const [what, change] of [
    ["hides a log", (logs: Log[]) => logs.slice(0, -1)],
    ["invents a log", (logs: Log[]) => [...logs, { ...(logs.at(-1) as Log), logIndex: "0x63" }]],
    ["has no logs at all", () => []],
  ] as const)
    for (const order of ["first", "last"] as const)
      it(`names the endpoint that ${what}, and takes the block's own: it stands ${order}`, async () => {
        proxy.interfere(withLogs(change))
        const honest = await openBooks(story, [story.chain.url])
        await honest.indexer.look()
        const urls = order === "first" ? [proxy.url, story.chain.url] : [story.chain.url, proxy.url]
        const books = await openBooks(story, urls)
        await books.indexer.look()
        assert.deepEqual([...new Set(books.faults.map(({ place }) => place))], [urls.indexOf(proxy.url)])
        assert.match(books.faults[0]?.reason ?? "", /^its logs of block \d+ are not the block's$/)
        assert.deepEqual(await everything(books.db), await everything(honest.db))
        await honest.close()
        await books.close()
      })

  it("goes by the lower of two final blocks, and names a node that lags", async () => {
    proxy.interfere(async ({ method, params, forward }) => {
      if (method !== "eth_getBlockByNumber" || params[0] !== "finalized") return null
      const { result } = (await forward()) as { result: { number: string } }
      return { result: { ...result, number: `0x${(Number(result.number) + 100).toString(16)}` } }
    })
    const books = await openBooks(story, [proxy.url, story.chain.url])
    const { final } = await books.indexer.look()
    assert.equal(final.number, Number((await story.chain.client.getBlock({ blockTag: "finalized" })).number))
    assert.deepEqual(books.faults, [{ place: 1, reason: "it is 100 blocks behind" }])
    await books.close()
  })

  it("takes nothing where two endpoints name different final blocks", async () => {
    proxy.interfere(async ({ method, params, forward }) => {
      if (method !== "eth_getBlockByNumber" || params[0] === "latest") return null
      const { result } = (await forward()) as { result: { hash: string } }
      return { result: { ...result, hash: `0x${"ab".repeat(32)}` } }
    })
    const books = await openBooks(story, [story.chain.url, proxy.url])
    await assert.rejects(books.indexer.look(), RpcLie)
    assert.deepEqual((await everything(books.db)).ledgers, [])
    await books.close()
  })

  for (const [how, refusal] of [
    ["refuses more blocks", { error: { code: -32005, message: "at most 8 blocks" } }],
    ["answers more blocks with 413", { httpStatus: 413 }],
    ["answers more blocks with more than is read", { result: "x".repeat(17 * 1024 * 1024) }],
  ] as const)
    it(`asks a node that ${how} for few, and ends with the same books`, async () => {
      let asked = 0
      proxy.interfere(async ({ method, params, forward }) => {
        if (method !== "eth_getLogs") return null
        asked++
        const [{ fromBlock, toBlock }] = params as [{ fromBlock: string; toBlock: string }]
        if (Number(toBlock) - Number(fromBlock) >= 8) return refusal
        return forward()
      })
      const [wide, narrow] = [await openBooks(story, [story.chain.url]), await openBooks(story, [proxy.url])]
      await wide.indexer.look()
      await narrow.indexer.look()
      assert.deepEqual(await everything(narrow.db), await everything(wide.db))
      assert.ok(asked < 16, `${asked} questions`)
      await wide.close()
      await narrow.close()
    })

  it("asks a node that is busy once: it wants to be asked less, not for less", async () => {
    let asked = 0
    proxy.interfere(async ({ method }) => {
      if (method !== "eth_getLogs") return null
      asked++
      return { httpStatus: 429 }
    })
    const books = await openBooks(story, [proxy.url])
    await assert.rejects(books.indexer.look(), /429 too many/)
    assert.equal(asked, 1)
    await books.close()
  })

  it("proves what a node without old states did not answer for, once it has come to the final block", async () => {
    const { number } = await story.chain.client.getBlock({ blockTag: "finalized" })
    const { hash } = await story.chain.client.getBlock({ blockNumber: number ?? 0n })
    let refused = 0
    proxy.interfere(async ({ method, params }) => {
      if (method === "eth_getLogs") {
        const [{ fromBlock, toBlock }] = params as [{ fromBlock: string; toBlock: string }]
        if (Number(toBlock) - Number(fromBlock) >= 4) return { error: { code: -32005, message: "at most 4 blocks" } }
      }
      const at = (params[1] as { blockHash?: string } | undefined)?.blockHash
      if (method !== "eth_call" || at === hash) return null
      refused++
      return { error: { code: -32000, message: "missing trie node" } }
    })
    const books = await openBooks(story, [proxy.url])
    await books.indexer.look()
    const ledgers = await books.db.kysely.selectFrom("ledgers").select(["length", "proved"]).execute()
    assert.ok(refused > 0)
    assert.deepEqual(
      ledgers.map(({ proved }) => proved),
      ledgers.map(({ length }) => length),
    )
    await books.close()
  })

  it("goes back for no single endpoint's word: where another still has the block, nothing is taken back", async () => {
    const { client, url } = story.chain
    const id = await client.snapshot()
    await client.setNextBlockTimestamp({ timestamp: (await client.getBlock()).timestamp + 99n })
    await client.mine({ blocks: 1 })
    const body = JSON.stringify({ jsonrpc: "2.0", id: 1, method: "eth_getBlockByNumber", params: ["latest", false] })
    const headers = { "content-type": "application/json" }
    const { result } = (await (await fetch(url, { method: "POST", headers, body })).json()) as Forked
    await client.revert({ id })
    await client.mine({ blocks: 3 })
    const books = await openBooks(story, [proxy.url, url])
    const { final } = await books.indexer.look()
    assert.equal(final.number, Number(result.number))
    const kept = await everything(books.db)
    await client.mine({ blocks: 3 })
    // The books' block is another one, well formed, by the word of the endpoint that is asked first.
    proxy.interfere(async ({ method, params }) =>
      method === "eth_getBlockByNumber" && params[0] === result.number ? { result } : null,
    )
    await assert.rejects(books.indexer.look(), /the endpoints name two blocks/)
    assert.deepEqual([await everything(books.db), books.rewound], [kept, []])
    await books.close()
  })

  it("goes back where the chain takes back what it had called final", async () => {
    const books = await openBooks(story, [story.chain.url])
    const snapshot = await story.chain.client.snapshot()
    const before = await story.chain.client.getBlock()
    await books.indexer.look()
    const kept = await everything(books.db)
    await story.first.anchor(story.devices.a, START + 1200, [{}, null])
    await story.chain.client.mine({ blocks: 3 })
    await books.indexer.look()
    assert.equal((await everything(books.db)).anchors?.length, 12)
    await story.chain.client.revert({ id: snapshot })
    await story.chain.client.setNextBlockTimestamp({ timestamp: before.timestamp + 7n })
    await story.chain.client.mine({ blocks: 9 })
    await books.indexer.look()
    assert.equal(books.rewound.length, 1)
    assert.deepEqual(await everything(books.db), kept)
    await books.close()
  })
})

type Forked = { readonly result: { readonly number: string } }

const isAnchor = ({ topics, data }: Log) => topics.length === 4 && data.length === 2 + 64 * ANCHORED
const topicOf = (address: string) => `0x${address.slice(2).padStart(64, "0")}`
