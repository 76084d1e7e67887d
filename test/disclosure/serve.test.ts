import assert from "node:assert/strict"
import { type ChildProcess, spawn, spawnSync } from "node:child_process"
import { hash, randomBytes } from "node:crypto"
import { once } from "node:events"
import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs"
import { request as plain } from "node:http"
import { tmpdir } from "node:os"
import { join } from "node:path"
import { DatabaseSync } from "node:sqlite"
import { setTimeout as wait } from "node:timers/promises"
import { writeCompany } from "@wattest/testkit/disclosure/company"
import { until } from "@wattest/testkit/local/processes"
import { askHost, basic, certify, type Question } from "./pact-client.ts"
import { startPartner } from "./pact-partner.ts"

const MAIN = join(import.meta.dirname, "../../disclosure/src/main.ts")
const BELIEVED = ["--policy", "policy.json", "--profile", "profile.json"]

/** Fields that ProductFootprint and CarbonFootprint of PACT V3 cannot be without. */
const REQUIRED = [
  ...["id", "specVersion", "created", "status", "companyName", "companyIds", "productDescription", "productIds"],
  ...["productNameCompany", "pcf"],
]
const REQUIRED_CARBON = [
  ...["declaredUnitOfMeasurement", "declaredUnitAmount", "productMassPerDeclaredUnit", "referencePeriodStart"],
  ...["referencePeriodEnd", "pcfExcludingBiogenicUptake", "pcfIncludingBiogenicUptake", "fossilGhgEmissions"],
  ...["fossilCarbonContent", "ipccCharacterizationFactors", "crossSectoralStandards", "exemptedEmissionsPercent"],
]
const DECIMALS = REQUIRED_CARBON.filter((name) => /Amount|Mass|Uptake|Emissions|Content|Percent/.test(name))
const GEOGRAPHIES = ["geographyCountry", "geographyRegionOrSubregion", "geographyCountrySubdivision"]

type Listed = { readonly id: string; readonly pcf: { readonly [name: string]: unknown } } & {
  readonly [name: string]: unknown
}

