import assert from "node:assert/strict"
import { execFile } from "node:child_process"
import { hash } from "node:crypto"
import { existsSync, mkdtempSync, readFileSync, rmSync } from "node:fs"
import type { AddressInfo } from "node:net"
import { tmpdir } from "node:os"
import { join } from "node:path"
import { promisify } from "node:util"
import { skip } from "@wattest/testkit/skip"
import { createAccess, parseClients } from "../../disclosure/src/pact/access.ts"
import { catalogueOf } from "../../disclosure/src/pact/catalogue.ts"
import { footprintOf } from "../../disclosure/src/pact/footprint.ts"
import { createServer, type Host } from "../../disclosure/src/pact/server.ts"
import { askHost, basic, certify, type Question } from "./pact-client.ts"
import { createPactJudge, OPENAPI, pactFiling } from "./pact-scene.ts"

describe("the host of PACT over TLS", function () {
  this.timeout(120_000)
  let folder: string
  let host: Host
  let nowMs = Date.parse("2027-01-02")
  const secret = "correct-horse-battery-staple"
  const clients = parseClients(
    new TextEncoder().encode(
      JSON.stringify({
        clients: [
          { id: "buyer", secretDigest: `0x${hash("sha256", secret, "hex")}`, products: null },
          { id: "other", secretDigest: `0x${hash("sha256", "else", "hex")}`, products: ["urn:pact:example.com:none"] },
        ],
      }),
    ),
  )
  const footprints = catalogueOf(
    ["a", "b", "c"].map((name) => footprintOf(pactFiling({ name, productIds: [`urn:pact:example.com:p:${name}`] }))),
  )
  const [first] = footprints

  before(async () => {
    folder = mkdtempSync(join(tmpdir(), "wattest-pact-"))
    certify(folder)
    const [cert, key] = ["cert.pem", "key.pem"].map((name) => readFileSync(join(folder, name), "utf8"))
    const access = createAccess({ clients, lifetimeSeconds: 60, nowMs: () => nowMs })
    host = await createServer({
      footprints,
      access,
      lifetimeSeconds: 60,
      tls: { cert: cert ?? "", key: key ?? "" },
      perMinute: 1000,
      answering: null,
    })
    await host.listen({ host: "127.0.0.1", port: 0 })
  })
  after(async () => {
    await host?.close()
    rmSync(folder, { recursive: true, force: true })
  })

  const port = () => (host.server.address() as AddressInfo).port

  const ask = (...asked: Question) => askHost({ port: port(), certificate: join(folder, "cert.pem") }, ...asked)

  const tokenFor = (id: string, word: string, body = "grant_type=client_credentials") =>
    ask(
      "POST",
      "/auth/token",
      { authorization: basic(id, word), "content-type": "application/x-www-form-urlencoded" },
      body,
    )
  const bearer = async (id = "buyer", word = secret) => ({
    authorization: `Bearer ${(await tokenFor(id, word)).body.access_token}`,
  })

  it("gives curl a token and the list, and takes no plain HTTP", async () => {
    // Not spawnSync: the host answers from this very process.
    const curl = async (...words: readonly string[]) =>
      (
        await promisify(execFile)("curl", ["-sS", "--max-time", "10", "--cacert", "cert.pem", ...words], {
          cwd: folder,
        })
      ).stdout
    const at = `https://127.0.0.1:${port()}`
    const given = await curl("-u", `buyer:${secret}`, "-d", "grant_type=client_credentials", `${at}/auth/token`)
    const { access_token, token_type, expires_in } = JSON.parse(given)
    assert.deepEqual([token_type, expires_in], ["Bearer", 60])
    const listed = await curl("-H", `authorization: Bearer ${access_token}`, `${at}/3/footprints?limit=1`)
    assert.equal(JSON.parse(listed).data.length, 1)
    await assert.rejects(curl(`http://127.0.0.1:${port()}/3/footprints`))
  })

  it("lists footprints that the published schema takes", async function () {
    if (!existsSync(OPENAPI)) skip(this, "no OpenAPI of PACT in ../shared/data/pact-3", "elsewhere")
    const judge = createPactJudge()
    const { status, body } = await ask("GET", "/3/footprints", await bearer())
    assert.equal(status, 200)
    const listed = body.data as object[]
    assert.equal(listed.length, 3)
    for (const one of listed) assert.deepEqual(judge("ProductFootprint", one), [])
    assert.notDeepEqual(judge("ProductFootprint", { ...first, pcf: { ...first?.pcf, fossilGhgEmissions: 0.2 } }), [])
    assert.deepEqual(judge("Error", (await ask("GET", "/3/footprints")).body), [])
  })

  it("answers each error as the published schema has it", async function () {
    if (!existsSync(OPENAPI)) skip(this, "no OpenAPI of PACT in ../shared/data/pact-3", "elsewhere")
    const judge = createPactJudge()
    const headers = await bearer()
    const events = { ...headers, "content-type": "application/cloudevents+json" }
    const asked: readonly (readonly [status: number, ...Question])[] = [
      [400, "GET", "/3/footprints?limit=x", headers],
      [400, "GET", "/3/footprints", { ...headers, host: "evil.example/#" }],
      [400, "GET", "/3/footprints/%", headers],
      [400, "POST", "/3/events", events, "{"],
      [400, "POST", "/3/events", events, ""],
      [401, "GET", "/3/footprints"],
      [404, "GET", "/3/footprints/none", headers],
      [404, "GET", "/2/footprints", headers],
      [404, "POST", "/3/footprints", headers],
      [404, "DELETE", "/3/footprints", headers],
      [404, "OPTIONS", "/3/footprints", headers],
      [413, "POST", "/3/events", events, "x".repeat(65_537)],
      [415, "POST", "/3/events", { ...headers, "content-type": "application/xml" }, "x"],
    ]
    for (const [expected, ...question] of asked) {
      const { status, body } = await ask(...question)
      assert.deepEqual([question[0], question[1], status], [question[0], question[1], expected])
      assert.deepEqual(judge("Error", body), [], `${expected}`)
    }
  })

  it("says to whoever asks where tokens are, and to no host that is none", async () => {
    const { status, body } = await ask("GET", "/.well-known/openid-configuration")
    const at = `https://127.0.0.1:${port()}`
    assert.deepEqual([status, body.issuer, body.token_endpoint], [200, at, `${at}/auth/token`])
    assert.deepEqual(body.token_endpoint_auth_methods_supported, ["client_secret_basic"])
    const hidden = await ask("GET", "/.well-known/openid-configuration", { host: "evil.example/#" })
    assert.deepEqual([hidden.status, hidden.body.code], [400, "BadRequest"])
  })

  it("gives no token for a wrong secret, another grant, or no form", async () => {
    const wrong = await tokenFor("buyer", "wrong")
    assert.deepEqual([wrong.status, wrong.body.error], [401, "invalid_client"])
    assert.equal((await tokenFor("nobody", secret)).status, 401)
    assert.equal((await tokenFor("buyer", secret, "grant_type=password")).body.error, "unsupported_grant_type")
    assert.equal((await tokenFor("buyer", secret, "")).body.error, "invalid_request")
  })

  it("answers nobody without a token, with another host's, or with one that has ended", async () => {
    const foreign = createAccess({ clients, lifetimeSeconds: 60, nowMs: () => nowMs })
    const [client] = clients
    assert.ok(client)
    for (const authorization of ["", "Bearer x", `Bearer ${foreign.issue(client)}`]) {
      const { status, body } = await ask("GET", "/3/footprints", { authorization })
      assert.deepEqual([status, body.code], [401, "BadRequest"])
    }
    const headers = await bearer()
    assert.equal((await ask("GET", "/3/footprints", headers)).status, 200)
    nowMs += 60_000
    const { status, body } = await ask("GET", "/3/footprints", headers)
    assert.deepEqual([status, body.code], [401, "TokenExpired"])
  })

  it("walks pages by links to the host that was asked", async () => {
    const headers = await bearer()
    const one = await ask("GET", "/3/footprints?limit=2", headers)
    assert.equal((one.body.data as unknown[]).length, 2)
    const [, url = ""] = /^<(https:[^>]+)>; rel="next"$/.exec(one.link) ?? []
    assert.equal(new URL(url).host, `127.0.0.1:${port()}`)
    const two = await ask("GET", url.replace(/^https:\/\/[^/]+/, ""), headers)
    assert.deepEqual([(two.body.data as unknown[]).length, two.link], [1, ""])
    const whole = await ask("GET", "/3/footprints?limit=3", headers)
    assert.deepEqual([(whole.body.data as unknown[]).length, whole.link], [3, ""])
    const none = await ask("GET", "/3/footprints?limit=0", headers)
    assert.deepEqual([none.body.data, none.link], [[], ""])
  })

  it("filters by each criterion", async () => {
    const headers = await bearer()
    const count = async (query: string) =>
      ((await ask("GET", `/3/footprints?${query}`, headers)).body.data as unknown[]).length
    assert.equal(await count("productId=URN:pact:example.com:p:a&productId=urn:pact:example.com:p:b"), 2)
    assert.equal(await count("productId=urn:pact:example.com:p:a&geography=DE"), 0)
    assert.equal(await count("geography=CH&status=active&companyId=urn:pact:example.com:company:1"), 3)
    assert.equal(await count("status=Deprecated"), 0)
    assert.equal(await count("status=Gone"), 0)
    // As the conformance service of PACT asks, of a product without a classification.
    assert.equal(await count("classification=&geography="), 3)
    assert.equal(await count("productId=&productId=urn:pact:example.com:p:a"), 1)
    assert.equal(await count("validOn=2027-01-01T00:00:00Z"), 3)
    assert.equal(await count("validOn=2026-12-31T23:59:59Z"), 0)
    assert.equal(await count("validOn=2030-01-01T00:00:00Z"), 3)
    assert.equal(await count(Array(32).fill("productId=urn:pact:example.com:p:a").join("&")), 1)
    assert.equal(await count("validAfter=2027-01-01T00:00:00Z"), 0)
    assert.equal(await count("validBefore=2030-01-01T00:00:01Z"), 3)
    assert.equal(await count("validBefore=2030-01-01T00:00:00Z"), 0)
  })

  for (const query of [
    "limit=-1",
    "limit=1e3",
    "limit=1&limit=2",
    "validOn=soon",
    "$filter=x",
    "__proto__=x",
    `productId=${"x".repeat(600)}`,
    "limit=",
  ])
    it(`refuses the question ${query.slice(0, 30)}`, async () => {
      const { status, body } = await ask("GET", `/3/footprints?${query}`, await bearer())
      assert.deepEqual([status, body.code], [400, "BadRequest"])
    })

  it("answers one, not an unknown one, nor one that was not granted", async () => {
    const path = `/3/footprints/${first?.id}`
    assert.deepEqual((await ask("GET", path, await bearer())).body.data, JSON.parse(JSON.stringify(first)))
    assert.equal((await ask("GET", path.toUpperCase().replace("FOOTPRINTS", "footprints"), await bearer())).status, 200)
    const unknown = await ask("GET", "/3/footprints/00000000-0000-0000-0000-000000000000", await bearer())
    assert.deepEqual([unknown.status, unknown.body.code], [404, "NotFound"])
    const denied = await ask("GET", path, await bearer("other", "else"))
    assert.deepEqual([denied.status, denied.body.code], [403, "AccessDenied"])
    assert.deepEqual((await ask("GET", "/3/footprints", await bearer("other", "else"))).body.data, [])
  })

  it("takes news and no request, and says whether it is one; nor a body without end", async () => {
    const headers = { ...(await bearer()), "content-type": "application/cloudevents+json" }
    const event = {
      specversion: "1.0",
      id: "1",
      source: "x",
      time: "2027-01-01T00:00:00Z",
      data: { productId: ["urn:pact:example.com:p:a"] },
      type: "org.wbcsd.pact.ProductFootprint.RequestCreatedEvent.3",
    }
    const post = async (body: string) => {
      const answer = await ask("POST", "/3/events", headers, body)
      return [answer.status, answer.body.code]
    }
    assert.deepEqual(await post(JSON.stringify(event)), [400, "NotImplemented"])
    const published = { ...event, type: "org.wbcsd.pact.ProductFootprint.PublishedEvent.3" }
    const pfIds = ["3a6c14a7-4deb-498a-b5ea-16ce2535b576"]
    assert.deepEqual(await post(JSON.stringify({ ...published, data: { pfIds } })), [200, undefined])
    for (const data of [null, {}, { pfIds: [] }, { pfIds: pfIds[0] }, { pfIds: [...pfIds, "urn:gtin:1"] }])
      assert.deepEqual(await post(JSON.stringify({ ...published, data })), [400, "BadRequest"])
    assert.deepEqual(await post(JSON.stringify({ ...event, type: "x" })), [400, "BadRequest"])
    assert.deepEqual(await post("{"), [400, "BadRequest"])
    assert.equal((await ask("POST", "/3/events", { "content-type": "application/cloudevents+json" }, "{}")).status, 401)
    assert.deepEqual(await post(JSON.stringify({ more: "x".repeat(70_000) })), [413, "BadRequest"])
  })
})
