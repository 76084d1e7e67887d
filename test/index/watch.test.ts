import assert from "node:assert/strict"
import { createHmac } from "node:crypto"
import { writeFileSync } from "node:fs"
import { createServer as createHttp } from "node:http"
import type { AddressInfo } from "node:net"
import { join } from "node:path"
import { setTimeout as sleep } from "node:timers/promises"
import { createServer, list } from "@wattest/index"
import type { Hex } from "@wattest/protocol"
import { type BooksStory, START, tellBooks } from "@wattest/testkit/index/story"
import { artifactOf } from "@wattest/testkit/local/contracts"
import { type FastifyInstance, fastify } from "fastify"
import { addWatch } from "../../index/src/api/watch.ts"
import { type Opened, open } from "../../index/src/cli/follow.ts"
import type { Db } from "../../index/src/store/open.ts"
import { createDeliveries, type Hook, readHooks } from "../../index/src/watch/hooks.ts"
import { openBooks } from "./books.ts"
import { ended, startIndex } from "./process.ts"
import { SECRET, startReceiver } from "./receiver.ts"

describe("a reader of the watch who hears nothing", () => {
  it("costs a look a second, and none once it is gone", async () => {
    let looks = 0
    const app = fastify()
    addWatch(app, {} as Db, async () => looks++ && 0)
    const stop = new AbortController()
    const answer = await fetch(`${await app.listen({ host: "127.0.0.1", port: 0 })}/v1/watch`, { signal: stop.signal })
    await answer.body?.getReader().read()
    stop.abort()
    await sleep(500)
    const looked = looks
    assert.ok(looked > 0 && looked < 5, `${looked} looks`)
    await sleep(1500)
    assert.equal(looks, looked)
    await app.close()
  })
})

