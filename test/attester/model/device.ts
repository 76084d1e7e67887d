import type { MeteredSensor, SensorReading } from "@wattest/protocol"
import { type Beginning, beginAfter, beginAnew } from "../../../attester/src/books/beginning.ts"
import { divisionTime } from "../../../attester/src/books/division.ts"
import { type Recorded, Recorder } from "../../../attester/src/books/recorder.ts"
import { aheadReading, type Host, hostAt, type Stand, standOf, timeAfter } from "../../../attester/src/books/stand.ts"
import { createDeviceClock, type DeviceClock } from "../../../attester/src/time/clock.ts"
import { periodEnd } from "../../../attester/src/time/period.ts"
import { BEAT_MS, Watch } from "../../../attester/src/time/watch.ts"
import type { Sensor, World } from "./world.ts"

export const PERIOD_MS = 1000
export const RATING_WATTS = 1000
/** Captures that wait for a full disk before none is taken any more. */
const MAX_WAITING = 5

/** A capture on the disk, with a signature that nobody but the device can make. */
type Signed = { readonly recorded: Recorded; readonly isGenuine: boolean; readonly trueMs: number }

/** A run that is settled; null registers stand for a void one. */
export type Settled = {
  readonly beginning: Pick<Beginning, "startMs" | "broken">
  readonly endMs: number
  readonly energy: bigint
  readonly uncertainty: bigint
  readonly blindMs: number
  readonly grade: string
  readonly status: "complete" | "interrupted" | "void"
  /** When its last capture was taken, in truth. */
  readonly trueMs: number
}

/** The device's folder: what an operator can copy, edit and delete. */
export type Folder = {
  stand: Signed | null
  open: { readonly beginning: Beginning; readonly host: Host; journal: Signed[] | "unreadable" | null } | null
  runs: Settled[]
}

export const emptyFolder = (): Folder => ({ stand: null, open: null, runs: [] })

export const copyFolder = ({ stand, open, runs }: Folder): Folder => ({
  stand,
  open: open && { ...open, journal: Array.isArray(open.journal) ? [...open.journal] : open.journal },
  runs: [...runs],
})

const settled = (
  beginning: Beginning,
  { recorded: { timeMs, metered }, trueMs }: Signed,
  status: Settled["status"],
): Settled => ({
  beginning,
  endMs: timeMs,
  energy: metered.registers.energyMillijoules,
  uncertainty: metered.registers.uncertaintyMillijoules,
  blindMs: Number(metered.registers.blindMilliseconds),
  grade: metered.energyGrade,
  status,
  trueMs,
})

/** The last believed readings of the sensors whose energy a run leaves to the next, since they were silent or in doubt. */
export function leftToNext({ recorded: { timeMs, readings } }: Signed, plan: readonly MeteredSensor[]) {
  const stand = standOf(timeMs, readings)
  if (stand === null) return []
  const { metering } = beginAfter(stand, plan, stand.host)
  return metering.flatMap(({ sensor, sinceMs }) => readings.filter((r) => r.sensor === sensor && r.timeMs === sinceMs))
}

/** What a reading was taken of, so that a judge can hold it against the truth. */
export type Taken = {
  readonly sensor: Sensor
  readonly trueMs: number
  readonly trueMillijoules: number
  readonly reading: SensorReading
}

/** One process of the device: the rules are the attester's own, disk, timers and key are played. */
export class Process {
  readonly folder: Folder
  readonly #world: World
  readonly #plan: readonly MeteredSensor[]
  readonly #taken: Installation["taken"]
  readonly #recorded: Installation["recorded"]
  readonly #clock: DeviceClock
  readonly #watch: Watch
  readonly #newest = new Map<string, number>()
  #recorder: Recorder
  #beginning: Beginning
  #collected: SensorReading[] = []
  #waiting: Signed[] = []
  #aheadMs = 0
  #samples = 0
  isDiskFull = false

