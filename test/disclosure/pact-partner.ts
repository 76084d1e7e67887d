import { createServer, type Server } from "node:https"
import type { AddressInfo } from "node:net"
import { text } from "node:stream/consumers"
import { basic } from "./pact-client.ts"

export type Heard = {
  readonly path: string
  readonly token: string
  readonly type: string
  readonly event: Record<string, unknown>
}

/** A customer's own host of PACT on 127.0.0.1, which gives tokens to one client and hears its answers. */
export type PartnerHost = {
  readonly url: string
  /** Events that it accepted. */
  readonly heard: readonly Heard[]
  /** What was asked of it, in order. */
  readonly asked: readonly string[]
  /** What it answers events with from now on; null: it accepts them. */
  says: (answer: { readonly status: number; readonly body: string } | null) => void
  /** What it gives for a token from now on. */
  gives: (body: string) => void
  close: () => Promise<void>
}

export async function startPartner(
  tls: { cert: string; key: string },
  id: string,
  secret: string,
): Promise<PartnerHost> {
  const [heard, asked]: [Heard[], string[]] = [[], []]
  let answer: { readonly status: number; readonly body: string } | null = null
  let given = JSON.stringify({ access_token: "t-1", token_type: "Bearer", expires_in: 60 })
  const server: Server = createServer(tls, async (request, response) => {
    const body = await text(request)
    const { url = "", headers } = request
    asked.push(url)
    if (url === "/auth/token") {
      const isKnown = headers.authorization === basic(id, secret) && body === "grant_type=client_credentials"
      response.writeHead(isKnown ? 200 : 401).end(isKnown ? given : '{"error":"invalid_client"}')
      return
    }
    if (answer === null)
      heard.push({
        ...{ path: url, token: `${headers.authorization}`, type: `${headers["content-type"]}` },
        event: JSON.parse(body),
      })
    response.writeHead(answer?.status ?? 200).end(answer?.body)
  })
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve))
  return {
    url: `https://127.0.0.1:${(server.address() as AddressInfo).port}`,
    ...{ heard, asked },
    says: (next) => {
      answer = next
    },
    gives: (next) => {
      given = next
    },
    close: async () => {
      server.closeAllConnections()
      await new Promise((resolve) => server.close(resolve))
    },
  }
}
