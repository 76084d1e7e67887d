import assert from "node:assert/strict"
import { createHash } from "node:crypto"
import { createServer, RESOURCE_NAMES } from "@wattest/index"
import { type BooksStory, START, tellBooks } from "@wattest/testkit/index/story"
import { Ajv } from "ajv"
import type { FastifyInstance } from "fastify"
import { VERSION } from "../../index/src/version.ts"
import { openBooks } from "./books.ts"

type Page = {
  readonly block: { readonly number: number }
  readonly items: Record<string, unknown>[]
  readonly next: string | null
}

describe("the index's API", function () {
  this.timeout(120_000)
  let story: BooksStory
  let books: Awaited<ReturnType<typeof openBooks>>
  let app: FastifyInstance

  before(async () => {
    story = await tellBooks()
    books = await openBooks(story, [story.chain.url])
    await books.indexer.look()
    app = await serve(1000)
  })
  after(async () => {
    await app.close()
    await books.close()
    await story.stop()
  })

  const serve = (perMinute: number) => {
    const contracts = { registry: story.registry, claims: null }
    const status = () => ({ tip: 99, error: null, endpoints: [] })
    return createServer({ db: books.db, chainId: 31337, contracts, status, perMinute, version: "0.1.0" })
  }
  const get = async (url: string, headers = {}) => {
    const { statusCode, body, headers: answered } = await app.inject({ url, headers })
    return { status: statusCode, body, headers: answered, json: () => JSON.parse(body) as Page }
  }

  it("waits ten seconds for a request, head and body", () => {
    // Node grants a body the longer one of its two times.
    const { requestTimeout, headersTimeout } = app.server
    assert.deepEqual([requestTimeout, headersTimeout], [10_000, 10_000])
  })

  it("holds no more than 4,096 connections at once", () => assert.equal(app.server.maxConnections, 4096))

  it("answers one address so often in a minute, and proofs, for which it asks nodes, 240 times at most", async () => {
    const few = await serve(100)
    const ledger = `/v1/proof/ledgers/0x${"11".repeat(32)}`
    const limits = [app, few].flatMap((one) =>
      ["/v1/status", ledger].map(async (url) => Number((await one.inject(url)).headers["x-ratelimit-limit"])),
    )
    assert.deepEqual(await Promise.all(limits), [1000, 240, 100, 100])
    await few.close()
  })

  it("answers a path that is no URL as it answers others", async () => {
    const { status, body } = await get("/v1/devices/%E0%A4%A")
    assert.deepEqual([status, JSON.parse(body).error.code], [400, "QUERY_REFUSED"])
  })

  it("answers every list as its description says", async () => {
    const { paths } = (await get("/v1/openapi.json")).json() as never as { paths: Record<string, Described> }
    const ajv = new Ajv({ strict: false })
    for (const name of RESOURCE_NAMES) {
      const schema = paths[`/v1/${name}`]?.get.responses["200"]?.content["application/json"].schema
      const answer = await get(`/v1/${name}`)
      assert.equal(answer.status, 200, name)
      assert.ok(ajv.validate(schema as object, answer.json()), `${name}: ${ajv.errorsText()}`)
    }
    assert.ok(RESOURCE_NAMES.length >= 11)
  })

  it("says of a device what the chain says, and of an unknown one that there is none", async () => {
    const { a, b, c } = story.devices
    const states = await Promise.all(
      [a, b, c].map(
        async ({ id }) => (JSON.parse((await get(`/v1/devices/${id}`)).body) as { item: { state: string } }).item.state,
      ),
    )
    assert.deepEqual(states, ["active", "withdrawn", "retired"])
    const unknown = await get(`/v1/devices/0x${"ff".repeat(32)}`)
    assert.equal(unknown.status, 404)
    assert.match(unknown.body, /NOT_FOUND/)
  })

  it("gives pages that together are the whole list, in the chain's order", async () => {
    const whole = (await get("/v1/runs")).json().items
    const paged: Record<string, unknown>[] = []
    let pages = 0
    for (let next: string | null = ""; next !== null; pages++) {
      const page: Page = (await get(`/v1/runs?limit=3${next === "" ? "" : `&after=${next}`}`)).json()
      assert.ok(page.items.length <= 3)
      paged.push(...page.items)
      next = page.next
    }
    assert.equal(pages, 4)
    assert.equal(whole.length, 10)
    assert.deepEqual(paged, whole)
  })

  it("gives the pages of a time in the order of the chain, and none of another time, wherever they are asked from", async () => {
    const all = (await get("/v1/anchors")).json().items
    const place = ({ time, block, log }: Record<string, unknown>) => [time, block, log].map(Number)
    const order = all.map(place)
    assert.deepEqual(
      order,
      order.toSorted(([a = 0, b = 0, c = 0], [d = 0, e = 0, f = 0]) => a - d || b - e || c - f),
    )
    const from = START + 60
    const wanted = all.filter(({ time }) => Number(time) >= from)
    assert.ok(wanted.length > 2 && wanted.length < all.length)
    const paged: Record<string, unknown>[] = []
    for (let next: string | null = ""; next !== null; ) {
      const page: Page = (
        await get(`/v1/anchors?limit=2&timeFrom=${from}${next === "" ? "" : `&after=${next}`}`)
      ).json()
      paged.push(...page.items)
      next = page.next
    }
    assert.deepEqual(paged, wanted)
    const before = Buffer.from(JSON.stringify([START - 1, 0, 0])).toString("base64url")
    assert.deepEqual((await get(`/v1/anchors?timeFrom=${from}&after=${before}`)).json().items, wanted)
  })

  for (const [question, count] of [
    [() => `runs?device=${story.devices.a.id}`, 5],
    [() => `anchors?timeFrom=${START + 60}&timeTo=${START + 60}`, 2],
    [() => `anchors?timeFrom=${START + 61}&timeTo=${START + 119}`, 0],
    [() => `runs?ledger=${story.other.id}`, 3],
    [() => `runs?ledger=${story.other.id}&timeFrom=${START + 121}`, 0],
    [() => `runs?device=${story.devices.a.id}&positionFrom=2`, 3],
    [() => "devices?state=withdrawn", 1],
    [() => `devices?operator=0x${"00".repeat(20)}`, 0],
    [() => `withdrawals?device=${story.devices.b.id}`, 1],
    [() => "operators?runsFrom=10", 1],
    [() => "operators?runsFrom=11", 0],
  ] as const)
    it(`finds ${count} for ${String(question).slice(6)}`, async () => {
      const answer = await get(`/v1/${question()}`)
      assert.equal(answer.status, 200, answer.body)
      assert.equal(answer.json().items.length, count)
    })

  for (const url of [
    "runs?limit=0",
    "runs?limit=1001",
    "runs?limit=x",
    "runs?colour=red",
    "vouches?revision=true",
    "runs?device=0x12",
    // Over all of a long list that would read all of it.
    "runs?timeFrom=1",
    "runs?runTo=3",
    "runs?after=!!",
    "runs?after=W10",
    // ["0x…", -1], and [true, 5]: what is no row's place is no cursor.
    `runs?after=${Buffer.from(JSON.stringify([`0x${"11".repeat(32)}`, -1])).toString("base64url")}`,
    `runs?after=${Buffer.from("[true,5]").toString("base64url")}`,
  ])
    it(`refuses ${url}, saying why`, async () => {
      const { status, body } = await get(`/v1/${url}`)
      assert.equal(status, 400)
      assert.match(JSON.parse(body).error.message, /limit|colour: nothing|revision: nothing|device|after/)
    })

  it("says which values there are where one is none of them, and of no name more than a line", async () => {
    const refused = async (query: string) => JSON.parse((await get(`/v1/devices?${query}`)).body).error.message
    assert.match(await refused("state=lost"), /active, retiring, retired, withdrawn$/)
    assert.match(await refused(`${"x".repeat(500)}%1b%5b2J=1`), /^x{80}: nothing is asked by this name/)
    assert.match(await refused("a%1b%5b2J=1"), /^a\\u\{1b\}\[2J: nothing/)
  })

  it("refuses a text that no label has", async () => {
    for (const url of ["claims?model=%00", "search?text=%00", `claims?model=${"x".repeat(1025)}`])
      assert.equal((await get(`/v1/${url}`)).status, 400, url)
  })

  it("gives the same rows as CSV and as lines of JSON", async () => {
    const { items } = (await get("/v1/runs")).json()
    const lines = (await get("/v1/runs?format=ndjson")).body.trimEnd().split("\n")
    assert.deepEqual(
      lines.map((line) => JSON.parse(line)),
      items,
    )
    const [head, ...rows] = (await get("/v1/runs?format=csv")).body.trimEnd().split("\r\n")
    const names = Object.keys(items[0] ?? {})
    assert.equal(head, names.join(","))
    assert.deepEqual(
      rows,
      items.map((item) => names.map((name) => String(item[name])).join(",")),
    )
  })

  it("gives the same rows by GraphQL", async () => {
    const query = "{ block { number } devices(limit: 2) { items { device state runs through anchoredAt } next } }"
    const { body } = await app.inject({ method: "POST", url: "/v1/graphql", payload: { query } })
    const { data } = JSON.parse(body) as { data: { devices: Page; block: { number: number } } }
    const { items, next, block } = (await get("/v1/devices?limit=2")).json()
    const few = items.map(({ device, state, runs, through, anchoredAt }) => ({
      device,
      state,
      runs,
      through,
      anchoredAt,
    }))
    assert.deepEqual(data, { block: { number: block.number }, devices: { items: few, next } })
  })

  it("covers a ledger's days, and says what is void and what is behind", async () => {
    const { items, block } = (await get(`/v1/coverage?ledger=${story.first.id}`)).json() as never as Series
    const day = items.at(-1)
    assert.ok(items.length === 90 && day !== undefined && day.day === block.time - (block.time % 86_400))
    const sum = (name: string) => items.reduce((total, row) => total + Number(row[name]), 0)
    assert.ok(sum("voidSeconds") > 0 && sum("meteredSeconds") > 0)
    // The withdrawn device went on for thirty seconds, which nobody expected and which makes up for nobody else's.
    assert.equal(sum("meteredSeconds") + sum("voidSeconds") + sum("behindSeconds"), sum("expectedSeconds"))
    const one = (await get(`/v1/coverage?device=${story.devices.b.id}`)).json() as never as Series
    assert.equal(
      one.items.reduce((total, row) => total + Number(row.voidSeconds), 0),
      0,
    )
  })

  it("adds up what was anchored by period, and by whose it is", async () => {
    const of = async (query: string) => ((await get(`/v1/totals?${query}`)).json() as never as Series).items
    for (const [query, runs, voids] of [
      ["by=day", 10, 1],
      ["by=month", 10, 1],
      [`by=year&ledger=${story.other.id}`, 3, 0],
      [`by=day&operator=${story.first.operator.toLowerCase()}`, 10, 1],
      [`by=day&voucher=${story.first.voucher}`, 7, 1],
      [`by=day&voucher=${story.other.voucher}&operator=${story.first.operator}`, 3, 0],
      [`by=day&device=${story.devices.a.id}`, 5, 1],
    ] as const) {
      const items = await of(query)
      const sum = (name: string) => items.reduce((total, row) => total + Number(row[name]), 0)
      assert.deepEqual([sum("runs"), sum("voids")], [runs, voids], query)
    }
    for (const name of ["operator", "voucher"])
      assert.deepEqual(await of(`by=day&${name}=0x${"00".repeat(20)}`), [], name)
  })

  it("finds by the beginning of an id, and takes no sign of a text for its own", async () => {
    const found = async (text: string) =>
      ((await get(`/v1/search?text=${encodeURIComponent(text)}`)).json() as never as Series).items
    const { id } = story.devices.a
    assert.deepEqual(await found(id.slice(0, 14).toUpperCase().replace("0X", "0x")), [
      { kind: "device", at: `/v1/devices/${id}`, text: id },
    ])
    for (const text of ["%", "_", "'; drop table devices; --", "\\", "0x12"])
      assert.deepEqual(await found(text), [], text)
    assert.equal((await get("/v1/devices")).json().items.length, 3)
  })

  it("names the devices that are silent, the longest first by page", async () => {
    const silent = (await get(`/v1/devices?silentSinceTo=${START + 10 ** 6}`)).json().items
    assert.deepEqual(
      silent.map(({ device }) => device),
      [story.devices.a.id],
    )
    assert.equal((await get(`/v1/devices?silentSinceTo=${START - 10 ** 6}`)).json().items.length, 0)
  })

  for (const [query, said] of [
    ["{ devices { items { ...F } } } fragment F on Devices { ...F }", /itself/],
    [`{ ${Array.from({ length: 6 }, (_, i) => `a${i}: runs(limit: 1000) { next }`).join(" ")} }`, /5000 rows at most/],
    [`{ ${Array.from({ length: 600 }, (_, i) => `a${i}: block { number }`).join(" ")} }`, /tokens|1000 fields/],
    [`{ __schema { types { ${"fields { type { ".repeat(9)} name ${"} }".repeat(9)} } } }`, /deeper than 16/],
    ['{ runs(ledger: "x") { next } }', /ledger: no value/],
    ['{ coverage(ledger: "x") { day } }', /ledger: no value/],
    ["{ runs(positionFrom: 0.5) { next } }", /positionFrom: no value/],
    ["{ runs(positionFrom: 1e300) { next } }", /positionFrom: no value/],
    ['{ totals(by: "hour") { runs } }', /by: no value/],
    // Each adds up all days, whatever it gives.
    [`{ ${Array.from({ length: 6 }, (_, i) => `a${i}: totals(by: "year") { runs }`).join(" ")} }`, /5000 rows at most/],
    ["mutation { runs { next } }", /not configured to execute mutation|Schema is not/],
  ] as const)
    it(`bounds a GraphQL question: ${query.slice(0, 60)}`, async () => {
      const { body } = await app.inject({ method: "POST", url: "/v1/graphql", payload: { query } })
      assert.match(body, said)
    })

  it("refuses a body that is too long or of another type, and says what to do", async () => {
    const ask = async (payload: string, type = "application/json") => {
      const headers = { "content-type": type }
      const { statusCode, body } = await app.inject({ method: "POST", url: "/v1/graphql", payload, headers })
      return [statusCode, (JSON.parse(body) as { error?: { message: string } }).error?.message]
    }
    const padded = (length: number) => JSON.stringify({ query: "{ block { number } }" }).padEnd(length)
    assert.equal((await ask(padded(64 * 1024)))[0], 200)
    assert.deepEqual(await ask(padded(64 * 1024 + 1)), [413, "the body is longer than 65536 bytes; send less"])
    assert.deepEqual(await ask("x", "text/csv"), [415, "a body of this type is not read; send application/json"])
  })

  it("tells who has an answer already that nothing changed", async () => {
    const first = await get("/v1/ledgers")
    const again = await get("/v1/ledgers", { "if-none-match": first.headers.etag })
    assert.deepEqual([first.status, again.status, again.body], [200, 304, ""])
    assert.equal((await get("/v1/devices", { "if-none-match": first.headers.etag })).status, 200)
    const { etag } = first.headers
    const [, hash] = String(first.headers["wattest-block"]).split(" ")
    const stoodOn = createHash("sha256").update(`${VERSION} ${hash} /v1/ledgers`).digest("base64url")
    assert.equal(etag, `"${stoodOn}"`, "of this program, this block and this question")
    for (const [given, status] of [
      [`"other", W/${etag}`, 304],
      ["*", 304],
      [`W/"${String(etag).slice(1, -1)}x"`, 200],
      ["", 200],
    ] as const)
      assert.equal((await get("/v1/ledgers", { "if-none-match": given })).status, status, given)
  })

  it("calls nothing known that changes while the books' block stays", async () => {
    for (const url of ["/v1/documents", "/v1/search?text=llama"]) {
      const { status, headers } = await get(url, { "if-none-match": "*" })
      assert.deepEqual([status, headers.etag], [200, undefined], url)
      assert.match(String(headers["wattest-block"]), /^\d+ 0x[0-9a-f]{64}$/)
    }
  })

  it("lets pages of others read, and write nothing", async () => {
    const { headers } = await get("/v1/status", { origin: "https://example.org" })
    assert.equal(headers["access-control-allow-origin"], "*")
    for (const method of ["POST", "PUT", "DELETE", "PATCH"] as const)
      assert.equal((await app.inject({ method, url: "/v1/runs" })).statusCode, 404)
  })

  it("bounds the questions of one address", async () => {
    const strict = await serve(2)
    const codes: number[] = []
    while (codes.length < 3) codes.push((await strict.inject("/v1/status")).statusCode)
    assert.deepEqual(codes, [200, 200, 429])
    await strict.close()
  })

  it("says what it follows and how far it stands", async () => {
    const status = JSON.parse((await get("/v1/status")).body)
    assert.deepEqual([status.chainId, status.registry, status.tip], [31337, story.registry, 99])
    const final = await story.chain.client.getBlock({ blockTag: "finalized" })
    assert.deepEqual(status.block, { number: Number(final.number), hash: final.hash, time: Number(final.timestamp) })
  })
})

type Series = {
  readonly block: { readonly number: number; readonly time: number }
  readonly items: readonly Readonly<Record<string, number>>[]
}

type Described = {
  readonly get: {
    readonly responses: Record<
      string,
      { readonly content: { readonly "application/json": { readonly schema: unknown } } }
    >
  }
}
