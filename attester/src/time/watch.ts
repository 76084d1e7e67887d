import { type SensorReading, WATCH_SURFACE } from "@wattest/protocol"

/** How often the device looks whether it is awake. */
export const BEAT_MS = 250
/** A look may come so much later than it should before it counts as late. */
const SLACK_MS = 25
/** Lateness that a busy machine has: a tenth of the time. What is beyond adds up. */
const BUSY_SHARE = 0.1

/** What a device knows of its own watching: stretches of time in which it could not look at anything. */
export class Watch {
  readonly #lateAfterMs: number
  #seenMs: number
  #seenBeforeMs: number
  /** Lateness too short to count by itself, beyond what a busy machine has. */
  #addedMs = 0
  #isHindered = false
  #unwatched: SensorReading[] = []

  /** `periodMs` is the shortest period of a power sensor: a look that is later than that counts. */
  constructor(nowMs: number, periodMs: number) {
    this.#lateAfterMs = Math.max(BEAT_MS, periodMs)
    this.#seenMs = nowMs
    this.#seenBeforeMs = nowMs
  }

  /** To be called at every beat, and before anything is read. */
  look(nowMs: number): void {
    const elapsedMs = nowMs - this.#seenMs
    if (elapsedMs <= 0) return
    const lateMs = Math.max(0, elapsedMs - BEAT_MS - SLACK_MS)
    const isLate = lateMs > this.#lateAfterMs
    // A process that is stopped in a fast rhythm is never late by much, and late all the time.
    const addedMs = this.#addedMs + (isLate ? 0 : lateMs) - BUSY_SHARE * elapsedMs
    this.#addedMs = Math.min(2 * this.#lateAfterMs, Math.max(0, addedMs))
    if (this.#addedMs > this.#lateAfterMs) this.#isHindered = true
    if (this.#addedMs === 0) this.#isHindered = false
    if (isLate || this.#isHindered) this.#note(this.#seenMs, nowMs)
    this.#seenBeforeMs = this.#seenMs
    this.#seenMs = nowMs
  }

  /** The process was stopped and goes on: nothing was watched since the look before. */
  wake(nowMs: number): void {
    this.#note(this.#seenBeforeMs, nowMs)
    this.look(nowMs)
  }

  /** The readings for the next capture: where nothing was watched. */
  take(): readonly SensorReading[] {
    const taken = this.#unwatched
    this.#unwatched = []
    return taken
  }

  #note(fromMs: number, toMs: number): void {
    const last = this.#unwatched.at(-1)
    // What follows directly is one stretch: a rhythm must not fill a capture.
    if (last !== undefined && last.timeMs + Number(last.value) >= fromMs)
      this.#unwatched.splice(-1, 1, unwatched(last.timeMs, toMs))
    else this.#unwatched.push(unwatched(fromMs, toMs))
  }
}

/** Looks at every beat, and when a process that was stopped is told to go on. Gives what ends it. */
export function keepWatch(watch: Watch, now: () => number): () => void {
  const wake = () => watch.wake(now())
  process.on("SIGCONT", wake)
  const beat = setInterval(() => watch.look(now()), BEAT_MS)
  return () => {
    clearInterval(beat)
    process.off("SIGCONT", wake)
  }
}

const unwatched = (fromMs: number, toMs: number): SensorReading => ({
  sensor: "attester/watch",
  surface: WATCH_SURFACE,
  quantity: "unwatched",
  unit: "ms",
  value: String(toMs - fromMs),
  timeMs: fromMs,
  grade: "measured",
  accuracy: {},
})
