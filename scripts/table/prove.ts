import { spawnSync } from "node:child_process"
import { existsSync } from "node:fs"
import { join } from "node:path"
import { parsePlainText, type TypeOf } from "@wattest/protocol"
import { reportShape } from "@wattest/verifier"
import type { TableEntry } from "../../explorer/src/table/entry.ts"
import { rowOf } from "../../explorer/src/table/figures.ts"
import type { ReadTable, TableFault } from "./read.ts"

type Report = TypeOf<typeof reportShape>

/** A row is held to its certificate within so much: it may be rounded. */
const ROUNDING = 0.001

const isNear = (a: number, b: number) => Math.abs(a - b) <= ROUNDING * Math.abs(b)

/** What a row says that its certificate does not, or says more surely than it. */
function differencesFrom({ subject, quantities }: Report, entry: TableEntry): readonly string[] {
  const { perUnit } = rowOf("", entry)
  const proved = quantities.find(({ id }) => id === "energy-per-work")
  if (subject === null || proved === undefined) return ["its certificate proves no energy per unit"]
  const share = (proved.uncertainty ?? 0) / proved.value
  return [
    ...(subject.labels.unit === entry.unit ? [] : [`unit: its certificate counts ${subject.labels.unit}`]),
    ...(subject.boundary === entry.boundary ? [] : [`boundary: its certificate is of the ${subject.boundary}`]),
    ...(isNear(perUnit.value, proved.value) ? [] : [`its certificate proves ${proved.value} J/${entry.unit}`]),
    ...(Number(entry.uncertaintyShare ?? 0) + ROUNDING >= share
      ? []
      : [`uncertaintyShare: it is ${share.toPrecision(3)}`]),
  ]
}

/** Judges a certificate by the command that everybody has. */
function reasonsAgainst(folder: string, entry: TableEntry): readonly string[] {
  const [file, policy] = [join(folder, entry.certificate ?? ""), join(folder, "policy.json")]
  const missing = [file, policy].find((path) => !existsSync(path))
  if (missing !== undefined) return [`there is no ${missing}`]
  const words = ["verifier/src/main.ts", file, "--policy", policy, "--json"]
  const { stdout } = spawnSync(process.execPath, words, { encoding: "utf8", maxBuffer: 2 ** 26 })
  if (stdout === "") return [`the verifier finds no certificate in ${file}`]
  const report = reportShape(parsePlainText(stdout), "report")
  const { status, code } = report.verdict
  return status === "valid" ? differencesFrom(report, entry) : [`its certificate is ${status}: ${code}`]
}

/** Every row that calls itself proved and is not, under the table's own policy. */
export const unproved = (folder: string, { entries }: Pick<ReadTable, "entries">): readonly TableFault[] =>
  [...entries].flatMap(([id, entry]) =>
    entry.confidence !== "proved"
      ? []
      : reasonsAgainst(folder, entry).map((reason) => ({ file: join(folder, "entries", `${id}.json`), reason })),
  )
