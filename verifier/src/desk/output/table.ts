import { grid } from "@wattest/command"
import { visible } from "@wattest/protocol"
import { formatQuantity } from "../../report/numbers.ts"
import { MARKS } from "../../report/text.ts"
import type { DeskResult, DeskSample } from "../result.ts"
import type { Row } from "../row.ts"

/** What a row says besides its verdict: the reason against it, or the number for it. */
export function gistOf({ verdict, report }: Row): string {
  if (verdict === null) return "compared with the others, judged by nobody"
  if (verdict.code !== null)
    return [`${verdict.code}: ${verdict.detail}`, verdict.change].filter((part) => part !== null).join("; ")
  const met = report?.expectations.map(({ expected, found }) => `${expected}: ${found}`) ?? []
  if (met.length > 0) return met.join("; ")
  const quantity = report?.quantities.find(({ id, run }) => id === "energy" && run === null)
  const claim = report?.claims[0]
  return quantity === undefined ? (claim?.sentence ?? "") : formatQuantity(quantity)
}

/** Runs, or the model of a claim. */
export function subjectOf({ report }: Row): string {
  const runs = report?.subject?.runs ?? []
  const [first, last] = [runs[0]?.run, runs.at(-1)?.run]
  if (first === undefined) return ""
  return `${report?.subject?.device.slice(0, 10)}… ${first === last ? first : `${first}–${last}`}`
}

const MOST_GIST = 120

const shortened = (text: string) => (text.length <= MOST_GIST ? text : `${text.slice(0, MOST_GIST)}…`)

function sampleLines({ source, population, populationDigest, seed, drawn }: DeskSample): readonly string[] {
  const missing = drawn.filter(({ documents }) => documents.length === 0)
  return [
    `sample: ${drawn.length} of ${population} runs, seed ${JSON.stringify(seed)}; ${missing.length} missing`,
    `  of ${source}, list ${populationDigest}`,
    ...drawn.map(({ device, run, documents }) => `  ${device} ${run}  ${documents.join(", ") || "MISSING"}`),
    "",
  ]
}

/** The table for people. What documents say cannot steer the terminal. */
export function renderTable({ rows, findings, counts, sample, policyDigest, verdict }: DeskResult): string {
  const lines = rows.map((row) => {
    const status = row.verdict?.status
    const mark = status === undefined ? " " : MARKS[status]
    return [`${mark} ${status ?? "–"}`, row.kind, row.name, subjectOf(row), shortened(gistOf(row))]
  })
  const { valid, invalid, unaccepted, undetermined } = counts
  const told = [
    ...(sample === null ? [] : sampleLines(sample)),
    ...findings.flatMap(({ severity, code, sentence, detail, documents }) => [
      `  ${severity.padEnd(8)} ${code}: ${sentence}`,
      `           ${detail} (${documents.join(", ")})`,
    ]),
    ...(findings.length === 0 ? [] : [""]),
    `judged under policy ${policyDigest}`,
    `${verdict.status.toUpperCase()}: ${valid} valid, ${invalid} invalid, ${unaccepted} unaccepted, ${undetermined} undetermined`,
  ]
  const table = grid(["  verdict", "kind", "document", "runs", ""], lines)
  return `${table}\n${told.map(visible).join("\n")}\n`
}
