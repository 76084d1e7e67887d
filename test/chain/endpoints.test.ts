import assert from "node:assert/strict"
import { once } from "node:events"
import { createServer } from "node:http"
import { syncBuiltinESMExports } from "node:module"
import type { AddressInfo } from "node:net"
import { text } from "node:stream/consumers"
import { mock } from "node:test"
import { AnswerTooLong, agreeing, createRpc, patient, type Rpc, RpcRefusal, RpcUnavailable } from "@wattest/chain"
import { type Said, serveAnswers } from "../client/served.ts"

/** Endpoints that answer so, in the order of the configuration; undefined: not at all. */
const endpoints = (...values: readonly unknown[]): Rpc => ({
  request: async () => "the first that answers",
  everywhere: async () =>
    values.map((value) =>
      value === undefined ? { status: "rejected", reason: new Error("away") } : { status: "fulfilled", value },
    ),
  distrust: () => undefined,
})
const ask = (...values: readonly unknown[]) => agreeing(endpoints(...values)).request("eth_call", [])

describe("endpoints that must agree", () => {
  it("give what all of them say that answer", async () => {
    assert.deepEqual(await ask({ a: 1 }, { a: 1 }), { a: 1 })
    assert.equal(await ask("0x1", undefined), "0x1")
    assert.equal(await ask(undefined, undefined), "the first that answers")
  })

  it("are named by what they say where they do not", async () => {
    await assert.rejects(ask("0x1", "0x2"), { name: "RpcLie", message: /do not agree: 1 against 2, / })
    await assert.rejects(ask("0x1", "0x2", "0x1"), /do not agree: 1 and 3 against 2, /)
    // One that is away keeps its number, and takes no side.
    await assert.rejects(ask(undefined, "0x1", "0x2"), /do not agree: 2 against 3, /)
  })
})

