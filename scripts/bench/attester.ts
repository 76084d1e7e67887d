import { randomBytes } from "node:crypto"
import { mkdirSync, mkdtempSync, readdirSync, rmSync, writeFileSync } from "node:fs"
import { open, readFile } from "node:fs/promises"
import { tmpdir } from "node:os"
import { join } from "node:path"
import { setTimeout as sleep } from "node:timers/promises"
import { parseArgs } from "node:util"
import { crc32 } from "node:zlib"
import { serveBoards } from "./attester/boards.ts"
import { cpuSeconds, finish, installAttester, peakMegabytes, runToEnd, start } from "./attester/process.ts"
import type { Row } from "./rows/row.ts"

const WARM_MS = 8000
const MEASURE_MS = 30_000
const DEFAULT_CAPTURES = 1_000_000

const init = (home: string) => runToEnd("init", "--home", home)

function configure(folder: string, pages: readonly string[], intervalMs: number): string {
  const sources = pages.map((url, i) => ({ kind: "dcgm", id: `tray-${i}`, url, periodMs: intervalMs }))
  const path = join(folder, "agent.json")
  writeFileSync(path, JSON.stringify({ boundary: "gpu", intervalMs, sources }))
  return path
}

/** One processor's energy counter, so that a million captures are a gigabyte and not twenty. */
function configureCounter(folder: string): string {
  const zone = join(folder, "powercap", "intel-rapl:0")
  mkdirSync(zone, { recursive: true })
  for (const [name, value] of Object.entries({
    name: "psys",
    energy_uj: "1000000",
    max_energy_range_uj: "262143328850",
  }))
    writeFileSync(join(zone, name), `${value}\n`)
  const source = { kind: "rapl", root: join(folder, "powercap"), periodMs: 100 }
  const path = join(folder, "agent-counter.json")
  writeFileSync(path, JSON.stringify({ boundary: "node", intervalMs: 100, sources: [source] }))
  return path
}

/** Share of one core and peak memory of an agent that meters these pages of boards at this interval. */
async function measureServe(folder: string, pages: readonly string[], intervalMs: number) {
  const home = join(folder, `device-${pages.length}-${intervalMs}`)
  init(home)
  const agent = start(["serve", "--home", home, "--config", configure(folder, pages, intervalMs)])
  const pid = agent.child.pid ?? 0
  await sleep(WARM_MS)
  const before = { cpu: cpuSeconds(pid), at: performance.now() }
  await sleep(MEASURE_MS)
  const share = (100 * (cpuSeconds(pid) - before.cpu)) / ((performance.now() - before.at) / 1000)
  const peak = peakMegabytes(pid) ?? Number.NaN
  agent.child.kill("SIGTERM")
  await finish(agent)
  return { home, share, peak }
}

const line = (record: string) => `${crc32(record).toString(16).padStart(8, "0")} ${record}\n`

/**
 * The journal of a run of a million captures as a stop leaves it, its last capture a copy of a real one with its
 * sequence and a leaf of its own: what closing does depends on neither.
 */
async function writeJournal(path: string, total: number): Promise<void> {
  const text = await readFile(path, "utf8")
  const records = text
    .trimEnd()
    .split("\n")
    .map((whole) => whole.slice(9))
  const model = records.findLast((record) => record.startsWith("C ")) ?? ""
  const signature = records.findLast((record) => record.startsWith("S "))?.split(" ")[2] ?? ""
  const captures = records.filter((record) => record.startsWith("C ")).length
  const file = await open(path, "a")
  const leaves = randomBytes(31 * 1000)
  let chunk = ""
  for (let sequence = captures; sequence < total; sequence++) {
    const leaf = leaves.subarray((sequence % 1000) * 31, (sequence % 1000) * 31 + 31).toString("hex")
    const record = model
      .replace(/^C 0x[0-9a-f]{64}/, `C 0x00${leaf}`)
      .replace(/"sequence":[0-9]+/, `"sequence":${sequence}`)
    chunk += line(record) + line(`S ${sequence} ${signature}`)
    if (chunk.length < 1 << 22) continue
    await file.write(chunk)
    chunk = ""
  }
  await file.write(chunk)
  await file.close()
}

/** Interrupts an agent, lets its journal grow to a million captures, and measures the close at the next start. */
async function measureClose(folder: string, total: number) {
  const home = join(folder, "device-close")
  init(home)
  const agent = start(["serve", "--home", home, "--config", configureCounter(folder)])
  await sleep(WARM_MS)
  agent.child.kill("SIGKILL")
  await sleep(500)
  const [journal = ""] = readdirSync(join(home, "runs"))
  await writeJournal(join(home, "runs", journal), total)
  const target = ["--chain", "1", "--registry", `0x${"11".repeat(20)}`]
  const startedAt = performance.now()
  const closing = start(["submit", "--home", home, ...target])
  let peak = 0
  const watch = setInterval(() => {
    peak = Math.max(peak, peakMegabytes(closing.child.pid ?? 0) ?? 0)
  }, 100)
  await finish(closing).finally(() => clearInterval(watch))
  return { seconds: (performance.now() - startedAt) / 1000, peak }
}

const rounded = (value: number) => Math.round(value * 100) / 100

type Served = { readonly share: number; readonly peak: number }

const rowsOf = (one: Served, ten: Served, rack: Served): Row[] => [
  { key: "serve1.cpuShare", value: rounded(one.share), unit: "% of a core", goal: 1.5 },
  { key: "serve10.cpuShare", value: rounded(ten.share), unit: "% of a core" },
  { key: "serve72.cpuShare", value: rounded(rack.share), unit: "% of a core", goal: 3 },
  { key: "serve.peakMB", value: rounded(Math.max(one.peak, ten.peak)), unit: "MB", goal: 110 },
  { key: "serve72.peakMB", value: rounded(rack.peak), unit: "MB", goal: 160 },
]

/** What the always-on agent costs with eight boards and with a rack of 72, and what closing a million captures costs. */
export async function run(args: string[] = []): Promise<Row[]> {
  const { values } = parseArgs({ args, options: { captures: { type: "string", default: String(DEFAULT_CAPTURES) } } })
  const folder = mkdtempSync(join(tmpdir(), "wattest-bench-"))
  await installAttester(folder)
  const boards = await serveBoards()
  try {
    const one = await measureServe(folder, boards.pages(1, 8), 1000)
    const ten = await measureServe(folder, boards.pages(1, 8), 100)
    const rack = await measureServe(folder, boards.pages(18, 4), 1000)
    if (values.captures === "0") return rowsOf(one, ten, rack)
    const close = await measureClose(folder, Number(values.captures))
    return [
      ...rowsOf(one, ten, rack),
      { key: "close1M.seconds", value: rounded(close.seconds), unit: "s", goal: 60 },
      { key: "close1M.peakMB", value: rounded(close.peak), unit: "MB" },
    ]
  } finally {
    boards.close()
    rmSync(folder, { recursive: true })
  }
}
