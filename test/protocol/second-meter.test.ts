import assert from "node:assert/strict"
import { spawnSync } from "node:child_process"
import { createMeter, REGISTERS } from "@wattest/protocol"
import { findPython, NO_PYTHON, SECOND_VERIFIER } from "@wattest/testkit/conformance/second-verifier"
import { type TroubledRun, troubledRun } from "@wattest/testkit/metering/troubled-run"
import { skip } from "@wattest/testkit/skip"

/** Registers after each capture, and the grades after the last one. */
type Metered = {
  readonly registers: readonly { readonly [register: string]: string }[]
  readonly energyGrade: string
  readonly workGrade: string
}

function metered({ plan, captures }: TroubledRun): Metered {
  const meter = createMeter(plan)
  const all = captures.map(({ timeMs, readings }) => meter.advance(timeMs, readings))
  return {
    registers: all.map(({ registers }) =>
      Object.fromEntries(REGISTERS.map((name) => [name, registers[name].toString()])),
    ),
    energyGrade: all.at(-1)?.energyGrade ?? "",
    workGrade: all.at(-1)?.workGrade ?? "",
  }
}

function meteredInPython(python: string, runs: readonly TroubledRun[]): readonly Metered[] {
  const input = runs.map((run) => JSON.stringify(run)).join("\n")
  const options = { cwd: SECOND_VERIFIER, input, encoding: "utf8", maxBuffer: 2 ** 31 - 1 } as const
  const { status, stdout, stderr } = spawnSync(python, ["-m", "verifier.metering"], options)
  assert.equal(status, 0, stderr)
  return stdout
    .trimEnd()
    .split("\n")
    .map((line) => JSON.parse(line))
}

/** The uncertainty is a sum of limits that are each rounded up to a nJ, so that it may pass the exact one's next mJ. */
function assertSame(ours: Metered, other: Metered | undefined, where: string): void {
  for (const [i, registers] of ours.registers.entries())
    for (const name of REGISTERS) {
      const [actual, exact] = [BigInt(registers[name] ?? -1), BigInt(other?.registers[i]?.[name] ?? -1)]
      const isSame = actual === exact || (name === "uncertaintyMillijoules" && actual === exact + 1n)
      assert.ok(isSame, `${where}: ${name} after capture ${i} is ${actual} in ours, ${exact} in the other`)
    }
  assert.deepEqual([ours.energyGrade, ours.workGrade], [other?.energyGrade, other?.workGrade], where)
}

/** Runs that stay, and others in each test run: a failure names its seed. */
const KEPT = 500
const FRESH = process.env.WATTEST_DEPTH === "deep" ? 20_000 : 100

describe("the second meter, in exact fractions", function () {
  this.timeout(600_000)
  const python = findPython()

  it(`gives the same registers and grades whatever goes wrong with sensors (${python ?? NO_PYTHON})`, function () {
    if (python === undefined) return skip(this, NO_PYTHON)
    const first = 1e6 + Math.floor(Math.random() * 1e9)
    const seeds = Array.from({ length: KEPT + FRESH }, (_, i) => (i < KEPT ? i : first + i))
    const runs = seeds.map(troubledRun)
    const others = meteredInPython(python, runs)
    for (const [i, run] of runs.entries()) assertSame(metered(run), others[i], `troubledRun(${seeds[i]})`)
  })
})
