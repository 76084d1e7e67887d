import assert from "node:assert/strict"
import { type ChildProcess, spawn } from "node:child_process"
import { once } from "node:events"
import { chmodSync, mkdtempSync, rmSync, writeFileSync } from "node:fs"
import { tmpdir } from "node:os"
import { join } from "node:path"
import { freeUdpPort } from "../bench.ts"

/** Objects by OID, as snmpd's `pass` takes them. */
export type SnmpObjects = Record<string, [type: "integer" | "gauge" | "unsigned" | "counter" | "string", value: string]>

/** snmpd calls it with `-g OID` and wants OID, type and value, or nothing. */
const SCRIPT = `#!/bin/sh
[ "$1" = -g ] || exit 0
awk -v oid="$2" '$1 == oid { print $1; print $2; print $3 }' "$(dirname "$0")/objects"
`

/** Debian's snmpd with objects of ours below some trees, until it is stopped. */
export class Snmpd {
  readonly #folder = mkdtempSync(join(tmpdir(), "wattest-snmp-"))
  #process: ChildProcess | undefined
  port = 0

  /** What it answers from now on; it may run already. */
  set(objects: SnmpObjects): void {
    const lines = Object.entries(objects).map(([oid, [type, value]]) => `${oid} ${type} ${value}\n`)
    writeFileSync(join(this.#folder, "objects"), lines.join(""))
  }

  /** Starts it with these lines of configuration; `isUp` asks it something. */
  async start(trees: readonly string[], configuration: string, isUp: () => Promise<unknown>): Promise<void> {
    const script = join(this.#folder, "objects.sh")
    writeFileSync(script, SCRIPT)
    chmodSync(script, 0o755)
    this.port = await freeUdpPort()
    const lines = [
      `agentaddress udp:127.0.0.1:${this.port}`,
      configuration,
      ...trees.map((tree) => `pass ${tree} ${script}`),
    ]
    const file = join(this.#folder, "snmpd.conf")
    writeFileSync(file, `${lines.join("\n")}\n`)
    const env = { ...process.env, PATH: `${process.env.PATH}:/usr/sbin`, SNMP_PERSISTENT_DIR: this.#folder }
    this.#process = spawn("snmpd", ["-f", "-Ln", "-C", "-c", file], { env, stdio: "ignore" })
    for (let tries = 0; tries < 20; tries++) if (await isUp().catch(() => null)) return
    assert.fail("snmpd does not answer")
  }

  async stop(): Promise<void> {
    if (this.#process?.exitCode === null) {
      this.#process.kill("SIGKILL")
      await once(this.#process, "exit")
    }
    rmSync(this.#folder, { recursive: true, force: true })
  }
}
