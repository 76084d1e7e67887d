import assert from "node:assert/strict"
import {
  type archivedRuns,
  createMeteredDevice,
  discard,
  type Process,
  startAttest,
  type TestMeter,
  until,
} from "@wattest/testkit/attester/program"

export type Runs = ReturnType<typeof archivedRuns>

/** A new device with its meter for each test of a suite, and what is done to its process. */
export function meteredDevice() {
  const world = {
    folder: "",
    home: "",
    config: "",
    get meter(): TestMeter {
      assert.ok(meter)
      return meter
    },
    serve: (): Process => startAttest(["serve", "--home", world.home, "--config", world.config]),
    metering: ({ said }: Process) => until("it meters", () => said().includes("metering")),
    async stop({ child, exit, said }: Process): Promise<void> {
      child.kill("SIGTERM")
      assert.equal(await exit, 0, said())
    },
  }
  let meter: TestMeter | undefined
  beforeEach(async () => {
    const made = await createMeteredDevice()
    meter = made.meter
    Object.assign(world, { folder: made.folder, home: made.home, config: made.config })
  })
  afterEach(() => discard({ folder: world.folder, meter: world.meter }))
  return world
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
