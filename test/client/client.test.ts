import assert from "node:assert/strict"
import { execFile } from "node:child_process"
import { readFileSync } from "node:fs"
import { promisify } from "node:util"
import { createIndexClient, type IndexClient, IndexFailure } from "@wattest/client"
import { list, openIndex, RESOURCE_NAMES } from "@wattest/index"
import { type BooksStory, tellBooks } from "@wattest/testkit/index/story"
import { apiFiles } from "../../scripts/generate/openapi.ts"
import { openBooks } from "../index/books.ts"
import { serveAnswers, serveBooks } from "./served.ts"

async function collect<T>(items: AsyncIterable<T>): Promise<T[]> {
  const all: T[] = []
  for await (const item of items) all.push(item)
  return all
}

/** What a program prints, a line each. */
async function outputOf(code: string): Promise<string[]> {
  const { stdout } = await promisify(execFile)(process.execPath, ["--input-type=module-typescript", "-e", code])
  return stdout.trimEnd().split("\n")
}

describe("what is made of the APIs' shapes", () => {
  it("is what is in the tree", async () => {
    for (const [file, content] of Object.entries(await apiFiles()))
      assert.ok(readFileSync(file, "utf8") === content, `${file} is old: node scripts/generate/openapi.ts`)
  })
})

describe("the client of an index", function () {
  this.timeout(120_000)
  let story: BooksStory
  let books: Awaited<ReturnType<typeof openBooks>>
  let served: Awaited<ReturnType<typeof serveBooks>>
  let client: IndexClient

  before(async () => {
    story = await tellBooks()
    books = await openBooks(story, [story.chain.url])
    await books.indexer.look()
    served = await serveBooks(books.db, story.registry)
    client = createIndexClient({ url: `${served.url}/` })
  })
  after(async () => {
    await served.close()
    await books.close()
    await story.stop()
  })

  it("gives every list whole, whatever the page", async () => {
    for (const name of RESOURCE_NAMES) {
      const { items } = await list(books.db, name, { limit: 1000 })
      assert.deepEqual(await collect(client.rows(name, {}, { limit: 2 })), items, name)
    }
    assert.equal((await collect(client.rows("runs"))).length, 10)
  })

  it("asks for a page when its rows are taken, and for no more", async () => {
    const before = served.asked.length
    const taken: number[] = []
    for await (const { position } of client.rows("runs", {}, { limit: 3 })) if (taken.push(position) === 4) break
    assert.equal(taken.length, 4)
    assert.equal(served.asked.length - before, 2)
  })

  it("gives each page with its block", async () => {
    const final = Number((await story.chain.client.getBlock({ blockTag: "finalized" })).number)
    const pages = await collect(client.pages("runs", {}, { limit: 4 }))
    assert.deepEqual(
      pages.map(({ block, rows }) => [block.number, rows.length]),
      [4, 4, 2].map((length) => [final, length]),
    )
  })

  it("asks by column", async () => {
    assert.equal((await collect(client.rows("devices", { state: "withdrawn" }))).length, 1)
    assert.equal((await collect(client.rows("operators", { runsFrom: 11 }))).length, 0)
  })

  it("finds one by its name, and says where there is none", async () => {
    const { id } = story.devices.b
    assert.equal((await client.find("devices", id))?.state, "withdrawn")
    assert.equal((await client.find("ledgers", story.other.id))?.length, 3)
    assert.equal(await client.find("devices", `0x${"ff".repeat(32)}`), null)
  })

  it("says what the index follows", async () => {
    const { chainId, registry } = await client.status()
    assert.deepEqual([chainId, registry], [31337, story.registry])
  })

  /** The failure of a question. */
  const failureOf = async (asked: Promise<unknown>): Promise<IndexFailure> => {
    const error = await asked.then(
      () => assert.fail("it was answered"),
      (error: unknown) => error,
    )
    assert.ok(error instanceof IndexFailure, String(error))
    return error
  }

  it("names what it was refused for", async () => {
    const { kind, status, message } = await failureOf(collect(client.rows("devices", { ledger: "0x12" })))
    assert.deepEqual([kind, status], ["refused", 400])
    assert.match(message, /^http:\/\/127\.0\.0\.1:\d+: .*ledger/)
    assert.equal((await failureOf(collect(client.rows("runs", {}, { limit: 1001 })))).kind, "refused")
  })

  it("says that an index has nothing yet", async () => {
    const empty = await openIndex({ file: ":memory:" })
    const unready = await serveBooks(empty, story.registry)
    const { kind } = await failureOf(collect(createIndexClient(unready).rows("devices")))
    assert.equal(kind, "not-ready")
    await unready.close()
    await empty.kysely.destroy()
  })

  it("says that nobody answers, and shows no path of the URL", async () => {
    const { kind, message } = await failureOf(createIndexClient({ url: "http://127.0.0.1:9/secret-key" }).status())
    assert.equal(kind, "unreachable")
    assert.doesNotMatch(message, /secret/)
  })

  it("ends when it is told to", async () => {
    const signal = AbortSignal.abort()
    assert.equal((await failureOf(createIndexClient({ url: served.url, signal }).status())).kind, "unreachable")
  })

  const block = { number: 1, hash: `0x${"11".repeat(32)}`, time: 1 }
  const operator = { operator: `0x${"22".repeat(20)}`, ledgers: 1, devices: 1, runs: 1, tallies: 0 }
  const page = (change: object) =>
    JSON.stringify({ block, check: "by the chain", items: [operator], next: null, ...change })

  it("waits where it is told to ask later, and asks no more than four times", async () => {
    const later = {
      status: 429,
      headers: { "retry-after": "0.01" },
      body: '{"error":{"code":"TOO_MANY","message":"busy"}}',
    }
    const relenting = await serveAnswers([later, later, { body: page({}) }])
    assert.equal((await collect(createIndexClient(relenting).rows("operators"))).length, 1)
    const stubborn = await serveAnswers([later])
    assert.equal((await failureOf(collect(createIndexClient(stubborn).rows("operators")))).kind, "refused")
    assert.equal(stubborn.asked(), 4)
    relenting.close()
    stubborn.close()
  })

  it("waits no longer once it is told to end", async () => {
    const later = { status: 429, headers: { "retry-after": "60" }, body: "{}" }
    const busy = await serveAnswers([later])
    const stop = new AbortController()
    const asked = failureOf(createIndexClient({ url: busy.url, signal: stop.signal }).status())
    while (busy.asked() === 0) await new Promise((resolve) => setTimeout(resolve, 5))
    stop.abort()
    assert.equal((await asked).kind, "unreachable")
    assert.equal(busy.asked(), 1)
    busy.close()
  })

  for (const [what, body, reason] of [
    ["no JSON", "<html>", /answers 200 without a word/],
    ["another form", page({ items: [{ ...operator, runs: "many" }] }), /\$\.items\[0\]\.runs: expected integer/],
    ["a number below zero", page({ items: [{ ...operator, runs: -1 }] }), /runs: expected 0 to/],
    ["half a number", page({ items: [{ ...operator, runs: 0.5 }] }), /runs: expected integer/],
    ["no address", page({ items: [{ ...operator, operator: "0x22" }] }), /operator: expected \^0x/],
    ["a row without a column", page({ items: [{ operator: operator.operator }] }), /ledgers: it is missing/],
    ["no block", page({ block: null }), /\$\.block: expected object/],
    ["pages in a circle", page({ next: "a" }), /does not go on/],
    ["empty pages without an end", page({ items: [], next: "a" }), /does not go on/],
    ["more than an answer holds", new Uint8Array(17 * 1024 * 1024).fill(32), /passes 16777216 bytes/],
  ] as const)
    it(`refuses ${what}`, async () => {
      const liar = await serveAnswers([{ body }])
      const { kind, message } = await failureOf(collect(createIndexClient(liar).rows("operators")))
      assert.equal(kind, "malformed")
      assert.match(message, reason)
      liar.close()
    })

  it("asks no further where a page is empty and yet not the last, whatever its cursor", async () => {
    const said = ["a", "b", "c", null].map((next) => ({ body: page({ items: [], next }) }))
    const idle = await serveAnswers(said)
    assert.equal((await failureOf(collect(createIndexClient(idle).rows("operators")))).kind, "malformed")
    assert.equal(idle.asked(), 1)
    idle.close()
  })

  it("takes what a newer index says beside", async () => {
    const newer = await serveAnswers([{ body: page({ items: [{ ...operator, colour: "red" }], more: 1 }) }])
    assert.equal((await collect(createIndexClient(newer).rows("operators"))).length, 1)
    newer.close()
  })

  it("shows no terminal what a stranger would steer it by", async () => {
    const message = "\u001b[2Jgone"
    const rude = await serveAnswers([{ status: 400, body: JSON.stringify({ error: { code: "X", message } }) }])
    assert.match((await failureOf(createIndexClient(rude).status())).message, / {1}\[2Jgone$/)
    rude.close()
  })

  it("follows no index elsewhere", async () => {
    const elsewhere = await serveAnswers([{ status: 302, headers: { location: served.url }, body: "" }])
    assert.equal((await failureOf(createIndexClient(elsewhere).status())).kind, "unreachable")
    elsewhere.close()
  })

  describe("docs/client.md", () => {
    const blocks = [...readFileSync("docs/client.md", "utf8").matchAll(/```ts\n([\s\S]*?)```/g)].map(
      ([, code = ""]) => code,
    )
    const expected = [
      /^registry 0x[0-9a-f]{40} of chain 31337, as of block \d+$/,
      /: 10 runs of 3 devices in 2 ledgers$/,
    ].concat([/^block \d+: 1 withdrawn devices, 0x/, /^null$/, /^unreachable: http:\/\/127\.0\.0\.1:9: /])

    for (const [i, said] of expected.entries())
      it(`runs example ${i + 1}`, async () => {
        const code = (blocks[i] ?? "").replace("https://index.example.org", served.url)
        assert.deepEqual(await outputOf(code).then((lines) => lines.map((line) => said.test(line))), [true])
      })

    it("has no example that is not run", () => assert.equal(blocks.length, expected.length))
  })
})
