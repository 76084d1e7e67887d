import { once } from "node:events"
import { createServer } from "node:http"
import type { AddressInfo } from "node:net"

const BOARDS = 8
const WATTS = 640

/** What a DCGM exporter says of eight boards under load. */
function page(elapsedMs: number): string {
  const family = (name: string, type: string, value: (board: number) => number) => [
    `# HELP ${name} ${name}`,
    `# TYPE ${name} ${type}`,
    ...Array.from({ length: BOARDS }, (_, board) => {
      const labels = `gpu="${board}",UUID="GPU-0000000${board}-1111-2222-3333-444444444444",modelName="NVIDIA H100 80GB HBM3",Hostname="bench"`
      return `${name}{${labels}} ${value(board)}`
    }),
  ]
  return `${[
    ...family("DCGM_FI_DEV_TOTAL_ENERGY_CONSUMPTION", "counter", (board) => Math.round(elapsedMs * (WATTS + board))),
    ...family("DCGM_FI_DEV_POWER_USAGE", "gauge", (board) => WATTS + board),
    ...family("DCGM_FI_DEV_GPU_UTIL", "gauge", () => 98),
    ...family("DCGM_FI_DEV_GPU_TEMP", "gauge", (board) => 55 + board),
    ...family("DCGM_FI_PROF_SM_OCCUPANCY", "gauge", () => 0.61),
    ...family("DCGM_FI_PROF_SM_ACTIVE", "gauge", () => 0.93),
    ...family("DCGM_FI_PROF_DRAM_ACTIVE", "gauge", () => 0.33),
    ...family("DCGM_FI_PROF_PIPE_TENSOR_ACTIVE", "gauge", () => 0.8),
  ].join("\n")}\n`
}

/** An exporter of eight boards on a free port. */
export async function serveBoards() {
  const startMs = performance.now()
  const server = createServer((_, response) => response.end(page(performance.now() - startMs))).listen(0, "127.0.0.1")
  await once(server, "listening")
  return { url: `http://127.0.0.1:${(server.address() as AddressInfo).port}/metrics`, close: () => server.close() }
}
