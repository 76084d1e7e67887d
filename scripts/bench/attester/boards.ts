import { once } from "node:events"
import { createServer } from "node:http"
import type { AddressInfo } from "node:net"

const WATTS = 640

/** What a DCGM exporter says of so many boards under load, from the first number on. */
function page(elapsedMs: number, first: number, boards: number): string {
  const family = (name: string, type: string, value: (board: number) => number) => [
    `# HELP ${name} ${name}`,
    `# TYPE ${name} ${type}`,
    ...Array.from({ length: boards }, (_, i) => {
      const board = first + i
      const labels = `gpu="${i}",UUID="GPU-000000${String(board).padStart(2, "0")}-1111-2222-3333-444444444444",modelName="NVIDIA H100 80GB HBM3",Hostname="bench"`
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

/**
 * Exporters of boards on one free port: `/BOARDS/TRAY` is the page of one of them. A rack has one for each tray.
 */
export async function serveBoards() {
  const startMs = performance.now()
  const server = createServer(({ url = "/" }, response) => {
    const [, boards = "8", tray = "0"] = url.split("/")
    response.end(page(performance.now() - startMs, Number(tray) * Number(boards), Number(boards)))
  }).listen(0, "127.0.0.1")
  await once(server, "listening")
  const origin = `http://127.0.0.1:${(server.address() as AddressInfo).port}`
  return {
    /** Pages of `trays` exporters with `boards` each. */
    pages: (trays: number, boards: number) => Array.from({ length: trays }, (_, tray) => `${origin}/${boards}/${tray}`),
    close: () => server.close(),
  }
}
