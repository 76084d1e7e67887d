import assert from "node:assert/strict"
import { readFileSync } from "node:fs"
import { connect } from "node:net"
import { createRpc } from "@wattest/chain"
import { createServer } from "@wattest/index"
import {
  encodeCertificate,
  encodeVouch,
  type Hex,
  parseVouch,
  type VouchDocument,
  vouchDigest,
} from "@wattest/protocol"
import { createCertificate, openArchive } from "@wattest/prover"
import { type BooksStory, START, tellBooks } from "@wattest/testkit/index/story"
import { receiptOnChain } from "@wattest/testkit/ledger/receipts"
import { artifactOf } from "@wattest/testkit/local/contracts"
import { POLICY_TEMPLATE, type Policy } from "@wattest/verifier"
import type { FastifyInstance } from "fastify"
import { MAX_ARRIVING } from "../../index/src/api/documents.ts"
import { createDesk, type Desk, MAX_DOCUMENT_BYTES } from "../../index/src/documents/desk.ts"
import { HANDED_IN, openBooks } from "./books.ts"

type Verdict = {
  readonly id: Hex
  readonly status: string
  readonly code: string | null
  readonly title: string | null
}

describe("documents handed in to an index", function () {
  this.timeout(120_000)
  let story: BooksStory
  let books: Awaited<ReturnType<typeof openBooks>>
  let app: FastifyInstance
  let desk: Desk
  let policy: Policy
  let certificate: Uint8Array
  let nowSeconds = START

  before(async () => {
    story = await tellBooks()
    const run = {
      captures: 2,
      energyGrade: "declared",
      context: { beacon: null },
      startTimeMs: (START + 900) * 1000,
      endTimeMs: (START + 901) * 1000,
    } as const
    await story.first.anchor(story.devices.a, START + 1200, [run])
    await story.chain.client.mine({ blocks: 3 })
    books = await openBooks(story, [story.chain.url])
    await books.indexer.look()
    const { registry, first } = story
    const chain = {
      chainId: 31337,
      registries: [registry],
      trustedBlocks: [],
      rpcs: ["https://node.example"],
      checkpoints: null,
    }
    policy = {
      ...POLICY_TEMPLATE,
      ...{ chains: [chain], vouchers: [first.voucher.toLowerCase() as Hex], require: [] },
      ...{ grades: { energy: "declared", work: "declared" } },
    }
    const archive = openArchive(`${story.folder}/archive`)
    const { id } = story.devices.a
    const receipts = (_device: unknown, run: bigint) => receiptOnChain(first, story.devices.a, run)
    certificate = encodeCertificate(
      await createCertificate({ archive, receipts, device: id, firstRun: 5n, lastRun: 5n }),
    )
    app = await serve()
  })
  after(async () => {
    await app.close()
    await books.close()
    await story.stop()
  })

  async function serve(): Promise<FastifyInstance> {
    const rpc = createRpc([story.chain.url], 5000)
    desk = await createDesk({ db: books.db, rpc, chainId: 31337, policy, now: () => nowSeconds })
    const contracts = { registry: story.registry, claims: null }
    const status = () => ({ tip: null, error: null, endpoints: [] })
    const setup = { db: books.db, chainId: 31337, contracts, status, perMinute: 1000, version: "0.1.0" }
    return createServer({ ...setup, desk })
  }
  const hand = async (payload: Uint8Array | string, type = "application/json") => {
    const { statusCode, body } = await app.inject({
      ...{ method: "POST", url: "/v1/documents", payload: Buffer.from(payload), headers: { "content-type": type } },
    })
    return { status: statusCode, verdict: JSON.parse(body) as Verdict & { readonly error: { readonly code: string } } }
  }
  const listed = async (query = "") =>
    ((await app.inject(`/v1/documents${query}`)).json() as { items: (Verdict & Record<string, unknown>)[] }).items

  const searched = async (text: string) => {
    const { items } = (await app.inject(`/v1/search?text=${encodeURIComponent(text)}`)).json()
    return items as unknown[]
  }

  it("are judged, kept and listed with what they say, where they are valid", async () => {
    const { status, verdict } = await hand(certificate)
    assert.deepEqual([status, verdict.status, verdict.code], [200, "valid", null], JSON.stringify(verdict))
    const [item] = await listed(`?device=${story.devices.a.id}`)
    assert.deepEqual([item?.id, item?.title, item?.model], [verdict.id, `runs of ${story.devices.a.id}`, "llama"])
    const content = await app.inject(`/v1/documents/${verdict.id}/content`)
    assert.deepEqual(new Uint8Array(content.rawPayload), certificate)
    assert.match(String(content.headers["content-security-policy"]), /sandbox/)
    assert.deepEqual((await hand(certificate)).verdict, verdict)
    const place = { kind: "document", at: `/v1/documents/${verdict.id}`, text: `runs of ${story.devices.a.id}` }
    assert.deepEqual(await searched("llama certificate"), [place])
    assert.deepEqual((await app.inject(place.at)).json().item.id, verdict.id)
    assert.deepEqual(await searched("llama presentation"), [])
    assert.equal((await app.inject("/v1/documents")).headers.etag, undefined)
  })

  it("wait eight at once for their verdict: the next is told to come again, and has its turn then", async () => {
    const taken = await Promise.allSettled(Array.from({ length: 9 }, async () => desk.take(certificate)))
    assert.deepEqual(
      taken.map((one) => (one.status === "rejected" ? one.reason.constructor.name : "judged")),
      [...Array(8).fill("judged"), "Busy"],
    )
    assert.equal((await desk.take(certificate)).status, "valid")
  })

  it("say nothing where they are refused, and are not kept", async () => {
    const forged = new TextDecoder()
      .decode(certificate)
      .replace(/"endTimeMs":(\d)/, (_, digit) => `"endTimeMs":${(+digit % 9) + 1}`)
    const { status, verdict } = await hand(forged)
    assert.deepEqual([status, verdict.status, verdict.title], [200, "invalid", null])
    assert.equal((await app.inject(`/v1/documents/${verdict.id}/content`)).statusCode, 404)
    assert.ok((await listed("?status=invalid")).every((item) => item.title === null && item.operator === null))
  })

  for (const [name, file, status] of [
    ["certificate of another chain", "valid-ed25519/certificate.json", "unaccepted"],
    ["presentation of another chain", "presentation-valid/presentation.json", "invalid"],
    ["job of another chain", "group-valid/job.ndjson", "unaccepted"],
    ["certificate in another spelling", "form-unsorted/certificate.json", "invalid"],
  ] as const)
    it(`are believed by the policy alone: a ${name} is ${status}`, async () => {
      const { verdict } = await hand(readFileSync(`conformance/cases/${file}`))
      assert.deepEqual([verdict.status, verdict.title], [status, null])
    })

  it("are kept up to 4 GiB of them together: the next is judged and not kept", async () => {
    const bytes = readFileSync("conformance/cases/valid-p256/certificate.json")
    const { kysely } = books.db
    const { size } = await kysely
      .selectFrom("documents")
      .select(({ fn }) => fn.sum<number>("size").as("size"))
      .where("bytes", "is not", null)
      .executeTakeFirstOrThrow()
    const room = 4 * 1024 ** 3 - Number(size)
    for (const [free, status] of [
      [bytes.length - 1, 404],
      [bytes.length, 200],
    ] as const) {
      await kysely
        .insertInto("documents")
        .values({ ...HANDED_IN, size: room - free })
        .execute()
      const { verdict } = await hand(bytes)
      assert.equal(verdict.status, "unaccepted")
      assert.equal((await app.inject(`/v1/documents/${verdict.id}/content`)).statusCode, status, `${free} are free`)
      await kysely
        .deleteFrom("documents")
        .where("id", "in", [HANDED_IN.id, verdict.id as Hex])
        .execute()
    }
  })

  it("are of our kinds and of a bounded length", async () => {
    for (const [payload, status, code] of [
      ["", 422, "NOT_OURS"],
      ["{}", 422, "NOT_OURS"],
      [readFileSync("conformance/cases/not-ours-zip/certificate.json"), 422, "NOT_OURS"],
      [Buffer.alloc(MAX_DOCUMENT_BYTES, " "), 422, "NOT_OURS"],
      [Buffer.alloc(MAX_DOCUMENT_BYTES + 1, " "), 413, "TOO_LONG"],
    ] as const) {
      const { status: answered, verdict } = await hand(payload)
      assert.deepEqual([answered, verdict.error.code], [status, code])
    }
    const { statusCode, headers } = await app.inject({ method: "POST", url: "/v1/documents" })
    assert.deepEqual([statusCode, headers["x-ratelimit-limit"]], [422, "20"], "so many a minute")
    assert.equal((await app.inject({ method: "PUT", url: "/v1/documents" })).statusCode, 404)
  })

  it("arrive so many at once from one address, and more when one of these is gone", async () => {
    const kept = desk
    const other = await serve()
    const port = Number(new URL(await other.listen({ host: "127.0.0.1", port: 0 })).port)
    let begun = 0
    other.server.on("request", () => begun++)
    const until = async (holds: () => boolean | Promise<boolean>) => {
      while (!(await holds())) await new Promise((resolve) => setTimeout(resolve, 100))
    }
    const half = MAX_ARRIVING / 2
    // Each announces a byte more than it sends, so that it keeps arriving.
    const begin = async () => {
      const socket = connect({ host: "127.0.0.1", port })
      const head = "POST /v1/documents HTTP/1.1\r\nhost: x\r\ncontent-type: text/plain\r\ncontent-length: 3\r\n\r\n{}"
      await new Promise((resolve) => socket.write(head, resolve))
      return socket
    }
    const ask = async () =>
      (await fetch(`http://127.0.0.1:${port}/v1/documents`, { method: "POST", body: "{}" })).status
    const arriving = await Promise.all(Array.from({ length: half }, begin))
    await until(() => begun === half)
    assert.equal(await ask(), 503)
    arriving[0]?.destroy()
    await until(async () => (await ask()) === 422)
    for (const socket of arriving) socket.destroy()
    await other.close()
    desk = kept
  })

  it("are judged under a policy that everybody sees", async () => {
    const shown = (await app.inject("/v1/policy")).json() as { digest: string; policy: { vouchers: string[] } }
    assert.deepEqual(shown.policy.vouchers, policy.vouchers)
    assert.ok((await listed()).every((item) => item.policy === shown.digest))
  })

  it("count as vouch documents once a believed voucher put their digest on the chain", async () => {
    const { vouch } = JSON.parse(readFileSync("test/vectors/protocol.json", "utf8")) as {
      vouch: { document: VouchDocument }
    }
    const device: Hex = `0x${"0a".padStart(64, "0")}`
    const document = { ...vouch.document, device }
    const bytes = encodeVouch(document)
    assert.deepEqual((await hand(bytes)).verdict.code, "NOT_FINALIZED")
    const { chain, registry, first } = story
    const { abi } = artifactOf("AnchorRegistry")
    const args = [device, first.operator, vouchDigest(parseVouch(bytes))]
    await chain.write(first.voucher, registry, { abi, functionName: "vouch", args })
    await chain.client.mine({ blocks: 3 })
    await books.indexer.look()
    nowSeconds += 3601
    while (await desk.step());
    const [item] = await listed("?kind=vouch")
    assert.deepEqual([item?.status, item?.device], ["valid", device])
  })

  it("fall when the books change: a withdrawal voids what rests on it", async () => {
    assert.equal(await desk.step(), false)
    await story.first.withdraw(story.devices.a, START + 60)
    await story.chain.client.mine({ blocks: 3 })
    await books.indexer.look()
    while (await desk.step());
    const items = await listed("?kind=certificate&code=VOUCH_WITHDRAWN")
    assert.deepEqual(
      items.map(({ status, title, operator }) => [status, title, operator]),
      [["invalid", null, null]],
    )
    assert.deepEqual(await searched("llama certificate"), [])
  })

  it("are judged again under another policy", async () => {
    policy = { ...policy, vouchers: [] }
    await app.close()
    app = await serve()
    while (await desk.step());
    const [item] = await listed("?kind=vouch")
    assert.deepEqual([item?.status, item?.code], ["unaccepted", "VOUCHER_NOT_ACCEPTED"])
  })
})
