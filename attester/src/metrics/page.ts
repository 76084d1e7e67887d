import { type Boundary, CLOCKS, type Registers } from "@wattest/protocol"
import type { Coverage } from "../sources/source.ts"
import { AGENT_VERSION } from "../version.ts"
import { exposition, type Family, inThousands, type Sample } from "./exposition.ts"
import type { View } from "./view.ts"

const one = (value: string): readonly Sample[] => [{ value }]
const gauge = (name: string, help: string, samples: readonly Sample[]): Family => ({
  name: `wattest_device_${name}`,
  help,
  type: "gauge",
  samples,
})

/** Registers as counters, in base units. What a register counts in thousandths is shown exactly. */
const COUNTERS: readonly (readonly [keyof Registers, name: string, help: string, show: (value: bigint) => string])[] = [
  ["uncertaintyMillijoules", "energy_uncertainty_joules", "Expanded uncertainty (k=2) of the energy", inThousands],
  ["itMillijoules", "it_energy_joules", "Energy of the IT equipment within the boundary", inThousands],
  ["acceleratorMillijoules", "accelerator_energy_joules", "Energy of the accelerators", inThousands],
  ["idleMillijoules", "idle_energy_joules", "Energy of the accelerators while they were idle", inThousands],
  ["reusedMillijoules", "reused_energy_joules", "Energy that was given on as heat", inThousands],
  ["workUnits", "work_units", "Units of work delivered", String],
  ["acceptedUnits", "accepted_units", "Units of work that met the declared quality", String],
  ["inputUnits", "input_units", "Units of work taken in", String],
  ["carbonMilligrams", "carbon_grams", "CO2 equivalents of the energy", inThousands],
  ["waterMillilitres", "water_liters", "Water of the energy", inThousands],
  ["blindMilliseconds", "blind_seconds", "Time in which not every sensor of the energy was read", inThousands],
]

const counters = ({ totals }: View): readonly Family[] =>
  COUNTERS.map(([register, name, help, show]) => ({
    name: `wattest_device_${name}_total`,
    help: `${help}, since the process began`,
    type: "counter",
    samples: one(show(totals[register])),
  }))

/** Kinds of hardware by OpenTelemetry's word for them, or by ours where it has none. */
const HARDWARE: { readonly [C in Boundary | Coverage]?: string } = {
  gpu: "gpu",
  accelerator: "gpu",
  node: "host",
  rack: "enclosure",
}
const typeOf = (covers: Boundary | Coverage | undefined): string =>
  covers === undefined ? "other" : (HARDWARE[covers] ?? covers)

/**
 * Energy and power by the names of OpenTelemetry's hardware conventions, which keep a whole host apart from its parts:
 * one sum over parts must not hold their whole. Of parts there are the boards.
 */
function hardware({ boundary, lifetimeMillijoules, powerMilliwatts, powers }: View): readonly Family[] {
  const isHost = boundary === "node"
  const whole = isHost ? { hw_id: boundary } : { hw_id: boundary, hw_type: typeOf(boundary) }
  const name = isHost ? "hw_host" : "hw"
  const boards = powers
    .filter(({ covers }) => covers === "accelerator")
    .map(({ sensor, watts }) => ({ labels: { hw_id: sensor, hw_type: "gpu" }, value: String(watts) }))
  const power = powerMilliwatts === null ? [] : [{ labels: whole, value: inThousands(BigInt(powerMilliwatts)) }]
  const parts = isHost || boards.length > 0 ? boards : power
  return [
    {
      name: `${name}_energy_joules_total`,
      help: "Energy that flowed over the device's boundary in its life",
      type: "counter",
      samples: [{ labels: whole, value: inThousands(lifetimeMillijoules) }],
    },
    { name: "hw_host_power_watts", help: "Power of the host", type: "gauge", samples: isHost ? power : [] },
    { name: "hw_power_watts", help: "Power of a part", type: "gauge", samples: parts },
  ]
}

const faults = ({ faults: counts, covers }: View): Family => ({
  name: "hw_errors_total",
  help: "Faults of a source or sensor since the process began, by their kind",
  type: "counter",
  samples: [...counts].flatMap(([name, kinds]) =>
    [...kinds].map(([kind, count]) => ({
      labels: { hw_id: name, hw_type: typeOf(covers.get(name)), error_type: kind },
      value: String(count),
    })),
  ),
})

function state({ device, boundary, run, captures, timeMs, clock, isWorking, runs, powerMilliwatts }: View): Family[] {
  const { ended, anchored, anchoredUntilMs } = runs
  const labels = { device, boundary, version: AGENT_VERSION }
  return [
    gauge("info", "The device, what it meters, and its version", [{ labels, value: "1" }]),
    gauge(
      "power_watts",
      "Mean power over the boundary between the last two captures",
      powerMilliwatts === null ? [] : one(inThousands(BigInt(powerMilliwatts))),
    ),
    gauge("run", "Number of the open run", one(run.toString())),
    gauge("run_captures", "Captures of the open run", one(String(captures))),
    gauge("last_capture_timestamp_seconds", "Device's time of the newest capture", one(inThousands(BigInt(timeMs)))),
    gauge("working", "1 while a workload runs, 0 while the device is idle", one(isWorking ? "1" : "0")),
    gauge("runs_ended", "Runs of the device's life that are closed or void", one(String(ended))),
    gauge("runs_waiting", "Ended runs that are not known to be anchored", one(String(ended - anchored))),
    gauge("last_anchored_run", "Number of the last anchored run", anchored === 0 ? [] : one(String(anchored - 1))),
    gauge(
      "last_anchored_end_timestamp_seconds",
      "When the last anchored run ended",
      anchoredUntilMs === null ? [] : one(inThousands(BigInt(anchoredUntilMs))),
    ),
    gauge(
      "clock",
      "1 for how far the host's clock can be believed",
      CLOCKS.map((quality) => ({ labels: { quality }, value: quality === clock ? "1" : "0" })),
    ),
  ]
}

const energy = ({ lifetimeMillijoules }: View): Family => ({
  name: "wattest_device_energy_joules_total",
  help: "Energy that flowed over the device's boundary in its life",
  type: "counter",
  samples: one(inThousands(lifetimeMillijoules)),
})

const sensors = ({ powers }: View): Family =>
  gauge(
    "sensor_power_watts",
    "Newest power of a sensor that the energy is metered by or held against",
    powers.map(({ sensor, covers, watts }) => ({ labels: { sensor, covers }, value: String(watts) })),
  )

/** All that the page shows of a device. */
export const familiesOf = (view: View): readonly Family[] => [
  energy(view),
  ...counters(view),
  ...hardware(view),
  faults(view),
  ...state(view),
  sensors(view),
]

/** The device's page for Prometheus: a function of what is signed and of how the device is. */
export const pageOf = (view: View): string => exposition(familiesOf(view))
