import { once } from "node:events"
import { connect } from "node:net"
import { setTimeout as pause } from "node:timers/promises"

/** How many of some connections, opened at once, a server of this machine keeps; it must let go of one at least. */
export async function keptOf(port: number, connections: number): Promise<number> {
  const sockets = Array.from({ length: connections }, () => connect(port, "127.0.0.1").on("error", () => {}))
  await Promise.all(sockets.map((socket) => once(socket, "connect")))
  await Promise.race(sockets.map((socket) => once(socket, "close")))
  // Those that it let go of beside the first come with it
  await pause(200)
  const kept = sockets.filter(({ closed }) => !closed).length
  for (const socket of sockets) socket.destroy()
  return kept
}
