import { uptime } from "node:os"

/** The clocks of a machine: the wall's, which can be set, one that only runs, and one that runs while the host sleeps too. */
export type Clocks = { wallMs(): number; runningMs(): number; upMs(): number }

export const SYSTEM_CLOCKS: Clocks = {
  wallMs: () => Date.now(),
  runningMs: () => performance.now(),
  upMs: () => uptime() * 1000,
}

/** A clock that is further than this from where it should be has been set, or the host has slept. */
const JUMP_MS = 2000
const MOST_BACK_MS = 1000
const BACK_SHARE = 0.001

/** Two clocks are compared by looks at both within this time; a busy machine may come between, so many times. */
const AT_ONCE_MS = 0.5
const LOOKS = 4

/** Both clocks at one moment: the closest of a few looks, since a pause between the two would shift all readings. */
function together({ wallMs, runningMs }: Clocks): { readonly wallMs: number; readonly runningMs: number } {
  let best = { wallMs: 0, runningMs: 0, apartMs: Number.POSITIVE_INFINITY }
  for (let look = 0; look < LOOKS && best.apartMs > AT_ONCE_MS; look++) {
    const beforeMs = runningMs()
    const wall = wallMs()
    const apartMs = runningMs() - beforeMs
    if (apartMs < best.apartMs) best = { wallMs: wall, runningMs: beforeMs + apartMs / 2, apartMs }
  }
  return best
}

/**
 * The device's time: the wall's at a run's start, or the end of the run before where that is later, and the running
 * clock's from there. Within a run it never jumps and never falls, whatever happens to the wall clock.
 */
export function createDeviceClock(clocks: Clocks = SYSTEM_CLOCKS) {
  let { wallMs: baseMs, runningMs: sinceMs } = together(clocks)
  let sinceUpMs = clocks.upMs()
  const at = (runningMs: number) => Math.round(baseMs + runningMs - sinceMs)
  const now = () => at(clocks.runningMs())
  const drift = () => {
    const { wallMs, runningMs } = together(clocks)
    return at(runningMs) - wallMs
  }
  /** How long the host has slept: by itself, since a wall clock that was set back may hide it. */
  const sleptMs = () => clocks.upMs() - sinceUpMs - (clocks.runningMs() - sinceMs)
  const beginAt = (atMs: number) => {
    baseMs = atMs
    sinceMs = clocks.runningMs()
    sinceUpMs = clocks.upMs()
  }
  return {
    now,
    /** What turns a wall time into device time, in which all readings are. */
    shiftMs: (): number => Math.round(drift()),
    /** The wall clock has been set since the last `follow`. */
    isApart: (): boolean => Math.abs(drift()) > JUMP_MS,
    /**
     * Time has passed that this clock did not see: the host slept, or its clock was set forward. The run must end where
     * it stands, so that the next one spans the time.
     */
    isBehind: (): boolean => drift() < -JUMP_MS || sleptMs() > JUMP_MS,
    /** How far it is ahead of the wall clock, which has then been set back, or was ahead before; 0 where it is not. */
    aheadMs: (): number => Math.max(0, Math.round(drift())),
    /** Begins at a time: the wall's, or that at which the books go on. */
    begin: beginAt,
    /**
     * Follows the wall clock again between two runs, as far as a clock that runs may: forward at once, by what the host
     * has slept at the least; back by a thousandth of the time since the last call and a second at the most, as clocks
     * differ.
     */
    follow(): void {
      const backMs = Math.min(MOST_BACK_MS, (clocks.runningMs() - sinceMs) * BACK_SHARE)
      const slept = sleptMs() > JUMP_MS ? sleptMs() : 0
      beginAt(Math.max(clocks.wallMs(), now() + slept - backMs))
    },
  }
}
export type DeviceClock = ReturnType<typeof createDeviceClock>
