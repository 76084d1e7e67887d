import type { SensorReading } from "@wattest/protocol"
import fc from "fast-check"
import {
  BEAT_MS,
  copyFolder,
  emptyFolder,
  type Folder,
  leftToNext,
  PERIOD_MS,
  Process,
  RATING_WATTS,
  type Settled,
  type Taken,
} from "./device.ts"
import type { Setup } from "./setups.ts"
import { createRandom, type Random, type Sensor, World } from "./world.ts"

const MINUTE_MS = 60_000

/** Everything that an operator, a machine and bad luck do to a device. */
export const DEEDS = [
  "run",
  "stop",
  "kill",
  "leave-off",
  "delete-journal",
  "tear-journal",
  "edit-log",
  "keep-copy",
  "restore-copy",
  "set-clock",
  "set-clock-away",
  "slow-clocks",
  "sleep-host",
  "reboot",
  "freeze-process",
  "stop-process",
  "stop-in-rhythm",
  "unplug",
  "unplug-for-good",
  "reset-counter",
  "freeze-page",
  "stop-counter",
  "glitch",
  "fill-disk",
] as const
export type Deed = { readonly what: (typeof DEEDS)[number]; readonly much: number; readonly which: number }

export const deed: fc.Arbitrary<Deed> = fc.record({
  what: fc.constantFrom(...DEEDS),
  much: fc.nat(1000),
  which: fc.nat(7),
})

/** What may be missing from the books, or be too much in them, and why; mJ. */
export type Allowance = { missing: number; excess: number }

export type Outcome = {
  readonly runs: readonly Settled[]
  readonly trueMillijoules: number
  readonly allowance: Allowance
  /** Time that cannot be but blind, ms. */
  readonly leastBlindMs: number
}

const RATING = RATING_WATTS

/** A history of one device: what was done, what the world was like, and what the books say in the end. */
export class History {
  readonly #setup: Setup
  readonly #world: World
  readonly #random: Random
  readonly #last = new Map<string, Taken>()
  readonly #allowance: Allowance = { missing: 0, excess: 0 }
  /** What each reading was taken of, in truth. */
  readonly #truth = new WeakMap<SensorReading, Taken & { readonly isNoticed: boolean }>()
  #folder: Folder = emptyFolder()
  #copy: { folder: Folder } | undefined
  #process: Process | undefined
  #begin: { readonly trueMs: number; readonly trueMillijoules: number; readonly startMs: number } | undefined
  /** What a counter never saw, and whether the readings are lost that told so; mJ. */
  #unseen = 0
  #isForgotten = false
  /** Silences of a power sensor that are too long to be measured, by the readings that were taken down. */
  #unreadMs = 0
  /** The clocks themselves ran slow: only the chain sees that. */
  #isTimeHidden = false
  /** The wall clock was set while no process ran. */
  #isSetAway = false
  /** A stop of the process that it must have noticed since a power was last read. */
  #isNoticed = false

  constructor(setup: Setup, seed: number) {
    this.#setup = setup
    this.#random = createRandom(seed)
    this.#world = new World(setup.sensors, this.#random)
  }

  /** A steady load changes by what is done alone: then power has no shape between readings that could hide anything. */
  static play(setup: Setup, { seed, isSteady }: { seed: number; isSteady: boolean }, deeds: readonly Deed[]): Outcome {
    const history = new History(setup, seed)
    history.#world.isSteady = isSteady
    history.#start()
    history.#run(5)
    for (const one of deeds) {
      history.#do(one)
      history.#run(2)
    }
    return history.#end()
  }

