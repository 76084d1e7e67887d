import type { WorkloadLabels } from "@wattest/attester"
import { accuracy } from "../../attester/src/sources/accuracy.ts"
import type { SensorValue, Source } from "../../attester/src/sources/source.ts"

export const WATTS = 500
export const NOON = Date.UTC(2027, 0, 1, 12)
export const IDLE: WorkloadLabels = {
  tags: { model: "", unit: "", zone: "", site: "", party: "" },
  workload: "idle",
  job: "",
  modelDigest: null,
  versions: {},
  task: null,
  qualityRule: "",
}

/** A host whose clocks a test sets, and sensors that read the wall's. */
export function createHost(wallMs: number) {
  const host = {
    wallMs,
    runningMs: 0,
    upMs: 1_000_000,
    boot: "1",
    /** Energy that has flowed, mJ: what is passed, flows at 500 W. */
    millijoules: 0,
    boards: 1,
    /** How often its sensors were read. */
    reads: 0,
    /** Time passes on all clocks. */
    pass(ms: number) {
      host.wallMs += ms
      host.runningMs += ms
      host.upMs += ms
      host.millijoules += ms * WATTS
    },
    /** The host sleeps: the running clock stands still, the others do not. */
    sleep(ms: number) {
      const { runningMs } = host
      host.pass(ms)
      host.runningMs = runningMs
    },
    reboot(ms: number) {
      host.sleep(ms)
      host.boot += "1"
      host.upMs = ms / 2
    },
  }
  return host
}
export type Host = ReturnType<typeof createHost>

export const sourceOf = (host: Host, quantity: "energy" | "power"): Source => ({
  id: "meter",
  periodMs: 100,
  close: async () => undefined,
  async read() {
    host.reads++
    const common = {
      surface: "test",
      grade: "measured",
      timeMs: host.wallMs,
      accuracy: accuracy({ origin: "test" }),
    } as const
    const node: SensorValue =
      quantity === "energy"
        ? { ...common, sensor: "energy", quantity, unit: "mJ", value: String(host.millijoules), covers: "node" }
        : { ...common, sensor: "power", quantity, unit: "W", value: String(WATTS), covers: "node" }
    const boards = Array.from(
      { length: host.boards },
      (_, i): SensorValue => ({
        ...common,
        sensor: `board-${i}`,
        quantity: "power",
        unit: "W",
        value: "100",
        covers: "accelerator",
        part: `GPU-${i}`,
        sku: "NVIDIA H100 80GB HBM3",
      }),
    )
    return [node, ...boards]
  },
})
