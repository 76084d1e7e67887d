import { hash, type KeyObject } from "node:crypto"
import { readFileSync } from "node:fs"
import { decodeUtf8, parsePlainText, Rejection } from "@wattest/protocol"
import { verdictOf } from "../check-log.ts"
import { gatherFiles } from "../desk/files/gather.ts"
import { MAX_SIGNED_BYTES } from "../judge.ts"
import { type Policy, parsePolicy, policyDigest } from "../policy.ts"
import { reportVerdict } from "../report/build.ts"
import type { ReportVerdict } from "../report/model.ts"
import type { Outcome } from "../verdict.ts"
import { type Envelope, envelope, isSignedBy, keyIdOf } from "./envelope.ts"
import { parseStatement, type SignedStatement } from "./statement.ts"

/** Why a signed report is not what it is held to be, each with its outcome and the sentence that a person reads. */
export const SIGNED_CODES = {
  SIGNATURE_INVALID: ["invalid", "the report is not signed by this signer"],
  POLICY_MISNAMED: ["invalid", "the policy's text is not the one that the digest names"],
  SIGNER_ABSENT: ["undetermined", "nobody said whose signature is believed"],
  DOCUMENTS_NOT_SHOWN: ["undetermined", "judged documents are not among the files given"],
  POLICY_DIFFERS: ["unaccepted", "the report was made under another policy than yours"],
} as const satisfies Record<string, readonly [Outcome, string]>

/** A signed report as it was checked; the statement is there where the signature and the policy hold. */
export type SignedResult = {
  readonly verdict: ReportVerdict
  readonly signer: string | null
  readonly statement: SignedStatement | null
}

function failed(code: keyof typeof SIGNED_CODES, detail: string): ReportVerdict {
  const [status, sentence] = SIGNED_CODES[code]
  const change = status === "unaccepted" ? "judge the documents yourself, or take over the policy of the report" : null
  return { status, code, sentence, detail, change }
}

function isPolicyNamed({ policy }: SignedStatement): boolean {
  try {
    return policyDigest(parsePolicy(new TextEncoder().encode(policy.text))) === policy.digest
  } catch (error) {
    if (error instanceof Rejection) return false
    throw error
  }
}

/** Documents that the report names and that none of the files is. */
function notShown({ documents }: SignedStatement, paths: readonly string[]): readonly string[] {
  const shown = new Set(gatherFiles(paths).map(({ path }) => `0x${hash("sha256", readFileSync(path), "hex")}`))
  return documents.flatMap(({ sha256, name }) => (sha256 === null || shown.has(sha256) ? [] : [name]))
}

type Believed = { readonly signer: KeyObject | null; readonly policy: Policy; readonly paths: readonly string[] }

function faultOf(
  opened: Envelope,
  statement: SignedStatement,
  { signer, policy, paths }: Believed,
): ReportVerdict | null {
  if (signer !== null && !isSignedBy(opened, signer)) return failed("SIGNATURE_INVALID", `signer ${keyIdOf(signer)}`)
  if (!isPolicyNamed(statement)) return failed("POLICY_MISNAMED", `digest ${statement.policy.digest}`)
  const own = policyDigest(policy)
  if (statement.policy.digest !== own)
    return failed("POLICY_DIFFERS", `theirs is ${statement.policy.digest}, yours ${own}`)
  if (signer === null)
    return failed("SIGNER_ABSENT", `name the key with --signer FILE; it is signed as ${opened.signatures[0]?.keyid}`)
  const missing = paths.length === 0 ? [] : notShown(statement, paths)
  return missing.length === 0 ? null : failed("DOCUMENTS_NOT_SHOWN", missing.slice(0, 5).join(", "))
}

/**
 * Checks a signed report: who signed it, under which policy, and, where files are given, that the judged documents are
 * among them. Its verdict is then the signer's word. Throws nothing for the report's sake.
 */
export function verifySigned(bytes: Uint8Array, believed: Believed): SignedResult {
  try {
    const opened = envelope(parsePlainText(decodeUtf8(bytes, MAX_SIGNED_BYTES)), "$")
    const statement = parseStatement(opened.payload)
    const fault = faultOf(opened, statement, believed)
    if (fault !== null) return { verdict: fault, signer: null, statement: null }
    return { verdict: statement.verdict, signer: believed.signer && keyIdOf(believed.signer), statement }
  } catch (error) {
    return { verdict: reportVerdict(verdictOf(error)), signer: null, statement: null }
  }
}
