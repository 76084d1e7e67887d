import assert from "node:assert/strict"
import { hash } from "node:crypto"
import { mkdtempSync, readFileSync, rmSync } from "node:fs"
import { tmpdir } from "node:os"
import { join } from "node:path"
import { setTimeout as wait } from "node:timers/promises"
import { getCACertificates, setDefaultCACertificates } from "node:tls"
import { freePort, until } from "@wattest/testkit/local/processes"
import { type Client, parseClients } from "../../disclosure/src/pact/access.ts"
import { answerTo } from "../../disclosure/src/pact/answer.ts"
import { type Answered, type Answering, createAnswering } from "../../disclosure/src/pact/answering.ts"
import { catalogueOf } from "../../disclosure/src/pact/catalogue.ts"
import { type FootprintRequest, readEvent } from "../../disclosure/src/pact/events.ts"
import { footprintOf } from "../../disclosure/src/pact/footprint.ts"
import { deliver, Undelivered } from "../../disclosure/src/pact/partner.ts"
import { QueryRefused } from "../../disclosure/src/pact/query.ts"
import { MAX_DAILY, openRequests, type Requests } from "../../disclosure/src/pact/requests.ts"
import { certify } from "./pact-client.ts"
import { type PartnerHost, startPartner } from "./pact-partner.ts"
import { pactFiling } from "./pact-scene.ts"

const SECRET = "p:w/ö"
const HOUR_MS = 3_600_000
const NOW_MS = Date.parse("2027-01-02")
const productId = (name: string) => `urn:pact:example.com:p:${name}`
const footprints = catalogueOf(
  ["a", "b", "c"].map((name) => footprintOf(pactFiling({ name, productIds: [productId(name)] }))),
)
const request = (id: string, ...names: readonly string[]): FootprintRequest => ({
  ...{ source: "https://buyer.example/3/events", id },
  criteria: { productId: names.map(productId) },
})

const EVENT = {
  ...{ specversion: "1.0", id: "run/12", source: "https://anywhere.example", time: "2027-01-01T00:00:00Z" },
  type: "org.wbcsd.pact.ProductFootprint.RequestCreatedEvent.3",
  data: { productId: [productId("a")], comment: "of this year, please" },
}

describe("an event of PACT", () => {
  const refusal = (changed: object) => {
    try {
      readEvent({ ...EVENT, ...changed })
    } catch (error) {
      if (error instanceof QueryRefused) return error.message
      throw error
    }
    return assert.fail("it was taken")
  }

  it("that asks for footprints is read with its criteria, and its comment is none", () =>
    assert.deepEqual(readEvent(EVENT), {
      ...{ source: EVENT.source, id: EVENT.id },
      criteria: { productId: [productId("a")] },
    }))

  it("may ask by any criterion of the standard, by a text or by several", () => {
    const data = { status: ["Active", "Deprecated"], validOn: "2026-06-01T00:00:00Z", geography: [] }
    assert.deepEqual(readEvent({ ...EVENT, data })?.criteria, { ...data, validOn: [data.validOn] })
  })

  it("is refused with its field where it is none", () => {
    const [long, type] = ["x".repeat(513), "org.wbcsd.pact.ProductFootprint.RequestFulfilledEvent.3"]
    const wrong: readonly [object, RegExp][] = [
      [{ specversion: "0.3" }, /^specversion: /],
      [{ type: "org.wbcsd.pact.ProductFootprint.Other.3" }, /^type: /],
      ...["", long, 7].flatMap((bad): [object, RegExp][] => [
        [{ id: bad }, /^id: /],
        [{ source: bad }, /^source: /],
      ]),
      [{ time: "soon" }, /^time: /],
      [{ data: [] }, /^data: expected an object/],
      [{ data: { comment: "all" } }, /^data: expected a criterion/],
      [{ data: { productId: [] } }, /^data: expected a criterion/],
      [{ data: { productId: [7] } }, /^data.productId: expected a text/],
      [{ data: { colour: "red" } }, /no criterion "colour"/],
      [{ data: { productId: Array(33).fill("a") } }, /^productId: at most 32 values/],
      [{ data: { productId: long } }, /^productId: a value is longer/],
      [{ data: { validOn: "2026" } }, /^validOn: expected a time/],
      [{ type, data: { requestEventId: "1", pfs: [] } }, /asked for no footprint/],
    ]
    for (const [changed, message] of wrong) assert.match(refusal(changed), message)
    const criteriaOf = (length: number) => {
      const values = [...Array<string>(15).fill("x".repeat(512)), "x".repeat(length)]
      return { productId: values }
    }
    const frame = JSON.stringify(criteriaOf(0)).length
    assert.match(refusal({ data: criteriaOf(8193 - frame) }), /^data: longer than 8192 characters/)
    assert.ok(readEvent({ ...EVENT, data: criteriaOf(8192 - frame) }))
    assert.ok(readEvent({ ...EVENT, data: { productId: Array(32).fill("a") } }))
    assert.equal(readEvent({ ...EVENT, id: long.slice(1) })?.id.length, 512)
  })
})

