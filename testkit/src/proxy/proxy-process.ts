import { createServer, request } from "node:http"
import { connect, type Socket } from "node:net"

/**
 * A forwarding proxy as a process of its own: `node proxy-process.ts [USER:PASSWORD]`. It prints its port, then a line for each
 * request that it forwards, and takes every host for this machine, so that names nobody knows prove that it was asked.
 */
const [, , credentials] = process.argv
const expected = credentials && `Basic ${Buffer.from(credentials).toString("base64")}`
const isKnown = (given: string | undefined) => !expected || given === expected
const say = (line: string) => process.stdout.write(`${line}\n`)

const server = createServer((asked, answer) => {
  if (!isKnown(asked.headers["proxy-authorization"])) return answer.writeHead(407).end()
  const { port, pathname, search, host } = new URL(asked.url ?? "")
  say(`${asked.method} ${host}`)
  const { "proxy-authorization": _, ...headers } = asked.headers
  const on = request({ host: "127.0.0.1", port, path: pathname + search, method: asked.method, headers }, (from) => {
    answer.writeHead(from.statusCode ?? 502, from.headers)
    from.pipe(answer)
  })
  on.on("error", () => answer.writeHead(502).end())
  asked.pipe(on)
})

server.on("connect", ({ url = "", headers }, socket: Socket) => {
  if (!isKnown(headers["proxy-authorization"])) return socket.end("HTTP/1.1 407 Proxy Authentication Required\r\n\r\n")
  say(`CONNECT ${url}`)
  const to = connect(Number(url.split(":").at(-1)), "127.0.0.1", () => {
    socket.write("HTTP/1.1 200 Connection established\r\n\r\n")
    to.pipe(socket).pipe(to)
  })
  to.on("error", () => socket.destroy())
  socket.on("error", () => to.destroy())
})

server.listen(0, "127.0.0.1", () => {
  const address = server.address()
  if (address !== null && typeof address === "object") say(String(address.port))
})
