import { type ChildProcess, execFileSync, spawn } from "node:child_process"
import { once } from "node:events"
import { existsSync, globSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs"
import { tmpdir } from "node:os"
import { join } from "node:path"
import { setTimeout as sleep } from "node:timers/promises"
import { parseArgs } from "node:util"
import { cpuSeconds, installAttester, mainOf, peakMegabytes, runToEnd } from "./attester/process.ts"
import type { Row } from "./rows/row.ts"

const CODECARBON = "build/wattest-python/bin/codecarbon"
const WARM_MS = 8000
const INTERVAL_S = 1
/** What the boards draw together, W. */
const WATTS = 8 * 640 + 28

type Metered = { readonly cpuShare: number; readonly peakMB: number; readonly totalCpuSeconds: number }

/**
 * Boards as both programs find the driver's library: by its name, in a folder of their own. CodeCarbon looks for them
 * only where there is an `nvidia-smi` that runs.
 */
function buildBoards(folder: string): string {
  writeFileSync(join(folder, "nvidia-smi"), "#!/bin/sh\n", { mode: 0o755 })
  const library = join(folder, "libnvidia-ml.so.1")
  execFileSync("gcc", ["-shared", "-fPIC", "-O2", "-o", library, join(import.meta.dirname, "python/boards.c")])
  return library
}

function begin(words: readonly string[], folder: string): ChildProcess {
  const [program = "", ...args] = words
  const env = { ...process.env, LD_LIBRARY_PATH: folder, PATH: `${folder}:${process.env.PATH}` }
  return spawn(program, args, { cwd: folder, env, stdio: ["ignore", "ignore", "inherit"] })
}

/** Processor time and memory of a program itself, the metered command not among it, over the same stretch for all. */
async function watch(children: readonly ChildProcess[], seconds: number): Promise<readonly Metered[]> {
  const pids = children.map(({ pid = 0 }) => pid)
  await sleep(WARM_MS)
  const [before, since] = [pids.map(cpuSeconds), performance.now()]
  await sleep(seconds * 1000)
  const after = pids.map(cpuSeconds)
  const elapsed = (performance.now() - since) / 1000
  return pids.map((pid, i) => ({
    cpuShare: (100 * ((after[i] ?? 0) - (before[i] ?? 0))) / elapsed,
    peakMB: peakMegabytes(pid) ?? Number.NaN,
    totalCpuSeconds: after[i] ?? 0,
  }))
}

/** Mean power of the boards, W, by the file that CodeCarbon wrote. */
function wattsOfCodeCarbon(folder: string): number {
  const [header = "", row = ""] = readFileSync(join(folder, "emissions.csv"), "utf8").split("\n")
  const value = (name: string) => Number(row.split(",")[header.split(",").indexOf(name)])
  return (value("gpu_energy") * 3.6e6) / value("duration")
}

/** The same by the archive of the device. */
function wattsOfWattest(home: string): number {
  const [file = ""] = globSync("archive/*/*1/run.json", { cwd: home })
  const { startTimeMs, endTimeMs, registers } = JSON.parse(readFileSync(join(home, file), "utf8")).statement
  return Number(registers.energyMillijoules) / (endTimeMs - startTimeMs)
}

const rounded = (value: number) => Number(value.toPrecision(3))

/** `codecarbon monitor` and `wattest device run` side by side: the same command, boards, interval and stretch. */
export async function run(args: string[] = []): Promise<Row[]> {
  const { values } = parseArgs({ args, options: { seconds: { type: "string", default: "60" } } })
  if (!existsSync(CODECARBON)) throw new Error(`there is no ${CODECARBON}: .ci/run makes it`)
  const folder = mkdtempSync(join(tmpdir(), "wattest-bench-python-"))
  try {
    await installAttester(folder)
    const source = { kind: "nvidia", library: buildBoards(folder), periodMs: INTERVAL_S * 1000 }
    const config = join(folder, "agent.json")
    writeFileSync(config, JSON.stringify({ boundary: "gpu", intervalMs: INTERVAL_S * 1000, sources: [source] }))
    const home = join(folder, "device")
    runToEnd("init", "--home", home)
    const seconds = Number(values.seconds)
    const command = ["--", "sleep", `${seconds + WARM_MS / 1000 + 2}`]
    const options = ["--offline", "--country-iso-code", "NOR", "--measure-power-secs", `${INTERVAL_S}`]
    const theirs = begin([join(process.cwd(), CODECARBON), "monitor", ...options, ...command], folder)
    const ours = begin([process.execPath, mainOf(), "run", "--home", home, "--config", config, ...command], folder)
    const ended = [theirs, ours].map((child) => once(child, "exit"))
    const [codecarbon, wattest] = await watch([theirs, ours], seconds)
    await Promise.all(ended)
    if (codecarbon === undefined || wattest === undefined) return []
    const [theirWatts, ourWatts] = [wattsOfCodeCarbon(folder), wattsOfWattest(home)]
    return [
      { key: "codecarbon.cpuShare", value: rounded(codecarbon.cpuShare), unit: "% of a core" },
      { key: "wattest.cpuShare", value: rounded(wattest.cpuShare), unit: "% of a core" },
      { key: "codecarbon.peakMB", value: rounded(codecarbon.peakMB), unit: "MB" },
      { key: "wattest.peakMB", value: rounded(wattest.peakMB), unit: "MB" },
      { key: "codecarbon.cpuSeconds", value: rounded(codecarbon.totalCpuSeconds), unit: "s, its start among it" },
      { key: "wattest.cpuSeconds", value: rounded(wattest.totalCpuSeconds), unit: "s, its start among it" },
      { key: "ratio.cpu", value: rounded(wattest.cpuShare / codecarbon.cpuShare), unit: "of CodeCarbon's" },
      { key: "ratio.memory", value: rounded(wattest.peakMB / codecarbon.peakMB), unit: "of CodeCarbon's" },
      { key: "codecarbon.joules", value: Number((theirWatts / WATTS).toPrecision(5)), unit: "of what the boards drew" },
      { key: "wattest.joules", value: Number((ourWatts / WATTS).toPrecision(5)), unit: "of what the boards drew" },
    ]
  } finally {
    rmSync(folder, { recursive: true })
  }
}
