import { spawn } from "node:child_process"
import { once } from "node:events"
import { readFileSync } from "node:fs"
import { type Db, list, openIndex } from "@wattest/index"
import { anchorFleet } from "@wattest/testkit/index/fleet"
import { temporaryFolder } from "@wattest/testkit/relayer/harness"
import { sql } from "kysely"
import type { Row } from "./rows/row.ts"

const FLEET = { ledgers: 20, devices: 500, runs: 100_000 }
/** Rows of the store when it is asked: what is anchored, and copies of it under other ids. */
const STORED = 1_000_000
const QUESTIONS = 200

/** A measure of the index: `--runs N` anchors as many instead of 100,000. */
export async function run(options: readonly string[]): Promise<Row[]> {
  const runs = Number(options[options.indexOf("--runs") + 1] ?? FLEET.runs) || FLEET.runs
  const { anvil, registry } = await anchorFleet({ ...FLEET, runs }, (anchored) => {
    if (anchored % 12_800 === 0) console.error(`${anchored} of ${runs} runs anchored`)
  })
  const folder = temporaryFolder()
  const file = `${folder.path}/index.sqlite`
  const argv = ["--rpc", anvil.url, "--registry", registry, "--store", file, "--json"]
  const first = await follow(argv)
  const db = await openIndex({ file })
  await multiply(db, runs)
  const times = await askMany(db)
  await db.kysely.destroy()
  const again = await follow(argv)
  await anvil.stop()
  folder.remove()
  return [
    { key: "runs.perSecond", value: runs / first.seconds, unit: "runs/s", goal: 3000, goalIsFloor: true },
    { key: "peakMB", value: first.peakMB, unit: "MB", goal: 400 },
    { key: "query.p99Ms", value: times[Math.floor(times.length * 0.99)] ?? 0, unit: "ms", goal: 50 },
    { key: "restart.seconds", value: again.seconds, unit: "s", goal: 5 },
  ]
}

/** The real command until it has taken what is final: how long it ran, and the most memory that it held. */
async function follow(argv: readonly string[]): Promise<{ readonly seconds: number; readonly peakMB: number }> {
  const child = spawn(process.execPath, ["index/src/main.ts", "follow", ...argv], {
    stdio: ["ignore", "ignore", "pipe"],
  })
  let [peak, said] = [0, ""]
  child.stderr.setEncoding("utf8").on("data", (text: string) => {
    said += text
  })
  const watch = setInterval(() => {
    peak = Math.max(peak, peakOf(child.pid ?? 0))
  }, 20)
  const seconds = await timed(() => once(child, "exit"))
  clearInterval(watch)
  if (child.exitCode !== 0) throw new Error(said)
  return { seconds, peakMB: peak / 1e3 }
}

/** kB that a process held at most, as Linux counts it; 0 where it has ended. */
function peakOf(pid: number): number {
  try {
    return Number(/VmHWM:\s+(\d+)/.exec(readFileSync(`/proc/${pid}/status`, "utf8"))?.[1] ?? 0)
  } catch {
    return 0
  }
}

async function timed(work: () => Promise<unknown>): Promise<number> {
  const start = performance.now()
  await work()
  return (performance.now() - start) / 1000
}

/** Copies of every anchor in ledgers and devices that no chain has, until there are as many rows as a year of a fleet. */
async function multiply({ kysely }: Db, runs: number): Promise<void> {
  await sql`create temp table originals as select * from anchors`.execute(kysely)
  for (let copy = 1; copy < STORED / runs; copy++) {
    const mark = copy.toString(16).padStart(4, "0")
    await sql`insert into anchors select substr(ledger, 1, 62) || ${mark}, position, substr(device, 1, 62) || ${mark}, run,
      root, head, through, transaction_hash, block, log, time from originals`.execute(kysely)
  }
}

/** Milliseconds of the questions of a public page, ascending. */
async function askMany(db: Db): Promise<number[]> {
  const { items } = await list(db, "runs", { limit: 1000 })
  const times: number[] = []
  for (let i = 0; i < QUESTIONS; i++) {
    const { ledger, device, time } = items[(i * 7) % items.length] ?? {}
    const asks = [
      () => list(db, "runs", { asked: { device: String(device) } }),
      () => list(db, "runs", { asked: { ledger: String(ledger), positionFrom: i * 3 } }),
      () => list(db, "runs", { asked: { ledger: String(ledger), timeFrom: Number(time) } }),
      () => list(db, "devices", {}),
      () => list(db, "operators", {}),
    ]
    times.push(1000 * (await timed(asks[i % asks.length] ?? (() => Promise.resolve()))))
  }
  return times.sort((a, b) => a - b)
}
