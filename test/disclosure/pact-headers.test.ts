import assert from "node:assert/strict"
import { hash } from "node:crypto"
import { mkdtempSync, readFileSync, rmSync } from "node:fs"
import { tmpdir } from "node:os"
import { join } from "node:path"
import { createAccess, parseClients } from "../../disclosure/src/pact/access.ts"
import { createServer, type Host } from "../../disclosure/src/pact/server.ts"
import { basic, certify } from "./pact-client.ts"

describe("the host of PACT, beside its bodies", () => {
  let folder: string
  let host: Host
  const secretDigest = `0x${hash("sha256", "secret", "hex")}`
  const clients = parseClients(
    new TextEncoder().encode(JSON.stringify({ clients: [{ id: "buyer", secretDigest, products: null }] })),
  )

  before(async () => {
    folder = mkdtempSync(join(tmpdir(), "wattest-pact-headers-"))
    certify(folder)
    const [cert = "", key = ""] = ["cert.pem", "key.pem"].map((name) => readFileSync(join(folder, name), "utf8"))
    const access = createAccess({ clients, lifetimeSeconds: 60, nowMs: Date.now })
    const setup = { footprints: [], access, lifetimeSeconds: 60, tls: { cert, key }, answering: null }
    host = await createServer({ ...setup, perMinute: 1000 })
  })
  after(async () => {
    await host?.close()
    rmSync(folder, { recursive: true, force: true })
  })

  const tokenFor = (secret: string, payload: string) => {
    const headers = { authorization: basic("buyer", secret), "content-type": "application/x-www-form-urlencoded" }
    return host.inject({ method: "POST", url: "/auth/token", headers, payload })
  }
  const listed = (authorization: string) => host.inject({ url: "/3/footprints", headers: { authorization } })
  const GRANT = "grant_type=client_credentials"

  it("takes a token as it gave it: with neither another end nor another client in it", () => {
    const [buyer] = clients
    assert.ok(buyer)
    const access = createAccess({ clients: [buyer, { ...buyer, id: "other" }], lifetimeSeconds: 60, nowMs: () => 0 })
    const [head = "", seal = ""] = access.issue(buyer).split(".")
    const present = (payload: string) => access.present(`${Buffer.from(payload).toString("base64url")}.${seal}`)
    assert.equal(Buffer.from(head, "base64url").toString(), "buyer:60")
    assert.equal(present("buyer:60").client, buyer)
    for (const payload of ["buyer:61", "other:60", "buyer:60:1", "buyer", ""])
      assert.deepEqual(present(payload), { client: null, reason: "invalid" }, payload)
  })

  it("holds no more than 1024 connections at once", () => assert.equal(host.server.maxConnections, 1024))

  // Node grants a body the longer one of its two times.
  it("waits ten seconds for a request, head and body, and for who would speak TLS", () => {
    const { requestTimeout, headersTimeout } = host.server
    assert.deepEqual([requestTimeout, headersTimeout], [10_000, 10_000])
  })

  it("answers a path that is no URL as it answers others", async () => {
    const { statusCode, body } = await host.inject("/3/footprints/%E0%A4%A")
    assert.deepEqual([statusCode, JSON.parse(body).code], [400, "BadRequest"])
  })

  it("says what a token may do, whatever was asked", async () => {
    for (const asked of [GRANT, `${GRANT}&scope=other`])
      assert.equal((await tokenFor("secret", asked)).json().scope, "footprint:list footprint:read")
  })

  it("says by which scheme to come again, where nobody was let in, and nowhere else", async () => {
    const given = await tokenFor("secret", GRANT)
    const answers = [
      await tokenFor("wrong", GRANT),
      await tokenFor("secret", "grant_type=password"),
      given,
      await listed("Bearer x"),
      await listed(`Bearer ${given.json().access_token}`),
    ]
    assert.deepEqual(
      answers.map(({ statusCode, headers }) => [statusCode, headers["www-authenticate"]]),
      [
        [401, 'Basic realm="PACT"'],
        [400, undefined],
        [200, undefined],
        [401, 'Bearer error="invalid_token"'],
        [200, undefined],
      ],
    )
  })

  it("lets nobody keep what the token endpoint answers", async () => {
    for (const { headers } of [await tokenFor("secret", GRANT), await tokenFor("wrong", GRANT)])
      assert.deepEqual([headers["cache-control"], headers.pragma], ["no-store", "no-cache"])
  })
})