describe("the answer to a request", () => {
  it("has what meets the criteria of what the client may see", () => {
    const { type, data, time, ...frame } = answerTo("buyer", request("1", "a", "c"), footprints, NOW_MS)
    assert.equal(type, "org.wbcsd.pact.ProductFootprint.RequestFulfilledEvent.3")
    assert.deepEqual([time, frame.specversion, frame.source], ["2027-01-02T00:00:00.000Z", "1.0", "/3/events"])
    assert.equal(data.requestEventId, "1")
    const names = (data.pfs as { readonly productIds: readonly string[] }[]).flatMap(({ productIds }) => productIds)
    assert.deepEqual(names.sort(), ["a", "c"].map(productId))
  })

  it("rejects what nothing meets, and what more than a page meets", () => {
    const errorOf = (seen: typeof footprints, asked: FootprintRequest) => {
      const { type, data } = answerTo("buyer", asked, seen, NOW_MS)
      return [type, data.requestEventId, (data.error as { readonly code: string } | undefined)?.code]
    }
    const rejected = "org.wbcsd.pact.ProductFootprint.RequestRejectedEvent.3"
    assert.deepEqual(errorOf(footprints, request("2", "d")), [rejected, "2", "NotFound"])
    assert.deepEqual(errorOf([], request("2", "a")), [rejected, "2", "NotFound"])
    const first = footprints.find(({ productIds }) => productIds.includes(productId("a")))
    assert.ok(first)
    assert.deepEqual(errorOf(Array(101).fill(first), request("3", "a")), [rejected, "3", "BadRequest"])
    assert.match(`${errorOf(Array(100).fill(first), request("3", "a"))[0]}`, /Fulfilled/)
  })

  it("has the same id however often it is made, and another for each client, source and request", () => {
    const ids = [
      answerTo("buyer", request("1", "a"), footprints, NOW_MS).id,
      answerTo("other", request("1", "a"), footprints, NOW_MS).id,
      answerTo("buyer", request("2", "a"), footprints, NOW_MS).id,
      answerTo("buyer", { ...request("1", "a"), source: "x" }, footprints, NOW_MS).id,
    ]
    assert.equal(new Set(ids).size, 4)
    assert.equal(answerTo("buyer", request("1", "a"), [], NOW_MS + 1).id, ids[0])
    for (const id of ids) assert.match(id, /^[0-9a-f]{8}-[0-9a-f]{4}-8[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}$/)
  })
})

