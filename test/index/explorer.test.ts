import assert from "node:assert/strict"
import { mkdirSync, writeFileSync } from "node:fs"
import { join } from "node:path"
import { gunzipSync } from "node:zlib"
import { createServer, readExplorer } from "@wattest/index"
import { temporaryFolder } from "@wattest/testkit/relayer/harness"
import type { FastifyInstance } from "fastify"
import { openBooks } from "./books.ts"

const PAGE = "<!doctype html><title>Books</title>"
const SCRIPT = `/*${"long enough to be worth a zip ".repeat(9)}*/`

describe("the index's explorer", () => {
  const folder = temporaryFolder()
  const built = join(folder.path, "dist")
  let books: Awaited<ReturnType<typeof openBooks>>
  let app: FastifyInstance

  before(async () => {
    mkdirSync(join(built, "assets"), { recursive: true })
    writeFileSync(join(built, "index.html"), PAGE)
    writeFileSync(join(built, "assets", "main-ab12.js"), SCRIPT)
    writeFileSync(join(folder.path, "secret.txt"), "of nobody's concern")
    books = await openBooks({ registry: "0x" }, ["http://127.0.0.1:1"])
    const contracts = { registry: "0x", claims: null } as const
    const status = () => ({ tip: null, error: null, endpoints: [] })
    const setup = { db: books.db, chainId: 1, contracts, status, perMinute: 3, version: "0.1.0" }
    app = await createServer({ ...setup, explorer: readExplorer(built) })
  })
  after(async () => {
    await app.close()
    await books.close()
    folder.remove()
  })

  it("answers deep links with the page, under a strict policy", async () => {
    for (const url of ["/", "/ledgers/0x12?tab=devices", "/index.html"]) {
      const { statusCode, body, headers } = await app.inject(url)
      assert.deepEqual([statusCode, body, headers["cache-control"]], [200, PAGE, "no-cache"], url)
      assert.match(String(headers["content-security-policy"]), /^default-src 'none'; script-src 'self' /)
      assert.doesNotMatch(String(headers["content-security-policy"]), /unsafe-inline|'unsafe-eval'/)
      assert.equal(headers["x-content-type-options"], "nosniff")
    }
  })

  it("lets what is named by its content be kept for ever, and zips it for who can read that", async () => {
    const url = "/assets/main-ab12.js"
    const plain = await app.inject(url)
    assert.equal(plain.headers["cache-control"], "public, max-age=31536000, immutable")
    assert.equal(plain.body, SCRIPT)
    const zipped = await app.inject({ url, headers: { "accept-encoding": "br, gzip" } })
    assert.equal(zipped.headers["content-encoding"], "gzip")
    assert.equal(gunzipSync(zipped.rawPayload).toString(), SCRIPT)
    const again = await app.inject({ url, headers: { "if-none-match": plain.headers.etag } })
    assert.deepEqual([again.statusCode, again.body], [304, ""])
  })

  it("has nothing beside the folder, and leaves the API what is its own", async () => {
    const away = [
      "/../secret.txt",
      "/%2e%2e/secret.txt",
      "/..%2fsecret.txt",
      "/assets/none.js",
      "/assets/x",
      "/v1/none",
    ]
    for (const url of away) assert.equal((await app.inject(url)).statusCode, 404, url)
    assert.equal((await app.inject("/v1/status")).statusCode, 200)
    assert.equal((await app.inject({ method: "POST", url: "/" })).statusCode, 404)
  })

  it("refuses a folder that is no built page", () => {
    assert.throws(() => readExplorer(join(built, "assets")), /has no index.html/)
    writeFileSync(join(built, "notes.doc"), "x")
    assert.throws(() => readExplorer(built), /no page of ours has such a file/)
    assert.throws(() => readExplorer(join(folder.path, "none")), /has no index.html/)
  })
})
