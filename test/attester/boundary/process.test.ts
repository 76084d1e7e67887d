import assert from "node:assert/strict"
import { mkdtempSync, writeFileSync } from "node:fs"
import { tmpdir } from "node:os"
import { join } from "node:path"
import {
  archivedRuns,
  attest,
  attestLater,
  discard,
  startAttest,
  startMeter,
  type TestMeter,
  until,
} from "@wattest/testkit/attester/program"

type Run = ReturnType<typeof archivedRuns>[number]

const plannedIn = ({ statement }: Run) =>
  statement.context.metering.filter(({ role }) => role === "energy").map(({ sensor }) => sensor)

/** Mean power of a run, W. */
const wattsOf = ({ statement: { registers, startTimeMs, endTimeMs } }: Run) =>
  Number(registers.energyMillijoules) / (endTimeMs - startTimeMs)

describe("a device of two feeds", function () {
  this.timeout(120_000)
  let folder: string
  let home: string
  let config: string
  let a: TestMeter
  let b: TestMeter
  beforeEach(async () => {
    folder = mkdtempSync(join(tmpdir(), "wattest-feeds-"))
    home = join(folder, "device")
    config = join(folder, "agent.json")
    assert.equal(attest("init", "--home", home).status, 0)
    ;[a, b] = [await startMeter(), await startMeter()]
    a.watts = 1665
    b.watts = 590
  })
  afterEach(async () => {
    await b.close()
    await discard({ folder, meter: a })
  })

  const feed = (id: string, { url }: TestMeter, more: object = {}) => ({
    kind: "json",
    id,
    url,
    periodMs: 50,
    timeoutMs: 300,
    covers: "rack",
    time: { at: "/timeMs", format: "unix-ms" },
    values: [{ at: "/power", name: "power", quantity: "power", unit: "W" }],
    ...more,
  })
  const write = (more: object, sources: readonly object[] = [feed("feed-a", a), feed("feed-b", b)]) =>
    writeFileSync(config, JSON.stringify({ boundary: "rack", intervalMs: 100, sources, ...more }))
  const SUM = { energy: { sum: ["feed-a", "feed-b"] }, expect: { feeds: 2 } }

  const serve = () => startAttest(["serve", "--home", home, "--config", config])

  async function meteredFor(ms: number, meanwhile: () => Promise<void> = async () => undefined) {
    const { child, said, exit } = serve()
    await until("it meters", () => said().includes("metering"))
    await new Promise((resolve) => setTimeout(resolve, ms))
    await meanwhile()
    child.kill("SIGTERM")
    assert.equal(await exit, 0, said())
    return { runs: archivedRuns(home), said: said() }
  }

  it("signs what both deliver: 2255 W", async () => {
    // Rated, so that a machine too busy to watch for a moment is no reason to declare.
    write(SUM, [feed("feed-a", a, { ratingWatts: 7360 }), feed("feed-b", b, { ratingWatts: 7360 })])
    const { runs } = await meteredFor(800)
    const [run] = runs
    assert.ok(run)
    assert.deepEqual(plannedIn(run), ["feed-a/power", "feed-b/power"])
    assert.ok(Math.abs(wattsOf(run) - 2255) < 1, `${wattsOf(run)} W`)
    assert.equal(run.statement.energyGrade, "measured")
  })

  it("starts without a silent feed, says so, and closes the run for the next when it answers", async () => {
    b.mode = "dead"
    write(SUM, [feed("feed-a", a), feed("feed-b", b, { ratingWatts: 7360 })])
    // A sensor is blind after 3 s of silence.
    const { runs, said } = await meteredFor(3600, async () => {
      b.mode = "well"
      const answers = b.answers
      await until("it is read again", () => b.answers > answers + 10)
    })
    assert.match(said, /energy: feed-b gives nothing/)
    assert.deepEqual(runs.map(plannedIn), [
      ["feed-a/power", "feed-b/silent"],
      ["feed-a/power", "feed-b/power"],
    ])
    const [first, second] = runs
    assert.ok(first && second)
    const { registers, startTimeMs, endTimeMs, energyGrade } = first.statement
    assert.equal(energyGrade, "declared")
    assert.equal(registers.blindMilliseconds, BigInt(endTimeMs - startTimeMs))
    // What may have flowed in feed B is in the uncertainty: 2·7360/√3 W.
    assert.ok(Number(registers.uncertaintyMillijoules) / (endTimeMs - startTimeMs) > 8400)
    assert.equal(second.statement.startTimeMs, endTimeMs, "runs tile")
    assert.ok(wattsOf(second) > 2100, `${wattsOf(second)} W`)
  })

  it("draws what is metered by what, and what is missing", async () => {
    write(SUM)
    const whole = await attestLater("sources", "check", config)
    assert.equal(whole.status, 0, whole.stdout)
    assert.match(whole.stdout, /^feed-a \(every \d+ ms, took \d+ ms\): \d+ values?$/m)
    assert.match(whole.stdout, /energy of the boundary: 2255\.0 W, parts that add up, 2 of 2 metered/)
    assert.match(whole.stdout, /ten minutes of this: 1353000 J, U \d+ J \(\d+\.\d %\), measured/)
    b.mode = "dead"
    const half = await attestLater("sources", "check", config)
    assert.equal(half.status, 1)
    assert.match(half.stdout, /feed-b\/silent: NOTHING; blind and declared until it answers/)
    assert.match(half.stdout, /MISSING: energy: feed-b gives nothing/)
  })

  for (const [what, more, status, message] of [
    ["two feeds of which nobody says how they belong", {}, 1, /2 sources meter rack/],
    ["a feed that stands nowhere", { energy: "feed-a" }, 1, /feed-b \(590 W\): meters rack too/],
    ["more feeds than are expected", { ...SUM, expect: { feeds: 1 } }, 1, /2 parts answer where "expect" says 1/],
    ["a sum of hosts without the rest", { ...SUM, boundary: "facility" }, 1, /facility is composed of parts/],
    ["a boundary that nothing measures", { boundary: "node" }, 1, /no source measures node/],
    ["a feed that is not there", { energy: { sum: ["feed-a", "feed-c"] } }, 2, /no source is called feed-c/],
    ["a feed twice", { energy: { sum: ["feed-a", "feed-a"] } }, 2, /stands there twice/],
    ["an unknown field", { enrgy: "feed-a" }, 2, /config\.enrgy: is not an option/],
  ] as const)
    it(`refuses ${what} in sources check as in serve, with the same words`, async () => {
      write(more)
      const checking = startAttest(["sources", "check", config])
      const serving = serve()
      assert.deepEqual([await checking.exit, await serving.exit], [status, status], serving.said())
      const refused = ({ said }: typeof serving) =>
        said()
          .split("\n")
          .filter((line) => /error:|hint:|^ {2}/.test(line))
      assert.match(refused(serving).join("\n"), message)
      assert.deepEqual(refused(checking), refused(serving))
      assert.deepEqual(archivedRuns(home), [])
    })
})
