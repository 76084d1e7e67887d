import { visible } from "@wattest/protocol"
import { reportBlock } from "../report/build.ts"
import { trustLines } from "../report/numbers.ts"
import { MARKS } from "../report/text.ts"
import { type CheckVerdict, sentenceOf } from "../verdict.ts"
import { PRESENTATION_CATALOGUE } from "./catalogue.ts"
import { LEDGER_FINDING_CODES, type LedgerFinding } from "./findings.ts"
import type { PresentationResult, ProvenClaim } from "./verify-presentation.ts"

export const PRESENTATION_REPORT_TYPE = "application/vnd.wattest.presentation-report.v1+json"

function reasonOf(verdict: CheckVerdict): string {
  return verdict.status === "valid" ? "" : `${verdict.code}: ${sentenceOf(verdict)} (${verdict.detail})`
}

/** Of what a finding is: `claim 1, ledger 0x…, device 0x…`. */
export function placeOf({ claim, ledger, device }: LedgerFinding): string {
  return `claim ${claim}, ledger ${ledger}${device === null ? "" : `, device ${device}`}`
}

/** The claims of a document in which every check held; none of any other one. */
export function provenClaims({ verdict }: PresentationResult): readonly ProvenClaim[] {
  return verdict.status === "valid" ? verdict.claim : []
}

/** The result as JSON, for machines: the verdict, each check, and the claims that were proved. */
export function presentationReport(name: string, result: PresentationResult) {
  const { verdict, checks, findings, policyDigest, trustedBlocks } = result
  const plain = ({ status, ...rest }: CheckVerdict | typeof verdict) =>
    "code" in rest ? { status, code: rest.code, detail: rest.detail } : { status }
  return {
    mediaType: PRESENTATION_REPORT_TYPE,
    name,
    verdict: plain(verdict),
    policyDigest,
    trustedBlocks: trustedBlocks.map(reportBlock),
    checks: checks.map(({ id, verdict: outcome }) => ({
      id,
      ...PRESENTATION_CATALOGUE[id as keyof typeof PRESENTATION_CATALOGUE],
      verdict: plain(outcome),
    })),
    claims: provenClaims(result).map(({ sentence, limits, runs, unopened, voids }) => ({
      sentence,
      limits,
      runs: `${runs}`,
      unopened,
      voids,
    })),
    findings: findings.map(({ code, ...rest }) => ({ code, sentence: LEDGER_FINDING_CODES[code][1], ...rest })),
  }
}

/** The result for people. What a document says is shown only where every check held. */
export function renderPresentation(name: string, result: PresentationResult): string {
  const { verdict, checks, findings, policyDigest, trustedBlocks } = result
  const isValid = verdict.status === "valid"
  const lines = [
    `${verdict.status.toUpperCase()}${isValid ? "" : ` ${reasonOf(verdict)}`}`,
    "",
    ...provenClaims(result).flatMap(({ sentence, limits }) => [sentence, limits, ""]),
    `judged under policy ${policyDigest}`,
    ...trustLines(trustedBlocks.map(reportBlock)).map((line) => `  ${line}`),
    `presentation ${name}:`,
    ...checks.map(({ id, verdict: outcome }) => {
      const { title, proves } = PRESENTATION_CATALOGUE[id as keyof typeof PRESENTATION_CATALOGUE]
      return `  ${MARKS[outcome.status]} ${title.padEnd(30)} ${outcome.status === "valid" ? proves : reasonOf(outcome)}`
    }),
    ...(findings.length === 0 ? [] : ["", "findings (no part of the verdict):"]),
    ...findings.flatMap((finding) => [
      `  ${finding.severity.padEnd(8)} ${finding.code}: ${LEDGER_FINDING_CODES[finding.code][1]}`,
      `           ${placeOf(finding)}: ${finding.detail}`,
    ]),
  ]
  return `${lines.map(visible).join("\n")}\n`
}
