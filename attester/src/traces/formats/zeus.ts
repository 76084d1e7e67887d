import { type SensorReading, shape } from "@wattest/protocol"
import { evidenceDecimal, numberToDecimal } from "../../sources/decimal.ts"
import { type Recorded, TraceError, type TraceFormat, type TracePoint } from "../trace.ts"

/** Zeus takes boards' own energy counters (NVML, mJ, ±5 %) at both ends of a window. */
const ACCURACY = { gainLimit: "0.05", step: "0.001", updateMs: "100" }

const finite: shape.Shape<number> = (value, path) => {
  if (typeof value !== "number" || !(value >= 0 && value < 1e15))
    throw new Error(`${path}: expected a number of zero or more`)
  return value
}
const energies = shape.record(finite, 1024)
const measurement = shape.object({
  time: finite,
  gpu_energy: energies,
  cpu_energy: shape.optional(shape.nullable(energies)),
  dram_energy: shape.optional(shape.nullable(energies)),
  soc_energy: shape.optional(shape.nullable(energies)),
})

function parseMeasurement(file: string, text: string) {
  try {
    return measurement(JSON.parse(text), "measurement")
  } catch (error) {
    const hint = "give one Measurement as JSON: time in s, gpu_energy in J by board"
    throw new TraceError(file, 1, `no Zeus measurement: ${(error as Error).message}`, hint)
  }
}

/**
 * One `Measurement` of Zeus as JSON: `time` in s and joules by board. It says how long, not when, so the caller gives
 * the start. Energies of processor and memory are recorded; those of the boards are metered.
 */
export const zeus: TraceFormat = {
  name: "zeus",
  recognises: (lines) => lines[0]?.trimStart().startsWith("{") === true && lines.join("").includes('"gpu_energy"'),
  parse({ file, lines }, { startMs, sensorPrefix }): Recorded {
    const { time, gpu_energy, cpu_energy, dram_energy, soc_energy } = parseMeasurement(file, lines.join("\n"))
    if (startMs === undefined)
      throw new TraceError(file, 1, "a Zeus measurement does not say when it began", "give its start by --from")
    const endMs = startMs + Math.max(1, Math.round(time * 1000))
    const parts = { gpu: gpu_energy, cpu: cpu_energy ?? {}, dram: dram_energy ?? {}, soc: soc_energy ?? {} }
    const source = { surface: "zeus", quantity: "energy", unit: "J", grade: "measured", accuracy: ACCURACY } as const
    const sensors = Object.entries(parts).flatMap(([kind, values]) =>
      Object.entries(values).map(([index, joules]) => ({
        kind,
        joules,
        sensor: `${sensorPrefix}/${kind}/${index}`.slice(0, 128),
      })),
    )
    const point = (timeMs: number, value: (joules: number) => string): TracePoint => ({
      timeMs,
      line: 1,
      part: "",
      readings: sensors.map(
        ({ sensor, joules }): SensorReading => ({ ...source, sensor, value: value(joules), timeMs }),
      ),
      gauges: {},
    })
    const decimal = (joules: number) => evidenceDecimal(numberToDecimal(joules) ?? "") ?? "0"
    const boards = sensors.filter(({ kind }) => kind === "gpu")
    const counter = { method: "counter" } as const
    return {
      points: [point(startMs, () => "0"), point(endMs, decimal)],
      faults: [],
      metering: boards.flatMap(({ sensor }) => [
        { ...counter, sensor, role: "energy" as const },
        { ...counter, sensor, role: "accelerator" as const },
      ]),
      boundary: "gpu",
      accelerators: [],
    }
  },
}
