import { encodeDocument, parseDocument, shape } from "@wattest/protocol"
import { DESK_KINDS } from "../desk/files/kinds.ts"
import { MAX_SIGNED_BYTES, SIGNED_REPORT_TYPE } from "../judge.ts"
import type { ReportFrame } from "../report/model.ts"
import { count, free, MANY, sample, trustedBlocks, verdict } from "../report/shapes.ts"

const { array, hex, literal, nullable, object, oneOf } = shape

/** What a signer says: what was judged, under what, by what, when, and how it ended. */
export const signedStatement = object({
  mediaType: literal(SIGNED_REPORT_TYPE),
  /** Version of the verifier. */
  verifier: free,
  /** Unix seconds, as the signer gave them: nobody looked at a clock. */
  time: count,
  verdict,
  /** The policy's canonical JSON, and the SHA-256 of it. */
  policy: object({ digest: hex(32), text: free }),
  documents: array(
    object({ kind: oneOf(DESK_KINDS), name: free, sha256: nullable(hex(32)), verdict: nullable(verdict) }),
    MANY,
  ),
  trustedBlocks,
  /** How the documents were drawn; null where all that were given are judged. */
  sample: nullable(sample),
  /** The report as `--json` gives it: as one text, so that its length costs a reader nothing but bytes. */
  report: free,
})
export type SignedStatement = shape.TypeOf<typeof signedStatement>

/** What was judged and how it ended: of one document or of many. */
export type Stated = Pick<ReportFrame, "verifier" | "policyDigest" | "policyText"> & {
  /** Unix seconds. */
  readonly time: number
  readonly verdict: SignedStatement["verdict"]
  readonly documents: readonly {
    readonly kind: (typeof DESK_KINDS)[number]
    readonly name: string
    readonly sha256: string | null
    readonly verdict: SignedStatement["verdict"] | null
  }[]
  readonly trustedBlocks: readonly unknown[]
  readonly sample: SignedStatement["sample"]
  readonly report: string
}

/** The statement on what was judged, in its one spelling. */
export function encodeStatement({ policyDigest, policyText, ...stated }: Stated): Uint8Array {
  const policy = { digest: policyDigest, text: policyText }
  return encodeDocument({ mediaType: SIGNED_REPORT_TYPE, policy, ...stated })
}

/** Reads an untrusted statement. Throws a Rejection. */
export const parseStatement = (bytes: Uint8Array): SignedStatement =>
  parseDocument(bytes, signedStatement, MAX_SIGNED_BYTES)
