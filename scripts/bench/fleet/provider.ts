import { once } from "node:events"
import { type AddressInfo, connect, createServer, type Socket } from "node:net"

/** A provider of a node that goes away when it is told to. It hands bytes on unread, so that it costs the measured machine little. */
export type Provider = { readonly url: string; leave(): void }

export async function startProvider(target: string): Promise<Provider> {
  const { hostname, port } = new URL(target)
  const open = new Set<Socket>()
  const server = createServer((client) => {
    const node = connect(Number(port), hostname)
    for (const [side, other] of [
      [client, node],
      [node, client],
    ] as const) {
      open.add(side)
      side.on("error", () => other.destroy())
      side.on("close", () => open.delete(side))
    }
    client.pipe(node).pipe(client)
  })
  server.listen(0, "127.0.0.1")
  await once(server, "listening")
  return {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    leave() {
      server.close()
      for (const socket of open) socket.destroy()
    },
  }
}