describe("wattest disclose serve", function () {
  this.timeout(120_000)
  const secret = randomBytes(32).toString("hex")
  let folder: string
  const running = new Set<ChildProcess>()
  const at = (...names: string[]) => join(folder, ...names)

  function disclose(...words: readonly string[]) {
    return spawnSync(process.execPath, [MAIN, ...words], { cwd: folder, encoding: "utf8" })
  }
  const filing = (name: string, from: string, to: string) => {
    const { status, stderr } = disclose(
      ...["file", "pact-3-category-1.1", "certificates", ...BELIEVED, "--from", from, "--to", to],
      ...["--model", "example-chat", "--out", at("footprints", name)],
    )
    assert.equal(status, 0, stderr)
  }

  before(async () => {
    folder = mkdtempSync(join(tmpdir(), "wattest-serve-"))
    await writeCompany(folder)
    mkdirSync(at("footprints"))
    filing("year.json", "2025-01-01", "2025-12-31")
    // Runs are of five days, and one of them ends with 29 June.
    filing("half.json", "2025-01-01", "2025-06-29")
    certify(folder)
    const secretDigest = `0x${hash("sha256", secret, "hex")}`
    const clients = [
      { id: "buyer", secretDigest, products: null },
      { id: "other", secretDigest, products: ["urn:pact:example.com:none"] },
    ]
    writeFileSync(at("clients.json"), JSON.stringify({ clients }))
  })
  afterEach(async () => {
    for (const child of running) {
      child.kill("SIGKILL")
      if (child.exitCode === null && child.signalCode === null) await once(child, "exit")
    }
    running.clear()
  })
  after(() => rmSync(folder, { recursive: true, force: true }))

  /** The command's words; an option that is named takes the place of the usual one. */
  const words = (...more: readonly string[]) => {
    const usual = { "--clients": "clients.json", "--tls-cert": "cert.pem", "--tls-key": "key.pem" }
    const rest = Object.entries(usual).filter(([name]) => !more.includes(name))
    return ["serve", "footprints", "--documents", "certificates", ...BELIEVED, ...rest.flat(), ...more]
  }

  /** Starts the host, on a free port unless one is named, and answers once it says that it listens. */
  async function start(...more: readonly string[]) {
    const port = more.includes("--port") ? [] : ["--port", "0"]
    const env = { ...process.env, NODE_EXTRA_CA_CERTS: at("cert.pem") }
    const child = spawn(process.execPath, [MAIN, ...words(...port, ...more)], { cwd: folder, env })
    running.add(child)
    let [said, complained] = ["", ""]
    child.stderr.on("data", (text) => {
      complained += text
    })
    for await (const text of child.stdout.iterator({ destroyOnReturn: false })) {
      said += text
      if (said.includes("\n")) break
    }
    child.stdout.on("data", (text) => {
      said += text
    })
    const { address, ...told } = JSON.parse(said || "{}")
    assert.ok(address, complained)
    const taken = Number(new URL(address).port)
    const ask = (...asked: Question) => askHost({ port: taken, certificate: at("cert.pem") }, ...asked)
    const tokenFor = (id: string, word: string) =>
      ask(
        ...(["POST", "/auth/token"] as const),
        { authorization: basic(id, word), "content-type": "application/x-www-form-urlencoded" },
        "grant_type=client_credentials",
      )
    const bearer = async (id = "buyer") => ({
      authorization: `Bearer ${(await tokenFor(id, secret)).body.access_token}`,
    })
    return { child, port: taken, told, ask, tokenFor, bearer, said: () => said + complained }
  }

  it("serves what the documents show, from where tokens are to the last page", async () => {
    const host = await start()
    assert.deepEqual(host.told, { served: 2, refused: 0 })
    const found = await host.ask("GET", "/.well-known/openid-configuration")
    assert.equal(found.body.token_endpoint, `https://127.0.0.1:${host.port}/auth/token`)
    const headers = await host.bearer()
    const listed: Listed[] = []
    let path = "/3/footprints?limit=1"
    while (path !== "") {
      const { status, body, link } = await host.ask("GET", path, headers)
      assert.equal(status, 200)
      listed.push(...(body.data as Listed[]))
      const [, url = ""] = /^<([^>]+)>; rel="next"$/.exec(link) ?? []
      path = url === "" ? "" : url.slice(new URL(url).origin.length)
    }
    assert.equal(listed.length, 2)
    for (const one of listed) {
      for (const name of REQUIRED) assert.ok(Object.hasOwn(one, name), name)
      for (const name of REQUIRED_CARBON) assert.ok(Object.hasOwn(one.pcf, name), name)
      for (const name of DECIMALS) assert.match(`${one.pcf[name]}`, /^\d+(\.\d+)?$/, name)
      for (const name of DECIMALS) assert.equal(typeof one.pcf[name], "string", name)
      assert.equal(GEOGRAPHIES.filter((name) => Object.hasOwn(one.pcf, name)).length, 1)
      assert.deepEqual([one.specVersion, one.status], ["3.0.0", "Active"])
      // 12,000 kWh at 45 g for 9,000 million tokens a day.
      assert.equal(one.pcf.pcfExcludingBiogenicUptake, "0.06000")
      const { body } = await host.ask("GET", `/3/footprints/${one.id}`, headers)
      assert.deepEqual(body.data, one)
    }
    assert.deepEqual((await host.ask("GET", "/3/footprints", await host.bearer("other"))).body.data, [])
    const [first] = listed
    const denied = await host.ask("GET", `/3/footprints/${first?.id}`, await host.bearer("other"))
    assert.deepEqual([denied.status, denied.body.code], [403, "AccessDenied"])
  })

  it("gives nobody a token but a client with its secret, and speaks no plain HTTP", async () => {
    const host = await start()
    for (const [id, word] of [
      ["buyer", `${secret}0`],
      ["buyer", ""],
      ["nobody", secret],
    ] as const) {
      const { status, body } = await host.tokenFor(id, word)
      assert.deepEqual([status, body.error, body.access_token], [401, "invalid_client", undefined])
    }
    const asked = plain({ host: "127.0.0.1", port: host.port, path: "/3/footprints" })
    asked.end()
    await assert.rejects(once(asked, "response"))
  })

  it("holds a token for its time alone", async () => {
    const host = await start("--token-seconds", "1")
    const headers = await host.bearer()
    let answer = await host.ask("GET", "/3/footprints", headers)
    while (answer.status === 200) {
      await wait(100)
      answer = await host.ask("GET", "/3/footprints", headers)
    }
    assert.deepEqual([answer.status, answer.body.code], [401, "TokenExpired"])
    assert.equal((await host.ask("GET", "/3/footprints", await host.bearer())).status, 200)
  })

  it("ends at SIGTERM with 0, comes back after kill -9, and then takes no token of before", async () => {
    const first = await start()
    const headers = await first.bearer()
    assert.equal((await first.ask("GET", "/3/footprints", headers)).status, 200)
    first.child.kill("SIGTERM")
    assert.deepEqual(await once(first.child, "exit"), [0, null])
    const second = await start("--port", `${first.port}`)
    assert.equal(second.port, first.port)
    const stale = await second.ask("GET", "/3/footprints", headers)
    assert.deepEqual([stale.status, stale.body.code], [401, "BadRequest"])
    second.child.kill("SIGKILL")
    assert.deepEqual(await once(second.child, "exit"), [null, "SIGKILL"])
    const third = await start("--port", `${first.port}`)
    assert.equal((await third.ask("GET", "/3/footprints", await third.bearer())).status, 200)
  })

  it("answers a request that it accepted, though it be killed with -9 before the customer's host can be reached", async () => {
    const [cert, key] = ["cert.pem", "key.pem"].map((name) => readFileSync(at(name), "utf8"))
    const partner = await startPartner({ cert: cert ?? "", key: key ?? "" }, "seller", "s-1")
    partner.says({ status: 503, body: "" })
    const answers = {
      url: partner.url,
      tokenUrl: `${partner.url}/auth/token`,
      id: "seller",
      secretFile: "seller.secret",
    }
    const { clients } = JSON.parse(readFileSync(at("clients.json"), "utf8"))
    const [buyer, other] = clients
    writeFileSync(at("hearing.json"), JSON.stringify({ clients: [{ ...buyer, answers }, other] }))
    writeFileSync(at("seller.secret"), "s-1\n")
    const hearing = ["--clients", "hearing.json", "--requests", "requests.sqlite"]
    const first = await start(...hearing)
    const type = "org.wbcsd.pact.ProductFootprint.RequestCreatedEvent.3"
    const { data } = (await first.ask("GET", "/3/footprints?limit=1", await first.bearer())).body
    const productIds = (data as { readonly productIds: readonly string[] }[])[0]?.productIds
    const event = {
      ...{ specversion: "1.0", id: "run/12", source: "https://nobody.invalid/", time: "2026-01-01T00:00:00Z", type },
      data: { productId: productIds },
    }
    const post = async ({ ask, bearer }: typeof first, client: string, body: object) => {
      const headers = { ...(await bearer(client)), "content-type": "application/cloudevents+json; charset=UTF-8" }
      const { status, body: said } = await ask("POST", "/3/events", headers, JSON.stringify(body))
      return [status, said.code]
    }
    assert.deepEqual(await post(first, "other", event), [400, "NotImplemented"])
    assert.deepEqual(await post(first, "buyer", event), [200, undefined])
    assert.deepEqual(await post(first, "buyer", { ...event, id: "run/14.A", data: { productId: ["urn:pact:null"] } }), [
      200,
      undefined,
    ])
    await until("two tries", async () => assert.match(first.said(), /"postponed"[\s\S]*"postponed"/))
    assert.match(first.said(), /\/3\/events answers 503/)
    first.child.kill("SIGKILL")
    await once(first.child, "exit")
    partner.says(null)
    // The first pause is a minute long.
    const waiting = new DatabaseSync(at("requests.sqlite"))
    waiting.exec("update requests set due = 0")
    const rest = ["--clients", "hearing.json", "--requests", "requests.sqlite", "--port", "0"]
    const { status, stderr } = disclose(...words(...rest))
    assert.deepEqual([status, /error: cannot use the store requests\.sqlite/.test(stderr)], [2, true], stderr)
    waiting.close()
    // A host that cannot listen answers nobody, and ends.
    const taken = await start(...hearing, "--port", new URL(partner.url).port).catch(String)
    assert.match(`${taken}`, /is in use already/)
    assert.ok(partner.heard.length < 1)
    const second = await start(...hearing)
    await until("both answers", async () => assert.equal(partner.heard.length, 2))
    const answered = partner.heard.map(({ event }) => [event.type, Object(event.data).requestEventId])
    assert.deepEqual(answered.sort(), [
      ["org.wbcsd.pact.ProductFootprint.RequestFulfilledEvent.3", "run/12"],
      ["org.wbcsd.pact.ProductFootprint.RequestRejectedEvent.3", "run/14.A"],
    ])
    await until("both told", async () => assert.match(second.said(), /"fulfilled"/))
    second.child.kill("SIGTERM")
    assert.deepEqual(await once(second.child, "exit"), [0, null])
    assert.ok(!second.said().includes("s-1") && !first.said().includes("s-1"))
    await partner.close()
  })

  it("says what is wrong with its requests and its secrets", () => {
    const { clients } = JSON.parse(readFileSync(at("clients.json"), "utf8"))
    const hearing = (answers: object) =>
      writeFileSync(at("wrong.json"), JSON.stringify({ clients: [{ ...clients[0], answers }] }))
    const good = { url: "https://a.example", tokenUrl: "https://a.example/t", id: "seller", secretFile: "wrong.secret" }
    writeFileSync(at("wrong.secret"), "two words")
    hearing(good)
    const refused = (message: RegExp, ...more: readonly string[]) => {
      const { status, stderr } = disclose(...words("--check", ...more))
      assert.deepEqual([status, message.test(stderr)], [2, true], stderr)
    }
    refused(/--requests: no client of --clients hears answers/, "--requests", "requests.sqlite")
    refused(/wrong\.secret: expected a secret/, "--clients", "wrong.json", "--requests", "requests.sqlite")
    writeFileSync(at("wrong.secret"), "word")
    refused(/--requests is missing/, "--clients", "wrong.json")
    for (const url of ["http://a.example", "https://", "https://me:word@a.example"]) {
      hearing({ ...good, url })
      refused(/wrong\.json: .*answers\.url: expected an https URL/, "--clients", "wrong.json", "--requests", "r.sqlite")
    }
  })

  it("slows down who asks too often, for tokens sooner", async () => {
    const host = await start("--per-minute", "8")
    const headers = await host.bearer()
    assert.equal((await host.tokenFor("buyer", secret)).status, 200)
    const guess = await host.tokenFor("buyer", "guess")
    assert.deepEqual([guess.status, guess.body.code], [429, "BadRequest"])
    const asked: number[] = []
    for (let i = 0; i < 9; i++) asked.push((await host.ask("GET", "/3/footprints", headers)).status)
    assert.deepEqual([asked[0], asked.at(-1)], [200, 429])
  })

  it("says no secret and no token", async () => {
    const host = await start()
    const { access_token } = (await host.tokenFor("buyer", secret)).body
    await host.tokenFor("buyer", `${secret}x`)
    await host.ask("GET", `/3/footprints?productId=${secret}`, { authorization: `Bearer ${access_token}` })
    await host.ask("POST", "/3/events", { authorization: `Bearer ${access_token}`, "content-type": "a/b" }, secret)
    host.child.kill("SIGTERM")
    await once(host.child, "exit")
    const key = readFileSync(at("key.pem"), "utf8").split("\n")[1] ?? ""
    for (const word of [secret, `${access_token}`, key]) assert.ok(word !== "" && !host.said().includes(word))
  })

  it("does not serve a filing that states anything but what the documents show", () => {
    const good = readFileSync(at("footprints", "year.json"), "utf8")
    const check = () => {
      const { status, stdout } = disclose(...words("--check", "--json"))
      const { served, refused } = JSON.parse(stdout)
      return { status, served: served.length, reasons: refused.map(({ reason }: { reason: string }) => reason) }
    }
    assert.deepEqual(check(), { status: 0, served: 2, reasons: [] })
    for (const [from, to, reason] of [
      ['"value": "0.06000"', '"value": "0.05000"', /it states 0\.05000, the documents show 0\.06000/],
      ['"from": "2025-01-01"', '"from": "2025-01-06"', /cell|period/],
      ['"profileSigner": "0x', '"profileSigner": "0y', /profileSigner/],
      ["pact-3-category-1.1", "pact-3-category-11", /cell|standard|pact-3/],
    ] as const) {
      writeFileSync(at("footprints", "year.json"), good.replace(from, to))
      const { status, served, reasons } = check()
      assert.deepEqual([status, served, reasons.length], [1, 1, 1])
      assert.match(`${reasons}`, reason)
    }
    writeFileSync(at("footprints", "year.json"), good)
  })
})
