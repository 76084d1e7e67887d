/** The two clocks of a machine: the wall's, which can be set, and one that only runs. */
export type Clocks = { wallMs(): number; runningMs(): number }

export const SYSTEM_CLOCKS: Clocks = { wallMs: () => Date.now(), runningMs: () => performance.now() }

/** A wall clock that is further than this from where it should be has been set. */
const JUMP_MS = 2000

/**
 * The device's time: the wall's at a run's start and the running clock's from there, so that within a run it never
 * jumps and never falls, whatever happens to the wall clock.
 */
export function createDeviceClock(clocks: Clocks = SYSTEM_CLOCKS) {
  let baseMs = clocks.wallMs()
  let sinceMs = clocks.runningMs()
  const now = () => Math.round(baseMs + clocks.runningMs() - sinceMs)
  return {
    now,
    /** What turns a wall time into device time: 0 unless the wall clock has been set since the last `follow`. */
    shiftMs(): number {
      const drift = now() - clocks.wallMs()
      return Math.abs(drift) > JUMP_MS ? drift : 0
    },
    /** Follows the wall clock again, but never goes back behind `notBeforeMs`. */
    follow(notBeforeMs: number): void {
      baseMs = Math.max(clocks.wallMs(), notBeforeMs)
      sinceMs = clocks.runningMs()
    },
  }
}
export type DeviceClock = ReturnType<typeof createDeviceClock>
