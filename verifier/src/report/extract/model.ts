import type {
  ReportBlock,
  ReportCheck,
  ReportExpectation,
  ReportFinding,
  ReportFrame,
  ReportVerdict,
} from "../model.ts"

export const EXTRACT_REPORT_TYPE = "application/vnd.wattest.extract-report.v1+json"

/** Everything that a report on an extract shows: plain data, the same for terminal, JSON, file and page. */
export type ExtractModel = ReportFrame & {
  readonly mediaType: typeof EXTRACT_REPORT_TYPE
  /** File or other name by which the reader knows it. */
  readonly name: string
  readonly sha256: string
  readonly bytes: number
  readonly verdict: ReportVerdict
  readonly trustedBlocks: readonly ReportBlock[]
  readonly checks: readonly ReportCheck[]
  /** What the registry holds, by name, as of which block; null unless the verdict is valid. */
  readonly said: {
    readonly sentence: string
    readonly rows: readonly { readonly name: string; readonly value: string }[]
  } | null
  /** An extract states no number to expect, and finds nothing: always empty. */
  readonly expectations: readonly ReportExpectation[]
  readonly findings: readonly ReportFinding[]
}
