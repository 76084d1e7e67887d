import assert from "node:assert/strict"
import { connect } from "node:net"
import type { Relayer } from "@wattest/relayer"
import { judgePromise, promiseSignerOf, promiseTypedData, type SignedPromise } from "@wattest/relayer"
import { type Anvil, startAnvil } from "@wattest/testkit/local/anvil"
import { mineUntil } from "@wattest/testkit/relayer/books"
import { createDevice, randomRoots } from "@wattest/testkit/relayer/devices"
import { post, postBytes, request, startRelayer, temporaryFolder, testConfig } from "@wattest/testkit/relayer/harness"
import { deployRegistry, promiser, type TestRegistry } from "@wattest/testkit/relayer/registry"
import { Ajv2020 } from "ajv/dist/2020.js"
import { openApi } from "../../relayer/src/http/openapi.ts"
import { createPromiseThread } from "../../relayer/src/http/promise-thread.ts"

type Responses = Record<string, { content?: Record<string, { schema: object }> }>
type Described = { readonly paths: Record<string, Record<string, { responses: Responses }>> }

describe("the relayer's description of itself", function () {
  this.timeout(60_000)
  const folder = temporaryFolder()
  const device = createDevice()
  const ajv = new Ajv2020({ strict: false })
  let description: Described
  let anvil: Anvil
  let registry: TestRegistry
  let relayer: Relayer
  let digest: unknown
  let slow: Promise<string>

  /** What a client hears that sends its submission a byte a second. */
  const trickle = ({ hostname, port }: URL) =>
    new Promise<string>((resolve, reject) => {
      const client = connect(Number(port), hostname)
      client.write("POST /v1/submissions HTTP/1.1\r\nHost: x\r\nContent-Length: 1000\r\n\r\n")
      const bytes = setInterval(() => client.write("x"), 1000)
      client.once("data", (answer) => resolve(`${answer}`.split("\r\n", 1)[0] ?? ""))
      client.once("error", reject).once("close", () => clearInterval(bytes))
    })

  before(async () => {
    description = JSON.parse(JSON.stringify(await openApi()))
    anvil = await startAnvil()
    registry = await deployRegistry(anvil)
    await registry.enrol([device])
    relayer = await startRelayer(testConfig(registry, anvil.url, folder.path))
    slow = trickle(new URL(relayer.url ?? ""))
    digest = (await post(relayer.url, device.submission(registry, 0, randomRoots(1)))).body.digest
    await mineUntil(
      anvil,
      async () => (await request(`${relayer.url}/v1/submissions/${digest}`)).body.state === "final",
    )
  })
  after(async () => {
    await relayer.stop()
    await anvil.stop()
    folder.remove()
  })

  /** The answer is one that the description names for its status, in its form. */
  function assertDescribed(path: string, method: string, { status, body }: { status: number; body: unknown }): void {
    const schema = description.paths[path]?.[method]?.responses[status]?.content?.["application/json"]?.schema
    assert.ok(schema, `${method} ${path} does not describe ${status}`)
    const validate = ajv.compile(schema)
    assert.ok(validate(body), `${method} ${path} ${status}: ${JSON.stringify(validate.errors)} ${JSON.stringify(body)}`)
  }

  it("is served", async () => {
    assert.deepEqual((await request(`${relayer.url}/v1/openapi.json`)).body, description)
  })

  it("names every path's answers as they are", async () => {
    const word = `0x${"00".repeat(32)}`
    const answers: Record<string, readonly string[]> = {
      "/v1/submissions/{digest}": [`/v1/submissions/${digest}`, `/v1/submissions/${word}`, "/v1/submissions/0x1"],
      "/v1/receipts/{device}/{run}": [
        `/v1/receipts/${device.id}/0`,
        `/v1/receipts/${device.id}/9`,
        `/v1/receipts/${device.id}/01`,
      ],
      "/v1/devices/{device}": [`/v1/devices/${device.id}`, `/v1/devices/${word}`, "/v1/devices/x"],
      "/v1/beacon": ["/v1/beacon"],
      "/v1/status": ["/v1/status"],
      "/v1/openapi.json": ["/v1/openapi.json"],
      "/health": ["/health"],
      "/ready": ["/ready"],
    }
    const described = Object.entries(description.paths)
      .filter(([, item]) => "get" in item)
      .map(([path]) => path)
    assert.deepEqual(described.filter((path) => path !== "/metrics").toSorted(), Object.keys(answers).toSorted())
    for (const [path, urls] of Object.entries(answers))
      for (const url of urls) assertDescribed(path, "get", await request(`${relayer.url}${url}`))
  })

  it("names the answers to submissions as they are", async () => {
    const next = device.submission(registry, 1, randomRoots(1))
    for (const submission of [
      next,
      next,
      device.submission(registry, 1, randomRoots(1)),
      device.submission(registry, 9, randomRoots(1)),
      createDevice().submission(registry, 0, randomRoots(1)),
    ])
      assertDescribed("/v1/submissions", "post", await post(relayer.url, submission))
    assertDescribed("/v1/submissions", "post", await postBytes(relayer.url, "{}"))
  })

  it("has a path that is no URL answered as others are", async () => {
    const answer = await request(`${relayer.url}/v1/devices/%E0%A4%A`)
    assert.equal(answer.status, 400)
    assertDescribed("/v1/devices/{device}", "get", answer)
  })

  it("lists the metrics that the alerts of docs/operating.md are made of", async () => {
    const { text } = (await request(`${relayer.url}/metrics`)).body
    const { readFileSync } = await import("node:fs")
    const page = readFileSync(new URL("../../docs/operating.md", import.meta.url), "utf8")
    const [table = ""] = page.slice(page.indexOf("| alert when")).split("\n\n")
    const names = [...table.matchAll(/^\| `([a-z_]+)/gm)].map((match) => match[1])
    assert.ok(names.length >= 10)
    for (const name of names)
      assert.match(String(text), new RegExp(`^# TYPE wattest_relayer_${name} `, "m"), String(name))
  })

  it("lets go who is ten seconds on the way with one request", async () => {
    assert.equal(await slow, "HTTP/1.1 408 Request Timeout")
  })
})

describe("a promise", () => {
  const domain = { chainId: 31337, registry: `0x${"44".repeat(20)}` } as const
  const promise = { content: `0x${"55".repeat(32)}`, deadline: 1000 } as const

  it("is kept, missed or open by what the chain shows", () => {
    const cases = [
      [1000, 5000, "kept"],
      [1001, 5000, "missed"],
      [null, 1000, "open"],
      [null, 1001, "missed"],
    ] as const
    for (const [anchoredAt, finalizedTime, expected] of cases)
      assert.equal(judgePromise(promise, { anchoredAt, finalizedTime }), expected)
  })

  it("is refused where its thread breaks, and signed by the next thread", async () => {
    const thread = createPromiseThread(`0x${"66".repeat(32)}`)
    const data = promiseTypedData(domain, promise)
    const broken = { ...data, message: { ...data.message, content: "0x1" } } as const
    await assert.rejects(thread.signTypedData(broken), /bytes32/)
    const signature = await thread.signTypedData(data)
    assert.equal(
      await promiseSignerOf(domain, { ...promise, signer: thread.address, signature }),
      thread.address.toLowerCase(),
    )
  })

  it("names its signer, and somebody else once altered", async () => {
    const signature = await promiser.signTypedData(promiseTypedData(domain, promise))
    const signed: SignedPromise = { ...promise, signer: promiser.address, signature }
    assert.equal(await promiseSignerOf(domain, signed), promiser.address.toLowerCase())
    assert.notEqual(await promiseSignerOf(domain, { ...signed, deadline: 1001 }), promiser.address.toLowerCase())
    assert.notEqual(await promiseSignerOf({ ...domain, chainId: 1 }, signed), promiser.address.toLowerCase())
  })
})