  /** Starts the process unless it runs. */
  #start(): void {
    if (this.#process !== undefined) return
    const { plan } = this.#setup
    const [folder, world] = [this.#folder, this.#world]
    const before = this.#lastCounted()
    const { stand } = folder
    const unbookedMs = this.#unbookedMs()
    const settled = folder.runs.length
    this.#process = Process.start({
      folder,
      world,
      plan,
      taken: (taken) => this.#take(taken),
      recorded: (reading) => this.#record(reading),
    })
    this.#isSetAway = false
    const { beginning } = folder.open ?? {}
    if (beginning === undefined) throw new Error("no run is open")
    this.#begin ??= { trueMs: world.trueMs, trueMillijoules: world.trueMillijoules, startMs: beginning.startMs }
    // Broken books say so: all since the lost stand may be missing, and what its run had left to the next.
    const left = stand === null ? [] : leftToNext(stand, plan).map((reading) => this.#truth.get(reading)?.trueMs ?? 0)
    const unknownMs = Math.max(world.trueMs - Math.min(before, ...left), unbookedMs)
    // A bridge that is broken has ended already.
    const isBroken = [{ beginning }, ...folder.runs.slice(settled)].some((run) => run.beginning.broken)
    if (isBroken) this.#allowance.missing += RATING * this.#parts() * unknownMs
  }

  /** True time that the settled runs do not account for, be it counted or not. */
  #unbookedMs(): number {
    const { runs } = this.#folder
    const endMs = runs.findLast(({ status }) => status !== "void")?.endMs
    if (this.#begin === undefined) return 0
    return this.#world.trueMs - this.#begin.trueMs - ((endMs ?? this.#begin.startMs) - this.#begin.startMs)
  }

