import assert from "node:assert/strict"
import { once } from "node:events"
import { createServer, type IncomingMessage, type Server } from "node:http"
import type { AddressInfo, Socket } from "node:net"
import { fetchThrough } from "../../command/src/world/tunnel.ts"

describe("asking through a proxy", () => {
  const servers: Server[] = []
  afterEach(() => {
    for (const server of servers.splice(0)) server.closeAllConnections()
  })

  async function proxy(words = ""): Promise<{ readonly server: Server; readonly url: URL }> {
    const server = createServer()
    await once(server.listen(0, "127.0.0.1"), "listening")
    servers.push(server.unref())
    return { server, url: new URL(`http://${words}127.0.0.1:${(server.address() as AddressInfo).port}`) }
  }

  it("opens a tunnel to the host and its port, and speaks to nobody but the host through it", async () => {
    for (const [target, place] of [
      ["https://node.example/v3?key=SECRET", "node.example:443"],
      ["https://node.example:8545/", "node.example:8545"],
    ] as const) {
      const { server, url } = await proxy("me:pass%20word@")
      const seen = Promise.withResolvers<unknown>()
      server.on("connect", (request: IncomingMessage, socket: Socket) => {
        socket.write("HTTP/1.1 200 OK\r\n\r\n")
        // A TLS handshake: its record type, and the host's name in the clear.
        socket.once("data", (bytes: Buffer) => {
          seen.resolve([request.url, request.headers["proxy-authorization"], bytes[0], bytes.includes("node.example")])
          socket.destroy()
        })
      })
      await assert.rejects(fetchThrough(url, new Request(target)), { name: "TypeError", message: "fetch failed" })
      const words = `Basic ${Buffer.from("me:pass word").toString("base64")}`
      assert.deepEqual(await seen.promise, [place, words, 0x16, true])
    }
  })

  it("sends nothing where the proxy opens no tunnel, whichever way it says so", async () => {
    for (const answer of ["201 Created", "407 Proxy Authentication Required", "502 Bad Gateway"]) {
      const { server, url } = await proxy("me:SECRET@")
      const closed = Promise.withResolvers<void>()
      server.on("connect", (_request: IncomingMessage, socket: Socket) => {
        socket.on("data", () => assert.fail("something was sent"))
        socket.on("end", () => closed.resolve())
        socket.write(`HTTP/1.1 ${answer}\r\ncontent-length: 0\r\n\r\n`)
      })
      const failed: unknown = await fetchThrough(url, new Request("https://node.example")).catch(({ cause }) => cause)
      assert.equal(String(failed), `Error: the proxy ${url.protocol}//${url.host} answers ${answer.slice(0, 3)}`)
      await closed.promise
    }
  })

  it("gives any answer but a redirect as it is, with a body where its status has one", async () => {
    for (const [status, isGiven] of [
      [200, true],
      [204, true],
      [299, true],
      [300, false],
      [302, false],
      [304, true],
      [399, false],
      [400, true],
      [503, true],
    ] as const) {
      const { server, url } = await proxy()
      server.on("request", (request: IncomingMessage, response) => {
        assert.equal(request.headers["proxy-authorization"], undefined)
        response.writeHead(status, { location: "http://elsewhere.example", "x-said": "so" })
        response.end(`${request.method} ${request.url} ${request.headers.host}`)
      })
      const answer = await fetchThrough(url, new Request("http://node.example/a?b", { method: "PUT", body: "c" })).then(
        async (response) => [response.status, response.headers.get("x-said"), await response.text()],
        ({ cause }) => String(cause),
      )
      const body = [204, 304].includes(status) ? "" : "PUT http://node.example/a?b node.example"
      assert.deepEqual(answer, isGiven ? [status, "so", body] : "Error: unexpected redirect", String(status))
    }
  })

  it("ends when whoever asks has waited long enough, with that reason", async () => {
    const { url } = await proxy()
    const enough = new AbortController()
    const asked = fetchThrough(url, new Request("http://node.example", { signal: enough.signal }))
    enough.abort(new RangeError("enough"))
    await assert.rejects(asked, { name: "RangeError", message: "enough" })
  })
})
