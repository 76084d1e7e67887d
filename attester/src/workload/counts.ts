import type { SensorReading } from "@wattest/protocol"

/** Running totals of units delivered, of those accepted, and of units consumed. */
export type Counts = { readonly work: bigint; readonly accepted: bigint; readonly input: bigint }

/** Surface of what the workload says of itself. */
export const WORKLOAD_SURFACE = "workload"

/** A workload's own counts as readings of sensors, for a plan that meters them. */
export function countReadings({ work, accepted, input }: Counts, timeMs: number): readonly SensorReading[] {
  const source = { surface: WORKLOAD_SURFACE, unit: "1", grade: "declared", accuracy: {}, timeMs } as const
  return [
    { ...source, sensor: "workload/work", quantity: "work", value: work.toString() },
    { ...source, sensor: "workload/accepted", quantity: "accepted", value: accepted.toString() },
    { ...source, sensor: "workload/input", quantity: "input", value: input.toString() },
  ]
}

/** The counts that readings say; null where they say none. */
export function countsIn(readings: readonly SensorReading[]): Counts | null {
  const [work, accepted, input] = (["work", "accepted", "input"] as const).map(
    (name) =>
      readings.findLast(({ surface, sensor }) => surface === WORKLOAD_SURFACE && sensor === `workload/${name}`)?.value,
  )
  if (work === undefined || accepted === undefined || input === undefined) return null
  return { work: BigInt(work), accepted: BigInt(accepted), input: BigInt(input) }
}
