import assert from "node:assert/strict"
import { execFileSync } from "node:child_process"
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs"
import { createServer, type IncomingMessage, type ServerResponse } from "node:http"
import { createServer as createTlsServer } from "node:https"
import type { AddressInfo, Server } from "node:net"
import { tmpdir } from "node:os"
import { join } from "node:path"
import { createRpc } from "@wattest/chain"
import { encodeDocument, toJson } from "@wattest/protocol"
import { tell } from "@wattest/testkit/conformance/story"
import { run, start, stop, until } from "@wattest/testkit/local/processes"

/** Nobody knows this name but the proxy, which takes every host for this machine. */
const HOST = "node.wattest.invalid"
const { certificate, policy, blocks } = tell({})
const hex = (value: bigint | number) => `0x${value.toString(16)}`

/** The answer of an honest node of the story's chain. */
function answerTo(method: string, tag: unknown): unknown {
  if (method === "eth_chainId") return hex(31337)
  if (tag === "finalized") return { hash: `0x${"aa".repeat(32)}`, number: hex(500), timestamp: hex(1) }
  const block = blocks.find(({ number }) => hex(number) === tag)
  return block === undefined ? null : { hash: block.hash, number: hex(block.number), timestamp: hex(block.timestamp) }
}

async function serve(request: IncomingMessage, response: ServerResponse): Promise<void> {
  let body = ""
  for await (const piece of request) body += piece
  const { method, params } = JSON.parse(body)
  response.end(JSON.stringify({ jsonrpc: "2.0", id: 1, result: answerTo(method, params[0]) }))
}

async function listen(server: Server): Promise<number> {
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve))
  return (server.address() as AddressInfo).port
}

/** A proxy as a process of its own, and what it forwards. */
async function startProxy(...credentials: readonly string[]) {
  const lines: string[] = []
  const program = [process.execPath, "testkit/src/proxy/proxy-process.ts", ...credentials]
  const child = start(program, (line) => lines.push(line))
  const port = await until("the proxy's port", async () => lines[0] ?? null)
  return { child, port, forwarded: () => lines.slice(1) }
}

describe("nodes behind a proxy", () => {
  const folder = mkdtempSync(join(tmpdir(), "wattest-proxy-"))
  const at = (name: string) => join(folder, name)
  const servers: Server[] = []
  const proxies: Awaited<ReturnType<typeof startProxy>>[] = []
  let [plain, secure] = ["", ""]

  before(async () => {
    const names = ["-subj", `/CN=${HOST}`, "-addext", `subjectAltName=DNS:${HOST}`]
    const files = ["-keyout", at("key.pem"), "-out", at("cert.pem")]
    const key = ["-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256", "-nodes", "-days", "2"]
    execFileSync("openssl", ["req", ...key, ...names, ...files], { stdio: "pipe" })
    const tls = { key: readFileSync(at("key.pem")), cert: readFileSync(at("cert.pem")) }
    servers.push(createServer(serve), createTlsServer(tls, serve))
    plain = `http://${HOST}:${await listen(servers[0] as Server)}/key`
    secure = `https://${HOST}:${await listen(servers[1] as Server)}/key`
    proxies.push(await startProxy(), await startProxy("auditor:PASSWORD"))
    for (const name of ["a.json", "b.json"]) writeFileSync(at(name), encodeDocument(certificate))
  })
  after(async () => {
    for (const server of servers) server.close()
    for (const { child } of proxies) await stop(child)
    rmSync(folder, { recursive: true })
  })

  /** Judges with nodes alone to ask; answers the exit code and all that was said. */
  async function judge(url: string, env: Record<string, string>, documents = ["a.json"]) {
    const chains = policy.chains.map((chain) => ({ ...chain, trustedBlocks: [], rpcs: [url] }))
    writeFileSync(at("policy.json"), JSON.stringify(toJson({ ...policy, chains })))
    const command = [process.execPath, "verifier/src/main.ts", ...documents.map(at), "--policy", at("policy.json")]
    const trusting = { NODE_EXTRA_CA_CERTS: at("cert.pem"), ...env }
    const { exit, stdout, stderr } = await run([...command, "--json"], { env: trusting })
    return { exit, said: stdout + stderr }
  }
  const proxyUrl = (place: number, user = "") => `http://${user}127.0.0.1:${proxies[place]?.port}`
  const forwarded = (place: number) => proxies[place]?.forwarded() ?? []

  it("are asked through a tunnel, or by their whole URL where nothing is encrypted", async () => {
    const before = forwarded(0).length
    assert.equal((await judge(secure, { HTTPS_PROXY: proxyUrl(0) })).exit, 0)
    assert.ok(
      forwarded(0)
        .slice(before)
        .includes(`CONNECT ${new URL(secure).host}`),
    )
    assert.equal((await judge(plain, { http_proxy: proxyUrl(0) }, ["a.json", "b.json"])).exit, 0)
    assert.ok(forwarded(0).includes(`POST ${new URL(plain).host}`))
  })

  it("are not reached without it, nor past it by NO_PROXY, nor by the other scheme's", async () => {
    const before = forwarded(0).length
    for (const env of [{}, { HTTPS_PROXY: proxyUrl(0), NO_PROXY: "wattest.invalid" }, { HTTP_PROXY: proxyUrl(0) }]) {
      const { exit, said } = await judge(secure, env)
      assert.equal(exit, 3)
      assert.match(said, /CHAIN_UNAVAILABLE/)
    }
    assert.equal(forwarded(0).length, before)
  })

  it("are reached with the proxy's password, which is said nowhere where it is wrong", async () => {
    for (const url of [secure, plain]) {
      const right = { HTTPS_PROXY: proxyUrl(1, "auditor:PASSWORD@"), HTTP_PROXY: proxyUrl(1, "auditor:PASSWORD@") }
      assert.equal((await judge(url, right)).exit, 0)
      const wrong = { HTTPS_PROXY: proxyUrl(1, "auditor:GUESS@"), HTTP_PROXY: proxyUrl(1, "auditor:GUESS@") }
      const { exit, said } = await judge(url, wrong)
      assert.equal(exit, 3)
      assert.match(said, /407/)
      assert.doesNotMatch(said, /GUESS/)
    }
  })

  it("are undetermined, never a crash, where the proxy is gone or is none", async () => {
    for (const proxy of ["http://127.0.0.1:1", secure.replace(HOST, "127.0.0.1"), "socks5://127.0.0.1:1"]) {
      const { exit, said } = await judge(secure, { HTTPS_PROXY: proxy })
      assert.equal(exit, 3, said)
      assert.match(said, /CHAIN_UNAVAILABLE/)
    }
  })

  it("are asked so by whoever reads the registry too", async () => {
    process.env.HTTP_PROXY = proxyUrl(0)
    try {
      assert.equal(await createRpc([plain], 10_000).request("eth_chainId", []), hex(31337))
    } finally {
      delete process.env.HTTP_PROXY
    }
    await assert.rejects(createRpc([plain], 10_000).request("eth_chainId", []), /no endpoint answered/)
  })
})
