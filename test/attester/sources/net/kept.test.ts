import assert from "node:assert/strict"
import { Agent } from "node:http"
import { createServer } from "node:net"
import { createSource } from "../../../../attester/src/sources/create.ts"
import { exchange } from "../../../../attester/src/sources/net/http.ts"
import { readOnce, rejectsWith } from "../bench.ts"

const PAGE = 'DCGM_FI_DEV_POWER_USAGE{gpu="0",UUID="GPU-1",modelName="NVIDIA H100 80GB HBM3"} 500\n'
const ANSWER = `HTTP/1.1 200 OK\r\ncontent-type: text/plain\r\ncontent-length: ${PAGE.length}\r\n\r\n${PAGE}`

/** A server that answers so many questions on each connection, and cuts it off at the next. */
async function withConnections(answers: number, use: (url: string, connections: () => number) => Promise<void>) {
  let connections = 0
  const server = createServer((socket) => {
    connections++
    let left = answers
    socket.on("error", () => undefined)
    socket.on("data", () => (left-- > 0 ? socket.write(ANSWER) : socket.resetAndDestroy()))
  })
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve))
  const address = server.address()
  assert.ok(address !== null && typeof address === "object")
  await use(`http://127.0.0.1:${address.port}/metrics`, () => connections).finally(() => server.close())
}

describe("a page that is read again and again", () => {
  it("is read over one connection", () =>
    withConnections(10, async (url, connections) => {
      const source = createSource({ kind: "dcgm", url })
      for (let i = 0; i < 5; i++) assert.equal((await readOnce(source)).length, 1)
      assert.equal(connections(), 1)
    }))

  it("is read over a new one where the other side has cut off what was kept, and no fault is seen", () =>
    withConnections(1, async (url, connections) => {
      const source = createSource({ kind: "dcgm", url })
      for (let i = 0; i < 3; i++) assert.equal((await readOnce(source)).length, 1)
      assert.ok(connections() > 1)
    }))

  it("is asked again in that case, while what changes something is not sent twice", () =>
    withConnections(1, async (url, connections) => {
      const agent = new Agent({ keepAlive: true })
      const signal = new AbortController().signal
      const ask = (method: "GET" | "POST") => exchange("meter", { url: new URL(url), method, agent }, signal)
      await ask("GET")
      await assert.rejects(ask("POST"), { fault: "failed" })
      assert.equal(connections(), 1)
      await ask("GET")
      await ask("GET")
      assert.equal(connections(), 3)
      agent.destroy()
    }))

  it("is a fault where a new connection is cut off as well", () =>
    withConnections(0, async (url) => {
      await rejectsWith("failed", readOnce(createSource({ kind: "dcgm", url })))
    }))
})
