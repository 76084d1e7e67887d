import { GRADES, type Grade, type OpenedCapture } from "@wattest/protocol"
import type { WatchContext } from "./watch-context.ts"

/** So many readings must agree before values count as stuck or copied: fewer may do so by chance. */
const ENOUGH = 16

/** A power that the operator states is one and the same; it is an estimate at best. */
const isStated = (surface: string, grade: Grade): boolean =>
  surface === "stated" && GRADES.indexOf(grade) >= GRADES.indexOf("estimated")

/** What is kept of a sensor's readings: enough to see that two sensors said the same throughout. */
type Trace = { count: number; digest: number; readonly first: string; readonly isStated: boolean; isConstant: boolean }

const FNV_PRIME = 0x01000193

/** FNV-1a over 32 bits. Equal traces have equal digests; that unequal ones may too costs a false question at worst. */
function mix(digest: number, text: string): number {
  let mixed = digest
  for (let i = 0; i < text.length; i++) mixed = Math.imul(mixed ^ text.charCodeAt(i), FNV_PRIME)
  return Math.imul(mixed ^ 0x0a, FNV_PRIME) >>> 0
}

/** Watches what each metered sensor says over a run, in memory that grows with the plan alone. */
export function createSensorWatch(context: WatchContext): {
  readonly add: (capture: OpenedCapture) => void
  readonly end: () => void
} {
  const { log, statement } = context
  const plan = new Map(statement.context.metering.map((planned) => [planned.sensor, planned]))
  const traces = new Map<string, Trace>()
  return {
    add({ sources }) {
      for (const { sensor, value, surface, grade } of sources.readings) {
        if (!plan.has(sensor)) continue
        const trace = traces.get(sensor) ?? {
          count: 0,
          digest: 0x811c9dc5,
          first: value,
          isStated: isStated(surface, grade),
          isConstant: true,
        }
        trace.count++
        trace.digest = mix(trace.digest, value)
        trace.isConstant &&= value === trace.first
        traces.set(sensor, trace)
      }
    },
    end() {
      const known = new Map<string, string>()
      for (const [sensor, { count, digest, first, isConstant, isStated }] of traces) {
        const planned = plan.get(sensor)
        if (planned === undefined || count < ENOUGH || planned.method === "hold") continue
        if (isConstant) {
          // A counter may stand still for as long as its step takes: the boundary's watch knows.
          if (planned.method === "trapezoid" && !isStated)
            log.add("SENSOR_STUCK", `${sensor} said ${first} ${count} times`)
          continue
        }
        const trace = `${planned.role} ${count} ${digest}`
        const twin = known.get(trace)
        if (twin !== undefined) log.add("SENSOR_DUPLICATED", `${sensor} and ${twin} said the same ${count} times`)
        known.set(trace, sensor)
      }
    },
  }
}
