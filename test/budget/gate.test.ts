import assert from "node:assert/strict"
import { readFileSync, rmSync } from "node:fs"
import { type Stage, stage } from "./scene.ts"

/** Millijoules as joules, exactly. */
const joules = (millijoules: bigint) => `${millijoules / 1000n}.${String(millijoules % 1000n).padStart(3, "0")} J`

const DAY_MS = 86_400_000

describe("the operator's gate", function () {
  this.timeout(120_000)
  let set: Stage
  let [lower, upper] = [0n, 0n]

  before(() => {
    set = stage({
      plain: {},
      strong: { device: "strong", power: 2, accepted: 0.8, intensity: 400, runs: 2 },
      rack: { device: "rack", boundary: "rack" },
      images: { device: "images", unit: "image" },
      later: { device: "later", model: "other", offsetMs: 15 * DAY_MS },
    })
    const { energyMillijoules, uncertaintyMillijoules } = set.certificate("plain").runs[0]?.statement.registers ?? {
      energyMillijoules: 0n,
      uncertaintyMillijoules: 0n,
    }
    ;[lower, upper] = [energyMillijoules - uncertaintyMillijoules, energyMillijoules + uncertaintyMillijoules]
    assert.ok(lower > 0n && upper > lower)
  })
  after(() => set.close())

  const budget = (limits: readonly string[], more = "    period: month\n") =>
    set.write(
      "b.yaml",
      `version: 1\nbudgets:\n  - name: chat\n${more}    limits: [${limits.map((limit) => `"${limit}"`).join(", ")}]\n`,
    )
  const gate = (...args: string[]) => set.say("gate", ...args, "--policy", "policy.json", "--offline")
  const gated = async (limits: readonly string[], paths = ["plain.json"], more?: string) => {
    budget(limits, more)
    const { exit: status, stdout, stderr } = await gate(...paths, "--budget", "b.yaml", "--json")
    const [line] = JSON.parse(stdout).budgets[0].lines
    return { status, standing: line.standing, stderr, ...JSON.parse(stdout) }
  }

  it("fails only where the lower end passes the budget, and warns where the upper does", async () => {
    const rows = [
      [lower - 1n, 1, "over"],
      [lower, 0, "warning"],
      [lower + 1n, 0, "warning"],
      [upper - 1n, 0, "warning"],
      [upper, 0, "within"],
      [upper + 1n, 0, "within"],
    ] as const
    for (const [bound, exit, standing] of rows) {
      const found = await gated([`energy <= ${joules(bound)}`])
      assert.deepEqual([found.status, found.standing], [exit, standing], joules(bound))
      assert.equal(/^warning: chat: energy/m.test(found.stderr), standing === "warning")
    }
  })

  it("does the same for a unit of work, whose name the budget says", async () => {
    // 4500 tokens: the bound in µJ for 4500 of them is the energy in µJ.
    const per = (millijoules: bigint) => `energy-per-work <= ${millijoules} mJ/token`
    assert.equal((await gated([per(lower / 4500n)])).standing, "over")
    assert.equal((await gated([per(lower / 4500n + 1n)])).standing, "warning")
    assert.equal((await gated([per(upper / 4500n)])).standing, "warning")
    assert.equal((await gated([per(upper / 4500n + 1n)])).standing, "within")
    const other = await gated(["energy-per-work <= 3 J/query"])
    assert.deepEqual([other.status, other.standing], [3, "unknown"])
    assert.match(other.budgets[0].lines[0].why, /counted in token/)
  })

  it("takes the lower end of what some runs feed, and knows no upper one", async () => {
    const [plain, strong] = ["plain.json", "strong.json"]
    const grams = set.certificate("strong").runs.map(({ statement }) => statement.registers.carbonMilligrams)
    const spent = grams.reduce((sum, own) => sum + own, 0n)
    assert.ok(spent > 0n)
    const said = async (paths: string[], milligrams: bigint) => {
      const found = await gated([`carbon <= ${milligrams} mg`], paths)
      return [found.status, found.standing]
    }
    assert.deepEqual(await said([strong], spent), [0, "within"])
    assert.deepEqual(await said([strong], spent - 1n), [1, "over"])
    assert.deepEqual(await said([plain, strong], spent - 1n), [1, "over"], "certain whatever the other run emitted")
    assert.deepEqual(await said([plain, strong], spent), [3, "unknown"])
    assert.deepEqual(await said([plain], spent), [3, "unknown"], "no factor was read: a zero says nothing")
    const [line] = (await gated(["carbon <= 1 kg"], [plain])).budgets[0].lines
    assert.deepEqual([line.lower, line.upper, line.used], [null, null, null])
    const some = await gated(["energy-per-accepted <= 1 kJ/token"], [plain, strong])
    assert.deepEqual([some.status, some.standing], [3, "unknown"])
    assert.equal((await gated(["energy-per-accepted <= 1 kJ/token"], [strong])).standing, "within")
  })

  it("adds no energies of different boundaries, and no numbers for different units", async () => {
    const why = async (limit: string, ...paths: string[]) => {
      const found = await gated([limit], paths)
      return [found.status, found.standing, found.budgets[0].lines[0].why]
    }
    const boundaries = "the runs are metered at node and rack: select one boundary"
    assert.deepEqual(await why("energy <= 1 J", "plain.json", "rack.json"), [3, "unknown", boundaries])
    const units = "the runs count image and token: select one unit"
    const limit = "energy-per-work <= 1 kJ/token"
    assert.deepEqual(await why(limit, "plain.json", "images.json"), [3, "unknown", units])
    assert.deepEqual(await why("energy <= 1 kWh", "plain.json", "images.json"), [0, "within", null])
    assert.deepEqual(await why(limit, "plain.json"), [0, "within", null])
  })

  it("looks at the period of the last run, or at that of a time", async () => {
    const paths = ["plain.json", "strong.json", "later.json"]
    budget(["energy <= 1 MWh"])
    const of = async (...args: string[]) => {
      const { budgets } = JSON.parse((await gate(...paths, "--budget", "b.yaml", "--json", ...args)).stdout)
      return [budgets[0].period.name, budgets[0].runs]
    }
    assert.deepEqual(await of(), ["2026-10", 1])
    assert.deepEqual(await of("--at", "2026-09-01"), ["2026-09", 3])
    assert.deepEqual(await of("--at", "2026-08-31T23:59:59Z"), ["2026-08", 0])
    assert.equal((await gate(...paths, "--budget", "b.yaml", "--at", "2026-08-01")).exit, 3, "no run: nothing is known")
  })

  it("selects runs by their labels", async () => {
    const paths = ["plain.json", "strong.json", "later.json"]
    const of = (select: string) => gated(["energy <= 1 MWh"], paths, `    period: year\n    select: {${select}}\n`)
    assert.equal((await of("model: other")).budgets[0].runs, 1)
    assert.equal((await of("model: llama-3-8b, unit: token, workload: inference, job: job-1")).budgets[0].runs, 3)
    assert.equal((await of("site: Halle 3, zone: DE, boundary: node, party: ''")).budgets[0].runs, 4)
    for (const label of ["model", "unit", "site", "zone", "party", "workload", "job"]) {
      const none = await of(`${label}: nobody`)
      assert.deepEqual([none.status, none.budgets[0].runs], [3, 0], label)
    }
    assert.deepEqual((await of("boundary: gpu")).budgets[0].runs, 0)
  })

  it("lets only valid documents enter, says which do not, and never passes in silence", async () => {
    const forged = readFileSync(set.at("strong.json"), "utf8").replace('"zone":"DE"', '"zone":"SE"')
    set.write("forged.json", forged)
    const found = await gated(["energy <= 1 MWh"], ["plain.json", "forged.json"])
    assert.deepEqual([found.status, found.standing, found.valid], [3, "within", 1])
    assert.match(found.budgets[0].missing[0], /forged\.json does not enter: it is invalid, /)
    const allowed = await gate("plain.json", "forged.json", "--budget", "b.yaml", "--allow-missing")
    assert.equal(allowed.exit, 0)
    assert.match(allowed.stdout, /missing: .*forged\.json/)
    assert.equal((await gated([`energy <= ${joules(lower - 1n)}`], ["plain.json", "forged.json"])).status, 1)
    rmSync(set.at("forged.json"))
  })

  it("counts a run once, however many documents show it", async () => {
    set.write("again.json", readFileSync(set.at("plain.json")))
    assert.equal((await gated([`energy <= ${joules(upper)}`], ["plain.json", "again.json"])).standing, "within")
    rmSync(set.at("again.json"))
  })

  it("shows the trend over the last certificates, and a suite for pipelines", async () => {
    budget(["energy-per-work <= 3 kWh/Mtoken", "energy <= 1 J"], "    period: year\n    trend: 2\n")
    const paths = ["plain.json", "strong.json", "later.json"]
    const { exit: status, stdout } = await gate(...paths, "--budget", "b.yaml", "--junit", "j.xml")
    assert.equal(status, 1)
    assert.match(stdout, /█▁ {2}energy-per-work <= 3 kWh\/Mtoken, last 2: first .* last .*: lower/)
    const suite = readFileSync(set.at("j.xml"), "utf8")
    assert.match(suite, /<testsuite name="wattest gate" tests="3" failures="1" errors="0">/)
    assert.match(suite, /<testcase classname="wattest\.budget\.chat" name="energy &lt;= 1 J"><failure type="over"/)
    set.write("cut.json", readFileSync(set.at("plain.json")).subarray(0, -9))
    const errors = async (...args: string[]) => {
      await gate("plain.json", "cut.json", "--budget", "b.yaml", "--junit", "j.xml", ...args)
      return /errors="(\d+)"/.exec(readFileSync(set.at("j.xml"), "utf8"))?.[1]
    }
    assert.deepEqual([await errors(), await errors("--allow-missing")], ["1", "0"])
    rmSync(set.at("cut.json"))
  })

  it("writes joules for a unit with both ends as Prometheus reads it", async () => {
    const { exit: status } = await gate("plain.json", "strong.json", "--prometheus", "wattest.prom")
    assert.equal(status, 0, "no budget is needed for it")
    const page = readFileSync(set.at("wattest.prom"), "utf8")
    const value = (name: string) => Number(new RegExp(`^${name}\\{.*\\} (.*)$`, "m").exec(page)?.[1])
    const labels = 'model="llama-3-8b",unit="token",site="Halle 3",party="",boundary="node"'
    assert.ok(page.includes(`wattest_energy_per_unit_joules_lower{${labels}} `))
    assert.ok(value("wattest_energy_per_unit_joules_lower") < value("wattest_energy_per_unit_joules_upper"))
    assert.match(page, /^wattest_documents_valid 2$/m)
    const ends = set.certificate("strong").runs.map(({ statement }) => statement.endTimeMs / 1000)
    assert.equal(value("wattest_last_run_end_seconds"), Math.max(...ends))
    // Every sample has its type, and every line the form of the text exposition.
    for (const line of page.trimEnd().split("\n"))
      assert.match(line, /^(?:# (?:HELP|TYPE) |[a-z_]+(?:\{.*\})? [0-9.e+-]+$)/)
  })

  it("refuses what cannot be carried out, and says what to do", async () => {
    budget(["energy <= 1 J"])
    const refusals: readonly (readonly [RegExp, ...string[]])[] = [
      [/no document was named/],
      [/there is no wattest\.budget\.yaml here/, "plain.json"],
      [/--incumbent of which candidate/, "plain.json", "--incumbent", "strong.json"],
      [/--promote judges its own documents/, "plain.json", "--promote", "strong.json"],
      [/--junit says nothing of a promotion/, "--promote", "strong.json", "--junit", "x"],
      [/nothing decides this promotion/, "--promote", "plain.json", "--budget", "b.yaml"],
    ]
    for (const [message, ...args] of refusals) {
      const { exit: status, stderr } = await gate(...args)
      assert.equal(status, 2, args.join(" "))
      assert.match(stderr, message)
      assert.match(stderr, /\nhint: ./)
    }
  })
})