describe("endpoints asked in turn", () => {
  const closing: (() => void)[] = []
  beforeEach(() => mock.timers.enable({ apis: ["Date"], now: 1e12 }))
  afterEach(() => {
    mock.timers.reset()
    for (const close of closing.splice(0)) close()
  })
  const good = (result: unknown = "0x1") => ({ body: JSON.stringify({ jsonrpc: "2.0", id: 1, result }) })
  const refused = (code: number, message = "no") => ({
    body: JSON.stringify({ id: 1, error: { code, message, data: "0xab" } }),
  })
  const busy = (seconds: string) => ({ status: 429, headers: { "retry-after": seconds }, body: "" })

  async function serve(...scripts: readonly (readonly Said[])[]) {
    const servers = await Promise.all(scripts.map(serveAnswers))
    closing.push(...servers.map(({ close }) => close))
    const reasons: string[] = []
    const rpc = createRpc(
      servers.map(({ url }) => url),
      5000,
      { failed: (url, reason) => reasons.push(`${servers.findIndex((server) => server.url === url)}: ${reason}`) },
    )
    return { rpc, reasons, asked: () => servers.map((server) => server.asked()) }
  }

  it("are asked in the order of the configuration, the next only where one fails", async () => {
    const { rpc, asked, reasons } = await serve([{ body: "what?" }, good("a")], [good("b")], [good("c")])
    assert.equal(await rpc.request("eth_call", []), "b")
    assert.equal(await rpc.request("eth_call", []), "b", "one that failed comes last for a while")
    assert.deepEqual(asked(), [1, 2, 0])
    assert.deepEqual(reasons, ['0: eth_call: HTTP 200, no JSON-RPC answer: "what?"'])
  })

  /** Whether the first endpoint, after a failure, is asked again before the second once `restMs` are over, and no sooner. */
  async function assertRests({ rpc, asked }: Awaited<ReturnType<typeof serve>>, restMs: number) {
    const before = asked()[0] as number
    mock.timers.tick(restMs - 1)
    await rpc.request("eth_call", [])
    assert.equal(asked()[0], before, `rests ${restMs} ms`)
    mock.timers.tick(1)
    await rpc.request("eth_call", [])
    assert.equal(asked()[0], before + 1, `rests no longer than ${restMs} ms`)
  }

  it("that fail rest twice as long each time, up to half a minute, and as little as before once they answered", async () => {
    const failures = Array.from({ length: 10 }, () => ({ body: "[]" }))
    const served = await serve([...failures, good(), ...failures], [good()])
    await served.rpc.request("eth_call", [])
    for (const restMs of [250, 500, 1000, 2000, 4000, 8000, 16_000, 30_000, 30_000, 30_000])
      await assertRests(served, restMs)
    await served.rpc.request("eth_call", [])
    await assertRests(served, 250)
  })

  it("that are busy rest as long as they ask for, up to half a minute, and as long as others at least", async () => {
    for (const [seconds, restMs] of [
      ["2", 2000],
      ["30", 30_000],
      ["31", 30_000],
      ["0", 250],
      ["soon", 250],
      [undefined, 1000],
    ] as const) {
      const said = { status: 429, headers: seconds === undefined ? {} : { "retry-after": seconds }, body: "" }
      const served = await serve([said, good()], [good()])
      await served.rpc.request("eth_call", [])
      await assertRests(served, restMs)
    }
  })

  it("are believed when they refuse: nobody else is asked, and none rests", async () => {
    for (const body of [refused(3), refused(-32000)]) {
      const { rpc, asked, reasons } = await serve([body], [good()])
      for (const _ of [1, 2])
        await assert.rejects(rpc.request("eth_call", []), {
          ...{ name: "RpcRefusal", message: "no", data: "0xab", code: JSON.parse(body.body).error.code },
        })
      assert.deepEqual([asked(), reasons], [[2, 0], []])
    }
  })

  it("say by some codes that they are busy, and by the same that they do not serve this", async () => {
    for (const [method, code, isRefusal] of [
      ["eth_getLogs", -32005, true],
      ["eth_getLogs", -32002, false],
      ["eth_getStorageAt", -32002, true],
      ["eth_getStorageAt", -32005, false],
      ["eth_call", -32005, false],
      ["eth_call", -32002, false],
      ["eth_call", 429, false],
      ["eth_call", -32004, true],
    ] as const) {
      const { rpc } = await serve([refused(code)], [good()])
      const answer = await rpc.request(method, []).catch((error: Error) => error.name)
      assert.equal(answer, isRefusal ? "RpcRefusal" : "0x1", `${method} ${code}`)
    }
  })

  it("that do not serve this account say nothing of the chain, whatever their body says", async () => {
    for (const [status, expected] of [
      [401, "0x1"],
      [402, "0x1"],
      [403, "0x1"],
      [400, "RpcRefusal"],
      [404, "RpcRefusal"],
    ] as const) {
      const { rpc } = await serve([{ ...refused(3), status }], [good()])
      assert.equal(await rpc.request("eth_call", []).catch((error: Error) => error.name), expected, String(status))
    }
  })

  it("are put behind the others for a false answer: the one that gave it, or the one at a place", async () => {
    const { rpc } = await serve([good("a")], [good("b")], [good("c")])
    const answers = async () => {
      const answer = await rpc.request("eth_call", [])
      rpc.distrust("false")
      return answer
    }
    assert.deepEqual([await answers(), await answers(), await answers()], ["a", "b", "c"])
    const { rpc: placed } = await serve([good("a")], [good("b")], [good("c")])
    assert.equal(await placed.request("eth_call", []), "a")
    placed.distrust("false", 1)
    placed.distrust("false", 0)
    assert.equal(await placed.request("eth_call", []), "c")
    placed.distrust("it is no place of theirs", 7)
    assert.equal(await placed.request("eth_call", []), "a", "the one that answered last rests longest")
  })

  it("rest no more once they answer", async () => {
    const { rpc } = await serve([{ body: "" }, { body: "" }, good("a")], [busy("20"), good("b")])
    await rpc.everywhere("eth_call", [])
    await rpc.everywhere("eth_call", [])
    assert.equal(await rpc.request("eth_call", []), "b")
  })

  for (const [what, status, headers] of [
    ["is busy", 429, {}],
    ["announces too much", 200, { "content-length": String(2 ** 40) }],
  ] as const)
    it(`are hung up on where one ${what} and goes on talking`, async () => {
      const closed = Promise.withResolvers<void>()
      const server = createServer((_request, response) => {
        response.on("close", () => closed.resolve())
        response.writeHead(status, headers).write("{")
      })
      await once(server.listen(0, "127.0.0.1"), "listening")
      closing.push(() => server.close())
      const { port } = server.address() as AddressInfo
      await assert.rejects(createRpc([`http://127.0.0.1:${port}`], 600_000).request("eth_call", []), RpcUnavailable)
      await closed.promise
    })

  it("that all fail are named with their reasons", async () => {
    const { rpc } = await serve([busy("0")], [{ status: 502, body: "<html>" }])
    await assert.rejects(rpc.request("eth_call", []), {
      name: "RpcUnavailable",
      message: 'eth_call: no endpoint answered: 429 too many requests; HTTP 502, no JSON-RPC answer: "<html>"',
    })
  })

  it("are not read to the end where they announce more than any answer has", async () => {
    for (const [bytes, reason] of [
      [2 ** 26, /^eth_call: no endpoint answered: (?!answer longer)/],
      [2 ** 26 + 1, /^eth_call: no endpoint answered: answer longer than 67108864 bytes$/],
    ] as const) {
      const server = createServer((_request, response) => {
        response.writeHead(200, { "content-length": String(bytes) }).write("{", () => response.destroy())
      })
      await once(server.listen(0, "127.0.0.1"), "listening")
      closing.push(() => server.close())
      const { port } = server.address() as AddressInfo
      const failed: string[] = []
      const rpc = createRpc([`http://127.0.0.1:${port}`], 5000, { failed: (url) => failed.push(url) })
      await assert.rejects(rpc.request("eth_call", []), { message: reason })
      assert.equal(failed.length, 1, "who did not ask for a bound did not ask for so much")
    }
  })

  it("get a question of JSON-RPC, and may answer it with nothing", async () => {
    const asked: unknown[] = []
    const server = createServer(async (request, response) => {
      asked.push([request.method, request.headers["content-type"], JSON.parse(await text(request))])
      response.end('{"jsonrpc":"2.0","id":1,"error":null}')
    })
    await once(server.listen(0, "127.0.0.1"), "listening")
    closing.push(() => server.close())
    const { port } = server.address() as AddressInfo
    assert.equal(await createRpc([`http://127.0.0.1:${port}`], 5000).request("eth_call", ["0x7"]), null)
    const body = { jsonrpc: "2.0", id: 1, method: "eth_call", params: ["0x7"] }
    assert.deepEqual(asked, [["POST", "application/json", body]])
  })
})

