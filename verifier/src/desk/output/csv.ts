import { visible } from "@wattest/protocol"
import type { DeskResult } from "../result.ts"
import type { Row } from "../row.ts"

const COLUMNS = [
  ...["document", "kind", "sha256", "verdict", "code", "detail", "device", "first_run", "last_run", "start", "end"],
  ...["model", "unit", "party", "energy_joules", "energy_uncertainty_joules", "work_units", "energy_per_unit_joules"],
  ...["energy_grade", "work_grade", "serious_findings"],
]

/** What a spreadsheet takes for a formula is written as text: documents are written by the adversary. */
function cell(value: string | number): string {
  const text = visible(String(value))
  const plain = typeof value === "string" && /^[=+\-@\t\r]/.test(text) ? `'${text}` : text
  return /[",\r\n]/.test(plain) ? `"${plain.replaceAll('"', '""')}"` : plain
}

const time = (ms: number | undefined) => (ms === undefined ? "" : new Date(ms).toISOString())

function cells({ name, kind, sha256, verdict, report }: Row): readonly (string | number)[] {
  const subject = report?.subject
  const quantity = (id: string) => report?.quantities.find((candidate) => candidate.id === id && candidate.run === null)
  const energy = quantity("energy")
  const serious = report?.findings.filter(({ severity }) => severity === "serious").length ?? 0
  return [
    ...[name, kind, sha256 ?? "", verdict?.status ?? "", verdict?.code ?? "", verdict?.detail ?? ""],
    ...[subject?.device ?? "", subject?.runs[0]?.run ?? "", subject?.runs.at(-1)?.run ?? ""],
    ...[time(subject?.startTimeMs), time(subject?.endTimeMs)],
    ...[subject?.labels.model ?? "", subject?.labels.unit ?? "", subject?.labels.party ?? ""],
    ...[energy?.value ?? "", energy?.uncertainty ?? "", quantity("work")?.value ?? ""],
    ...[quantity("energy-per-work")?.value ?? "", subject?.energyGrade ?? "", subject?.workGrade ?? "", serious],
  ]
}

/** A line for each document (RFC 4180). Numbers of documents that are not valid are empty. */
export function renderCsv({ rows }: Pick<DeskResult, "rows">): string {
  return [COLUMNS, ...rows.map(cells)].map((line) => `${line.map(cell).join(",")}\r\n`).join("")
}
