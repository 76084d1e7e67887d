import { encodeDocument, parseDocument, shape } from "@wattest/protocol"
import { DESK_KINDS } from "../desk/files/kinds.ts"
import { renderLines } from "../desk/output/lines.ts"
import type { DeskResult } from "../desk/result.ts"
import type { Row } from "../desk/row.ts"
import { MAX_SIGNED_BYTES, SIGNED_REPORT_TYPE } from "../judge.ts"
import type { Policy } from "../policy.ts"
import { count, free, MANY, trustedBlocks, verdict } from "../report/shapes.ts"
import { VERSION } from "../version.ts"

const { array, hex, literal, nullable, object, oneOf } = shape

/** What a signer says: what was judged, under what, by what, when, and how it ended. */
export const signedStatement = object({
  mediaType: literal(SIGNED_REPORT_TYPE),
  /** Version of the verifier. */
  verifier: free,
  /** Unix seconds, as the signer gave them: nobody looked at a clock. */
  time: count,
  verdict,
  /** The policy's digest, and its canonical JSON. */
  policy: object({ digest: hex(32), text: free }),
  documents: array(
    object({ kind: oneOf(DESK_KINDS), name: free, sha256: nullable(hex(32)), verdict: nullable(verdict) }),
    MANY,
  ),
  trustedBlocks,
  /** The report as `--json` gives it: as one text, so that its length costs a reader nothing but bytes. */
  report: free,
})
export type SignedStatement = shape.TypeOf<typeof signedStatement>

function documentsOf({ kind, name, sha256, verdict: judged, evidence }: Row) {
  const beside = evidence.map((file) => ({ kind: "evidence", ...file, verdict: null }))
  return [{ kind, name, sha256, verdict: judged }, ...beside]
}

/** Each trusted block once. */
function blocksOf(rows: readonly Row[]) {
  const blocks = rows.flatMap(({ report }) => report?.trustedBlocks ?? [])
  return [...new Map(blocks.map((block) => [`${block.chainId}/${block.number}/${block.by}`, block])).values()]
}

/** The statement on what was judged, in its one spelling. `time`: Unix seconds. */
export function encodeStatement(result: DeskResult, policy: Policy, time: number): Uint8Array {
  const text = new TextDecoder().decode(encodeDocument(policy))
  return encodeDocument({
    ...{ mediaType: SIGNED_REPORT_TYPE, verifier: VERSION, time, verdict: result.verdict },
    policy: { digest: result.policyDigest, text },
    documents: result.rows.flatMap(documentsOf),
    trustedBlocks: blocksOf(result.rows),
    report: renderLines(result),
  })
}

/** Reads an untrusted statement. Throws a Rejection. */
export const parseStatement = (bytes: Uint8Array): SignedStatement =>
  parseDocument(bytes, signedStatement, MAX_SIGNED_BYTES)
