import { once } from "node:events"
import { createServer, type IncomingMessage, type ServerResponse } from "node:http"
import type { AddressInfo } from "node:net"

export type Call = {
  readonly method: string
  readonly params: readonly unknown[]
  /** Asks the node behind the proxy; answers the JSON-RPC object. */
  forward(): Promise<Record<string, unknown>>
}

/** What a client gets: a JSON-RPC object, an HTTP status, or no answer at all. */
export type Reply = Record<string, unknown> | { readonly httpStatus: number } | "silence"

/** Null: as the node answers. */
export type Interference = (call: Call) => Promise<Reply | null>

/** A proxy before an RPC node that can do what networks and bad nodes do. */
export type RpcProxy = { readonly url: string; interfere(next: Interference | null): void; stop(): Promise<void> }

export async function startProxy(target: string): Promise<RpcProxy> {
  let interference: Interference | null = null
  // A test's process may be busy for longer than Node keeps idle connections; zero keeps them.
  const server = createServer({ keepAliveTimeout: 0 }, (request, response) => {
    answer(request, response).catch(() => response.destroy())
  })

  async function answer(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const chunks: Buffer[] = []
    for await (const chunk of request) chunks.push(chunk)
    const text = Buffer.concat(chunks).toString()
    const { id, method, params } = JSON.parse(text)
    const forward = async () => {
      const reply = await fetch(target, { method: "POST", headers: { "content-type": "application/json" }, body: text })
      return (await reply.json()) as Record<string, unknown>
    }
    const reply = (await interference?.({ method, params, forward })) ?? (await forward())
    if (reply === "silence") return
    if ("httpStatus" in reply) response.writeHead(Number(reply.httpStatus), { "retry-after": "1" }).end()
    else response.setHeader("content-type", "application/json").end(JSON.stringify({ jsonrpc: "2.0", ...reply, id }))
  }

  server.listen(0, "127.0.0.1")
  await once(server, "listening")
  return {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    interfere: (next) => {
      interference = next
    },
    async stop() {
      server.closeAllConnections()
      server.close()
      await once(server, "close")
    },
  }
}
