import { createReadStream } from "node:fs"
import { Agent, request } from "node:http"
import { createInterface } from "node:readline"

/**
 * Hands every line of a file to a relayer over kept connections, and prints what that took, as JSON; meanwhile a line a
 * second to stderr of how many are taken.
 */

const [file = "", base = "", connections = "64"] = process.argv.slice(2)
const agent = new Agent({ keepAlive: true, maxSockets: Number(connections) })
const url = new URL("/v1/submissions", base)
const latencies: number[] = []
const statuses: Record<number, number> = {}
let taken = 0

function post(body: string): Promise<number> {
  return new Promise((resolve, reject) => {
    const headers = { "content-type": "application/json", "content-length": Buffer.byteLength(body) }
    const posted = request(url, { method: "POST", agent, headers }, (response) => {
      response.resume()
      response.on("end", () => resolve(response.statusCode ?? 0))
    })
    posted.on("error", reject)
    posted.end(body)
  })
}

/** A device of its own: hands in its lines one after the other, each again until it is taken. */
async function device(lines: readonly string[]): Promise<void> {
  for (const line of lines) {
    for (let status = 0; status !== 202 && status !== 200; ) {
      const startedAt = performance.now()
      status = await post(line)
      latencies.push(performance.now() - startedAt)
      statuses[status] = (statuses[status] ?? 0) + 1
    }
    taken++
  }
}

const queues = new Map<string, string[]>()
for await (const line of createInterface({ input: createReadStream(file) })) {
  const key = line.slice(0, 200).match(/"key":"(0x[0-9a-f]+)"/)?.[1] ?? ""
  const queue = queues.get(key) ?? []
  queue.push(line)
  queues.set(key, queue)
}
const startedAt = performance.now()
const telling = setInterval(() => process.stderr.write(`taken ${taken}\n`), 1000)
const waiting = queues.values()
async function connection(): Promise<void> {
  for (const lines of waiting) await device(lines)
}
await Promise.all(Array.from({ length: Number(connections) }, connection))
clearInterval(telling)
const seconds = (performance.now() - startedAt) / 1000
latencies.sort((a, b) => a - b)
const quantile = (q: number) => latencies[Math.min(latencies.length - 1, Math.floor(q * latencies.length))] ?? 0
process.stdout.write(JSON.stringify({ seconds, p50: quantile(0.5), p99: quantile(0.99), statuses }))
agent.destroy()
