import { readFileSync, writeFileSync } from "node:fs"
import { formulaOf, KPIS } from "@wattest/budget"
import { REJECT_CODES } from "@wattest/protocol"
import {
  CERTIFICATE_CATALOGUE,
  type CheckEntry,
  EVIDENCE_CATALOGUE,
  EXTRACT_CATALOGUE,
  FINDING_CODES,
  JOB_CATALOGUE,
  LEDGER_FINDING_CODES,
  MEASURES,
  type MeasureEntry,
  POLICY_TEMPLATE,
  PRESENTATION_CATALOGUE,
  UNACCEPTED_CODES,
  UNDETERMINED_CODES,
} from "@wattest/verifier"

/** Fills the tables of docs/verifying.md and docs/metrics.md from the tables of the code, between their marks. */
export const PAGES = ["docs/verifying.md", "docs/metrics.md"] as const

function table(head: readonly string[], rows: readonly (readonly string[])[]): string {
  const line = (cells: readonly string[]) => `| ${cells.join(" | ")} |`
  return [line(head), `|${head.map(() => "---").join("|")}|`, ...rows.map(line)].join("\n")
}

const mono = (text: string) => `\`${text}\``

const checks = (catalogue: { readonly [id: string]: CheckEntry }) =>
  table(
    ["check", "proves", "stops"],
    Object.entries(catalogue).map(([id, { proves, stops }]) => [mono(id), proves, stops]),
  )

const codes = (sentences: { readonly [code: string]: string }) =>
  table(
    ["code", "meaning"],
    Object.entries(sentences).map(([code, sentence]) => [mono(code), sentence]),
  )

const findings = (sentences: { readonly [code: string]: readonly [severity: string, sentence: string] }) =>
  table(
    ["code", "severity", "meaning"],
    Object.entries(sentences).map(([code, [severity, sentence]]) => [mono(code), severity, sentence]),
  )

const measures = (own: boolean) =>
  table(
    ["number", "title", "unit", "formula"],
    Object.entries<MeasureEntry>(MEASURES)
      .filter(([, entry]) => entry.own === own)
      .map(([id, { title, unit, formula }]) => [mono(id), title, unit, formula]),
  )

const TABLES: { readonly [name: string]: () => string } = {
  certificate: () => checks(CERTIFICATE_CATALOGUE),
  evidence: () => checks(EVIDENCE_CATALOGUE),
  job: () => checks(JOB_CATALOGUE),
  presentation: () => checks(PRESENTATION_CATALOGUE),
  extract: () => checks(EXTRACT_CATALOGUE),
  "reject-codes": () => codes(REJECT_CODES),
  "unaccepted-codes": () => codes(UNACCEPTED_CODES),
  "undetermined-codes": () => codes(UNDETERMINED_CODES),
  findings: () => findings(FINDING_CODES),
  "ledger-findings": () => findings(LEDGER_FINDING_CODES),
  "policy-template": () => `\`\`\`json\n${JSON.stringify(POLICY_TEMPLATE, null, 2)}\n\`\`\``,
  "common-measures": () => measures(false),
  "own-measures": () => measures(true),
  "key-figures": () =>
    table(
      ["figure", "title", "unit", "formula", "of", "note", "source"],
      KPIS.map((kpi) => {
        const of = [kpi.counts, kpi.boundary].filter((part) => part !== null)
        const { id, title, unit, note, source } = kpi
        return [mono(id), title, unit, formulaOf(kpi), of.join(", ") || "any", note, source]
      }),
    ),
}

/** The page with its tables filled in. Throws on a mark of an unknown name. */
export function filledPage(page: string): string {
  return page.replace(/(<!-- table: ([a-z-]+) -->\n)[\s\S]*?(<!-- end -->)/g, (_, start: string, name: string, end) => {
    const made = TABLES[name]
    if (made === undefined) throw new Error(`no table is called ${name}`)
    return `${start}${made()}\n${end}`
  })
}

if (import.meta.main) for (const page of PAGES) writeFileSync(page, filledPage(readFileSync(page, "utf8")))
