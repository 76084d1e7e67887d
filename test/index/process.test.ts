import assert from "node:assert/strict"
import { join } from "node:path"
import { type BooksStory, START, tellBooks } from "@wattest/testkit/index/story"
import { type RpcProxy, startProxy } from "@wattest/testkit/relayer/rpc-proxy"
import { everything, HANDED_IN, openBooks } from "./books.ts"
import { ended, startIndex as start } from "./process.ts"

describe("wattest-index as a process", function () {
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

  const argv = (command: string, store: string, ...more: string[]) => [
    ...[command, "--rpc", proxy.url, "--registry", story.registry, "--store", store, ...more],
  ]

  it("killed −9 between and within batches, it goes on to the same books", async () => {
    const store = join(story.folder, "killed.sqlite")
    for (const answers of [1, 2, 1, 2]) {
      let given = 0
      proxy.interfere(async ({ method, params }) => {
        if (method === "eth_getLogs") {
          const [{ fromBlock, toBlock }] = params as [{ fromBlock: string; toBlock: string }]
          if (Number(toBlock) - Number(fromBlock) >= 2) return { error: { code: -32005, message: "at most 2 blocks" } }
          given++
        }
        return given > answers ? "silence" : null
      })
      const running = start(argv("serve", store, "--port", "0"))
      await running.line(/"taken"/)
      while (given <= answers) await new Promise((resolve) => setTimeout(resolve, 10))
      running.process.kill("SIGKILL")
      await ended(running)
    }
    proxy.interfere(null)
    const last = start(argv("follow", store, "--json"))
    assert.equal(await ended(last), 0)
    const [fresh, gone] = [await openBooks(story, [story.chain.url]), await openBooks(story, [story.chain.url], store)]
    await fresh.indexer.look()
    assert.deepEqual(await everything(gone.db), await everything(fresh.db))
    await fresh.close()
    await gone.close()
  })

  it("is healed with an honest node of what a lone liar without old states hid, and keeps what was handed in", async () => {
    const store = join(story.folder, "lied.sqlite")
    proxy.interfere(async ({ method, forward }) => {
      if (method === "eth_call") return { error: { code: -32000, message: "missing trie node" } }
      if (method !== "eth_getLogs") return null
      const { result } = (await forward()) as { result: readonly { readonly topics: readonly string[] }[] }
      return { result: result.filter((log, i) => log.topics.length !== 4 || i !== result.length - 1) }
    })
    const lied = start(argv("follow", store, "--json"))
    assert.match(await lied.line(/"runs"/), /"runs":9/)
    assert.equal(await ended(lied), 0)
    proxy.interfere(null)
    const before = await openBooks(story, [], store)
    await before.db.kysely.insertInto("documents").values(HANDED_IN).execute()
    const told = await before.db.kysely.selectFrom("events").select("id").orderBy("id").execute()
    await before.close()
    await story.first.anchor(story.devices.a, START + 1200, [{}])
    await story.chain.client.mine({ blocks: 3 })
    const honest = start(argv("follow", store))
    await honest.line(/error: ledger 0x[0-9a-f]{64}: block \d+ anchors position 7, not 6/)
    await honest.line(/hint: .* wattest index follow --again takes all again/)
    assert.equal(await ended(honest), 1)
    assert.equal(await ended(start(argv("follow", store, "--again"))), 0)
    assert.equal(await ended(start(argv("follow", store))), 0)
    const [fresh, healed] = [await openBooks(story, [story.chain.url]), await openBooks(story, [], store)]
    await fresh.indexer.look()
    assert.deepEqual(await everything(healed.db), await everything(fresh.db))
    const documents = await healed.db.kysely.selectFrom("documents").selectAll().execute()
    assert.deepEqual(
      documents.map((row) => ({ ...row, bytes: Buffer.from(row.bytes ?? []) })),
      [{ ...HANDED_IN, due: 1 }],
    )
    const again = await healed.db.kysely.selectFrom("events").select("id").orderBy("id").execute()
    assert.ok(told.length > 0)
    assert.deepEqual(again, told)
    await fresh.close()
    await healed.close()
  })

  it("serves what it follows, and ends at SIGTERM with 0", async () => {
    const running = start(argv("serve", join(story.folder, "served.sqlite"), "--port", "0"))
    await running.line(/"taken"/)
    const { address } = JSON.parse(await running.line(/"listening"/)) as { address: string }
    const { items } = (await (await fetch(`${address}/v1/ledgers`)).json()) as { items: { length: number }[] }
    assert.deepEqual(items.map(({ length }) => length).sort(), [3, 8])
    running.process.kill("SIGTERM")
    assert.equal(await ended(running), 0)
  })

  it("answers 1,000 readers at once", async () => {
    const running = start(argv("serve", join(story.folder, "busy.sqlite"), "--port", "0", "--per-minute", "100000"))
    await running.line(/"taken"/)
    const { address } = JSON.parse(await running.line(/"listening"/)) as { address: string }
    const answers = await Promise.all(
      Array.from({ length: 1000 }, async () => (await fetch(`${address}/v1/runs?limit=10`)).json()),
    )
    assert.ok(answers.every((answer) => (answer as { items: unknown[] }).items.length === 10))
    running.process.kill("SIGTERM")
    assert.equal(await ended(running), 0)
  })

  it("says in the status why nothing newer is taken, while it serves what it has", async () => {
    const running = start(argv("serve", join(story.folder, "hidden.sqlite"), "--port", "0"))
    await running.line(/"taken"/)
    const { address } = JSON.parse(await running.line(/"listening"/)) as { address: string }
    proxy.interfere(async ({ method }) => (method === "eth_getBlockByNumber" ? { httpStatus: 503 } : null))
    await running.line(/nothing newer is taken/)
    const status = (await (await fetch(`${address}/v1/status`)).json()) as { error: string }
    assert.match(status.error, /no endpoint/)
    assert.equal((await fetch(`${address}/v1/runs`)).status, 200)
    proxy.interfere(null)
    running.process.kill("SIGTERM")
    assert.equal(await ended(running), 0)
  })

  it("refuses a second process on its file, a chain that is another one, and an address without a contract", async () => {
    const store = join(story.folder, "taken.sqlite")
    const first = start(argv("serve", store, "--port", "0"))
    await first.line(/"taken"/)
    for (const [line, said] of [
      [argv("follow", store), /error: cannot use the store .*taken\.sqlite/],
      [argv("follow", join(story.folder, "x.sqlite"), "--chain", "137"), /serves chain 31337, not 137/],
      [["follow", "--rpc", proxy.url, "--store", ":memory:", "--registry", `0x${"12".repeat(20)}`], /no contract at/],
    ] as const) {
      const other = start(line)
      await other.line(said)
      assert.notEqual(await ended(other), 0)
    }
    first.process.kill("SIGTERM")
    await ended(first)
  })
})
