import assert from "node:assert/strict"
import { execFile } from "node:child_process"
import { readFileSync } from "node:fs"
import { promisify } from "node:util"
import { createIndexClient, type IndexClient } from "@wattest/client"
import { list, openIndex, RESOURCE_NAMES } from "@wattest/index"
import { type BooksStory, tellBooks } from "@wattest/testkit/index/story"
import { apiFiles } from "../../scripts/generate/openapi.ts"
import { openBooks } from "../index/books.ts"
import { collect, failureOf } from "./asked.ts"
import { serveBooks } from "./served.ts"

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