describe("requests that wait", () => {
  let folder: string
  let requests: Requests
  beforeEach(async () => {
    folder = mkdtempSync(join(tmpdir(), "wattest-requests-"))
    requests = await openRequests(join(folder, "requests.sqlite"))
  })
  afterEach(async () => {
    await requests.close()
    rmSync(folder, { recursive: true })
  })

  it("are taken once each, kept over a start, and ended", async () => {
    for (const again of [1, 2]) assert.equal(await requests.take("buyer", request("1", "a"), NOW_MS + again), true)
    await requests.close()
    requests = await openRequests(join(folder, "requests.sqlite"))
    const next = await requests.next("buyer")
    assert.deepEqual(next, { request: request("1", "a"), tries: 0, dueMs: NOW_MS + 1, takenMs: NOW_MS + 1 })
    assert.equal(await requests.next("other"), null)
    await requests.end("buyer", request("1", "a"), NOW_MS)
    assert.equal(await requests.next("buyer"), null)
    assert.equal(await requests.take("buyer", request("1", "a"), NOW_MS + 3), true)
    assert.equal(await requests.next("buyer"), null)
  })

  it("are their client's and their source's: one's end is not another's", async () => {
    const foreign = { ...request("1", "a"), source: "urn:x" }
    await requests.take("buyer", request("1", "a"), NOW_MS)
    await requests.take("buyer", foreign, NOW_MS + 1)
    await requests.take("other", request("1", "a"), NOW_MS)
    await requests.end("buyer", request("1", "a"), NOW_MS)
    assert.deepEqual((await requests.next("buyer"))?.request, foreign)
    assert.equal((await requests.next("other"))?.request.id, "1")
  })

  it("wait a minute, then twice as long each time, six hours at most, and are given up after 72", async () => {
    await requests.take("buyer", request("1", "a"), NOW_MS)
    const pauses: number[] = []
    let nowMs = NOW_MS
    for (;;) {
      const waiting = await requests.next("buyer")
      assert.ok(waiting)
      nowMs = waiting.dueMs
      const goesOn = await requests.postpone("buyer", waiting, nowMs)
      if (!goesOn) break
      pauses.push(((await requests.next("buyer"))?.dueMs ?? 0) - nowMs)
    }
    assert.deepEqual(
      pauses.slice(0, 10),
      [1, 2, 4, 8, 16, 32, 64, 128, 256, 360].map((minutes) => minutes * 60_000),
    )
    assert.equal(await requests.next("buyer"), null)
    assert.ok(nowMs <= NOW_MS + 72 * HOUR_MS && nowMs > NOW_MS + 66 * HOUR_MS, `${(nowMs - NOW_MS) / HOUR_MS} h`)
  })

  it("are at most a thousand of one client in a day", async () => {
    for (let i = 0; i < MAX_DAILY; i++) assert.equal(await requests.take("buyer", request(`${i}`, "a"), NOW_MS), true)
    assert.equal(await requests.take("buyer", request("more", "a"), NOW_MS + 24 * HOUR_MS - 1), false)
    assert.equal(await requests.take("other", request("more", "a"), NOW_MS), true)
    assert.equal(await requests.take("buyer", request("more", "a"), NOW_MS + 24 * HOUR_MS), true)
  })
})

