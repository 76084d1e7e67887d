import { visibleIn } from "@wattest/protocol"
import type { ReportCheck, ReportDocument, ReportFinding, ReportModel, ReportSubject, ReportVerdict } from "./model.ts"
import { booksText, extentText, formatQuantity, formatTime, frameLines, ownerText, trustLines } from "./numbers.ts"

/** The mark of each outcome in a terminal. */
export const MARKS = { valid: "✓", invalid: "✗", unaccepted: "–", undetermined: "?" } as const
const COLOURS = { valid: 32, invalid: 31, unaccepted: 35, undetermined: 33 } as const

type Paint = (text: string, status: ReportVerdict["status"]) => string

export function checkLines({ title, verdict, proves, stops, required }: ReportCheck, paint: Paint): readonly string[] {
  const waived = required || verdict.status === "valid" ? "" : " (not demanded by the policy)"
  const head = `  ${paint(MARKS[verdict.status], verdict.status)} ${title.padEnd(24)} `
  if (verdict.status === "valid") return [`${head}${proves}`]
  const reason = [`${head}${verdict.code}: ${verdict.sentence}${waived}`, `      ${verdict.detail}`]
  return verdict.status === "invalid" ? [...reason, `      This check stops ${stops}.`] : reason
}

function documentLines(document: ReportDocument, paint: Paint): readonly string[] {
  const { kind, name, sha256, verdict, checks } = document
  const status = paint(verdict.status, verdict.status)
  return [
    "",
    `${kind} ${name}: ${status}`,
    `  SHA-256 ${sha256}`,
    ...checks.flatMap((check) => checkLines(check, paint)),
  ]
}

/** Findings under a heading; nothing where there are none. */
export function findingLines(findings: readonly ReportFinding[]): readonly string[] {
  if (findings.length === 0) return []
  const lines = findings.map(({ severity, code, sentence, detail, count, run, sequence }) => {
    const place = `run ${run}${sequence === null ? "" : `, capture ${sequence}`}`
    const times = count > 1 ? ` (${count} times)` : ""
    return `  ${severity.padEnd(8)} ${code}: ${sentence}\n           ${place}: ${detail}${times}`
  })
  return ["", "findings about quality (no part of the verdict):", ...lines]
}

function subjectLines(subject: ReportSubject): readonly string[] {
  const { labels, runs } = subject
  const [first] = runs
  const last = runs.at(-1)
  const range = runs.length === 1 ? `run ${first?.run}` : `runs ${first?.run} to ${last?.run}`
  const rows: readonly (readonly [string, string])[] = [
    ["Model", labels.model],
    ["Workload", [subject.workload, subject.job].filter(Boolean).join(", job ")],
    ["Extent", extentText(subject.jobExtent)],
    ["Accelerators", subject.accelerators.join(", ")],
    ["Boundary", `${subject.boundary}, ${subject.status}`],
    ["Books", booksText(subject.books)],
    ["Time", `${formatTime(subject.startTimeMs)} to ${formatTime(subject.endTimeMs)}`],
    ["Zone, site, party", [labels.zone, labels.site, labels.party].filter(Boolean).join(", ")],
    ["Device", `${subject.device}, ${range}`],
    ["Ledger", `operator ${subject.operator}, voucher ${subject.voucher}`],
    ["Anchor", `chain ${subject.chainId}, block ${last?.blockNumber}, ${formatTime((last?.anchoredAt ?? 0) * 1000)}`],
  ]
  return ["", ...rows.filter(([, value]) => value !== "").map(([name, value]) => `  ${name.padEnd(26)} ${value}`)]
}

/** The report as a table for a terminal. What documents say cannot steer that terminal. */
export function renderText(model: ReportModel, { colour = false }: { readonly colour?: boolean } = {}): string {
  const paint: Paint = (text, status) => (colour ? `\u001b[${COLOURS[status]}m${text}\u001b[0m` : text)
  const { curves: _, ...shown } = model
  const { verdict, documents, findings, subject, quantities, expectations, trustedBlocks } = visibleIn(shown)
  const title = verdict.status.toUpperCase()
  const reason = verdict.code === null ? "" : ` ${verdict.code}: ${verdict.sentence}\n  ${verdict.detail}`
  const change = verdict.change === null ? "" : `\n  To accept it: ${verdict.change}.`
  const lines = [
    `${paint(title, verdict.status)}${reason}${change}`,
    ...(subject === null ? [] : subjectLines(subject)),
    ...(quantities.length === 0 ? [] : [""]),
    ...quantities.map((q) => `  ${q.title.padEnd(26)} ${formatQuantity(q)}  (${q.grade}; ${ownerText(q)})`),
    ...(expectations.length === 0 ? [] : [""]),
    ...expectations.map(({ expected, found }) => `  ${paint(MARKS.valid, "valid")} ${expected}: ${found}`),
    "",
    ...frameLines(model),
    ...trustLines(trustedBlocks).map((line) => `  ${line}`),
    ...documents.flatMap((document) => documentLines(document, paint)),
    ...findingLines(findings),
  ]
  return `${lines.join("\n")}\n`
}
