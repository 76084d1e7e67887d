import assert from "node:assert/strict"
import { connect, type Socket } from "node:net"
import { createServer, type Db, openIndex } from "@wattest/index"
import { sql } from "kysely"
import { MAX_EXPORTS } from "../../index/src/api/exports.ts"
import { createPlaces } from "../../index/src/api/places.ts"

/** More than what the sockets of a machine hold between two programs. */
const ROWS = 60_000
const PAGES = ROWS / 1000

/** Books of one ledger with many runs, as an index would hold them. */
async function manyRuns(): Promise<Db> {
  const db = await openIndex({ file: ":memory:" })
  const named = (of: number | string) => `'0x' || printf('%064x', ${of})`
  const hash = named("n")
  const statements = [
    "insert into blocks values (1, '0x01', 1800000000)",
    "insert into batches values (1, '0x01')",
    `with recursive runs(n) as (select 0 union all select n + 1 from runs where n < ${ROWS - 1}) insert into anchors
      select ${named(1)}, n, ${named(2)}, n, ${hash}, ${hash}, 1800000000, ${hash}, 1, n, 1800000000 from runs`,
  ]
  for (const statement of statements) await sql.raw(statement).execute(db.kysely)
  return db
}

describe("whole lists", function () {
  this.timeout(120_000)
  let db: Db
  let app: Awaited<ReturnType<typeof createServer>>
  let port: number
  /** Questions to the store so far. */
  let asked = 0

  before(async () => {
    db = await manyRuns()
    const counting = db.kysely.withPlugin({
      transformQuery: ({ node }) => {
        asked++
        return node
      },
      transformResult: async ({ result }) => result,
    })
    const contracts = { registry: `0x${"11".repeat(20)}`, claims: null } as const
    const status = () => ({ tip: null, error: null, endpoints: [] })
    const setup = { chainId: 31337, contracts, status, perMinute: 100_000, version: "0.1.0" }
    app = await createServer({ db: { ...db, kysely: counting }, ...setup })
    port = Number(new URL(await app.listen({ host: "127.0.0.1", port: 0 })).port)
  })
  after(async () => {
    await app.close()
    await db.kysely.destroy()
  })

  /** A reader that asks from an address of its own, and takes nothing until it is told to. */
  async function slowReader(localAddress: string): Promise<{ readonly socket: Socket; readonly status: number }> {
    const socket = connect({ host: "127.0.0.1", port, localAddress })
    socket.write("GET /v1/runs?format=ndjson HTTP/1.1\r\nHost: index\r\nConnection: close\r\n\r\n")
    const head = await new Promise<string>((resolve) => socket.once("data", (data) => resolve(String(data))))
    socket.pause()
    return { socket, status: Number(head.split(" ")[1]) }
  }

  const settled = async (count: () => number) => {
    for (let before = -1; before !== count(); ) {
      before = count()
      await new Promise((resolve) => setTimeout(resolve, 300))
    }
  }

  it("say by HEAD what they are, without reading them", async () => {
    for (const [format, type] of [
      ["csv", "text/csv"],
      ["ndjson", "application/x-ndjson"],
    ]) {
      const before = asked
      for (let i = 0; i <= MAX_EXPORTS; i++) {
        const { status, headers } = await fetch(`http://127.0.0.1:${port}/v1/runs?format=${format}`, { method: "HEAD" })
        const named = ["content-type", "content-length", "wattest-block"].map((name) => headers.get(name))
        assert.deepEqual([status, ...named], [200, type, null, "1 0x01"])
      }
      // Each looks up the block that it stands on.
      assert.equal(asked - before, MAX_EXPORTS + 1)
    }
  })

  it("are read as fast as their reader takes them, so many at once, and half of them by one address", async () => {
    const before = asked
    const half = MAX_EXPORTS / 2
    const readers = await Promise.all(Array.from({ length: half }, () => slowReader("127.0.0.2")))
    const refused = await slowReader("127.0.0.2")
    readers.push(...(await Promise.all(Array.from({ length: half }, () => slowReader("127.0.0.3")))))
    const late = await slowReader("127.0.0.4")
    assert.deepEqual([...new Set(readers.map(({ status }) => status)), refused.status, late.status], [200, 503, 503])
    await settled(() => asked)
    assert.ok(asked - before < (MAX_EXPORTS * PAGES) / 2, `${asked - before} questions for readers who take nothing`)
    const [first, ...others] = readers
    let lines = 0
    first?.socket.on("data", (data: Buffer) => {
      lines += data.filter((byte) => byte === 10).length
    })
    first?.socket.resume()
    await new Promise((resolve) => first?.socket.once("end", resolve))
    assert.ok(lines > ROWS * 0.99, `${lines} lines`)
    for (const { socket } of [...others, refused, late]) socket.destroy()
    await settled(() => asked)
    assert.equal((await slowReader("127.0.0.2")).status, 200)
  })

  it("give no more places than there are, and back each that was given once", () => {
    const places = createPlaces(4)
    const [one, two] = [places.take("a"), places.take("a")]
    assert.ok(one !== null && two !== null)
    assert.equal(places.take("a"), null)
    const three = places.take("b")
    assert.ok(three !== null && places.take("b") !== null)
    assert.equal(places.take("c"), null)
    one()
    one()
    assert.ok(places.take("c") !== null)
    assert.equal(places.take("d"), null)
  })
})