describe("the watch of an index", function () {
  this.timeout(120_000)
  let story: BooksStory
  let receiver: Awaited<ReturnType<typeof startReceiver>>
  /** As the command opens them. */
  let books: Opened
  let app: FastifyInstance
  let address: string
  /** Everything that a reader hears to whom nothing is told, from the beginning on; and how many ms it has listened. */
  const quiet = { text: "", sinceMs: 0, stop: new AbortController() }

  before(async () => {
    story = await tellBooks()
    for (let i = 3; i < 9; i++) await withdrawNamed(i)
    await story.chain.client.mine({ blocks: 3 })
    receiver = await startReceiver()
    const followed = { rpc: story.chain.url, registry: story.registry, "from-block": 0, "silence-hours": 48 }
    const unsaid = { chain: undefined, claims: undefined, store: ":memory:" }
    books = await open({ ...followed, ...unsaid }, { environment: {} }, {})
    await books.indexer.look()
    const contracts = { registry: story.registry, claims: null }
    const status = () => ({ tip: null, error: null, endpoints: [] })
    app = await createServer({ db: books.db, chainId: 31337, contracts, status, perMinute: 1000, version: "0.1.0" })
    address = await app.listen({ host: "127.0.0.1", port: 0 })
    void listen().catch(() => undefined)
  })
  after(async () => {
    quiet.stop.abort()
    await app.close()
    await books.db.kysely.destroy()
    await receiver.stop()
    await story.stop()
  })
  beforeEach(() => {
    receiver.heard.length = 0
    receiver.answerBy(() => 204)
  })

  /** A device that is vouched for and taken back at once. */
  async function withdrawNamed(number: number): Promise<void> {
    const { chain, registry, first } = story
    const device: Hex = `0x${number.toString(16).padStart(64, "0")}`
    const { abi } = artifactOf("AnchorRegistry")
    const vouch = { abi, functionName: "vouch", args: [device, first.operator, `0x${"09".repeat(32)}`] }
    await chain.write(first.voucher, registry, vouch)
    await chain.write(first.voucher, registry, { abi, functionName: "withdraw", args: [device, START] })
  }

  /** Listens to an operator that there is not. */
  async function listen(): Promise<void> {
    const { signal } = quiet.stop
    const answer = await fetch(`${address}/v1/watch?operator=0x${"34".repeat(20)}&after=0`, { signal })
    quiet.sinceMs = performance.now()
    const decoder = new TextDecoder()
    for await (const piece of answer.body ?? []) quiet.text += decoder.decode(piece)
  }

  const eventsIn = async () => (await list(books.db, "events", {})).items
  const hook = (more: Partial<Hook> = {}): Hook => ({ url: receiver.url, secret: SECRET, ...more })

  /** Reads server-sent events until there are so many. */
  async function read(query: string, count: number, headers = {}): Promise<{ id: number; kind: string; data: Told }[]> {
    const stop = new AbortController()
    const answer = await fetch(`${address}/v1/watch${query}`, { headers, signal: stop.signal })
    assert.match(answer.headers.get("content-type") ?? "", /^text\/event-stream/)
    let text = ""
    for await (const piece of answer.body ?? []) {
      text += new TextDecoder().decode(piece)
      if ((text.match(/^data: .*\n\n/gm) ?? []).length >= count) break
    }
    stop.abort()
    return [...text.matchAll(/^id: (\d+)\nevent: (\S+)\ndata: (.*)\n\n/gm)].map(([, id, kind = "", data = ""]) => ({
      ...{ id: Number(id), kind, data: JSON.parse(data) as Told },
    }))
  }

  type Told = { readonly id: string; readonly device: string; readonly detail: { readonly since: number } }

  it("tells of every withdrawal once, by a number that counts up and an id that stays", async () => {
    const events = await eventsIn()
    assert.deepEqual(
      events.map(({ seq, kind }) => [seq, kind]),
      Array.from({ length: 8 }, (_, i) => [i + 1, "withdrawal"]),
    )
    const again = await openBooks(story, [story.chain.url])
    await again.indexer.look()
    assert.deepEqual(
      (await list(again.db, "events", {})).items.map(({ id }) => id),
      events.map(({ id }) => id),
    )
    await again.close()
  })

  it("goes on where a reader was cut off", async () => {
    const all = await read("?after=0", 8)
    assert.deepEqual(
      all.map(({ id }) => id),
      [1, 2, 3, 4, 5, 6, 7, 8],
    )
    const rest = await read("?after=2", 3, { "last-event-id": "5" })
    assert.deepEqual(
      rest.map(({ id }) => id),
      [6, 7, 8],
    )
    const [one] = await read(`?after=0&device=${story.devices.b.id}`, 1)
    assert.deepEqual(
      [one?.kind, one?.data.device, one?.data.detail.since],
      ["withdrawal", story.devices.b.id, START + 30],
    )
  })

  it("tells who waits of what comes, and of nothing else", async () => {
    const waiting = read("?kinds=withdrawal", 1)
    const other = read(`?kinds=contradiction,withdrawal&operator=0x${"12".repeat(20)}&after=0`, 1)
    await new Promise((resolve) => setTimeout(resolve, 300))
    await withdrawNamed(9)
    await story.chain.client.mine({ blocks: 3 })
    await books.indexer.look()
    const [event] = await waiting
    assert.equal(event?.id, 9)
    const silent = await Promise.race([other, new Promise((resolve) => setTimeout(() => resolve("nothing"), 1500))])
    assert.equal(silent, "nothing")
  })

  it("refuses kinds that there are not", async () => {
    for (const query of ["?kinds=weather", "?kinds=", "?after=-1", "?operator=0x12"])
      assert.equal((await fetch(`${address}/v1/watch${query}`)).status, 400, query)
  })

  it("ends a stream whose store fails, and nothing else", async () => {
    const failing = await openBooks(story, [story.chain.url])
    await failing.indexer.look()
    const contracts = { registry: story.registry, claims: null }
    const status = () => ({ tip: null, error: null, endpoints: [] })
    const setup = { chainId: 31337, contracts, status, perMinute: 1000, version: "0.1.0" }
    const server = await createServer({ db: failing.db, ...setup })
    const url = await server.listen({ host: "127.0.0.1", port: 0 })
    const answer = await fetch(`${url}/v1/watch`)
    const unheard: unknown[] = []
    const note = (reason: unknown) => unheard.push(reason)
    process.on("unhandledRejection", note)
    await failing.close()
    assert.equal(await answer.text(), ": the books of a chain, event by event\n\n")
    assert.equal((await fetch(`${url}/health`)).status, 200)
    process.off("unhandledRejection", note)
    assert.deepEqual(unheard, [])
    await server.close()
  })

  it("tells once of a silence, and again of the next one", async () => {
    const silences = async () => (await list(books.db, "events", { asked: { kind: "silence" } })).items
    const later = async (hours: number) => {
      const { timestamp } = await story.chain.client.getBlock()
      await story.chain.client.setNextBlockTimestamp({ timestamp: timestamp + BigInt(hours * 3600) })
      await story.chain.client.mine({ blocks: 3 })
      await books.indexer.look()
    }
    await later(40)
    assert.deepEqual(await silences(), [])
    await later(9)
    await later(9)
    assert.deepEqual(
      (await silences()).map(({ device }) => device),
      [story.devices.a.id],
    )
    const { timestamp } = await story.chain.client.getBlock()
    await story.first.anchor(story.devices.a, Number(timestamp) + 60, [{}])
    await later(49)
    assert.equal((await silences()).length, 2)
  })

  it("signs what it tells a webhook, in order, and asks again where that fails", async () => {
    let nowMs = 1_800_000_000_000
    const deliveries = await createDeliveries({
      db: books.db,
      hooks: [hook({ kinds: ["withdrawal"] })],
      nowMs: () => nowMs,
    })
    assert.equal(await deliveries.step(), false)
    await books.db.kysely.updateTable("hooks").set({ delivered: 0 }).execute()
    let answers = 0
    receiver.answerBy(() => (++answers === 2 ? 503 : 204))
    const step = async () => {
      while (await deliveries.step());
    }
    await step()
    assert.equal(receiver.heard.length, 2)
    await step()
    assert.equal(receiver.heard.length, 2)
    nowMs += 1001
    await step()
    const ids = (await eventsIn()).filter(({ kind }) => kind === "withdrawal").map(({ id }) => id)
    assert.deepEqual(
      receiver.heard.map(({ id }) => id),
      [ids[0], ids[1], ...ids.slice(1)],
    )
    const [{ headers, body, id } = { headers: {}, body: "", id: "" }] = receiver.heard
    const key = Buffer.from(SECRET.slice(6), "base64")
    const signed = createHmac("sha256", key).update(`${id}.${headers["webhook-timestamp"]}.${body}`).digest("base64")
    assert.equal(headers["webhook-signature"], `v1,${signed}`)
    assert.equal(JSON.parse(body).id, id)
  })

  it("follows a hook nowhere else, and counts what it points to as not delivered", async () => {
    const elsewhere = await startReceiver()
    const pointing = createHttp((request, response) => {
      request.resume()
      response.writeHead(307, { location: elsewhere.url }).end()
    })
    await new Promise<void>((resolve) => pointing.listen(0, "127.0.0.1", resolve))
    const url = `http://127.0.0.1:${(pointing.address() as AddressInfo).port}/`
    const reasons: string[] = []
    const failed = (_url: string, reason: string) => reasons.push(reason)
    const deliveries = await createDeliveries({ db: books.db, hooks: [hook({ url })], nowMs: Date.now, failed })
    await books.db.kysely.updateTable("hooks").set({ delivered: 0 }).where("url", "=", url).execute()
    assert.equal(await deliveries.step(), false)
    assert.deepEqual([elsewhere.heard, reasons.length], [[], 1])
    const state = await books.db.kysely.selectFrom("hooks").selectAll().where("url", "=", url).executeTakeFirst()
    assert.deepEqual([state?.delivered, state?.tries], [0, 1])
    pointing.closeAllConnections()
    pointing.close()
    await elsewhere.stop()
  })

  it("tells a hook while another one keeps silent", async () => {
    const silent = createHttp((request) => request.resume())
    await new Promise<void>((resolve) => silent.listen(0, "127.0.0.1", resolve))
    const held = `http://127.0.0.1:${(silent.address() as AddressInfo).port}/`
    const file = join(story.folder, "slow-hooks.json")
    const named = [held, receiver.url].map((url) => ({ url, secret: SECRET, kinds: ["withdrawal"] }))
    writeFileSync(file, JSON.stringify(named))
    const store = join(story.folder, "slow.sqlite")
    const argv = ["serve", "--rpc", story.chain.url, "--registry", story.registry, "--store", store, "--port", "0"]
    const running = startIndex([...argv, "--webhooks", file])
    const ids = (await eventsIn()).filter(({ kind }) => kind === "withdrawal").map(({ id }) => String(id))
    let waited = 0
    silent.on("request", () => waited++)
    while (receiver.heard.length < ids.length) await new Promise((resolve) => setTimeout(resolve, 5))
    // One by one, all of them, within the one question that the other has not answered.
    assert.deepEqual([receiver.heard.map(({ id }) => id), waited], [ids, 1])
    running.process.kill("SIGKILL")
    await ended(running)
    silent.closeAllConnections()
    silent.close()
  })

  it("loses nothing to kill −9, and what it tells twice has one id", async () => {
    const store = join(story.folder, "hooked.sqlite")
    const file = join(story.folder, "hooks.json")
    writeFileSync(file, JSON.stringify([{ url: receiver.url, secret: SECRET, kinds: ["withdrawal"] }]))
    const argv = ["serve", "--rpc", story.chain.url, "--registry", story.registry, "--store", store, "--port", "0"]
    const ids = (await eventsIn()).filter(({ kind }) => kind === "withdrawal").map(({ id }) => String(id))
    const isAllTold = () => new Set(receiver.heard.map(({ id }) => id)).size >= ids.length
    const until = async (done: () => boolean) => {
      while (!done()) await new Promise((resolve) => setTimeout(resolve, 1))
    }
    for (const stopAfter of [1, 3, 4]) {
      const goal = receiver.heard.length + stopAfter
      const running = startIndex([...argv, "--webhooks", file])
      await until(() => receiver.heard.length >= goal || isAllTold())
      running.process.kill("SIGKILL")
      await ended(running)
    }
    const last = startIndex([...argv, "--webhooks", file])
    await last.line(/"listening"/)
    await until(isAllTold)
    last.process.kill("SIGTERM")
    assert.equal(await ended(last), 0)
    assert.deepEqual([...new Set(receiver.heard.map(({ id }) => id))], ids)
    for (const [, same] of Map.groupBy(receiver.heard, ({ id }) => id))
      assert.equal(new Set(same.map(({ body }) => JSON.stringify({ ...JSON.parse(body), seq: 0 }))).size, 1)
  })

  it("gives a sign of life after each 15 seconds in which it told nothing", async () => {
    const signs = () => quiet.text.split(": still here\n\n").length - 1
    while (signs() === 0) await new Promise((resolve) => setTimeout(resolve, 50))
    const seconds = (performance.now() - quiet.sinceMs) / 1000
    // The first comes after 14 pauses of a second.
    assert.ok(signs() <= Math.ceil(seconds / 14), `${signs()} in ${seconds} s`)
    assert.match(quiet.text, /^: the books of a chain, event by event\n\n(?:: still here\n\n)+$/)
  })

  for (const [what, text, said] of [
    ["is no list", "{}", /expected an array/],
    ["has no URL", JSON.stringify([{ url: "mailto:x", secret: SECRET }]), /is no URL/],
    ["has a short secret", JSON.stringify([{ url: "https://x.example", secret: "whsec_abc" }]), /the secret of/],
    [
      "asks for what there is not",
      JSON.stringify([{ url: "https://x.example", secret: SECRET, kinds: ["x"] }]),
      /kinds/,
    ],
    ["says one URL twice", JSON.stringify(Array(2).fill({ url: "https://x.example", secret: SECRET })), /twice/],
  ] as const)
    it(`refuses a file of webhooks that ${what}`, () => {
      const file = join(story.folder, "wrong.json")
      writeFileSync(file, text)
      assert.throws(() => readHooks(file), said)
    })
})
