import assert from "node:assert/strict"
import { createIndexClient } from "@wattest/client"
import { ask, type Way } from "../../client/src/ask.ts"
import { differenceFrom, type Form } from "../../client/src/form.ts"
import { collect, failureOf } from "./asked.ts"

const URL_OF_INDEX = "https://index.example/key"
const BOUND = 16 * 1024 * 1024
const busy = (headers = {}) => new Response('{"error":{"message":"busy"}}', { status: 429, headers })

type Asked = { readonly target: string; readonly init: RequestInit | undefined }

/** An index that gives these answers in turn, the last one again; and what it was asked. */
function answering(...answers: readonly (() => Response)[]) {
  const asked: Asked[] = []
  const answer: Way["fetch"] = async (target, init) => {
    asked.push({ target: String(target), init })
    return (answers[Math.min(asked.length, answers.length) - 1] as () => Response)()
  }
  return { url: URL_OF_INDEX, fetch: answer, asked }
}

/** A body of these pieces, and whether its reader gave it up. */
function bodyOf(...pieces: readonly Uint8Array[]) {
  const left = [...pieces]
  const body = { isCancelled: false }
  const stream = new ReadableStream<Uint8Array>(
    {
      pull(controller) {
        const piece = left.shift()
        if (piece === undefined) controller.close()
        else controller.enqueue(piece)
      },
      cancel() {
        body.isCancelled = true
      },
    },
    { highWaterMark: 0 },
  )
  return Object.assign(body, { stream })
}

/** What is waited for, in ms, and given up; no time goes by. */
async function waited(work: () => Promise<unknown>): Promise<{ readonly waits: number[]; readonly ended: number }> {
  const { setTimeout, clearTimeout } = globalThis
  const waits: number[] = []
  let ended = 0
  Object.assign(globalThis, {
    setTimeout: (act: () => void, ms: number) => {
      waits.push(ms)
      return setTimeout(act, 0)
    },
    clearTimeout: (timer: NodeJS.Timeout) => {
      ended++
      clearTimeout(timer)
    },
  })
  try {
    await work()
  } finally {
    Object.assign(globalThis, { setTimeout, clearTimeout })
  }
  return { waits, ended }
}