  private constructor(
    { folder, world, plan, taken, recorded }: Installation,
    { stand, isInterrupted }: { stand: Stand | null; isInterrupted: boolean },
  ) {
    this.folder = folder
    this.#world = world
    this.#plan = plan
    this.#taken = taken
    this.#recorded = recorded
    this.#clock = createDeviceClock({
      wallMs: () => world.wallMs,
      runningMs: () => world.runningMs,
      upMs: () => world.uptimeMs,
    })
    const { uptime } = world
    const time = stand && timeAfter(stand, uptime, world.wallMs)
    if (time) this.#clock.begin(time.timeMs)
    this.#watch = new Watch(this.#clock.now(), PERIOD_MS)
    this.sample()
    const nowMs = this.#clock.now()
    const broken = stand === null && folder.runs.length > 0
    this.#beginning = stand
      ? beginAfter(stand, plan, { boot: uptime.boot, isTimeLost: time?.isLost ?? false })
      : beginAnew(this.#collected, plan, { nowMs, broken })
    this.#recorder = this.#open()
    if (stand !== null && isInterrupted) this.divide()
  }

  /** Starts the process: settles what was left open, and begins where the books stood. */
  static start(installation: Installation): Process {
    const { folder } = installation
    const isInterrupted = folder.open !== null
    recover(folder)
    const { stand } = folder
    const known = stand?.isGenuine ? standOf(stand.recorded.timeMs, stand.recorded.readings) : null
    return new Process(installation, { stand: known, isInterrupted })
  }

  /** Reads every sensor once. */
  sample(): void {
    this.#watch.look(this.#clock.now())
    const shiftMs = this.#clock.shiftMs()
    this.#samples++
    for (const sensor of this.#world.sensors) {
      if (sensor.isSlow && this.#samples % 2 === 0) continue
      const value = this.#world.read(sensor)
      if (value === null) continue
      const reading = readingOf(sensor, value, this.#world.wallMs + shiftMs)
      if (reading.timeMs <= (this.#newest.get(sensor.name) ?? -1)) continue
      this.#newest.set(sensor.name, reading.timeMs)
      this.#collected.push(reading)
      this.#taken({ sensor, trueMs: this.#world.trueMs, trueMillijoules: this.#world.trueMillijoules, reading })
    }
  }

  beat(): void {
    this.#watch.look(this.#clock.now())
  }

  /** The process goes on after a stop that it was told of. */
  wake(): void {
    this.#watch.wake(this.#clock.now())
  }

  /** A capture, or the end of the run where its period is over or the clock has lost time. */
  capture(): void {
    const nowMs = this.#clock.now()
    const isOver = nowMs > periodEnd("quarter-hour", this.#beginning.startMs)
    if (this.#clock.isBehind() || isOver) this.divide()
    else if (this.#waiting.length < MAX_WAITING) this.#keep(this.#recorder.record(nowMs, this.#take()))
    else {
      this.#collected = []
      this.#store()
    }
  }

  divide(): void {
    if (!this.#closeRun("complete")) return
    const stand = standOf(this.#recorder.last.timeMs, this.#recorder.last.readings)
    if (stand === null) throw new Error("a closing capture says no stand")
    this.#clock.follow()
    this.#beginning = beginAfter(stand, this.#plan, this.#world.uptime)
    this.#recorder = this.#open()
  }

  /** A last reading, and the end. False where the disk takes nothing: then the process can only be killed. */
  stop(): boolean {
    this.sample()
    return this.#closeRun("complete")
  }

  #closeRun(status: Settled["status"]): boolean {
    if (this.isDiskFull) return false
    const [lastMs, untilMs] = [this.#recorder.last.timeMs, this.#clock.now()]
    const atMs = divisionTime(this.#plan, this.#newest, { lastMs, untilMs, otherwiseMs: untilMs })
    this.#keep(this.#recorder.close(atMs, this.#take()))
    const stand = this.#sign(this.#recorder.last)
    this.folder.runs.push(settled(this.#beginning, stand, status))
    this.folder.stand = stand
    this.folder.open = null
    return true
  }

  #take(): readonly SensorReading[] {
    const readings = [...this.#collected, ...this.#watch.take(), ...this.#clockReadings()]
    for (const reading of this.#collected) this.#recorded(reading)
    this.#collected = []
    return readings
  }

  #clockReadings(): readonly SensorReading[] {
    const aheadMs = this.#clock.aheadMs()
    if (Math.abs(aheadMs - this.#aheadMs) < 1000) return []
    this.#aheadMs = aheadMs
    return [aheadReading(this.#clock.now(), aheadMs)]
  }

  #open(): Recorder {
    const host = hostAt(this.#clock.now(), this.#world.wallMs, this.#world.uptime)
    this.#aheadMs = host.aheadMs
    const recorder = new Recorder(this.#beginning, host)
    const first = this.#sign(recorder.last)
    this.folder.open = { beginning: this.#beginning, host, journal: [first] }
    this.folder.stand = first
    return recorder
  }

  #sign(recorded: Recorded): Signed {
    return { recorded, isGenuine: true, trueMs: this.#world.trueMs }
  }

  #keep(recorded: Recorded): void {
    this.#waiting.push(this.#sign(recorded))
    this.#store()
  }

  #store(): void {
    const { open } = this.folder
    if (this.isDiskFull || open === null) return
    // A journal that was deleted under the process is written to all the same, and gone with it.
    if (Array.isArray(open.journal)) open.journal.push(...this.#waiting)
    this.#waiting = []
  }
}

export type Installation = {
  readonly folder: Folder
  readonly world: World
  readonly plan: readonly MeteredSensor[]
  readonly taken: (taken: Taken) => void
  /** A reading goes into a capture. */
  readonly recorded: (reading: SensorReading) => void
}

/** Settles the run that was open: closed with every capture that is there, or void. */
function recover(folder: Folder): void {
  const { open } = folder
  if (open === null) return
  folder.open = null
  const { beginning, host, journal } = open
  const [first, ...rest] = Array.isArray(journal) ? journal : []
  if (first === undefined) {
    const nothing = { energy: 0n, uncertainty: 0n, blindMs: 0, grade: "", trueMs: 0 }
    folder.runs.push({ beginning, endMs: beginning.startMs, status: "void", ...nothing })
    return
  }
  const recorder = new Recorder(beginning, host)
  for (const { recorded } of rest) recorder.record(recorded.timeMs, recorded.readings)
  const recorded = recorder.close(recorder.last.timeMs, [])
  const last = { ...(rest.at(-1) ?? first), recorded }
  folder.runs.push(settled(beginning, last, "interrupted"))
  folder.stand = last
}

function readingOf(sensor: Sensor, millis: number, timeMs: number): SensorReading {
  const isCounter = sensor.kind === "counter"
  return {
    sensor: sensor.name,
    surface: "world",
    quantity: isCounter ? "energy" : "power",
    unit: isCounter ? "mJ" : "mW",
    value: String(millis),
    timeMs,
    grade: "measured",
    accuracy: { gainLimit: "0.02", ...(isCounter ? { step: String(sensor.stepMillijoules), updateMs: "1" } : {}) },
  }
}

export { BEAT_MS }
