import { spawnSync } from "node:child_process"
import { mkdtempSync, rmSync, writeFileSync } from "node:fs"
import { tmpdir } from "node:os"
import { join } from "node:path"
import { type Certificate, encodeDocument, type SensorReading, toJson } from "@wattest/protocol"
import { tell } from "@wattest/testkit/conformance/story"
import { OPERATOR, writeCompany } from "@wattest/testkit/disclosure/company"

const MAIN = join(import.meta.dirname, "../../disclosure/src/main.ts")
const START_MS = Date.parse("2026-05-16T17:00:00Z")

const intensity = (timeMs: number): SensorReading => ({
  ...{ sensor: "grid", surface: "modbus", quantity: "carbon-intensity", unit: "gCO2e/kWh", value: "400" },
  ...{ timeMs, grade: "measured", accuracy: {} },
})

/** A node's run as a job "train-7" of the demonstration's company, with the grid's intensity signed by the device. */
const jobStory = () =>
  tell({
    ...{ operator: OPERATOR, startMs: START_MS },
    ...{ vouchedAt: START_MS / 1000 - 60, beaconedAt: START_MS / 1000 - 600, closedAt: START_MS / 1000 },
    sensors: (readings) => [...readings, intensity(readings[0]?.timeMs ?? 0)],
    vouch: (document) => ({ ...document, validFrom: START_MS / 1000 - 60 }),
    labels: (labels) => ({
      ...labels,
      context: {
        ...labels.context,
        job: "train-7",
        factors: { carbon: "grid operator, day ahead" },
        metering: [...labels.context.metering, { sensor: "grid", role: "carbon-intensity", method: "hold" }],
      },
    }),
  })

export type Printed = { readonly status: number | null; readonly stdout: string; readonly stderr: string }

/** A folder of the company's documents, or of a job's, and the command run in it as people type it. */
export type Desk = {
  readonly folder: string
  readonly file: (standard: string, ...options: readonly string[]) => Printed
  readonly clear: () => void
}

function deskAt(folder: string): Desk {
  const believed = ["--policy", "policy.json", "--profile", "profile.json", "--factors", "factors.json"]
  return {
    folder,
    file(standard, ...options) {
      const words = ["file", standard, "certificates", ...believed, "--year", "2026", ...options]
      const { status, stdout, stderr } = spawnSync(process.execPath, [MAIN, ...words], {
        cwd: folder,
        encoding: "utf8",
      })
      return { status, stdout, stderr }
    },
    clear: () => rmSync(folder, { recursive: true, force: true }),
  }
}

export async function companyDesk(): Promise<Desk> {
  const folder = mkdtempSync(join(tmpdir(), "wattest-company-"))
  await writeCompany(folder, { year: 2026 })
  return deskAt(folder)
}

export async function jobDesk(): Promise<Desk> {
  const desk = await companyDesk()
  const told = jobStory()
  writeFileSync(join(desk.folder, "certificates/hall.json"), encodeDocument(told.certificate as Certificate))
  writeFileSync(join(desk.folder, "policy.json"), JSON.stringify(toJson(told.policy)))
  return desk
}