describe("a question to an index", () => {
  it("goes to the path under which the index is served, asks for JSON, and follows no redirect", async () => {
    const way = answering(() => Response.json({ a: 1 }))
    assert.deepEqual(await ask({ ...way, url: `${URL_OF_INDEX}//` }, "/v1/status"), { a: 1 })
    const [{ target, init } = { target: "", init: undefined }] = way.asked
    assert.equal(target, `${URL_OF_INDEX}/v1/status`)
    assert.deepEqual([init?.redirect, new Headers(init?.headers).get("accept")], ["error", "application/json"])
  })

  it("ends after its time, and when it is told to, whichever comes first", async () => {
    const never: Way["fetch"] = (_, init) =>
      new Promise((_resolve, reject) => init?.signal?.addEventListener("abort", () => reject(init.signal?.reason)))
    const idle = new AbortController()
    for (const signal of [undefined, idle.signal]) {
      const way = { url: URL_OF_INDEX, fetch: never, timeoutMs: 5, ...(signal && { signal }) }
      const { kind, cause } = await failureOf(ask(way, "/"))
      assert.deepEqual([kind, (cause as Error).name], ["unreachable", "TimeoutError"])
    }
    const stop = new AbortController()
    const ended = failureOf(ask({ url: URL_OF_INDEX, fetch: never, signal: stop.signal }, "/"))
    stop.abort()
    assert.deepEqual([(await ended).kind, ((await ended).cause as Error).name], ["unreachable", "AbortError"])
  })

  it("waits as long as it is told, a second where it is not told, and a minute at most", async () => {
    for (const [after, ms] of [
      ["0.5", 500],
      ["60", 60_000],
      ["61", 60_000],
      ["1e9", 60_000],
      ["0", 1000],
      ["-1", 1000],
      ["soon", 1000],
      [undefined, 1000],
    ] as const) {
      const way = answering(
        () => busy(after === undefined ? {} : { "retry-after": after }),
        () => Response.json(1),
      )
      assert.deepEqual((await waited(() => ask(way, "/"))).waits, [ms], after)
    }
  })

  it("waits three times, and leaves no answer open meanwhile", async () => {
    const bodies = Array.from({ length: 4 }, () => bodyOf(new TextEncoder().encode("{}")))
    const way = answering(
      ...bodies.map(
        ({ stream }) =>
          () =>
            new Response(stream, { status: 429 }),
      ),
    )
    assert.equal((await waited(() => failureOf(ask(way, "/")))).waits.length, 3)
    assert.deepEqual(
      bodies.map(({ isCancelled }) => isCancelled),
      [true, true, true, false],
    )
    assert.equal(way.asked.length, 4)
  })

  it("waits no longer once it is told to end, also where that was before", async () => {
    for (const isBefore of [true, false]) {
      const stop = new AbortController()
      const way = answering(() => {
        if (isBefore) stop.abort()
        else queueMicrotask(() => setImmediate(() => stop.abort()))
        return busy({ "retry-after": "60" })
      })
      const { fetch: asked } = way
      const { setTimeout } = globalThis
      const { waits, ended } = await waited(async () => {
        // A wait that nobody ends is as long as it says.
        Object.assign(globalThis, { setTimeout: (act: () => void, ms: number) => setTimeout(act, ms) })
        const { kind, message } = await failureOf(ask({ url: URL_OF_INDEX, fetch: asked, signal: stop.signal }, "/"))
        assert.deepEqual([kind, message], ["unreachable", "https://index.example: the question was ended"])
      })
      assert.deepEqual([waits, ended, way.asked.length], [[], isBefore ? 0 : 1, 1])
    }
  })

  it("reads an answer up to its bound, and none beyond", async () => {
    const filled = (length: number) => new Uint8Array(length).fill(32)
    const [whole, more] = [1, 2].map((last) => bodyOf(new Uint8Array([0x37]), filled(BOUND - 2), filled(last)))
    assert.equal(
      await ask(
        answering(() => new Response(whole?.stream)),
        "/",
      ),
      7,
    )
    const { kind, message } = await failureOf(
      ask(
        answering(() => new Response(more?.stream)),
        "/",
      ),
    )
    assert.deepEqual([kind, message], ["malformed", `https://index.example: its answer passes ${BOUND} bytes`])
    assert.deepEqual([whole?.isCancelled, more?.isCancelled], [false, true])
  })

  it("reads a letter whose bytes came apart, and says where an answer was cut", async () => {
    const bytes = new TextEncoder().encode('"ß"')
    const { stream } = bodyOf(bytes.slice(0, 2), bytes.slice(2))
    assert.equal(
      await ask(
        answering(() => new Response(stream)),
        "/",
      ),
      "ß",
    )
    const cut = new ReadableStream({
      pull() {
        throw new Error("reset")
      },
    })
    const { kind, message } = await failureOf(
      ask(
        answering(() => new Response(cut)),
        "/",
      ),
    )
    assert.deepEqual([kind, message], ["unreachable", "https://index.example: its answer was cut"])
  })

  it("is answered by null where there is none of that name, and not by what is no answer", async () => {
    assert.equal(
      await ask(
        answering(() => Response.json({ error: {} }, { status: 404 })),
        "/",
      ),
      null,
    )
    const error = (message: unknown) => ({ error: { message } })
    for (const [status, body, kind, reason, hint] of [
      [200, null, "malformed", "it answers 200 without a word of ours", /another version/],
      [405, "{}", "malformed", "it answers 405 without a word of ours", /another version/],
      [500, "7", "malformed", "it answers 500 without a word of ours", /another version/],
      [400, JSON.stringify(error(7)), "malformed", "it answers 400 without a word of ours", /another version/],
      [400, JSON.stringify(error("no\u202esuch")), "refused", "no such", /^check what was asked$/],
      [400, JSON.stringify(error("x".repeat(301))), "refused", "x".repeat(300), /^check what was asked$/],
      [429, JSON.stringify(error("busy")), "refused", "busy", /^ask again in a minute/],
      [503, JSON.stringify(error("empty")), "not-ready", "empty", /^ask again soon$/],
    ] as const) {
      const way = answering(() => new Response(body, { status, headers: { "retry-after": "0.001" } }))
      const failure = await failureOf(ask(way, "/"))
      assert.deepEqual(
        [failure.kind, failure.message, failure.origin],
        [kind, `https://index.example: ${reason}`, "https://index.example"],
      )
      assert.equal(failure.status, kind === "malformed" ? null : status)
      assert.match(failure.hint, hint)
    }
    const nowhere = await failureOf(
      ask({ ...answering(() => Response.json({}, { status: 500 })), url: "nowhere" }, "/"),
    )
    assert.equal(nowhere.origin, "nowhere")
  })

  it("asks for pages of a thousand rows, unless told otherwise, and for what is given alone", async () => {
    const block = { number: 1, hash: `0x${"11".repeat(32)}`, time: 1 }
    const page = (next: string | null) => () =>
      Response.json({ block, check: "by the chain", items: [{ operator: `0x${"22".repeat(20)}` }], next })
    for (const [limit, said] of [
      [undefined, "limit=1000"],
      [7, "limit=7"],
    ] as const) {
      const way = answering(page(null))
      const question = { runsFrom: 2, runsTo: undefined } as { runsFrom: number }
      await failureOf(collect(createIndexClient(way).rows("operators", question, limit === undefined ? {} : { limit })))
      assert.deepEqual(
        way.asked.map(({ target }) => target),
        [`${URL_OF_INDEX}/v1/operators?runsFrom=2&${said}`],
      )
    }
    const gone = answering(() => Response.json({}, { status: 404 }))
    assert.match((await failureOf(createIndexClient(gone).status())).message, /: it has no \/v1\/status$/)
    assert.equal(await createIndexClient(gone).find("devices", "a/b"), null)
    assert.equal(gone.asked[1]?.target, `${URL_OF_INDEX}/v1/devices/a%2Fb`)
  })
})

