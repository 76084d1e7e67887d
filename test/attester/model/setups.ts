import type { MeteredSensor } from "@wattest/protocol"
import { PERIOD_MS, RATING_WATTS } from "./device.ts"
import type { SensorKind } from "./world.ts"

const sensor = (name: string, kind: SensorKind["kind"], more: Partial<SensorKind> = {}): SensorKind => ({
  name,
  kind,
  share: 1,
  gain: 0.01,
  stepMillijoules: 1,
  widthMillijoules: null,
  isVolatile: false,
  isSlow: false,
  ...more,
})

export type Setup = { readonly sensors: readonly SensorKind[]; readonly plan: readonly MeteredSensor[] }

const metered = (name: string, method: "counter" | "trapezoid", more: Partial<MeteredSensor> = {}): MeteredSensor => ({
  sensor: name,
  role: "energy",
  method,
  periodMs: PERIOD_MS,
  ratingWatts: String(RATING_WATTS),
  ...more,
})

const WIDTH = 262_144_000

/** The ways in which a node is metered. */
export const SETUPS: { readonly [name: string]: Setup } = {
  counter: { sensors: [sensor("c", "counter")], plan: [metered("c", "counter")] },
  "volatile counter": {
    sensors: [sensor("c", "counter", { isVolatile: true, gain: -0.015 })],
    plan: [metered("c", "counter")],
  },
  "wrapping counter": {
    sensors: [sensor("c", "counter", { widthMillijoules: WIDTH, isVolatile: true, stepMillijoules: 61 })],
    plan: [metered("c", "counter", { wrapsAt: String(WIDTH) })],
  },
  power: { sensors: [sensor("p", "gauge", { gain: -0.02 })], plan: [metered("p", "trapezoid")] },
  "counter beside power": {
    sensors: [sensor("c", "counter", { isVolatile: true }), sensor("p", "gauge")],
    plan: [metered("c", "counter", { witness: "p" })],
  },
  "two parts out of step": {
    sensors: [sensor("c", "counter", { share: 0.6, isSlow: true }), sensor("p", "gauge", { share: 0.4, gain: -0.02 })],
    plan: [metered("c", "counter", { periodMs: 2 * PERIOD_MS }), metered("p", "trapezoid")],
  },
  "two parts": {
    sensors: [sensor("c", "counter", { share: 0.6 }), sensor("p", "gauge", { share: 0.4, gain: 0.02 })],
    plan: [metered("c", "counter"), metered("p", "trapezoid")],
  },
}