  #parts(): number {
    return this.#setup.plan.length
  }

  /** True time up to which the settled runs in the folder have counted. */
  #lastCounted(): number {
    const { runs } = this.#folder
    return runs.findLast(({ status }) => status !== "void")?.trueMs ?? this.#begin?.trueMs ?? this.#world.trueMs
  }

  /** The trapezoid between two readings is not what flowed: no rule can know more than its sensor. */
  #record(reading: SensorReading): void {
    const taken = this.#truth.get(reading)
    if (taken === undefined || taken.sensor.kind === "counter" || Number(reading.value) > 2000 * RATING) return
    const { sensor: from, trueMillijoules, trueMs, isNoticed } = taken
    const before = this.#last.get(from.name)
    this.#last.set(from.name, taken)
    if (before === undefined) return
    const ms = reading.timeMs - before.reading.timeMs
    const isMetered = this.#setup.plan.some(({ sensor }) => sensor === from.name)
    if (isMetered && ms > 3 * PERIOD_MS) this.#unreadMs += ms
    if (isNoticed || ms > 3 * PERIOD_MS || trueMs - before.trueMs > 3 * PERIOD_MS) return
    const seen = ((Number(before.reading.value) + Number(reading.value)) / 2000) * ms
    const off = (trueMillijoules - before.trueMillijoules) * from.share * (1 + from.gain) - seen
    if (off > 0) this.#allowance.missing += off
    else this.#allowance.excess -= off
  }

  #take(taken: Taken): void {
    this.#truth.set(taken.reading, { ...taken, isNoticed: this.#isNoticed })
    if (taken.sensor.kind === "gauge") this.#isNoticed = false
  }

  /** Lets the process work for so many periods. */
  #run(periods: number): void {
    for (let i = 0; i < periods; i++) {
      this.#live(PERIOD_MS)
      this.#process?.sample()
      this.#process?.capture()
    }
  }

  /** Time in which the process, where it runs, looks at every beat. */
  #live(ms: number): void {
    for (let left = ms; left > 0; left -= BEAT_MS) {
      this.#world.passWithLoad(Math.min(left, BEAT_MS), BEAT_MS)
      this.#process?.beat()
    }
  }

  #kill(): void {
    this.#process = undefined
  }

  #sensorOf(which: number): Sensor {
    const { sensors } = this.#world
    return sensors[which % sensors.length] as Sensor
  }

  #do({ what, much, which }: Deed): void {
    const { [what]: act } = this.#acts
    act(much, which)
  }

  /** Up to a minute mostly, sometimes hours. */
  #while(much: number): number {
    return much < 900 ? much * 60 : (much - 899) * MINUTE_MS
  }

  readonly #acts: { readonly [D in Deed["what"]]: (much: number, which: number) => void } = {
    run: (much) => {
      this.#start()
      this.#run(1 + (much % 12))
    },
    stop: () => {
      this.#process?.stop()
      this.#kill()
    },
    kill: () => this.#kill(),
    "leave-off": (much) => {
      this.#process?.stop()
      this.#kill()
      this.#world.passWithLoad(this.#while(much), 10_000)
      this.#start()
    },
    "delete-journal": (much) => this.#withoutProcess(much, () => this.#damage(null)),
    "tear-journal": (much) => this.#withoutProcess(much, () => this.#damage("unreadable")),
    "edit-log": (much) =>
      this.#withoutProcess(much, () => {
        const { stand } = this.#folder
        this.#folder.stand = stand && { ...stand, isGenuine: false }
        this.#isForgotten = true
        // What a journal holds is signed too, capture by capture: it does not help who edits.
        if (this.#folder.open) this.#folder.open.journal = null
      }),
    "keep-copy": () => {
      this.#copy = { folder: copyFolder(this.#folder) }
    },
    "restore-copy": (much) =>
      this.#withoutProcess(much, () => {
        if (this.#copy) this.#folder = copyFolder(this.#copy.folder)
        this.#isForgotten = true
      }),
    "set-clock": (much, which) => {
      this.#isSetAway ||= this.#process === undefined
      this.#world.wallOffsetMs += (which % 2 === 0 ? 1 : -1) * this.#while(much) * (which < 2 ? 1 : 30)
    },
    "set-clock-away": (much, which) =>
      this.#withoutProcess(much, () => {
        this.#world.wallOffsetMs += (which % 2 === 0 ? 1 : -1) * this.#while(much) * (which < 2 ? 1 : 30)
      }),
    "slow-clocks": (much) => {
      this.#isTimeHidden = true
      this.#world.rate = 0.1
      this.#start()
      this.#run(1 + (much % 3))
      this.#world.rate = 1
    },
    "sleep-host": (much) => {
      this.#world.isHostAsleep = true
      this.#world.passWithLoad(this.#while(much), 10_000)
      this.#world.isHostAsleep = false
    },
    // Half of the time the wall clock is set as well: back by less than the host was down, only the chain sees that.
    reboot: (much, which) =>
      this.#withoutProcess(much, () => {
        this.#world.reboot()
        // The boot before it could have told; the next one knows the wall clock alone.
        this.#isTimeHidden ||= this.#isSetAway
        if (which <= 3) return
        this.#acts["set-clock"](much, which)
        this.#isTimeHidden = true
      }),
    // Half of them are shorter than a silence that is blind by itself.
    "freeze-process": (much, which) => this.#suspend(which % 2 ? 1200 + 0.7 * much : much * 10, false),
    "stop-process": (much) => this.#suspend(much * 5, true),
    "stop-in-rhythm": (much, which) => {
      this.#start()
      const isTold = which % 2 === 0
      for (let i = 0; i < 20; i++) {
        this.#suspend(isTold ? 100 + much : 400 + (much % 500), isTold)
        this.#isNoticed = true
        this.#live(BEAT_MS)
        this.#process?.sample()
        this.#process?.capture()
      }
      // A rhythm that nobody tells of is known after a period of lateness.
      if (!isTold) this.#allowance.missing += RATING * this.#parts() * 3 * PERIOD_MS
    },
    unplug: (much, which) => {
      const sensor = this.#sensorOf(which)
      sensor.isPlugged = false
      this.#run(1 + (much % 8))
      if (much % 2) this.#world.passWithLoad(this.#while(much), 10_000)
      if (which > 3) this.#acts.stop(much, which)
      this.#start()
      this.#run(1)
      sensor.isPlugged = true
    },
    // Nobody plugs it in again: what flows from here on is in no reading.
    "unplug-for-good": (_, which) => {
      this.#sensorOf(which).isLost = true
      this.#run(2)
    },
    // A driver begins anew and nothing says so: whoever sees the counter before and after alone cannot know.
    "reset-counter": (_, which) => {
      const sensor = this.#sensorOf(which)
      if (!sensor.isVolatile || sensor.widthMillijoules !== null) return
      const count = this.#world.count(sensor) * 1.02
      if (this.#process === undefined) this.#allowance.missing += count
      this.#unseen += count
      this.#world.resetCounter(sensor)
      this.#run(3)
    },
    "freeze-page": (much, which) =>
      this.#disturb(
        which,
        much,
        (s) => this.#world.freeze(s),
        (s) => this.#world.thaw(s),
      ),
    "stop-counter": (much) => {
      const counter = this.#world.sensors.find(({ kind }) => kind === "counter")
      // Alone, a counter that stands still is a load of nothing: that takes a second sensor to see.
      if (counter === undefined || !this.#setup.plan.some(({ witness }) => witness)) return
      this.#start()
      const before = this.#world.trueMillijoules
      this.#world.stopCounting(counter)
      this.#run(1 + (much % 12))
      this.#world.goOnCounting(counter)
      const seconds = (1 + (much % 12)) * PERIOD_MS
      this.#unseen += this.#world.trueMillijoules - before
      if (seconds <= 4 * PERIOD_MS) this.#allowance.missing += this.#world.trueMillijoules - before
      else this.#allowance.missing += RATING * 2 * PERIOD_MS
    },
    glitch: (much, which) => {
      // As the first reading of a device that knows of none before, it could not be told from a true one.
      this.#start()
      const sensor = this.#sensorOf(which)
      sensor.glitch = sensor.kind === "gauge" ? 5_000_000 : much % 2 ? 0 : this.#world.count(sensor) + 1e12
      this.#run(3)
    },
    "fill-disk": (much) => {
      const process = this.#process
      if (process === undefined) return
      process.isDiskFull = true
      this.#run(1 + (much % 12))
      process.isDiskFull = false
    },
  }

  /** A page that stays as it is: of power alone it cannot be told from a steady load. */
  #disturb(which: number, much: number, freeze: (sensor: Sensor) => void, thaw: (sensor: Sensor) => void): void {
    const sensor = this.#sensorOf(which)
    if (sensor.kind === "gauge") return
    freeze(sensor)
    this.#run(1 + (much % 12))
    thaw(sensor)
  }

  /** The process is killed, the world goes on, something is done to the folder, and it is started again. */
  #withoutProcess(much: number, act: () => void): void {
    this.#kill()
    this.#world.passWithLoad(this.#while(much) / 2, 10_000)
    act()
    this.#world.passWithLoad(this.#while(much) / 2, 10_000)
    this.#start()
  }

  #damage(journal: null | "unreadable"): void {
    if (this.#folder.open) this.#folder.open.journal = journal
    this.#isForgotten = true
  }

  /** The process stands still while a load runs; it is told of that, or not. */
  #suspend(ms: number, isTold: boolean): void {
    const watts = this.#world.watts
    this.#world.watts = 950
    this.#world.pass(ms)
    this.#world.watts = watts
    if (isTold || ms >= 1.2 * PERIOD_MS) this.#isNoticed = true
    if (isTold) this.#process?.wake()
  }

  #end(): Outcome {
    for (const sensor of this.#world.sensors) {
      sensor.isPlugged = true
      this.#world.thaw(sensor)
    }
    this.#start()
    // A counter may come back for ten minutes: only then is its silence blind.
    if (this.#world.sensors.some(({ isLost }) => isLost)) this.#world.passWithLoad(11 * MINUTE_MS, 10_000)
    this.#run(3)
    const world = this.#world
    if (!this.#process?.stop()) throw new Error("the last run did not close")
    const begin = this.#begin ?? { trueMs: 0, trueMillijoules: 0, startMs: 0 }
    const { runs } = this.#folder
    // Between two runs a clock may be put back by a thousandth of the time.
    this.#allowance.missing += (RATING * this.#parts() * (world.trueMs - begin.trueMs)) / 1000
    // Time that is not in the books is missing from what the chain expects, and shown there.
    if (this.#isTimeHidden || this.#isForgotten)
      this.#allowance.missing += RATING * this.#parts() * Math.max(0, this.#unbookedMs())
    if (this.#isForgotten) this.#allowance.missing += this.#unseen
    // Broken books say no time, and what was taken down may be gone with a journal.
    const isWhole = !this.#isForgotten && !runs.some(({ beginning }) => beginning.broken)
    return {
      runs,
      trueMillijoules: world.trueMillijoules - begin.trueMillijoules,
      allowance: this.#allowance,
      // A run may end while a silence is still short, and the next one is blind from its own start.
      leastBlindMs: isWhole ? this.#unreadMs - 3 * PERIOD_MS * runs.length : 0,
    }
  }
}
