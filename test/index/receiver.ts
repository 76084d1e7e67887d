import { createServer as createHttp, type Server } from "node:http"
import type { AddressInfo } from "node:net"

export const SECRET = `whsec_${Buffer.from("a secret of thirty-two bytes, ok?").toString("base64")}`

type Heard = { readonly id: string; readonly body: string; readonly headers: Readonly<Record<string, unknown>> }

/** A receiver of webhooks that answers as it is told to. */
export async function startReceiver() {
  const heard: Heard[] = []
  let answer = (): number => 204
  const server: Server = createHttp((request, response) => {
    let body = ""
    request.setEncoding("utf8").on("data", (text) => {
      body += text
    })
    request.on("end", () => {
      heard.push({ id: String(request.headers["webhook-id"]), body, headers: request.headers })
      response.writeHead(answer()).end()
    })
  })
  await new Promise<void>((done) => server.listen(0, "127.0.0.1", done))
  const url = `http://127.0.0.1:${(server.address() as AddressInfo).port}/`
  const stop = () => new Promise((done) => server.close(done))
  const answerBy = (by: () => number) => {
    answer = by
  }
  return { heard, url, stop, answerBy }
}
