import assert from "node:assert/strict"
import { type ChildProcess, execFile, spawn } from "node:child_process"
import { once } from "node:events"
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs"
import { tmpdir } from "node:os"
import { join } from "node:path"
import { promisify } from "node:util"
import { accuracy } from "../../../../attester/src/sources/accuracy.ts"
import { createSource } from "../../../../attester/src/sources/create.ts"
import { parsePowerReading } from "../../../../attester/src/sources/node/ipmi.ts"
import { buildShared, freeUdpPort, only, readOnce, rejectsWith, requireAll } from "../bench.ts"

const HEADER = "/usr/include/OpenIPMI/mcserv.h"

/** What ipmi_sim reads: one BMC on a LAN port, one user who may read and one who may not. */
const lanConfiguration = (port: number, plugin: string, watts: string) => `name "bmc"
set_working_mc 0x20
  loadlib "${plugin}" "${watts}"
  startlan 1
    addr 127.0.0.1 ${port}
    priv_limit admin
    allowed_auths_callback none
    allowed_auths_user md5
    allowed_auths_operator md5
    allowed_auths_admin md5
    guid a123456789abcdefa123456789abcdef
  endlan
  user 1 true "" "" user 10 none
  user 2 true "meter" "hunter2" admin 10 md5
`
const EMULATION = `mc_setbmc 0x20
mc_add 0x20 0 no-device-sdrs 0x23 9 8 0x9f 0x1291 0xf02
mc_enable 0x20
`

describe("IPMI DCMI (ipmitool against OpenIPMI's simulator)", function () {
  this.timeout(120_000)
  const folder = mkdtempSync(join(tmpdir(), "wattest-ipmi-"))
  const watts = join(folder, "watts")
  let port = 0
  let simulator: ChildProcess | undefined

  before(async function () {
    requireAll(this, { programs: ["gcc", "ipmi_sim", "ipmitool"], files: [HEADER] })
    const plugin = join(folder, "dcmi.so")
    buildShared(join(import.meta.dirname, "dcmi.c"), plugin)
    port = await freeUdpPort()
    mkdirSync(join(folder, "state"))
    writeFileSync(watts, "412\n")
    writeFileSync(join(folder, "lan.conf"), lanConfiguration(port, plugin, watts))
    writeFileSync(join(folder, "bmc.emu"), EMULATION)
    const args = ["-c", "lan.conf", "-f", "bmc.emu", "-s", "state", "-n", "-d"]
    simulator = spawn("ipmi_sim", args, { cwd: folder, stdio: ["ignore", "ignore", "inherit"] })
    await untilAnswering()
  })
  after(async () => {
    if (simulator?.exitCode === null) {
      simulator.kill("SIGKILL")
      await once(simulator, "exit")
    }
    delete process.env.WATTEST_TEST_IPMI
    delete process.env.WATTEST_TEST_IPMI_WRONG
    rmSync(folder, { recursive: true, force: true })
  })

  const untilAnswering = async () => {
    const args = ["-I", "lanplus", "-C", "3", "-H", "127.0.0.1", "-p", String(port), "-U", "meter", "-P", "hunter2"]
    for (let tries = 0; tries < 20; tries++) {
      const answered = await promisify(execFile)("ipmitool", [...args, "-N", "1", "-R", "1", "mc", "info"]).catch(
        () => null,
      )
      if (answered) return
    }
    assert.fail("ipmi_sim does not answer")
  }

  /** Cipher suite 3: the simulator of Debian 12 has no 17. */
  const read = (options: Record<string, unknown> = {}) => {
    process.env.WATTEST_TEST_IPMI ??= "hunter2"
    const password = { env: "WATTEST_TEST_IPMI" }
    const remote = { host: "127.0.0.1", port, user: "meter", password, privilege: "ADMINISTRATOR", cipher: 3 }
    return readOnce(createSource({ kind: "ipmi", timeoutMs: 10_000, ...remote, ...options }))
  }

  it("reads the present power, every time anew", async () => {
    const first = only(await read(), "power")
    assert.deepEqual([first.value, first.unit, first.covers, first.grade], ["412", "W", "node", "measured"])
    writeFileSync(watts, "65535\n")
    assert.equal(only(await read(), "power").value, "65535")
    writeFileSync(watts, "412\n")
  })

  it("takes a reading that the BMC declares switched off for none, not for 0 W", async () => {
    writeFileSync(watts, "off\n")
    await rejectsWith("unsupported", read(), /deactivated/)
    writeFileSync(watts, "412\n")
  })

  it("reports a wrong password, an unknown user and a refused cipher as denied", async () => {
    process.env.WATTEST_TEST_IPMI_WRONG = "hunter3"
    await rejectsWith("denied", read({ password: { env: "WATTEST_TEST_IPMI_WRONG" } }))
    await rejectsWith("denied", read({ user: "nobody" }))
    await rejectsWith("denied", read({ cipher: 17 }))
  })

  it("reports a BMC whose sensor fails, one that is not there, and a missing tool", async () => {
    rmSync(watts)
    await rejectsWith("failed", read())
    writeFileSync(watts, "412\n")
    await rejectsWith("missing", read({ port: await freeUdpPort() }))
    await rejectsWith("missing", read({ command: join(folder, "ipmitool") }), /not installed/)
  })

  it("times out before ipmitool gives up", () =>
    freeUdpPort()
      .then((silent) => rejectsWith("timeout", read({ port: silent, timeoutMs: 100 })))
      .then(() => {}))

  it("refuses a host that ipmitool would take for an option, and a password that IPMI has no room for", () => {
    assert.throws(() => createSource({ kind: "ipmi", host: "-v" }), /source\.host/)
    process.env.WATTEST_TEST_IPMI_WRONG = "x".repeat(21)
    const password = { env: "WATTEST_TEST_IPMI_WRONG" }
    assert.throws(
      () => createSource({ kind: "ipmi", host: "bmc", user: "u", password }),
      /password: must be at most 20/,
    )
  })
})

describe("what ipmitool prints of a power reading", () => {
  const meter = { covers: "node", grade: "measured", accuracy: accuracy({ origin: "test" }) } as const
  const power = "    Instantaneous power reading:                   412 Watts\n"
  const state = "    Power reading state is:                        activated\n"
  const read = (text: string) => parsePowerReading("bmc", text, meter)

  it("is a power in whole watts, of a BMC that says that it measures", () => {
    const [{ value, unit } = { value: "", unit: "" }] = read(power + state)
    assert.deepEqual([value, unit], ["412", "W"])
  })

  it("is none without that word, in another unit, below 0 or in parts", () => {
    const wrong = [power, state, "", state + power.replace("Watts", "BTU"), state + power.replace("412", "-1")]
    for (const text of [...wrong, state + power.replace("412", "1.5"), `${state}${power.trimEnd()} or so\n`])
      assert.throws(() => read(text), { name: "SourceError", fault: "malformed" }, text)
    assert.throws(() => read(power + state.replace("activated", "deactivated")), { fault: "unsupported" })
  })
})
