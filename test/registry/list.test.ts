import assert from "node:assert/strict"
import { ANCHORS_ABI } from "@wattest/chain"
import { type Db, openIndex } from "@wattest/index"
import { boundaryNumber, type Hex, ledgerIdOf } from "@wattest/protocol"
import { type BooksStory, START, tellBooks } from "@wattest/testkit/index/story"
import { type RpcProxy, startProxy } from "@wattest/testkit/relayer/rpc-proxy"
import { sql } from "kysely"
import { decodeFunctionData, encodeFunctionResult } from "viem"
import { NODE } from "../../registry/src/cli.ts"
import { type Said, serveAnswers, serveBooks } from "../client/served.ts"
import { play } from "../command/support.ts"
import { openBooks } from "../index/books.ts"

const NEVER = 2n ** 64n - 1n
const DEVICES = 10_000
const idOf = (i: number): Hex => `0x${(i * 7919 + 1).toString(16).padStart(64, "0")}`

describe("wattest registry list", function () {
  this.timeout(120_000)
  let story: BooksStory
  let books: Awaited<ReturnType<typeof openBooks>>
  let served: Awaited<ReturnType<typeof serveBooks>>
  let proxy: RpcProxy
  let calls: string[] = []

  before(async () => {
    story = await tellBooks()
    books = await openBooks(story, [story.chain.url])
    await books.indexer.look()
    served = await serveBooks(books.db, story.registry)
    proxy = await startProxy(story.chain.url)
  })
  beforeEach(() => {
    calls = []
    proxy.interfere(async ({ method }) => {
      calls.push(method)
      return null
    })
  })
  after(async () => {
    await proxy.stop()
    await served.close()
    await books.close()
    await story.stop()
  })

  const cli = async (args: readonly string[], environment: Readonly<Record<string, string>> = {}) => {
    const argv = [...(args[0] === "show" ? [] : ["list"]), ...args, "--registry", story.registry]
    const { exit, ...said } = await play({ node: NODE }, argv, {
      environment: { WATTEST_RPC: proxy.url, ...environment },
    })
    return { code: exit, ...said }
  }
  const ok = async (...asked: Parameters<typeof cli>) => {
    const { code, stdout, stderr } = await cli(...asked)
    assert.equal(code, 0, stderr)
    return stdout
  }
  const ledger = () => ["--operator", story.first.operator, "--voucher", story.first.voucher]

  /** What a person reads has no number of the machine's. */
  const assertForPeople = (text: string) =>
    assert.doesNotMatch(text, /18446744073709551615|\b1[0-9]{9}\b|[{}]|undefined|null/)

  it("lists operators where nobody names one: from the chain alone, and by an index, the same", async () => {
    const alone = await ok([])
    assert.match(alone, new RegExp(`^${story.first.operator.toLowerCase()} +2 +3 +10$`, "m"))
    const byIndex = await ok(["--index", served.url])
    assert.match(byIndex, /^as of +block \d+, 2027-.*Z; found by http.*, and the chain says the same$/m)
    for (const text of [alone, byIndex]) assertForPeople(text)
    assert.equal(alone.split("\n").at(-2), byIndex.split("\n").at(-2))
    assert.ok(!alone.includes("as of"))
  })

  it("takes the index from the environment, and lists operators whichever the profile names", async () => {
    const environment = { WATTEST_INDEX: served.url, WATTEST_OPERATOR: story.first.operator }
    assert.equal(JSON.parse(await ok(["--json"], environment)).ledgers.length, 2)
    const { operators, index } = JSON.parse(await ok(["--operators", "--json"], environment))
    assert.deepEqual([operators.length, index], [1, served.url])
  })

  it("lists an operator's ledgers", async () => {
    for (const index of [[], ["--index", served.url]]) {
      const text = await ok(["--operator", story.first.operator, ...index])
      assert.match(text, new RegExp(`^${story.first.id} +${story.first.voucher.toLowerCase()} +2 +\\d +7$`, "m"))
      assertForPeople(text)
    }
  })

  it("lists a ledger's devices, with what the index alone says marked so", async () => {
    const text = await ok([...ledger(), "--index", served.url])
    assert.match(text, /ANCHORED UP TO +LAST ANCHOR \(as the index says\)$/m)
    assert.match(text, new RegExp(`^${story.devices.a.id} +\\w+ +active +5 +2027-`, "m"))
    assertForPeople(text)
    const { devices, asOf } = JSON.parse(await ok([...ledger(), "--index", served.url, "--json"]))
    assert.deepEqual([devices.length, devices[0].anchoredAt, devices[0].since], [2, START + 600, null])
    assert.equal(asOf.number, Number((await story.chain.client.getBlock({ blockTag: "finalized" })).number))
  })

  it("shows a device with when its runs were anchored, marked as the index's word", async () => {
    const { id } = story.devices.a
    const text = await ok(["show", id, "--index", served.url])
    assert.match(text, /^RUN +ROOT +ANCHORED \(as the index says\)$/m)
    assert.match(text, /^2 +void +2027-\d\d-\d\dT/m)
    assert.equal(text.match(/^\d +(?:void|0x[0-9a-f]{64}) +2027-/gm)?.length, 5)
    assertForPeople(text)
    assert.doesNotMatch(await ok(["show", id]), /as of|as the index says/)
  })

  it("wants an operator beside a voucher", async () => {
    const { code, stderr } = await cli(["--voucher", story.first.voucher])
    assert.equal(code, 2)
    assert.match(stderr, /a voucher has a ledger with each operator\nhint: give --operator/)
  })

  /** Serves the books after somebody changed them. */
  async function withBooks(change: (db: Db) => Promise<unknown>, then: (url: string) => Promise<void>) {
    const changed = await openBooks(story, [story.chain.url])
    await changed.indexer.look()
    await change(changed.db)
    const liar = await serveBooks(changed.db, story.registry)
    await then(liar.url)
    await liar.close()
    await changed.close()
  }

  const one = () => ["--operator", story.first.operator]
  for (const [what, statement, words, reason] of [
    [
      "runs of a device",
      "update devices set runs = runs + 1",
      ledger,
      /runs of device 0x[0-9a-f]{64} is 6; the chain says 5/,
    ],
    [
      "a withdrawal",
      "update devices set withdrawn_since = null",
      ledger,
      /state of device 0x\w+ is active; the chain says withdrawn/,
    ],
    ["how far books go", "update devices set through = through + 60", ledger, /through of device/],
    ["a boundary", "update devices set boundary = 'facility'", ledger, /boundary of device/],
    ["an enrolment", "update devices set enrolled = enrolled + 1", ledger, /enrolledAt of device/],
    ["a device that is left out", "delete from devices where runs = 5", ledger, /device 0x\w+ is left out/],
    ["the length of a ledger", "update ledgers set length = length - 1", one, /length of ledger/],
    ["the head of a ledger", "update ledgers set head = id", one, /head of ledger/],
    ["a ledger that is left out", "delete from ledgers where length = 3", one, /ledger 0x\w+ is left out/],
    [
      "an invented ledger",
      "update ledgers set id = head where length = 3",
      one,
      /there is a ledger 0x\w+; the chain has none/,
    ],
    [
      "the sums of an operator",
      "update ledgers set devices = devices + 1",
      () => [],
      /devices of operator 0x\w+ is 5; the chain says 3/,
    ],
    [
      "an invented operator",
      "update ledgers set operator = '0x1111111111111111111111111111111111111111' where length = 3",
      () => [],
      /ledgers of operator 0x1{40} is 1; the chain says 0/,
    ],
    [
      "a root",
      "update anchors set root = head where run = 1",
      () => ["show", story.devices.a.id],
      /root of run 1 is 0x[0-9a-f]{64}; the chain says 0x/,
    ],
    [
      "a run that is left out",
      "delete from anchors where run = 4",
      () => ["show", story.devices.a.id],
      /run 4 is left out/,
    ],
    [
      "the block",
      "update batches set hash = '0x1111111111111111111111111111111111111111111111111111111111111111'",
      () => [],
      /block \d+ is 0x1{64}; the chain says 0x/,
    ],
  ] as const)
    it(`names an index that lies about ${what}, and shows nothing of it`, () =>
      withBooks(
        ({ kysely }) => sql.raw(statement).execute(kysely),
        async (url) => {
          const { code, stdout, stderr } = await cli([...words(), "--index", url])
          assert.deepEqual([code, stdout], [1, ""], stderr)
          assert.ok(stderr.startsWith(`error: ${url} says what the chain does not: `), stderr)
          assert.match(stderr, reason)
          assert.match(stderr, /\nhint: ask another index/)
        },
      ))

  it("refuses an index of another registry, and tells one that is silent from one that talks nonsense", async () => {
    const other = await serveBooks(books.db, `0x${"11".repeat(20)}`)
    const foreign = await cli(["--index", other.url])
    assert.deepEqual([foreign.code, foreign.stdout], [2, ""])
    assert.match(foreign.stderr, /follows registry 0x1{40} of chain 31337, not 0x/)
    await other.close()
    const silent = await cli(["--index", "http://127.0.0.1:9"])
    assert.equal(silent.code, 3)
    assert.match(silent.stderr, /^error: http:\/\/127\.0\.0\.1:9: it does not answer\nhint: check the index's URL/)
    const fool = await serveAnswers([{ body: "[]" }])
    assert.match((await cli(["--index", fool.url])).stderr, /^error: http.*expected object\nhint: this is no index/)
    fool.close()
    const empty = await openIndex({ file: ":memory:" })
    const unready = await serveBooks(empty, story.registry)
    assert.equal((await cli(["--index", unready.url])).code, 3)
    await unready.close()
    await empty.kysely.destroy()
  })

  it("reads a list again where a block comes in meanwhile, and gives up where they do not cease", async () => {
    const status = await (await fetch(`${served.url}/v1/status`)).text()
    const whole = await (await fetch(`${served.url}/v1/operators`)).json()
    const other = { ...whole.block, hash: `0x${"11".repeat(32)}` }
    const [first, moved, last] = [{ ...whole, next: "a" }, { ...whole, block: other }, whole].map((answer) => ({
      body: JSON.stringify(answer),
    })) as [Said, Said, Said]
    const settling = await serveAnswers([{ body: status }, first, moved, last])
    assert.match(await ok(["--index", settling.url]), /^operators +1 account$/m)
    const restless = await serveAnswers([{ body: status }, first, moved, first, moved, first, moved, last])
    const { code, stderr } = await cli(["--index", restless.url])
    assert.equal(code, 3)
    assert.match(stderr, /new blocks come in while its operators are read\nhint: try again/)
    settling.close()
    restless.close()
  })

  it("says that a node is behind the index", async () => {
    const block = Number((await story.chain.client.getBlock({ blockTag: "finalized" })).number)
    proxy.interfere(async ({ method }) => (method === "eth_getBlockByNumber" ? { result: null } : null))
    const { code, stderr } = await cli(["--index", served.url])
    assert.equal(code, 3)
    assert.match(stderr, new RegExp(`the node has no block ${block} yet, on which http`))
  })

  it("finds operators where a node gives logs of few blocks at a time", async () => {
    let refused = 0
    proxy.interfere(async ({ method, params }) => {
      if (method !== "eth_getLogs") return null
      const { fromBlock, toBlock } = params[0] as { fromBlock: Hex; toBlock: Hex }
      if (Number(toBlock) - Number(fromBlock) < 4) return null
      refused++
      return { error: { code: -32005, message: "range too wide" } }
    })
    assert.match(await ok([]), new RegExp(`^${story.first.operator.toLowerCase()} +2 +3 +10$`, "m"))
    assert.ok(refused > 0)
  })

  describe("of ten thousand devices", () => {
    const [operator, voucher]: Hex[] = [`0x${"aa".repeat(20)}`, `0x${"bb".repeat(20)}`]
    const ledgerId = ledgerIdOf(operator as Hex, voucher as Hex)
    const member = (i: number) => ({
      ...{ device: idOf(i), boundary: boundaryNumber("node"), state: 1, nextRun: 0n },
      ...{ enrolledAt: BigInt(START + i), through: 0n, endedAt: NEVER, since: NEVER },
    })
    let crowd: Db
    let crowded: Awaited<ReturnType<typeof serveBooks>>

    before(async () => {
      crowd = await openIndex({ file: ":memory:" })
      const { number, hash, timestamp } = await story.chain.client.getBlock({ blockTag: "finalized" })
      const block = { number: Number(number), hash: hash as Hex, time: Number(timestamp) }
      await crowd.kysely.insertInto("blocks").values(block).execute()
      await crowd.kysely.insertInto("batches").values({ number: block.number, hash: block.hash }).execute()
      for (let from = 0; from < DEVICES; from += 1000)
        await crowd.kysely
          .insertInto("devices")
          .values(Array.from({ length: 1000 }, (_, i) => rowOf(from + i)))
          .execute()
      crowded = await serveBooks(crowd, story.registry)
    })
    after(async () => {
      await crowded.close()
      await crowd.kysely.destroy()
    })

    const rowOf = (i: number) => ({
      ...{ id: idOf(i), ledger: ledgerId, operator: operator as Hex, voucher: voucher as Hex, boundary: "node" },
      ...{ enrolled: START + i, runs: 0, through: 0, anchored: null, retired_runs: null, withdrawn_since: null },
    })

    /** The contract of a ledger with so many devices: each answer is one that the contract gives to this question. */
    function answerFor(data: Hex): Hex | null {
      const { functionName, args } = decodeFunctionData({ abi: ANCHORS_ABI, data })
      if (functionName === "ledgerOf")
        return encodeFunctionResult({
          abi: ANCHORS_ABI,
          functionName,
          result: {
            ...{ operator: operator as Hex, voucher: voucher as Hex, length: 0n, checkpointCount: 0n },
            ...{ deviceCount: BigInt(DEVICES), vouchedCount: BigInt(DEVICES), suspicionCount: 0n },
            head: `0x${"00".repeat(32)}`,
          },
        })
      if (functionName !== "membersOf") return null
      const [, offset, limit] = args
      const length = Math.min(Number(limit), DEVICES - Number(offset))
      const result = Array.from({ length }, (_, i) => member(Number(offset) + i))
      return encodeFunctionResult({ abi: ANCHORS_ABI, functionName, result })
    }

    beforeEach(() =>
      proxy.interfere(async ({ method, params }) => {
        calls.push(method)
        if (method !== "eth_call") return null
        const result = answerFor((params[0] as { data: Hex }).data)
        return result === null ? null : { result }
      }),
    )

    for (const withIndex of [false, true])
      it(`takes at most 100 calls ${withIndex ? "to chain and index together" : "to the chain alone"}`, async () => {
        const words = ["--operator", operator as string, "--voucher", voucher as string]
        const text = await ok([...words, ...(withIndex ? ["--index", crowded.url] : [])])
        assert.match(text, /^devices +10,000 enrolled, 10,000 vouched for$/m)
        assert.equal(text.match(/^0x[0-9a-f]{64} +node +active/gm)?.length, DEVICES)
        const all = calls.length + crowded.asked.length
        assert.ok(all >= 50 && all <= 100, `${calls.length} and ${crowded.asked.length} calls`)
        assert.equal(crowded.asked.length, withIndex ? 11 : 0)
        assertForPeople(text)
      })
  })
})
