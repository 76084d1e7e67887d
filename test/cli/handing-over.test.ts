import assert from "node:assert/strict"
import { spawnSync } from "node:child_process"
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs"
import { tmpdir } from "node:os"
import { join, resolve } from "node:path"
import { accountOf } from "@wattest/testkit/local/accounts"
import { type Anvil, startAnvil } from "@wattest/testkit/local/anvil"
import { deployAnchors, deployerOn } from "@wattest/testkit/local/contracts"

const MAIN = resolve("cli/src/main.ts")
const EVIDENCE = `0x${"12".repeat(32)}`
const TERMS = ["--boundary", "gpu", "--evidence", EVIDENCE]
const [OPERATOR, VOUCHER] = [accountOf(1).address, accountOf(2).address]

describe("what one command prints, the next takes", function () {
  this.timeout(180_000)
  const folder = mkdtempSync(join(tmpdir(), "wattest-hand-"))
  let chain: Anvil
  let env: NodeJS.ProcessEnv

  const wattest = (line: readonly string[], input = "", more: NodeJS.ProcessEnv = {}) => {
    const options = { encoding: "utf8", input, cwd: folder, env: { ...env, ...more } } as const
    const { status, stdout, stderr } = spawnSync(process.execPath, [MAIN, ...line], options)
    return { status, stdout, stderr }
  }
  const done = (...given: Parameters<typeof wattest>) => {
    const { status, stdout, stderr } = wattest(...given)
    assert.equal(status, 0, `${given[0].join(" ")}\n${stderr}`)
    return { stdout, stderr }
  }
  const keyOf = (account: string) => ({ WATTEST_KEY: `${chain.url}#${account}` })

  before(async () => {
    chain = await startAnvil({ mining: "each" })
    const registry = await deployAnchors(deployerOn(chain))
    const accounts = { WATTEST_OPERATOR: OPERATOR, WATTEST_VOUCHER: VOUCHER }
    const place = { WATTEST_RPC: chain.url, WATTEST_CHAIN: "31337", WATTEST_REGISTRY: registry }
    env = { PATH: process.env.PATH, ...accounts, ...place }
  })
  after(async () => {
    await chain.stop()
    rmSync(folder, { recursive: true, force: true })
  })

  /** A device that the voucher gave its word for. */
  function vouchedDevice(name: string): string {
    const { device } = JSON.parse(done(["device", "init", "--home", name, "--json"]).stdout)
    done(["registry", "vouch", device, OPERATOR, EVIDENCE, "--yes"], "", keyOf(VOUCHER))
    return device
  }

  const stateOf = (device: string) => JSON.parse(done(["registry", "show", device, "--json"]).stdout).state

  for (const [how, flags] of [
    ["people", []],
    ["machines", ["--json"]],
  ] as const) {
    it(`an enrolment for ${how}, from a file and from standard input`, () => {
      const device = vouchedDevice(`file-${how}`)
      const { stdout, stderr } = done(["device", "enrol", "--home", `file-${how}`, ...TERMS, ...flags])
      // As copied from a terminal, the words around it included.
      writeFileSync(join(folder, "enrolment.json"), `$ wattest device enrol\n${stderr}${stdout}${stderr}$\n`)
      done(["registry", "enrol", "enrolment.json", "--yes"], "", keyOf(OPERATOR))
      assert.equal(stateOf(device), "active")

      const other = vouchedDevice(`pipe-${how}`)
      const piped = done(["device", "enrol", "--home", `pipe-${how}`, ...TERMS, ...flags]).stdout
      done(["registry", "enrol", "-", "--yes"], piped, keyOf(OPERATOR))
      assert.equal(stateOf(other), "active")
    })

    it(`a retirement for ${how}, and a submission`, () => {
      const home = `file-${how}`
      const { device } = JSON.parse(
        readFileSync(join(folder, "enrolment.json"), "utf8").match(/\{[\s\S]*\}/)?.[0] ?? "{}",
      )
      const trace = resolve("samples/h100-simulated.csv")
      done(["device", "replay", trace, "--home", home, "--utc-offset", "Z", "--interval", "60s", ...flags])
      const submission = done(["device", "submit", "--home", home, ...flags]).stdout
      // Nobody listens: the submission was understood, and would have been handed over.
      const unheard = wattest(["relay", "submit", "-", "--relayer", "http://127.0.0.1:9"], submission)
      assert.equal(unheard.status, 3, unheard.stderr)
      const retired = done(["device", "retire", "--home", home, ...flags]).stdout
      done(["registry", "retire", "-", "--yes"], retired, keyOf(VOUCHER))
      // its one run is not anchored yet
      assert.equal(stateOf(device), "retiring")
    })
  }

  it("nothing that was cut off on the way", () => {
    vouchedDevice("cut")
    const { stdout } = done(["device", "enrol", "--home", "cut", ...TERMS])
    for (const [input, message] of [
      [stdout.slice(0, -40), /^error: standard input is (?:no whole JSON|not an enrolment)/],
      ["", /^error: standard input is empty, not an enrolment/],
      [stdout.replace(/"signature": "0x../, '"signature": "0x'), /^error: .*signature is not 64 bytes in hexadecimal/],
    ] as const) {
      const { status, stderr } = wattest(["registry", "enrol", "-", "--yes"], input, keyOf(OPERATOR))
      assert.equal(status, 2, stderr)
      assert.match(stderr, message)
    }
  })
})
