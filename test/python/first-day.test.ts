import assert from "node:assert/strict"
import { globSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs"
import { tmpdir } from "node:os"
import { join } from "node:path"
import { startMeter, type TestMeter, writeConfig } from "@wattest/testkit/attester/program"
import { type Anvil, startAnvil } from "@wattest/testkit/local/anvil"
import { freePort, run, start, stop, until } from "@wattest/testkit/local/processes"
import { skip } from "@wattest/testkit/skip"
import { findEnvironment, MISSING, ROOT } from "./python.ts"

const MAIN = join(ROOT, "cli/src/main.ts")
const PAGE = readFileSync(join(ROOT, "docs/python.md"), "utf8")

/** The block of the page that a new user copies into this file. */
function scriptOf(name: string): string {
  const [, script] = new RegExp(`\`${name}\`:\\n\\n\`\`\`python\\n([\\s\\S]*?)\`\`\``).exec(PAGE) ?? []
  assert.ok(script, `docs/python.md has no ${name}`)
  return script
}

describe("a machine with Python and Node", function () {
  this.timeout(180_000)
  const python = findEnvironment()
  const folder = mkdtempSync(join(tmpdir(), "wattest-python-first-day-"))
  let chain: Anvil
  let meter: TestMeter
  let env: Record<string, string>

  before(async () => {
    if (python === undefined) return
    chain = await startAnvil({ mining: 1 })
    meter = await startMeter()
    writeConfig(join(folder, "agent.json"), meter, { port: 0 })
    const port = `${await freePort()}`
    const command = `${process.execPath} ${MAIN}`
    env = {
      ...{ WATTEST_RELAY_PORT: port, WATTEST_RELAYER: `http://127.0.0.1:${port}`, WATTEST_RELAY_POLL_MS: "200" },
      ...{ WATTEST_PROVE: `${command} prove`, WATTEST_VERIFY: `${command} verify`, MLFLOW_ALLOW_FILE_STORE: "true" },
      ...{ MLFLOW_TRACKING_URI: `file://${folder}/mlruns`, MLFLOW_DISABLE_TELEMETRY: "true", XDG_STATE_HOME: folder },
    }
  })
  after(async () => {
    await meter?.close()
    await chain?.stop()
    rmSync(folder, { recursive: true, force: true })
  })

  const wattest = async (...line: string[]) => {
    const outcome = await run([process.execPath, MAIN, ...line], { env, cwd: folder })
    assert.equal(outcome.exit, 0, `wattest ${line.join(" ")}\n${outcome.stderr}${outcome.stdout}`)
    return outcome
  }

  it(`has a certificate and an MLflow page after five lines in a script (${python ?? MISSING})`, async function () {
    if (python === undefined) return skip(this, MISSING)
    const script = scriptOf("train.py")
    assert.ok(script.split("\n").filter((line) => /wattest|run/.test(line)).length <= 5, script)
    writeFileSync(join(folder, "train.py"), script)
    writeFileSync(join(folder, "gate.py"), scriptOf("gate.py"))

    await wattest("init", "--rpc", chain.url)
    await wattest("deploy")
    await wattest("enrol", "--boundary", "node", "--yes")
    const relayer = start([process.execPath, MAIN, "relay", "serve"], () => {}, { env, cwd: folder })
    let said = ""
    const agent = start(
      [process.execPath, MAIN, "device", "serve", "--config", "agent.json"],
      (text) => {
        said += text
      },
      { env, cwd: folder },
    )
    try {
      await until("the start of the relayer", async () =>
        (await fetch(`${env.WATTEST_RELAYER}/ready`)).ok ? true : null,
      )
      await until("the agent meters", async () => (/endpoint/.test(said) ? true : null))
      const own = { env, cwd: folder }
      const trained = await run([python, "train.py"], own)
      assert.equal(trained.exit, 0, trained.stderr + trained.stdout)

      const page = (path: string) => globSync(`mlruns/*/*/${path}`, { cwd: folder })
      assert.equal(page("artifacts/wattest/certificate.json").length, 1)
      assert.equal(page("metrics/wattest.joules_per_unit").length, 1)
      const [steps = ""] = page("metrics/wattest.step_joules")
      assert.equal(readFileSync(join(folder, steps), "utf8").trimEnd().split("\n").length, 5)
      const [model = ""] = page("tags/wattest.model")
      assert.equal(readFileSync(join(folder, model), "utf8"), "llama3-8b")

      const { registry, operator } = JSON.parse(readFileSync(join(folder, "wattest.json"), "utf8"))
      const place = ["--chain", "31337", "--registry", registry, "--rpc", chain.url]
      await wattest("verify", "policy", "init", ...place, "--voucher", operator, "--output", "policy.json")
      const gated = await run([python, "gate.py"], own)
      assert.equal(gated.exit, 0, gated.stderr + gated.stdout)
      assert.match(gated.stdout, /^valid, says wattest verify$/m)
    } finally {
      await stop(agent)
      await stop(relayer)
    }
  })
})
