import { visibleIn } from "@wattest/protocol"
import { formatQuantity, frameLines, ownerText, trustLines } from "../numbers.ts"
import { checkLines, findingLines, MARKS } from "../text.ts"
import type { JobModel } from "./model.ts"
import { evidenceWords, jobRows, partWords } from "./words.ts"

/** The report for a terminal. What documents say cannot steer that terminal. */
export function renderJobText(model: JobModel): string {
  const { name, verdict, subject, parts, quantities, expectations, checks, evidence, findings, ...rest } =
    visibleIn(model)
  const reason = verdict.code === null ? "" : ` ${verdict.code}: ${verdict.sentence}\n  ${verdict.detail}`
  const lines = [
    `${verdict.status.toUpperCase()}${reason}`,
    ...(verdict.change === null ? [] : [`To accept it: ${verdict.change}.`]),
    "",
    ...(subject === null ? [] : jobRows(subject).map(([title, value]) => `  ${title.padEnd(26)} ${value}`)),
    ...(subject === null ? [] : [""]),
    ...quantities.map((q) => `  ${q.title.padEnd(26)} ${formatQuantity(q)}  (${q.grade}; ${ownerText(q)})`),
    ...(quantities.length === 0 ? [] : [""]),
    ...parts.flatMap((part) => {
      const [first = "", ...others] = partWords(part, subject ?? { unit: "" })
      return [`  part ${part.part}: ${first}`, ...others.map((line) => `      ${line}`)]
    }),
    ...(parts.length === 0 ? [] : [""]),
    ...expectations.map(({ expected, found }) => `  ${MARKS.valid} ${expected}: ${found}`),
    ...(expectations.length === 0 ? [] : [""]),
    ...frameLines(rest),
    ...trustLines(rest.trustedBlocks).map((line) => `  ${line}`),
    "",
    `job ${name}, SHA-256 ${rest.sha256}: ${verdict.status}`,
    ...checks.flatMap((check) => checkLines(check, (text) => text)),
    ...evidence.map((file) => `  ${MARKS[file.verdict.status]} ${evidenceWords(file)}`),
    ...findingLines(findings),
  ]
  return `${lines.join("\n")}\n`
}