describe("an answer on its way", function () {
  this.timeout(120_000)
  const trusted = getCACertificates("default")
  let folder: string
  let tls: { cert: string; key: string }
  let host: PartnerHost
  let answering: Answering | null = null
  const stop = new AbortController().signal
  const event = answerTo("buyer", request("1", "a"), footprints, NOW_MS)
  const partner = () => ({ url: `${host.url}/`, tokenUrl: `${host.url}/auth/token`, id: "seller:1", secret: SECRET })

  before(() => {
    folder = mkdtempSync(join(tmpdir(), "wattest-answers-"))
    certify(folder)
    const [cert = "", key = ""] = ["cert.pem", "key.pem"].map((name) => readFileSync(join(folder, name), "utf8"))
    tls = { cert, key }
    setDefaultCACertificates([...trusted, cert])
  })
  beforeEach(async () => {
    host = await startPartner(tls, "seller%3A1", encodeURIComponent(SECRET))
  })
  afterEach(async () => {
    await answering?.close()
    answering = null
    await host.close()
  })
  after(() => {
    setDefaultCACertificates(trusted)
    rmSync(folder, { recursive: true })
  })

  it("goes to the client's host with a token of its own server, names escaped as RFC 6749 writes them", async () => {
    await deliver(partner(), event, stop)
    const type = "application/cloudevents+json; charset=UTF-8"
    assert.deepEqual(host.heard, [
      { path: "/3/events", token: "Bearer t-1", type, event: JSON.parse(JSON.stringify(event)) },
    ])
  })

  it("is not delivered where the host refuses it, says too much, sends elsewhere or gives no token", async () => {
    const undelivered = (reason: RegExp, changed: object = {}) =>
      assert.rejects(
        () => deliver({ ...partner(), ...changed }, event, stop),
        (error) => error instanceof Undelivered && reason.test(error.message),
      )
    await undelivered(/\/auth\/token answers 401/, { secret: "wrong" })
    host.says({ status: 500, body: "down\u001b[31m" })
    await undelivered(/\/3\/events answers 500: down\\u\{1b\}/)
    host.says({ status: 500, body: "x".repeat(201) })
    await undelivered(/ answers 500: x{200}$/)
    host.says({ status: 200, body: "x".repeat(64 * 1024 + 1) })
    await undelivered(/answers more than 65536 bytes/)
    host.says({ status: 307, body: "" })
    await undelivered(/\/3\/events/)
    host.says(null)
    for (const none of ["{", "null", "[]", '{"access_token":7}', '{"access_token":"a b"}', '{"access_token":""}']) {
      host.gives(none)
      await undelivered(/answers without an access_token/)
    }
    assert.deepEqual(host.heard, [])
    await undelivered(/nothing listens there/, { tokenUrl: `https://127.0.0.1:${await freePort()}/` })
  })

  const clients: readonly Client[] = parseClients(
    new TextEncoder().encode(
      JSON.stringify({
        clients: [
          { id: "buyer", secretDigest: `0x${hash("sha256", "s", "hex")}`, products: [productId("a")] },
          { id: "other", secretDigest: `0x${hash("sha256", "s", "hex")}`, products: null },
        ],
      }),
    ),
  )
  const [buyer, other] = clients as [Client, Client]

  async function created(told: Answered[], nowMs = () => NOW_MS) {
    const requests = await openRequests(join(folder, "requests.sqlite"))
    const setup = { requests, footprints, nowMs, tell: (answered: Answered) => void told.push(answered) }
    answering = createAnswering({ ...setup, partners: new Map([["buyer", partner()]]) }, clients)
    return answering
  }
  async function started(...given: Parameters<typeof created>) {
    const running = await created(...given)
    void running.run()
    return running
  }

  it("waits until answers are sent, whatever was taken before", async () => {
    const told: Answered[] = []
    const running = await created(told)
    await running.take(buyer, request("early", "b"))
    await wait(50)
    assert.deepEqual([told, host.heard], [[], []])
    void running.run()
    await until("an answer", async () => assert.equal(told.length, 1))
  })

  it("is sent to who asked, of what it may see, at once and once", async () => {
    const told: Answered[] = []
    const running = await started(told)
    assert.deepEqual([running.hears(buyer), running.hears(other)], [true, false])
    await running.take(buyer, request("seen", "a", "b"))
    await until("an answer", async () => assert.equal(told.length, 1))
    await running.take(buyer, request("unseen", "b"))
    await running.take(buyer, request("seen", "a", "b"))
    await until("another", async () => assert.equal(told.length, 2))
    const outcomes = told.map((one) => [one.client, one.request, one.outcome])
    assert.deepEqual(outcomes, [
      ["buyer", "seen", "fulfilled"],
      ["buyer", "unseen", "rejected"],
    ])
    const { pfs } = Object(host.heard[0]?.event.data) as { readonly pfs: readonly unknown[] }
    assert.equal(pfs.length, 1)
    await wait(200)
    assert.equal(host.heard.length, 2)
  })

  it("that did not arrive is sent again when its time has come, by the next process too", async () => {
    const told: Answered[] = []
    let nowMs = NOW_MS
    host.says({ status: 503, body: "" })
    await (await started(told, () => nowMs)).take(buyer, request("late", "a"))
    await until("a refusal", async () => assert.equal(told.length, 1))
    assert.deepEqual([told[0]?.outcome, /503/.test(`${told[0]?.reason}`)], ["postponed", true])
    await answering?.close()
    host.says(null)
    nowMs += 59_999
    await started(told, () => nowMs)
    await wait(200)
    assert.equal(host.heard.length, 0)
    await answering?.close()
    nowMs += 1
    await started(told, () => nowMs)
    await until("the answer", async () => assert.equal(told.length, 2))
    assert.deepEqual([told[1]?.outcome, host.heard.length], ["fulfilled", 1])
  })
})
