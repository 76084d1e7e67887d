import { spawnSync } from "node:child_process"
import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs"
import { tmpdir } from "node:os"
import { dirname, join, resolve } from "node:path"
import { NODE } from "@wattest/cli"
import {
  boundaryNumber,
  type Certificate,
  encodeDocument,
  parseCertificate,
  type RunContext,
  type SensorReading,
  toJson,
} from "@wattest/protocol"
import { ed25519Device } from "@wattest/testkit/conformance/keys"
import { type Story, type Told, tell } from "@wattest/testkit/conformance/story"
import { type Answer, play } from "../command/support.ts"

const MAIN = resolve("cli/src/main.ts")

/** What a test chooses of a certificate: its labels, and what its sensors say. */
export type Plot = {
  readonly device?: string
  readonly model?: string
  readonly unit?: string
  readonly site?: string
  readonly power?: number
  /** Share of the work that is accepted; undefined where nothing counts it. */
  readonly accepted?: number
  /** Grams of CO2e for each kWh; undefined where no factor is read. */
  readonly intensity?: number
  readonly runs?: number
  readonly boundary?: "node" | "rack"
  /** When the first run begins, ms after the usual beginning. */
  readonly offsetMs?: number
}

const acceptedRole = { sensor: "judge", role: "accepted", method: "counter" } as const
const intensityRole = { sensor: "grid", role: "carbon-intensity", method: "hold" } as const

function readingsFor({ power = 1, accepted, intensity }: Plot, readings: readonly SensorReading[]) {
  const scaled = readings.map((reading) =>
    reading.quantity === "power" ? { ...reading, value: `${Number(reading.value) * power}` } : reading,
  )
  const [work] = readings.filter(({ quantity }) => quantity === "work")
  if (work === undefined) return scaled
  const extra: SensorReading[] = []
  if (accepted !== undefined)
    extra.push({ ...work, sensor: "judge", value: `${Math.round(Number(work.value) * accepted)}` })
  if (intensity !== undefined)
    extra.push({ ...work, sensor: "grid", quantity: "carbon-intensity", unit: "gCO2e/kWh", value: `${intensity}` })
  return [...scaled, ...extra]
}

/** Tells a plot on a chain of its own, so that no two tell a block's number. */
function plotted(plot: Plot, chainId: number): Told {
  const { device = "device", model = "llama-3-8b", unit = "token", site, accepted, intensity, runs = 1 } = plot
  const { offsetMs, boundary = "node" } = plot
  const metering: RunContext["metering"] = [
    ...(accepted === undefined ? [] : [acceptedRole]),
    ...(intensity === undefined ? [] : [intensityRole]),
  ]
  const story: Story = {
    ...{ device: ed25519Device(device), chainId, runs, captures: 4 },
    labels: (labels) => ({
      ...{ ...labels, model, unit, site: site ?? labels.site },
      context: { ...labels.context, metering: [...labels.context.metering, ...metering] },
    }),
    vouch: (document) => ({ ...document, boundary }),
    statement: (statement) => ({ ...statement, boundary }),
    enrolledBoundary: BigInt(boundaryNumber(boundary)),
    sensors: (readings) => readingsFor(plot, readings),
    ...(offsetMs !== undefined && { timeOf: (sequence) => offsetMs + sequence * 10_000 }),
  }
  return tell(story)
}

/** Documents in a folder, a policy that believes them all, and the real command over them. */
export type Stage = {
  readonly at: (...names: string[]) => string
  readonly write: (name: string, content: string | Uint8Array) => string
  readonly certificate: (name: string) => Certificate
  /** `wattest …` in this process; words that are names of files are taken in the folder. */
  readonly say: (...args: string[]) => Promise<Answer>
  /** The same as a process of its own, in the folder. */
  readonly wattest: (...args: string[]) => Answer
  readonly close: () => void
}

/** Sets up a folder with `NAME.json` for each plot, and beside it `NAME.evidence` of its first run where asked for. */
export function stage(plots: { readonly [name: string]: Plot }, { evidence = false } = {}): Stage {
  const folder = mkdtempSync(join(tmpdir(), "wattest-budget-"))
  const at = (...names: string[]) => join(folder, ...names)
  const write = (name: string, content: string | Uint8Array) => {
    mkdirSync(dirname(at(name)), { recursive: true })
    writeFileSync(at(name), content)
    return at(name)
  }
  const told = Object.entries(plots).map(([name, plot], i) => [name, plotted(plot, 31_337 + i)] as const)
  const [, first] = told[0] ?? []
  if (first === undefined) throw new RangeError("nothing was plotted")
  const chains = told.flatMap(([, { policy }]) => policy.chains)
  write("policy.json", JSON.stringify(toJson({ ...first.policy, chains })))
  for (const [name, { certificate, evidence: captures }] of told) {
    write(`${name}.json`, encodeDocument(certificate))
    if (evidence) write(`${name}.evidence`, captures[0]?.join("") ?? "")
  }
  return {
    at,
    write,
    certificate: (name) => parseCertificate(readFileSync(at(`${name}.json`))),
    say: (...args) =>
      play(
        { node: NODE },
        args.map((word) => word.replace(/^[\w-]+\.[a-z]+(?==|$)/, (name) => at(name))),
        { folder },
      ),
    wattest: (...args) => {
      const { status, stdout, stderr } = spawnSync(process.execPath, [MAIN, ...args], { cwd: folder, encoding: "utf8" })
      return { exit: status ?? -1, stdout, stderr }
    },
    close: () => rmSync(folder, { recursive: true }),
  }
}
