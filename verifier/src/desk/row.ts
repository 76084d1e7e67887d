import type { ReportBlock, ReportModel, ReportVerdict } from "../report/model.ts"
import type { PresentationModel } from "../report/presentation/model.ts"
import type { Facts } from "./facts.ts"
import type { DeskKind } from "./files/kinds.ts"

export type FileDigest = {
  readonly name: string
  /** Null: nobody had to read it, because its certificate is refused. */
  readonly sha256: string | null
}

/** What a report says of a document, without the sentences that stand in its own report. */
export type RowReport = Pick<ReportModel, "subject" | "quantities" | "expectations"> & {
  readonly claims: PresentationModel["claims"]
  readonly findings: readonly (ReportModel["findings"][number] | PresentationModel["findings"][number])[]
  readonly trustedBlocks: readonly ReportBlock[]
}

/** A document that was looked at. */
export type Row = {
  readonly kind: DeskKind
  readonly name: string
  /** Null: nobody read it, because no certificate here is of its run. */
  readonly sha256: string | null
  readonly bytes: number
  /** Null: nothing that can be judged by itself, as a receipt or a vouch document. */
  readonly verdict: ReportVerdict | null
  /** What was found to belong to a certificate. */
  readonly evidence: readonly FileDigest[]
  /** Its page in the folder of pages; null where none was asked for. */
  readonly page: string | null
  readonly report: RowReport | null
}

/** As much of a document as is held against others. */
export type Compared = { readonly row: Pick<Row, "kind" | "name" | "sha256">; readonly facts: Facts }

/** `refused`: evidence that lies beside a certificate and is none of it. */
export type Judged = { readonly row: Row; readonly facts: Facts; readonly refused?: readonly Row[] }
