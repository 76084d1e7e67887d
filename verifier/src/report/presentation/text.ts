import { visible } from "@wattest/protocol"
import type { ReportVerdict } from "../model.ts"
import { frameLines, trustLines } from "../numbers.ts"
import { MARKS } from "../text.ts"
import type { PresentationModel, ReportLedgerFinding } from "./model.ts"

const reasonOf = ({ code, sentence, detail }: ReportVerdict) =>
  code === null ? "" : `${code}: ${sentence} (${detail})`

/** Of what a finding is: `tally 1, ledger 0x…, device 0x…`. */
export function placeOf({ tally, ledger, device }: ReportLedgerFinding): string {
  return [`tally ${tally}`, ledger && `ledger ${ledger}`, device && `device ${device}`].filter(Boolean).join(", ")
}

/** The report for people. What a document says is shown only where every check held. */
export function renderPresentationText(model: PresentationModel): string {
  const { name, sha256, verdict, checks, claims, expectations, findings, trustedBlocks } = model
  const lines = [
    `${verdict.status.toUpperCase()} ${reasonOf(verdict)}`.trimEnd(),
    ...(verdict.change === null ? [] : [`To accept it: ${verdict.change}.`]),
    "",
    ...claims.flatMap(({ sentence, coverage, share, limits }) => [
      sentence,
      ...(coverage ? [coverage.sentence] : []),
      ...(share === null ? [] : [share]),
      limits,
      "",
    ]),
    ...expectations.map(({ expected, found }) => `${MARKS.valid} ${expected}: ${found}`),
    ...(expectations.length === 0 ? [] : [""]),
    ...frameLines(model),
    ...trustLines(trustedBlocks).map((line) => `  ${line}`),
    `presentation ${name}, SHA-256 ${sha256}:`,
    ...checks.map(({ title, proves, verdict: outcome }) => {
      return `  ${MARKS[outcome.status]} ${title.padEnd(30)} ${outcome.status === "valid" ? proves : reasonOf(outcome)}`
    }),
    ...(findings.length === 0 ? [] : ["", "findings (no part of the verdict):"]),
    ...findings.flatMap((finding) => [
      `  ${finding.severity.padEnd(8)} ${finding.code}: ${finding.sentence}`,
      `           ${placeOf(finding)}: ${finding.detail}`,
    ]),
  ]
  return `${lines.map(visible).join("\n")}\n`
}
