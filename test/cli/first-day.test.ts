import assert from "node:assert/strict"
import { mkdtempSync, readFileSync, rmSync } from "node:fs"
import { tmpdir } from "node:os"
import { join } from "node:path"
import { startMeter, type TestMeter, writeConfig } from "@wattest/testkit/attester/program"
import { accountOf } from "@wattest/testkit/local/accounts"
import { type Anvil, startAnvil } from "@wattest/testkit/local/anvil"
import { freePort, type Outcome, run, start, stop, until } from "@wattest/testkit/local/processes"
import type { Hex } from "viem"

const MAIN = join(import.meta.dirname, "../../cli/src/main.ts")
const MOST_COMMANDS = 6
const MOST_VALUES = 4

/** Words that are no names of commands, options or programs to meter: what a person had to know or to paste. */
function valuesIn(line: readonly string[], names: readonly string[]): readonly string[] {
  const own = line.includes("--") ? line.slice(0, line.indexOf("--")) : line
  return own.filter((word) => !word.startsWith("--") && !names.includes(word))
}

describe("a fresh machine", function () {
  this.timeout(180_000)
  const folder = mkdtempSync(join(tmpdir(), "wattest-first-day-"))
  const typed: (readonly string[])[] = []
  let chain: Anvil
  let meter: TestMeter
  let registry: Hex
  let env: Record<string, string>

  /** Types a line of `wattest` in the machine's folder. */
  const type = async (...line: string[]): Promise<Outcome> => {
    typed.push(line)
    return run([process.execPath, MAIN, ...line], { env, cwd: folder })
  }
  const done = async (...line: string[]) => {
    const outcome = await type(...line)
    assert.equal(outcome.exit, 0, `wattest ${line.join(" ")}\n${outcome.stderr}${outcome.stdout}`)
    return outcome
  }

  before(async () => {
    chain = await startAnvil({ mining: 1 })
    meter = await startMeter()
    writeConfig(join(folder, "agent.json"), meter, {}, "energy", { plate: { serial: "PM-1", channel: "wired" } })
    // Tests share a machine: a port of its own in place of the default one.
    const port = `${await freePort()}`
    env = { WATTEST_RELAY_PORT: port, WATTEST_RELAYER: `http://127.0.0.1:${port}`, WATTEST_RELAY_POLL_MS: "200" }
  })
  after(async () => {
    await meter.close()
    await chain.stop()
    rmSync(folder, { recursive: true, force: true })
  })

  it("is at most six commands and four typed values away from a certificate", async () => {
    const made = await done("init", "--rpc", chain.url)
    assert.match(made.stderr, /^next: wattest deploy\n$/)

    const deployed = await done("deploy")
    assert.match(deployed.stderr, /next: wattest enrol --config FILE\n$/)
    assert.doesNotMatch(deployed.stderr, /calls nothing final/)
    registry = JSON.parse(readFileSync(join(folder, "wattest.json"), "utf8")).registry
    assert.match(deployed.stdout, new RegExp(`^registry +${registry}$`, "m"))

    const enrolled = await done("enrol", "--config", "agent.json", "--yes")
    assert.match(enrolled.stdout, /^state +active$/m)
    assert.match(enrolled.stderr, /next: wattest device run/)

    typed.push(["relay", "serve"])
    const relayer = start([process.execPath, MAIN, "relay", "serve"], () => {}, { env, cwd: folder })
    try {
      const answers = async () => ((await fetch(`${env.WATTEST_RELAYER}/ready`)).ok ? true : null)
      await until("the start of the relayer", answers)

      const metered = await done(
        ...["device", "run", "--config", "agent.json"],
        ...["--", process.execPath, "-e", "setTimeout(() => {}, 1500)"],
      )
      assert.match(metered.stderr, /^energy +\d{3,4}\.\d{3} J/m)
      assert.match(metered.stderr, /next: wattest prove certificate/)

      const proved = await done("prove", "certificate", "--wait", "2min")
      assert.match(proved.stdout, /^document +run-1\.certificate\.json$/m)
      assert.match(proved.stderr, /next: wattest verify run-1\.certificate\.json --policy/)
      // The same, with the vouch document beside it: nobody needs that on a first day.
      const whole = ["--runs", "1", "--vouch", "device/vouch.json", "--out", "whole.certificate.json"]
      await done("prove", "certificate", ...whole)
      typed.pop()
    } finally {
      await stop(relayer)
    }
    const commands = typed.length
    const names = ["init", "deploy", "enrol", "relay", "serve", "device", "run", "prove", "certificate"]
    const values = typed.flatMap((line) => valuesIn(line, names))
    assert.ok(commands <= MOST_COMMANDS, `${commands} commands`)
    assert.deepEqual(values, [chain.url, "agent.json", "agent.json", "2min"])
    assert.ok(values.length <= MOST_VALUES)
  })

  it("shows on one screen what it has, and lists its runs", async () => {
    const { stdout, stderr } = await done("status")
    for (const line of [
      /^profile +\/.*wattest\.json$/m,
      /^chain +31337, served by http:\/\/127\.0\.0\.1:\d+$/m,
      /^claims +0x[0-9a-f]{40}$/m,
      /^relayer +http:\/\/127\.0\.0\.1:\d+ does not answer: nothing listens there$/m,
      /^enrolment +active$/m,
      /^runs +0 open, [01] spooled, [23] anchored, 0 void$/m,
      /^certified +1$/m,
    ])
      assert.match(stdout, line)
    assert.match(stderr, /^next: wattest /)
    const listed = JSON.parse((await done("device", "ls", "--json")).stdout)
    assert.deepEqual(
      listed.map(({ run, model }: { run: string; model: string }) => [run, model]),
      [
        ["0", ""],
        ["1", ""],
        ["2", ""],
      ],
    )
    assert.match((await done("device", "ls")).stdout, /^RUN +JOB +MODEL +ENERGY +STATE\n0 +- +- +\d+\.\d{3} J +\w+\n/)
  })

  it("has made a document that holds for whoever believes the registry and the voucher", async () => {
    const { operator } = JSON.parse(readFileSync(join(folder, "wattest.json"), "utf8"))
    const place = ["--chain", "31337", "--registry", registry, "--rpc", chain.url]
    await done("verify", "policy", "init", ...place, "--voucher", operator, "--output", "policy.json")
    const judged = await type("verify", "run-1.certificate.json", "--policy", "policy.json")
    assert.equal(judged.exit, 0, judged.stdout + judged.stderr)
    assert.match(judged.stdout, /^VALID/)
    const shown = await type("verify", "whole.certificate.json", "--policy", "policy.json")
    assert.equal(shown.exit, 0, shown.stdout + shown.stderr)
    assert.match(shown.stdout, /inventory/i)
    const [run] = JSON.parse(readFileSync(join(folder, "whole.certificate.json"), "utf8")).runs
    assert.ok(run.statement.fed.includes("inventory"))
    const stranger = `0x${"11".repeat(20)}`
    await done("verify", "policy", "init", ...place, "--voucher", stranger, "--output", "other.json")
    assert.notEqual((await type("verify", "run-1.certificate.json", "--policy", "other.json")).exit, 0)
  })

  it("refuses to begin twice", async () => {
    const again = await type("init", "--rpc", chain.url)
    assert.equal(again.exit, 2)
    assert.match(again.stderr, /^error: .*wattest\.json is there already\n/)
  })

  it("hears at once of a local chain that stands still and calls nothing final", async () => {
    const still = await startAnvil({ mining: "each" })
    try {
      const key = `${still.url}#${accountOf(0).address}`
      const words = [
        "deploy",
        "--rpc",
        still.url,
        "--key",
        key,
        "--anchors-alone",
        "--record",
        join(folder, "still.json"),
      ]
      const { exit, stderr } = await run([process.execPath, MAIN, ...words], { cwd: tmpdir() })
      assert.equal(exit, 0, stderr)
      assert.match(stderr, /^this local chain calls nothing final: .*docs\/commands\.md/m)
    } finally {
      await still.stop()
    }
  })
})
