import assert from "node:assert/strict"
import { type ChildProcess, spawn, spawnSync } from "node:child_process"
import { once } from "node:events"
import { existsSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs"
import { createServer, type Server } from "node:http"
import type { AddressInfo } from "node:net"
import { tmpdir } from "node:os"
import { join } from "node:path"
import { gunzipSync } from "node:zlib"
import { createDevice } from "@wattest/attester"
import {
  ARCHIVE_FILES,
  bytesToBigInt,
  captureMessage,
  captureRoot,
  createMeter,
  deviceIdOf,
  fromHex,
  type Grade,
  leafOfCapture,
  parseDocument,
  parseEvidenceCapture,
  parseEvidenceHeader,
  parseVouch,
  runIdentity,
  runRecord,
  runRoot,
  statementDigest,
  toJson,
  type VouchDocument,
  vouchDigest,
  vouchedGrade,
  worseGrade,
} from "@wattest/protocol"
import { nodeSignatures } from "@wattest/protocol/node"

export const MAIN = join(import.meta.dirname, "../../../attester/src/main.ts")

/** Runs the real program; gives status, stdout, stderr. */
export const attest = (...args: string[]) => attestIn(process.cwd(), ...args)

/** As {@link attest}, in another folder. */
export const attestIn = (cwd: string, ...args: string[]) => {
  const { status, stdout, stderr } = spawnSync(process.execPath, [MAIN, ...args], { encoding: "utf8", cwd })
  return { status, stdout, stderr }
}

/** As {@link attest}, while servers of this process go on answering. */
export async function attestLater(...args: string[]) {
  const child = spawn(process.execPath, [MAIN, ...args], { stdio: ["ignore", "pipe", "pipe"] })
  let [stdout, stderr] = ["", ""]
  child.stdout.setEncoding("utf8").on("data", (text: string) => {
    stdout += text
  })
  child.stderr.setEncoding("utf8").on("data", (text: string) => {
    stderr += text
  })
  const [status] = await once(child, "close")
  return { status, stdout, stderr }
}

/** The real program, running. `said` collects its stderr. */
export type Process = {
  readonly child: ChildProcess
  readonly said: () => string
  readonly exit: Promise<number | null>
}

/** What is around the program: options of Node itself, such as a module that is loaded before, environment and folder. */
export type HostOptions = {
  readonly nodeOptions?: readonly string[]
  readonly env?: { readonly [name: string]: string }
  readonly cwd?: string
}

export function startAttest(args: readonly string[], host: HostOptions = {}): Process {
  const { nodeOptions = [], env = {}, cwd = process.cwd() } = host
  const words = [...nodeOptions, MAIN, ...args]
  const stdio = ["ignore", "ignore", "pipe"] as const
  const child = spawn(process.execPath, words, { stdio: [...stdio], env: { ...process.env, ...env }, cwd })
  let said = ""
  child.stderr?.setEncoding("utf8").on("data", (text: string) => {
    said += text
  })
  return { child, said: () => said, exit: endOf(child) }
}

/** A child of the program may hold its stderr open after it: so long is waited for its last words. */
const LAST_WORDS_MS = 500

async function endOf(child: ChildProcess): Promise<number | null> {
  const closed = once(child, "close")
  const [code] = await once(child, "exit")
  await Promise.race([closed, new Promise((resolve) => setTimeout(resolve, LAST_WORDS_MS).unref())])
  return code
}

/** Waits until something is so; the time is a bound on waiting, not on the work. */
export async function until(what: string, holds: () => boolean | Promise<boolean>, waitMs = 60_000): Promise<void> {
  for (const end = Date.now() + waitMs; !(await holds()); ) {
    if (Date.now() > end) throw new Error(`waited ${waitMs} ms until ${what}`)
    await new Promise((resolve) => setTimeout(resolve, 20))
  }
}

const big = (hex: string) => bytesToBigInt(fromHex(hex))

/** The vouch document in a device's folder; null where there is none. */
function vouchIn(home: string): VouchDocument | null {
  const path = join(home, "vouch.json")
  return existsSync(path) ? parseVouch(readFileSync(path)) : null
}

/** Reads an archive folder as a stranger would and checks every link from the raw readings to the root. */
export function checkArchive(folder: string, vouch: VouchDocument | null = null) {
  const record = parseDocument(readFileSync(join(folder, "run.json")), runRecord, 1 << 22)
  const [header = "", ...lines] = gunzipSync(readFileSync(join(folder, ARCHIVE_FILES.evidence)))
    .toString("utf8")
    .trimEnd()
    .split("\n")
  assert.equal(parseEvidenceHeader(header).captures, lines.length)
  const captures = lines.map(parseEvidenceCapture)
  const verify = nodeSignatures(record.device)
  const meter = createMeter(record.statement.context.metering)
  let grade: Grade = "calibrated"
  for (const [i, capture] of captures.entries()) {
    assert.equal(capture.sequence, i)
    assert.ok(verify(fromHex(capture.signature), captureMessage(record.run, leafOfCapture(capture))), `signature ${i}`)
    const metered = meter.advance(capture.timeMs, capture.sources.readings)
    assert.deepEqual(metered.registers, capture.registers)
    grade = metered.energyGrade
  }
  const { context } = record.statement
  const isNamed = vouch !== null && context.vouchDocument === vouchDigest(vouch)
  const best = isNamed ? vouchedGrade(context.metering, vouch) : "calibrated"
  assert.equal(record.statement.energyGrade, worseGrade(grade, best))
  assert.equal(captureRoot(captures.map(leafOfCapture)), big(record.capturesRoot))
  assert.deepEqual(captures.at(-1)?.registers, record.statement.registers)
  const statement = { ...record.statement, context: toJson(record.statement.context) }
  const digest = statementDigest(statement, runIdentity(deviceIdOf(record.device), record.run), big(record.salt))
  assert.equal(runRoot(digest, big(record.capturesRoot)), big(record.root))
  return { ...record, evidence: captures }
}

/** All archived runs of a device's folder in order, checked. */
export function archivedRuns(home: string) {
  const archive = join(home, "archive")
  if (!existsSync(archive)) return []
  return readdirSync(archive).flatMap((device) =>
    readdirSync(join(archive, device))
      .sort()
      .filter((run) => existsSync(join(archive, device, run, "run.json")))
      .map((run) => checkArchive(join(archive, device, run), vouchIn(home))),
  )
}

/** The local endpoint of a device's folder, as a client of it in another language finds it. */
export function endpointOf(home: string) {
  const { url, token } = JSON.parse(readFileSync(join(home, "endpoint.json"), "utf8")) as Record<string, string>
  const authorization = `Bearer ${token}`
  const ask = async (path: string, init: RequestInit) => {
    const response = await fetch(`${url}${path}`, { ...init, headers: { authorization, ...init.headers } })
    return { status: response.status, body: (await response.json()) as Record<string, string> }
  }
  return {
    url: url ?? "",
    token: token ?? "",
    get: (path: string, headers: Record<string, string> = {}) => ask(path, { headers }),
    post: (path: string, body: object, headers: Record<string, string> = {}) =>
      ask(path, {
        method: "POST",
        headers: { "content-type": "application/json", ...headers },
        body: JSON.stringify(body),
      }),
  }
}

/** A node's meter on HTTP: power, 500 W at first, and the energy counter that goes with it. */
export type TestMeter = {
  readonly url: string
  watts: number
  /** What has flowed up to now, mJ. */
  readonly millijoules: number
  /** `frozen`: its counter stands still, its power does not. */
  mode: "well" | "dead" | "hanging" | "frozen"
  /** So much time passes for it alone, as while its host sleeps. */
  pass(ms: number): void
  /** Its counter goes on from 0, as after a reset; what has flowed does not. */
  beginAnew(): void
  answers: number
  shiftMs: number
  close(): Promise<void>
}

export const METER_WATTS = 500

export async function startMeter(): Promise<TestMeter> {
  let [watts, millijoules, sinceMs] = [METER_WATTS, 0, Date.now()]
  let [begunAt, shown] = [0, 0]
  // 500 W is 500 mJ a millisecond.
  const flow = (): number => {
    const nowMs = Date.now()
    millijoules += (nowMs - sinceMs) * watts
    sinceMs = nowMs
    return millijoules
  }
  const server: Server = createServer((_, response) => {
    if (meter.mode === "hanging") return
    if (meter.mode === "dead") {
      response.writeHead(500).end()
      return
    }
    const counted = flow() - begunAt
    if (meter.mode !== "frozen") shown = counted
    meter.answers++
    response.end(JSON.stringify({ timeMs: sinceMs + meter.shiftMs, energy: shown, power: watts }))
  })
  server.listen(0, "127.0.0.1")
  await once(server, "listening")
  const meter: TestMeter = {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}/`,
    mode: "well",
    answers: 0,
    shiftMs: 0,
    get watts() {
      return watts
    },
    set watts(next) {
      flow()
      watts = next
    },
    get millijoules() {
      return flow()
    },
    pass(ms) {
      millijoules += ms * watts
    },
    beginAnew() {
      begunAt = flow()
    },
    async close() {
      server.closeAllConnections()
      await new Promise((resolve) => server.close(resolve))
    },
  }
  return meter
}

/** A new device in a folder of its own, with a meter and a configuration that reads it. */
export async function createMeteredDevice() {
  const folder = mkdtempSync(join(tmpdir(), "wattest-"))
  const home = join(folder, "device")
  await createDevice(home, { scheme: "ed25519" })
  const meter = await startMeter()
  return { folder, home, meter, config: writeConfig(join(folder, "agent.json"), meter) }
}

export async function discard({ folder, meter }: { folder: string; meter: TestMeter }): Promise<void> {
  await meter.close()
  rmSync(folder, { recursive: true, force: true })
}

/** Writes a configuration that reads the test meter ten times a second. */
export function writeConfig(
  path: string,
  meter: TestMeter,
  more: object = {},
  quantity: "energy" | "power" = "energy",
  ofSource: object = {},
): string {
  const unit = quantity === "energy" ? "mJ" : "W"
  const source = {
    kind: "json",
    id: "pdu",
    url: meter.url,
    periodMs: 50,
    timeoutMs: 3000,
    covers: "node",
    time: { at: "/timeMs", format: "unix-ms" },
    values: [{ at: `/${quantity}`, name: quantity, quantity, unit }],
    ...ofSource,
  }
  writeFileSync(path, JSON.stringify({ boundary: "node", intervalMs: 100, sources: [source], ...more }))
  return path
}
