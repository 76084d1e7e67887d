import assert from "node:assert/strict"
import { writeFileSync } from "node:fs"
import { join } from "node:path"
import {
  archivedRuns,
  createMeteredDevice,
  discard,
  type HostOptions,
  METER_WATTS,
  type Process,
  startAttest,
  type TestMeter,
  until,
  writeConfig,
} from "@wattest/testkit/attester/program"

export type Runs = ReturnType<typeof archivedRuns>

/** A registry that signatures are meant for. */
export const REGISTRY = `0x${"11".repeat(20)}` as const
const SHIFTED_CLOCK = join(import.meta.dirname, "shifted-clock.ts")

export const TARGET = ["--chain", "31337", "--registry", REGISTRY]

/** By how much a host's clocks are off: the wall's, and the one that counts on while the host sleeps. */
type Shift = { readonly wallMs: number; readonly upMs: number }

/** A device with its meter, and what is done to its process. */
export class World {
  folder = ""
  home = ""
  config = ""
  #shift: Shift = { wallMs: 0, upMs: 0 }
  #meter: TestMeter | undefined

  get meter(): TestMeter {
    assert.ok(this.#meter)
    return this.#meter
  }

  async make(): Promise<void> {
    const { folder, home, meter, config } = await createMeteredDevice()
    this.#meter = meter
    Object.assign(this, { folder, home, config })
  }

  discard(): Promise<void> {
    return discard(this)
  }

  /** Writes a configuration that reads the meter; see {@link writeConfig}. */
  configure(...more: Parameters<typeof writeConfig> extends [string, TestMeter, ...infer R] ? R : never): string {
    return writeConfig(this.config, this.meter, ...more)
  }

  serve(host: HostOptions = {}): Process {
    return startAttest(["serve", "--home", this.home, "--config", this.config], host)
  }

  /** Serves, unless it does already, and meters when this resolves. */
  metering(serving = this.serve()): Promise<Process> {
    return this.#untilMetering(serving)
  }

  /** Serves on a host whose clocks are off; `leap` changes them from then on. */
  serveOnHost(shift: Shift): Process {
    this.#setClocks(shift)
    return this.serve({ nodeOptions: ["--import", SHIFTED_CLOCK], env: { TEST_CLOCK: this.#clockPath } })
  }

  meteringOnHost(shift: Shift): Promise<Process> {
    return this.#untilMetering(this.serveOnHost(shift))
  }

  async #untilMetering(serving: Process): Promise<Process> {
    await until("it meters or ends", () => serving.said().includes("metering") || serving.child.exitCode !== null)
    assert.equal(serving.child.exitCode, null, serving.said())
    return serving
  }

  /** Meters a command. */
  run(command: readonly string[], ...flags: string[]): Process {
    return startAttest(["run", "--home", this.home, "--config", this.config, ...flags, "--", ...command])
  }

  runScript(script: string, ...flags: string[]): Process {
    return this.run([process.execPath, "-e", script], ...flags)
  }

  async stop({ child, exit, said }: Process): Promise<void> {
    child.kill("SIGTERM")
    assert.equal(await exit, 0, said())
  }

  async kill({ child, exit }: Process): Promise<void> {
    child.kill("SIGKILL")
    await exit
  }

  /** The host's clocks of a running process leap by so much. */
  leap({ child }: Process, { wallMs, upMs }: Shift): void {
    this.#setClocks({ wallMs: this.#shift.wallMs + wallMs, upMs: this.#shift.upMs + upMs })
    child.kill("SIGUSR2")
  }

  get #clockPath(): string {
    return join(this.folder, "clock.json")
  }

  #setClocks(shift: Shift): void {
    this.#shift = shift
    writeFileSync(this.#clockPath, JSON.stringify(shift))
  }

  runs(): Runs {
    return archivedRuns(this.home)
  }
}

/** A new device with its meter for each test of a suite. */
export function meteredDevice(): World {
  const world = new World()
  beforeEach(() => world.make())
  afterEach(() => world.discard())
  return world
}

/**
 * Stories that mostly wait, told side by side in worlds of their own from the suite's first test on: each test looks at
 * what became of one.
 */
export function sideBySide<const S extends { readonly [name: string]: (world: World) => Promise<unknown> }>(
  stories: S,
): <N extends keyof S>(name: N) => ReturnType<S[N]> {
  const told = new Map<keyof S, Promise<unknown>>()
  before(() => {
    for (const [name, story] of Object.entries(stories)) {
      const world = new World()
      const end = world.make().then(() => story(world))
      // The test that looks at it hears of a failure.
      end.catch(() => undefined).finally(() => world.discard())
      told.set(name, end)
    }
  })
  after(() => Promise.allSettled(told.values()))
  return (name) => told.get(name) as ReturnType<S[typeof name]>
}

/** What the runs say: energy and uncertainty in J, blind time in ms. */
export const sums = (runs: Runs) =>
  runs.reduce(
    (sum, { statement: { registers: r } }) => ({
      joules: sum.joules + Number(r.energyMillijoules) / 1000,
      uncertainty: sum.uncertainty + Number(r.uncertaintyMillijoules) / 1000,
      blindMs: sum.blindMs + Number(r.blindMilliseconds),
    }),
    { joules: 0, uncertainty: 0, blindMs: 0 },
  )

export const spanMs = (runs: Runs): number =>
  (runs.at(-1)?.statement.endTimeMs ?? 0) - (runs[0]?.statement.startTimeMs ?? 0)

/** Each run begins where the one before it ended, and lifetime is the sum; a break is where it is said to be. */
export function assertTiled(runs: Runs, broken: readonly number[] = []): void {
  let lifetime = 0n
  for (const [i, { statement }] of runs.entries()) {
    const before = runs[i - 1]?.statement
    assert.equal(statement.broken, broken.includes(i), `run ${i}: broken`)
    if (statement.broken) lifetime = 0n
    else if (before !== undefined) assert.equal(statement.startTimeMs, before.endTimeMs, `run ${i}: start`)
    lifetime += statement.registers.energyMillijoules
    assert.equal(statement.lifetimeMillijoules, lifetime, `run ${i}: lifetime`)
  }
}

/** All that flowed between the first run's start and the last one's end, by the exact counter. */
export function assertCounted(runs: Runs): void {
  const missing = spanMs(runs) * METER_WATTS - sums(runs).joules * 1000
  // A new process goes on by the host's uptime, which counts in hundredths of a second.
  const slack = runs.length * METER_WATTS * 10
  assert.ok(Math.abs(missing) <= slack, `${missing} mJ missing`)
}
