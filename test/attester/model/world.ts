/** A pseudo-random sequence: the same seed gives the same history. */
export function createRandom(seed: number) {
  let state = seed >>> 0 || 1
  const next = () => {
    state = Math.imul(state ^ (state >>> 15), 0x2c1b3c6d) + 0x9e3779b9
    const mixed = Math.imul(state ^ (state >>> 13), 0x297a2d39)
    return ((mixed ^ (mixed >>> 16)) >>> 0) / 2 ** 32
  }
  return { next, below: (limit: number) => Math.floor(next() * limit) }
}
export type Random = ReturnType<typeof createRandom>

export type SensorKind = {
  readonly name: string
  readonly kind: "counter" | "gauge"
  /** The part of the node's power that it meters. */
  readonly share: number
  /** Its true gain error, within its limit. */
  readonly gain: number
  readonly stepMillijoules: number
  readonly widthMillijoules: number | null
  /** Its count begins anew when the host does. */
  readonly isVolatile: boolean
  /** It is read at every other sample. */
  readonly isSlow: boolean
}

/** A sensor as it is, and what has happened to it. */
export type Sensor = SensorKind & {
  /** Count at which it began, mJ. */
  baseMillijoules: number
  isPlugged: boolean
  /** Unplugged for good. */
  isLost: boolean
  /** What it shows whatever happens; null where it works. */
  frozen: number | null
  /** Energy that its counter never saw, mJ. */
  missedMillijoules: number
  /** Energy when it stopped counting, mJ; null while it counts. */
  stoppedAt: number | null
  /** Shown once instead of the true value. */
  glitch: number | null
}

/** Everything outside the device: power that flows, sensors, clocks, the host. Time in ms, energy in mJ. */
export class World {
  trueMs = 0
  trueMillijoules = 0
  watts = 300
  wallOffsetMs = 1_800_000_000_000
  runningMs = 0
  /** How fast the host's clocks run. */
  rate = 1
  /** Since the host began, sleep included. */
  uptimeMs = 0
  boot = 1
  isHostAsleep = false
  isSteady = false
  readonly sensors: Sensor[]
  readonly #random: Random
  #wallMs = 0

  constructor(sensors: readonly SensorKind[], random: Random) {
    this.#random = random
    this.sensors = sensors.map((kind) => ({
      ...kind,
      baseMillijoules: 0,
      isPlugged: true,
      isLost: false,
      frozen: null,
      missedMillijoules: 0,
      stoppedAt: null,
      glitch: null,
    }))
  }

  get wallMs(): number {
    return Math.round(this.#wallMs + this.wallOffsetMs)
  }

  /** Lets time pass at the power that flows. */
  pass(ms: number): void {
    this.trueMs += ms
    this.trueMillijoules += this.watts * ms
    this.#wallMs += ms * this.rate
    this.uptimeMs += ms * this.rate
    if (!this.isHostAsleep) this.runningMs += ms * this.rate
  }

  /** Lets time pass while the load changes now and then. */
  passWithLoad(ms: number, everyMs: number): void {
    for (let left = ms; left > 0; left -= everyMs) {
      if (!this.isSteady && this.#random.next() < 0.3) this.watts = this.#random.below(950)
      this.pass(Math.min(left, everyMs))
    }
  }

  get uptime() {
    return { boot: String(this.boot), upMs: this.uptimeMs }
  }

  count(sensor: Sensor): number {
    const seen = (sensor.stoppedAt ?? this.trueMillijoules) - sensor.missedMillijoules
    const count = (seen * sensor.share - sensor.baseMillijoules) * (1 + sensor.gain)
    const stepped = Math.floor(count / sensor.stepMillijoules) * sensor.stepMillijoules
    return sensor.widthMillijoules === null ? stepped : stepped % sensor.widthMillijoules
  }

  /** What a sensor answers now; null where it does not. */
  read(sensor: Sensor): number | null {
    if (!sensor.isPlugged || sensor.isLost) return null
    const { glitch } = sensor
    sensor.glitch = null
    if (glitch !== null) return glitch
    return sensor.frozen ?? this.#value(sensor)
  }

  #value(sensor: Sensor): number {
    if (sensor.kind === "counter") return this.count(sensor)
    return Math.round(this.watts * sensor.share * (1 + sensor.gain) * 1000)
  }

  /** The page of a sensor stays as it is: the sensor goes on behind it. */
  freeze(sensor: Sensor): void {
    sensor.frozen ??= this.#value(sensor)
  }

  thaw(sensor: Sensor): void {
    sensor.frozen = null
  }

  /** The counter stops counting: what flows meanwhile it will never show. */
  stopCounting(sensor: Sensor): void {
    sensor.stoppedAt ??= this.trueMillijoules
  }

  goOnCounting(sensor: Sensor): void {
    if (sensor.stoppedAt === null) return
    sensor.missedMillijoules += this.trueMillijoules - sensor.stoppedAt
    sensor.stoppedAt = null
  }

  /** The host begins anew, and with it what is volatile. */
  reboot(): void {
    this.boot++
    this.runningMs = 0
    this.uptimeMs = 0
    this.isHostAsleep = false
    for (const sensor of this.sensors) {
      if (sensor.isVolatile) this.resetCounter(sensor)
    }
  }

  /** A counter begins anew. */
  resetCounter(sensor: Sensor): void {
    sensor.missedMillijoules = 0
    sensor.stoppedAt = null
    sensor.baseMillijoules = this.trueMillijoules * sensor.share
  }
}
