import assert from "node:assert/strict"
import { createRpc } from "@wattest/chain"
import { createProofs, createServer, list, type Proofs } from "@wattest/index"
import { type Extract, encodeExtract, type Hex, parseExtract } from "@wattest/protocol"
import { nodeSignatures } from "@wattest/protocol/node"
import { type BooksStory, START, tellBooks } from "@wattest/testkit/index/story"
import { type RpcProxy, startProxy } from "@wattest/testkit/relayer/rpc-proxy"
import { judge, POLICY_TEMPLATE, type Policy } from "@wattest/verifier"
import type { FastifyInstance } from "fastify"
import { openBooks } from "./books.ts"

const READERS = { signatures: nodeSignatures, chain: null }

describe("the index's proofs", function () {
  this.timeout(120_000)
  let story: BooksStory
  let proxy: RpcProxy
  let books: Awaited<ReturnType<typeof openBooks>>
  let app: FastifyInstance
  let policy: Policy
  /** Proofs of which none is kept yet, and a server of such. */
  let fresh: () => Proofs
  let serve: () => Promise<FastifyInstance>

  before(async () => {
    story = await tellBooks()
    proxy = await startProxy(story.chain.url)
    books = await openBooks(story, [story.chain.url])
    const { final } = await books.indexer.look()
    const contracts = { registry: story.registry, claims: null }
    const rpc = createRpc([proxy.url], 5000)
    fresh = () => createProofs({ rpc, chainId: 31337, contracts, db: books.db })
    const status = () => ({ tip: null, error: null, endpoints: [] })
    const setup = { db: books.db, chainId: 31337, contracts, status, perMinute: 1000, version: "0.1.0" }
    serve = () => createServer({ ...setup, proofs: fresh() })
    app = await serve()
    const blocks = await books.db.kysely.selectFrom("blocks").select(["number", "hash"]).execute()
    const trustedBlocks = blocks.map(({ number, hash }) => ({ number: BigInt(number), hash }))
    assert.ok(blocks.some(({ hash }) => hash === final.hash))
    const chain = { chainId: 31337, registries: [story.registry], rpcs: [], checkpoints: null, trustedBlocks }
    policy = { ...POLICY_TEMPLATE, chains: [chain] }
  })
  after(async () => {
    await app.close()
    await books.close()
    await proxy.stop()
    await story.stop()
  })
  afterEach(() => proxy.interfere(null))

  const get = async (url: string) => {
    const { statusCode, rawPayload, headers } = await app.inject(url)
    return { status: statusCode, bytes: new Uint8Array(rawPayload), type: headers["content-type"] }
  }
  const judged = (bytes: Uint8Array, believed = policy) =>
    judge({ name: "extract.json", bytes }, [], { policy: believed, readers: READERS })
  const codeOf = async (bytes: Uint8Array, believed = policy) => {
    const { verdict } = await judged(bytes, believed)
    return verdict.status === "valid" ? "valid" : verdict.code
  }

  it("holds offline for every device, ledger and run, and says what the lists say", async () => {
    let proved = 0
    for (const [name, said] of [
      [
        "devices",
        ["runs", "through", "anchoredAt", "enrolledAt", "retiredRuns", "withdrawnSince", "boundary", "voucher"],
      ],
      ["ledgers", ["length", "head", "devices", "vouched", "operator"]],
      ["runs", ["root", "head", "position", "through"]],
    ] as const) {
      const { items } = await list(books.db, name, {})
      const page = (await app.inject(`/v1/${name}`)).json() as { check: string }
      for (const item of items) {
        const url = page.check.replace(/\{([a-z]+)\}/g, (_, column: string) => String(item[column]))
        const { status, bytes, type } = await get(url)
        assert.deepEqual([status, type], [200, "application/vnd.wattest.extract.v1+json"], url)
        assert.equal(await codeOf(bytes), "valid", url)
        const extract: { readonly [field: string]: unknown } = parseExtract(bytes)
        for (const field of said) assert.equal(extract[field], item[field], `${url} ${field}`)
        proved++
      }
    }
    assert.equal(proved, 3 + 2 + 10)
  })

  it("is named with an item, and by a template with a list", async () => {
    const { a } = story.devices
    const { check } = (await app.inject(`/v1/devices/${a.id}`)).json() as { check: string }
    assert.equal(check, `/v1/proof/devices/${a.id}`)
    assert.equal(
      ((await app.inject("/v1/withdrawals")).json() as { check: string }).check,
      "/v1/proof/devices/{device}",
    )
  })

  const changed = async (url: string, change: (extract: Extract) => object) => {
    const extract = parseExtract((await get(url)).bytes)
    return encodeExtract({ ...extract, ...change(extract) } as Extract)
  }
  const device = (name: "a" | "b" | "c") => `/v1/proof/devices/${story.devices[name].id}`
  const run = (name: "a" | "b", number: number) => `/v1/proof/runs/${story.devices[name].id}/${number}`
  const other: Hex = `0x${"12".repeat(20)}`

  for (const [what, url, change, code] of [
    ["a withdrawn device shown as active", () => device("b"), () => ({ withdrawnSince: null }), "EXTRACT_MISMATCH"],
    ["a device with a run less", () => device("a"), () => ({ runs: 4 }), "EXTRACT_MISMATCH"],
    ["a device's books told for longer", () => device("a"), () => ({ through: START + 6000 }), "EXTRACT_MISMATCH"],
    ["a retired device called active", () => device("c"), () => ({ retiredRuns: null }), "EXTRACT_MISMATCH"],
    ["a device at another boundary", () => device("a"), () => ({ boundary: "gpu" }), "EXTRACT_MISMATCH"],
    ["a device of another operator", () => device("a"), () => ({ operator: other }), "EXTRACT_MISMATCH"],
    ["a device under another voucher", () => device("a"), () => ({ voucher: other }), "STATE_PROOF_INVALID"],
    [
      "a ledger with a run less",
      () => `/v1/proof/ledgers/${story.first.id}`,
      () => ({ length: 6 }),
      "EXTRACT_MISMATCH",
    ],
    [
      "a ledger with another head",
      () => `/v1/proof/ledgers/${story.first.id}`,
      () => ({ head: `0x${"01".padStart(64, "0")}` }),
      "EXTRACT_MISMATCH",
    ],
    [
      "a run with another root",
      () => run("a", 0),
      () => ({ root: `0x${"01".padStart(64, "0")}` }),
      "ROOT_NOT_ANCHORED",
    ],
    ["a run of another number", () => run("a", 0), () => ({ run: 1 }), "ANCHOR_MISMATCH"],
    ["a run at another place", () => run("a", 0), () => ({ position: 1 }), "ANCHOR_MISMATCH"],
    ["a run anchored earlier", () => run("a", 0), () => ({ anchoredAt: START - 60 }), "ANCHOR_MISMATCH"],
    ["a run in another transaction", () => run("a", 0), () => ({ transactionIndex: 1 }), "ANCHOR_MISMATCH"],
    ["a run of another event", () => run("a", 0), () => ({ logIndex: 1 }), "ANCHOR_MISMATCH"],
    ["a run whose device is called good", () => run("b", 0), () => ({ withdrawnSince: null }), "EXTRACT_MISMATCH"],
    ["an extract of another chain", () => device("a"), () => ({ chainId: 1 }), "CHAIN_NOT_ACCEPTED"],
    ["an extract of another registry", () => device("a"), () => ({ registry: other }), "STATE_PROOF_INVALID"],
    [
      "a slot twice",
      () => device("a"),
      ({ state }) => ({ state: { ...state, slots: [...state.slots, state.slots[0]] } }),
      "STATE_PROOF_INVALID",
    ],
    [
      "a slot that nobody needs",
      () => `/v1/proof/ledgers/${story.first.id}`,
      ({ state }) => ({ state: { ...state, slots: state.slots.toReversed() } }),
      "STATE_PROOF_INVALID",
    ],
  ] as readonly (readonly [string, () => string, (extract: Extract) => object, string])[])
    it(`is refused for ${what}: ${code}`, async () => {
      assert.equal(await codeOf(await changed(url(), change)), code)
    })

  it("is undetermined without a trusted block, and where the policy asks for a later state", async () => {
    const { bytes } = await get(device("a"))
    const [chain] = policy.chains
    const blind = { ...policy, chains: [{ ...chain, trustedBlocks: [] }] } as Policy
    assert.equal(await codeOf(bytes, blind), "TRUST_ROOT_MISSING")
    assert.equal(await codeOf(bytes, { ...policy, vouchesAsOf: START + 10 ** 6 }), "STATE_TOO_OLD")
    const { status } = await judged(bytes, { ...policy, expect: { bounds: ["energy <= 5 kWh"] } })
    assert.equal(status, "unaccepted")
  })

  for (const [how, method, lie] of [
    ["makes up storage", "eth_getProof", (result: { accountProof: Hex[] }) => ({ ...result, accountProof: [] })],
    [
      "gives another value",
      "eth_getProof",
      (result: { storageProof: { value: Hex }[] }) => ({
        ...result,
        storageProof: result.storageProof.map((slot) => ({ ...slot, value: "0x5" })),
      }),
    ],
    ["names another block", "eth_getBlockByNumber", (result: object) => ({ ...result, hash: `0x${"ab".repeat(32)}` })],
  ] as const)
    it(`is not handed out where a node ${how}`, async () => {
      proxy.interfere(async (call) => {
        if (call.method !== method) return null
        const { result } = (await call.forward()) as { result: never }
        return { result: lie(result) }
      })
      const other = await serve()
      const { statusCode, body } = await other.inject(`/v1/proof/ledgers/${story.other.id}`)
      assert.deepEqual([statusCode, JSON.parse(body).error.code], [503, "PROOF_UNAVAILABLE"])
      await other.close()
    })

  it("is of the last final block where a node no longer keeps the state of the books' block", async () => {
    const books = await blockNumber()
    await story.chain.client.mine({ blocks: 5 })
    proxy.interfere(async ({ method, params }) =>
      method === "eth_getProof" && Number(params[2]) === books ? { error: { code: -32000, message: "pruned" } } : null,
    )
    const made = await fresh().of({ kind: "device", device: story.devices.c.id })
    assert.ok((made?.block.number ?? 0) > books)
    assert.equal(await codeOf(made?.bytes ?? new Uint8Array()), "TRUST_ROOT_MISSING")
  })

  const blockNumber = async () =>
    ((await app.inject("/v1/status")).json() as { block: { number: number } }).block.number

  it("is not there for what the books do not have, nor for what is no name", async () => {
    for (const [url, status] of [
      [`/v1/proof/devices/0x${"ff".repeat(32)}`, 404],
      [`/v1/proof/runs/${story.devices.a.id}/99`, 404],
      [`/v1/proof/claims/${other}/0`, 404],
      ["/v1/proof/devices/0x12", 400],
      [`/v1/proof/runs/${story.devices.a.id}/-1`, 400],
      [`/v1/proof/runs/${story.devices.a.id}/1.5`, 400],
    ] as const)
      assert.equal((await get(url)).status, status, url)
  })
})
