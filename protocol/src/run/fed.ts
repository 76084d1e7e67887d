import { check } from "../rejection.ts"
import type { RunContext } from "./context.ts"
import type { MeteredSensor } from "./plan.ts"
import type { CaptureSources } from "./sources.ts"

/**
 * What a run's plan really feeds, by bit: a zero in a fed register is a zero, in another it is nothing. `inventory`: the
 * plan's sensors are exactly those of the vouch document; `beacons`: opening and closing beacon are there.
 */
export const FED = [
  "it",
  "accelerator",
  "idle",
  "work",
  "accepted",
  "input",
  "carbon",
  "water",
  "reused",
  "inventory",
  "beacons",
] as const
export type Fed = (typeof FED)[number]

/** Bit i says that FED[i] is there. Throws FIELD_MALFORMED unless names come in order, each once: one spelling. */
export function encodeFed(fed: readonly Fed[]): bigint {
  const bits = fed.map((name) => FED.indexOf(name))
  check(
    bits.every((bit, i) => bit > (bits[i - 1] ?? -1)),
    "FIELD_MALFORMED",
    `fed: ${fed.join(", ")} is not in order`,
  )
  return bits.reduce((sum, bit) => sum | (1n << BigInt(bit)), 0n)
}

/** The inverse of {@link encodeFed}. Throws FIELD_MALFORMED on a bit without a name. */
export function decodeFed(bits: bigint): readonly Fed[] {
  check(bits < 1n << BigInt(FED.length), "FIELD_MALFORMED", `fed: 0x${bits.toString(16)} has bits without a name`)
  return FED.filter((_, i) => ((bits >> BigInt(i)) & 1n) === 1n)
}

const hasRole = (metering: readonly MeteredSensor[], role: MeteredSensor["role"]) =>
  metering.some((planned) => planned.role === role)

/** Each accelerator has an occupancy of its part, or there is one for all: without it none of its energy counts as idle. */
function isIdleSeen(metering: readonly MeteredSensor[]): boolean {
  const occupancies = metering.filter(({ role }) => role === "occupancy")
  const isSeen = ({ part }: MeteredSensor) => occupancies.some((own) => own.part === undefined || own.part === part)
  return hasRole(metering, "accelerator") && metering.filter(({ role }) => role === "accelerator").every(isSeen)
}

/**
 * Carbon, water: what is not known at the start would be left out of them, and they flatter by being small. Of several
 * carbon intensities one counts, of water sensors all.
 */
function weighsFrom(metering: readonly MeteredSensor[], read: ReadonlySet<string>) {
  const sensorsOf = (...roles: readonly MeteredSensor["role"][]) =>
    metering.filter(({ role }) => roles.includes(role)).map(({ sensor }) => sensor)
  const water = sensorsOf("water", "water-intensity")
  return {
    carbon: sensorsOf("carbon-intensity").some((sensor) => read.has(sensor)),
    water: water.length > 0 && water.every((sensor) => read.has(sensor)),
  }
}

/** What says which registers a run feeds: its context, the sources of its ends, and whether its plan is as vouched. */
export type Feeding = {
  readonly context: RunContext
  readonly first: CaptureSources
  readonly last: CaptureSources
  readonly isAsVouched: boolean
}

/** The names that a run's statement must hold (PROTOCOL section 4), from what its first and last capture show. */
export function fedOf({ context, first, last, isAsVouched }: Feeding): readonly Fed[] {
  const { metering } = context
  const read = new Set(first.readings.map(({ sensor }) => sensor))
  const is: { readonly [F in Fed]: boolean } = {
    it: hasRole(metering, "it"),
    accelerator: hasRole(metering, "accelerator"),
    idle: isIdleSeen(metering),
    work: hasRole(metering, "work"),
    // They are of the work: where nobody counts that, there are none.
    accepted: hasRole(metering, "work") && hasRole(metering, "accepted"),
    input: hasRole(metering, "input"),
    ...weighsFrom(metering, read),
    reused: hasRole(metering, "reused"),
    inventory: isAsVouched,
    beacons: context.beacon !== null && last.closing !== undefined && last.closing.beacon !== null,
  }
  return FED.filter((name) => is[name])
}