describe("the form of an answer", () => {
  const rows: readonly (readonly [form: Form, right: readonly unknown[], wrong: readonly unknown[], said: string])[] = [
    [{ type: "object" }, [{}], [[], null, "a", 1], "$: expected object"],
    [{ type: "object", nullable: true }, [{}, null], [undefined, [], 0], "$: expected object"],
    [{ type: "array" }, [[]], [{}, null, "a"], "$: expected array"],
    [{ type: "string" }, ["", "a"], [1, null, {}], "$: expected string"],
    [{ type: "integer" }, [0, -1, 2 ** 53 - 1], [0.5, 2 ** 53, "1", null], "$: expected integer"],
    [{ type: "number" }, [0.5, 1], ["1", Number.NaN, Number.POSITIVE_INFINITY], "$: expected number"],
    [{ type: "boolean" }, [true, false], [0, "true", null], "$: expected boolean"],
    [{ enum: ["a", "b"] }, ["a", "b"], ["c", null], "$: expected one of a, b"],
    [{ maxLength: 2 }, ["", "ab"], ["abc"], "$: expected at most 2 characters"],
    [{ pattern: "^a$" }, ["a"], ["", "ab"], "$: expected ^a$"],
    [{ minimum: 1, maximum: 3 }, [1, 2, 3], [0, 4, 0.9], "$: expected 1 to 3"],
    [{ minimum: 1 }, [1, 1e9], [0], "$: expected 1 to Infinity"],
    [{ maximum: 1 }, [1, -1e9], [2], "$: expected -Infinity to 1"],
    [{ items: { type: "string" } }, [[], ["a"]], [["a", 1]], "$[1]: expected string"],
    [{ items: { items: { maximum: 1 } } }, [[[1]]], [[[1], [1, 2]]], "$[1][1]: expected -Infinity to 1"],
    [{ required: ["a", "b"] }, [{ a: 0, b: null, c: 1 }], [{ a: 0 }, { a: 0, c: 1 }], "$.b: it is missing"],
    [{ required: ["toString"] }, [{ toString: 1 }], [{}], "$.toString: it is missing"],
    [
      { properties: { a: { type: "string" } } },
      [{}, { a: "" }, { b: 1 }],
      [{ a: 1 }, { a: null }],
      "$.a: expected string",
    ],
    [{}, [1, "a", null, [1], { a: 1 }, true], [], ""],
  ]
  for (const [form, right, wrong, said] of rows)
    it(`is ${JSON.stringify(form)}, or the place of the first difference is told`, () => {
      for (const value of right) assert.equal(differenceFrom(form, value), null, JSON.stringify(value))
      for (const value of wrong) assert.equal(differenceFrom(form, value), said, JSON.stringify(value))
    })
})
