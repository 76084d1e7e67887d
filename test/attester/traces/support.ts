import assert from "node:assert/strict"
import { cpSync, existsSync, mkdtempSync, rmSync, writeFileSync } from "node:fs"
import { tmpdir } from "node:os"
import { join } from "node:path"
import { attest, checkArchive } from "@wattest/testkit/attester/program"
import { skip } from "@wattest/testkit/skip"

/** Public logs of others, beside the project where they are to be had. */
export const DATA = join(import.meta.dirname, "../../../../shared/data")

/** Skips a test, visibly, where a file of {@link DATA} is absent. */
export function needsData(test: Mocha.Context, path: string): string {
  const file = join(DATA, path)
  if (existsSync(file)) return file
  return skip(test, `${file} is absent`)
}

/** A device of its own for each replay, in one folder. */
export function createReplayer() {
  const folder = mkdtempSync(join(tmpdir(), "wattest-traces-"))
  let devices = 0
  let made: string | undefined
  /** A device that has signed nothing yet; all of one replayer have one key. */
  const init = (name: string) => {
    const home = join(folder, name)
    if (made === undefined) {
      made = join(folder, "unused")
      assert.equal(attest("init", "--home", made).status, 0)
    }
    cpSync(made, home, { recursive: true })
    return home
  }
  const replay = (...args: string[]) => attest("replay", ...args, "--home", init(`device-${devices++}`), "--json")
  return {
    folder,
    init,
    replay,
    write(name: string, text: string | Uint8Array): string {
      const path = join(folder, name)
      writeFileSync(path, text)
      return path
    },
    /** Replays into a new device and checks its archive. */
    run(...args: string[]) {
      const { status, stdout, stderr } = replay(...args)
      assert.equal(status, 0, stderr)
      const { statement, evidence } = checkArchive(JSON.parse(stdout).folder)
      const { registers, energyGrade, endTimeMs, startTimeMs } = statement
      const readings = evidence.flatMap(({ sources }) => sources.readings)
      return {
        joules: Number(registers.energyMillijoules) / 1000,
        uncertainty: Number(registers.uncertaintyMillijoules) / 1000,
        acceleratorJoules: Number(registers.acceleratorMillijoules) / 1000,
        idleJoules: Number(registers.idleMillijoules) / 1000,
        grade: energyGrade,
        ms: endTimeMs - startTimeMs,
        /** What the run says of its traces beside their readings. */
        remarks: readings.filter(({ surface, quantity }) => surface === "replay" && quantity !== "power"),
        notes: stderr,
      }
    },
    /** The refusal of a replay that leaves no run. */
    refuse(...args: string[]): string {
      const { status, stdout, stderr } = replay(...args)
      assert.equal(status, 2, stdout)
      assert.equal(stdout, "")
      assert.match(stderr, /^(?:note: .*\n)*error: .+\nhint: .+\n$/)
      return stderr
    },
    discard: () => rmSync(folder, { recursive: true }),
  }
}

export type Replayer = ReturnType<typeof createReplayer>

/** A line of MLPerf training's power log. */
export const reading = (timeMs: number, value: unknown, key = "power_reading") =>
  `:::MLLOG ${JSON.stringify({ namespace: "", time_ms: timeMs, event_type: "POINT_IN_TIME", key, value, metadata: "" })}`

/** A log of readings one period apart, with its last line's end. */
export const lines = (...rows: readonly string[]) => `${rows.join("\n")}\n`

/** Two boards, 300 W and 100 W, each second for ten, in an order of columns that `row` gives. */
export const twoBoards = (row: (at: { second: number; ms: number; board: number; watts: number }) => string) =>
  Array.from({ length: 11 }, (_, second) => [
    row({ second, ms: 0, board: 0, watts: 300 }),
    row({ second, ms: 3, board: 1, watts: 100 }),
  ]).flat()

const two = (n: number) => String(n).padStart(2, "0")
export const smiTime = ({ second, ms }: { second: number; ms: number }) =>
  `2025/01/01 00:00:${two(second)}.${String(ms).padStart(3, "0")}`
