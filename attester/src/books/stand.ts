import { type SensorReading, WATCH_SURFACE } from "@wattest/protocol"

/** The clocks behind a capture's time, by which a next run finds out how much time has passed. */
export type Host = {
  /** The host's boot, a decimal number. */
  readonly boot: string
  /** The device's time at which that boot began: the host counts on from there, asleep too. */
  readonly bootedMs: number
  /** By how much the device's time was ahead of the wall clock. */
  readonly aheadMs: number
}

/** Where a device's books stand: what its last signed capture says, and nothing else. */
export type Stand = {
  readonly timeMs: number
  /** The readings of that capture: the last believed one of each metered sensor is among them. */
  readonly readings: readonly SensorReading[]
  /** Energy that the device has metered in its life up to there, or since its books broke. */
  readonly lifetimeMillijoules: bigint
  readonly host: Host
}

const OWN = { surface: WATCH_SURFACE, grade: "estimated", accuracy: {} } as const

const LIFETIME = `${WATCH_SURFACE}/lifetime`
const BOOT = `${WATCH_SURFACE}/boot`
const BOOTED = `${WATCH_SURFACE}/booted`
const AHEAD = `${WATCH_SURFACE}/ahead`
/** Sensor of the sign that counters may have begun anew. */
export const RESTART = `${WATCH_SURFACE}/restart`
const WHOLE = /^[0-9]{1,30}$/

/** Readings by which a capture says where the books stand: signed with those at which a next run can begin. */
export const standReadings = (
  timeMs: number,
  lifetimeMillijoules: bigint,
  { boot, bootedMs, aheadMs }: Host,
): readonly SensorReading[] => [
  { ...OWN, sensor: LIFETIME, quantity: "lifetime", unit: "mJ", value: lifetimeMillijoules.toString(), timeMs },
  { ...OWN, sensor: BOOT, quantity: "boot", unit: "1", value: boot, timeMs },
  { ...OWN, sensor: BOOTED, quantity: "booted", unit: "ms", value: String(bootedMs), timeMs },
  aheadReading(timeMs, aheadMs),
]

/** How far the device's time is ahead of the wall clock, for a capture at which that has changed. */
export const aheadReading = (timeMs: number, aheadMs: number): SensorReading => ({
  ...OWN,
  sensor: AHEAD,
  quantity: "ahead",
  unit: "ms",
  value: String(aheadMs),
  timeMs,
})

/** How far ahead the last of these readings says that the device was; null where none does. */
export function aheadOf(readings: readonly SensorReading[]): number | null {
  const reading = ownReading(readings, AHEAD)
  return reading === null ? null : Number(reading)
}

const ownReading = (readings: readonly SensorReading[], name: string): string | null =>
  readings.findLast(({ sensor, surface, value }) => sensor === name && surface === WATCH_SURFACE && WHOLE.test(value))
    ?.value ?? null

/** The stand that a capture's time and readings say; null where they do not name it. */
export function standOf(timeMs: number, all: readonly SensorReading[]): Stand | null {
  const [lifetime, boot, booted] = [LIFETIME, BOOT, BOOTED].map((name) => ownReading(all, name))
  if (lifetime == null || boot == null || booted == null) return null
  // A restart that some counter has not shown yet is still to come.
  const readings = all.filter(({ surface, sensor }) => surface !== WATCH_SURFACE || sensor === RESTART)
  const host = { boot, bootedMs: Number(booted), aheadMs: aheadOf(all) ?? 0 }
  return { timeMs, readings, lifetimeMillijoules: BigInt(lifetime), host }
}

/** What the host says of itself now. */
export type Uptime = { readonly boot: string; readonly upMs: number }

/**
 * The device's time where it goes on after a stand: as much later as the host itself has counted, or else as the wall
 * clock has gone on since. Time that was ahead of the wall's stays so: to let the wall catch up would hide what flowed
 * meanwhile. `isLost` where the host was down and its wall clock was set back: then nobody knows for how long.
 */
export function timeAfter(
  { timeMs, host }: Stand,
  { boot, upMs }: Uptime,
  wallMs: number,
): { readonly timeMs: number; readonly isLost: boolean } {
  const isSameBoot = boot === host.boot
  const byHostMs = Math.round(isSameBoot ? host.bootedMs + upMs - timeMs : upMs)
  const byWallMs = wallMs - (timeMs - host.aheadMs)
  const passedMs = isSameBoot ? byHostMs : Math.max(byHostMs, byWallMs)
  return { timeMs: Math.max(wallMs, timeMs, timeMs + passedMs), isLost: !isSameBoot && byWallMs < byHostMs }
}

/** The host as the captures of a run name it, from what it says at one moment of the device's time and of the wall's. */
export const hostAt = (timeMs: number, wallMs: number, { boot, upMs }: Uptime): Host => ({
  boot,
  bootedMs: Math.max(0, Math.round(timeMs - upMs)),
  aheadMs: Math.max(0, Math.round(timeMs - wallMs)),
})

/** A sign that counters may have begun anew, for capture 0 of a run that begins in another boot of the host. */
export const restartReading = (timeMs: number): SensorReading => ({
  ...OWN,
  sensor: RESTART,
  quantity: "restart",
  unit: "1",
  value: "1",
  timeMs,
})
