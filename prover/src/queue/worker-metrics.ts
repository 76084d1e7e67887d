import { createServer, type Server } from "node:http"
import type { ListenOptions } from "node:net"
import { MAX_READERS, REQUEST_TIMES } from "@wattest/command"
import { Counter, Gauge, Histogram, Registry } from "prom-client"

export type WorkerMetrics = ReturnType<typeof createWorkerMetrics>

/** What an operator can alert on (docs/claims.md). */
export function createWorkerMetrics() {
  const registry = new Registry()
  const registers = [registry]
  const labelNames = ["circuit"] as const
  return {
    registry,
    proofs: new Counter({ name: "wattest_prover_proofs_total", help: "Proofs made", labelNames, registers }),
    failures: new Counter({
      name: "wattest_prover_failures_total",
      help: "Tries without a proof",
      labelNames,
      registers,
    }),
    inFlight: new Gauge({ name: "wattest_prover_in_flight", help: "Proofs in the making", registers }),
    lastEnd: new Gauge({
      name: "wattest_prover_last_end_timestamp_seconds",
      help: "When the last try ended",
      registers,
    }),
    seconds: new Histogram({
      name: "wattest_prover_proof_seconds",
      help: "Time from taking a proof up to having it",
      labelNames,
      buckets: [0.1, 0.25, 0.5, 1, 2.5, 5, 10, 25, 60],
      registers,
    }),
  }
}

/** Serves them at /metrics. */
export function serveMetrics({ registry }: WorkerMetrics, { port, host }: ListenOptions): Promise<Server> {
  const server = createServer(REQUEST_TIMES, async (request, response) => {
    if (request.url !== "/metrics") return response.writeHead(404).end()
    response.writeHead(200, { "content-type": registry.contentType }).end(await registry.metrics())
  })
  server.maxConnections = MAX_READERS
  return new Promise((resolve, reject) => {
    server.once("error", reject)
    server.listen(port, host, () => resolve(server))
  })
}