describe("asking again where no endpoint answers", () => {
  // What a module has imported by name follows the mock only when it is told to.
  beforeEach(() => {
    mock.timers.enable({ apis: ["setTimeout"] })
    syncBuiltinESMExports()
  })
  afterEach(() => {
    mock.timers.reset()
    syncBuiltinESMExports()
  })
  const settled = () => new Promise(setImmediate)

  /** What comes of it, and how often was asked, after each of these pauses. */
  async function tried(tries: number, failures: readonly Error[], pausesMs: readonly number[]) {
    let asked = 0
    const rpc: Rpc = {
      ...endpoints(),
      request: async () => {
        const failure = failures[asked++]
        if (failure) throw failure
        return "0x1"
      },
    }
    const outcome = patient(rpc, tries)
      .request("eth_call", [])
      .catch((error: unknown) => error)
    const counts: number[] = []
    for (const ms of pausesMs) {
      await settled()
      mock.timers.tick(ms)
      await settled()
      counts.push(asked)
    }
    return { outcome: await outcome, counts }
  }

  it("goes on after pauses that double, so many times", async () => {
    const away = new RpcUnavailable("away")
    const pauses = [249, 1, 499, 1]
    assert.deepEqual(await tried(3, [away, away], pauses), { outcome: "0x1", counts: [1, 2, 2, 3] })
    assert.deepEqual(await tried(3, [away, away, away], pauses), { outcome: away, counts: [1, 2, 2, 3] })
    assert.deepEqual(await tried(1, [away], [1000]), { outcome: away, counts: [1] })
  })

  it("ends with a refusal, and with a fault of ours", async () => {
    for (const error of [new RpcRefusal("no", 3, null), new TypeError("a fault of ours")])
      assert.deepEqual(await tried(3, [error], [1000]), { outcome: error, counts: [1] })
  })
})

describe("an endpoint's answer", () => {
  const ENVELOPE = '{"jsonrpc":"2.0","id":1,"result":""}'.length
  const answered = (bytes: number) => JSON.stringify({ jsonrpc: "2.0", id: 1, result: "x".repeat(bytes - ENVELOPE) })
  const MOST = 1000

  it("is read up to the bound and no further, and its endpoint asked again all the same", async () => {
    const served = await serveAnswers([MOST, MOST + 1, 10 * MOST, MOST].map((bytes) => ({ body: answered(bytes) })))
    const rpc = createRpc([served.url], 5000, { failed: (_url, reason) => assert.fail(reason) })
    const ask = async () => (await rpc.everywhere("eth_getLogs", [], MOST))[0]
    const length = (answer: PromiseSettledResult<unknown> | undefined) =>
      answer?.status === "fulfilled" ? String(answer.value).length : answer?.reason
    assert.equal(answered(MOST).length, MOST)
    assert.equal(length(await ask()), MOST - ENVELOPE)
    for (const bytes of [MOST + 1, 10 * MOST]) {
      const reason: unknown = length(await ask())
      assert.ok(reason instanceof AnswerTooLong)
      assert.equal(reason.bytes, bytes)
    }
    assert.equal(length(await ask()), MOST - ENVELOPE)
    served.close()
  })
  it("that is none puts its endpoint behind, within whatever bound it was asked for", async () => {
    const failed: string[] = []
    const served = await serveAnswers([{ body: "" }])
    await createRpc([served.url], 5000, { failed: (url) => failed.push(url) }).everywhere("eth_getLogs", [], MOST)
    assert.deepEqual(failed, [served.url])
    served.close()
  })
})
