import type { Grade } from "@wattest/protocol"

/**
 * What a sensor is to the attester. A source reads one surface (a driver library, a meter, an exporter) and answers
 * with raw values exactly as the surface gave them; turning them into registers is not its business.
 */

/**
 * What a value says. Counters rise for ever (until they wrap or the device restarts): `energy`, `water`, `work`, `accepted`,
 * `prefillWork`, `decodeWork`. All others are gauges. Activities are shares of what the part could do at most:
 * `smOccupancy` warps, `smActivity` busy multiprocessors, `dramActivity` bandwidth, `computeActivity` tensor pipes;
 * `kernelTime` and `memoryTime` are shares of time in which anything ran at all, much weaker statements.
 */
export type Quantity =
  | "power"
  | "energy"
  | "water"
  | "smOccupancy"
  | "smActivity"
  | "dramActivity"
  | "computeActivity"
  | "kernelTime"
  | "memoryTime"
  | "acceleratorTemperature"
  | "memoryTemperature"
  | "inletTemperature"
  | "outletTemperature"
  | "work"
  | "accepted"
  | "prefillWork"
  | "decodeWork"
  | "carbonIntensity"
  | "waterIntensity"
  | "siteWater"

const COUNTERS: ReadonlySet<Quantity> = new Set(["energy", "water", "work", "accepted", "prefillWork", "decodeWork"])

/** Whether a quantity is a running total (differences count) or a momentary value. */
export const isCounter = (quantity: Quantity): boolean => COUNTERS.has(quantity)

/**
 * Units as values carry them: power mW or W or kW; energy uJ, mJ, J, Wh, kWh; shares "%" or "1"; temperatures Cel;
 * work "1"; water mL, L, m3; intensities of the grid gCO2e/kWh, of water L/kWh.
 */
export type Unit =
  | ("uJ" | "mJ" | "J" | "Wh" | "kWh")
  | ("mW" | "W" | "kW")
  | ("mL" | "L" | "m3")
  | ("%" | "1" | "Cel")
  | ("gCO2e/kWh" | "L/kWh")

/** What a meter can hang on, from the smallest to the largest. */
export const COVERAGES = ["accelerator", "processor", "memory", "node", "rack", "facility"] as const

/**
 * The hardware a value covers; `accelerator`, `node`, `rack` and `facility` are the protocol's boundaries 1 to 4, `rest`
 * is what an operator states of parts that nothing meters.
 */
export type Coverage = (typeof COVERAGES)[number] | "rest" | "workload" | "grid"

/** What is known of a value's error. Limits are half-widths of a uniform distribution (GUM 4.3.7). */
export type Accuracy = {
  /** Half-width of the gain error, a fraction of the reading: 0.05 means within ±5 %. */
  readonly gainLimit: number
  /** Half-width of the offset error, in the value's unit. */
  readonly offsetLimit: number
  /** Smallest step of the value or counter, in its unit. */
  readonly step: number
  /** The value is a mean over the last `windowMs`; 0 when it is momentary or a counter. */
  readonly windowMs: number
  /** How often the sensor itself takes a new value, in ms; 0 when unknown or continuous. */
  readonly updateMs: number
  /** Of each `updateMs`, the time that the sensor does not look at, in ms: what happens there is not in the value. */
  readonly gapMs: number
  /** Where these limits come from: a data sheet, a paper, a standard, the configuration. */
  readonly origin: string
}

/** One raw value as the sensor gave it. */
export type SensorValue = {
  /** Who measured: unique and stable for a source, e.g. `gpu/GPU-5f…/power.instant`. */
  readonly sensor: string
  /** The interface that it was read from, e.g. `nvml`, `nvidia-smi`, `redfish`, `snmp`. */
  readonly surface: string
  readonly quantity: Quantity
  readonly unit: Unit
  /** Decimal as read, `-?digits[.digits]`; exponents are written out, nothing is rounded. */
  readonly value: string
  /** The sensor's own time in ms since 1970, or the time of reading where the sensor has none. */
  readonly timeMs: number
  readonly grade: Grade
  readonly accuracy: Accuracy
  /** Two whole values with the same coverage are two readings of one thing: one is believed, they are not added. */
  readonly covers: Coverage
  /**
   * Which of several parts (GPU UUID, outlet, supply, package), absent when the value is of the whole. Parts with the
   * same coverage, surface and quantity add up to the whole; a whole and its parts are never added to one another.
   */
  readonly part?: string
  /**
   * What tells the part from every other in the world: UUID, PCI address on its host, serial number, outlet of a PDU at
   * its address. Two sources that see one identity see one part.
   */
  readonly identity?: string
  /** The board's number on its host, where the surface gives one. */
  readonly index?: number
  /** The most that can flow where it measures, W, where its owner states it. */
  readonly ratingWatts?: string
  /** What its maker calls the board or meter, e.g. `NVIDIA H100 80GB HBM3`; absent where the surface does not say. */
  readonly sku?: string
  /** Counters that wrap: the count at which they return to 0, a decimal in the value's unit. */
  readonly wrapsAt?: string
}

/** Closed list of what can go wrong with a sensor. */
export type SourceFault = "missing" | "timeout" | "denied" | "malformed" | "unsupported" | "stale" | "failed"

/**
 * A sensor gave no value. The attester records it and lets the grade fall; it never stops a run, and nobody puts a
 * zero in the value's place.
 */
export class SourceError extends Error {
  override readonly name = "SourceError"
  readonly source: string
  readonly fault: SourceFault
  /** The message without the source's name. */
  readonly detail: string
  /** What other parts of the surface did answer, e.g. the seven boards beside a lost one. */
  readonly values: readonly SensorValue[]
  constructor(source: string, fault: SourceFault, detail: string, values: readonly SensorValue[] = []) {
    super(`${source}: ${detail}`)
    this.source = source
    this.fault = fault
    this.detail = detail
    this.values = values
  }
}

/**
 * A sensor surface. `createSource` makes it without touching the sensor; the first `read` connects. Reads of one
 * source never overlap: the caller awaits one before the next.
 */
export interface Source {
  /** Name from the configuration, unique among the sources of a device. */
  readonly id: string
  /** How often reading makes sense, in ms. */
  readonly periodMs: number
  /** What it is configured to meter, known before it answers; absent for work, intensities and sources of several. */
  readonly covers?: Coverage
  /** The most that can flow where each of its sensors measures, W, where its owner states it. */
  readonly ratingWatts?: string
  /**
   * Everything the surface offers now. Values it does not offer are absent, never 0. Throws `SourceError`, also when
   * `signal` aborts; after an error the next read tries again from the start.
   */
  read(signal: AbortSignal): Promise<readonly SensorValue[]>
  /** Frees connections and handles; safe to call twice. */
  close(): Promise<void>
}
