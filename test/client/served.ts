import { createServer } from "node:http"
import type { AddressInfo } from "node:net"
import { createServer as createIndex, type Db } from "@wattest/index"
import type { Hex } from "@wattest/protocol"

/** Serves an index's books over HTTP. */
export async function serveBooks(db: Db, registry: Hex, perMinute = 100_000) {
  const status = () => ({ tip: null, error: null, endpoints: [] })
  const contracts = { registry, claims: null }
  const app = await createIndex({ db, chainId: 31337, contracts, status, perMinute, version: "0" })
  const asked: string[] = []
  app.addHook("onRequest", async ({ url }) => void asked.push(url))
  return { url: await app.listen({ host: "127.0.0.1", port: 0 }), asked, close: () => app.close() }
}

export type Said = {
  readonly status?: number
  readonly headers?: Readonly<Record<string, string>>
  readonly body: string | Uint8Array
}

/** Somebody who answers each question as it pleases him; the last answer is given again. */
export async function serveAnswers(answers: readonly Said[]) {
  let next = 0
  const server = createServer((_request, response) => {
    const { status = 200, headers = {}, body } = answers[Math.min(next++, answers.length - 1)] as Said
    response.writeHead(status, headers).end(body)
  })
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve))
  const url = `http://127.0.0.1:${(server.address() as AddressInfo).port}`
  const close = () => {
    server.closeAllConnections()
    server.close()
  }
  return { url, asked: () => next, close }
}
