import { writeFileSync } from "node:fs"
import {
  type Context,
  foreignKind,
  type Outcome,
  placeOf,
  readAtMost,
  readDocument,
  UsageError,
} from "@wattest/command"
import {
  type Certificate,
  MAX_PRESENTATION_BYTES,
  PRESENTATION_TYPE,
  parseCertificate,
  Rejection,
  visibleJson,
} from "@wattest/protocol"
import { nodeSignatures } from "@wattest/protocol/node"
import { type CertificateResult, verifyCertificate } from "../certificate/verify.ts"
import type { EvidenceResult } from "../evidence/verify.ts"
import { MAX_POLICY_BYTES, type Policy, parsePolicy } from "../policy.ts"
import type { Readers } from "../readers.ts"
import { type Named, reportModel } from "../report/build.ts"
import type { ReportModel } from "../report/model.ts"
import { renderText } from "../report/text.ts"
import { createRpcReader } from "../rpc/reader.ts"
import { EXIT_CODES } from "../verdict.ts"
import { verdictOfWhole } from "../whole.ts"

/** Time for all questions to nodes together: slow ones, asked one block after another, must not hold the verdict up for hours. */
const NODES_DEADLINE_MS = 300_000

function readPolicy(path: string): Policy {
  try {
    return parsePolicy(readDocument(path, MAX_POLICY_BYTES, "a policy"))
  } catch (error) {
    if (!(error instanceof Rejection)) throw error
    throw new UsageError(`${path}: ${error.message}`, "the fields are listed in docs/verifying.md")
  }
}

type World = { readonly policy: Policy; readonly readers: Readers }

// What only some documents need is loaded with them: most of the time that one certificate takes is loading code.
async function judgeEvidence(paths: readonly string[], certificate: Certificate, world: World) {
  const { judgeEvidenceFile } = await import("./evidence.ts")
  const judged: Named<EvidenceResult>[] = []
  for (const name of paths) judged.push({ name, result: await judgeEvidenceFile(name, certificate, world) })
  return judged
}

/** In its one spelling a presentation ends with its media type, because "claims" and "keys" sort before it. */
function isPresentation(bytes: Uint8Array): boolean {
  return new TextDecoder().decode(bytes.subarray(-128)).includes(`"${PRESENTATION_TYPE}"`)
}

function write(model: ReportModel, { json, terminal }: Context): void {
  const colour = process.stdout.isTTY && process.env.NO_COLOR === undefined
  terminal.print(json ? visibleJson(model) : renderText(model, { colour }))
}

/** Bytes that may be a document of ours. Throws a UsageError where they plainly are something else. */
function readJudged(path: string): Uint8Array {
  const bytes = readAtMost(path, MAX_PRESENTATION_BYTES)
  const foreign = foreignKind(bytes)
  if (foreign !== null)
    throw new UsageError(
      `${placeOf(path)} is ${foreign}, not a certificate or presentation`,
      "evidence goes with --evidence FILE",
    )
  return bytes
}

export type VerifyOptions = {
  readonly policy: string
  readonly evidence: readonly string[]
  readonly offline: boolean
  readonly html: string | undefined
}

/** Judges a document, and answers the exit code of the verdict. */
export async function verify(path: string, options: VerifyOptions, context: Context): Promise<Outcome> {
  const policy = readPolicy(options.policy)
  const deadline = AbortSignal.timeout(NODES_DEADLINE_MS)
  const readers: Readers = {
    signatures: nodeSignatures,
    chain: options.offline ? null : createRpcReader(policy, deadline),
  }
  const bytes = readJudged(path)
  const { evidence: paths, html } = options
  if (isPresentation(bytes)) {
    if (paths.length > 0) throw new UsageError("a presentation has no evidence", "leave out --evidence")
    const { judgePresentation } = await import("./presentation.ts")
    return { exit: await judgePresentation({ name: path, bytes, html }, { policy, readers }, context) }
  }
  const certificate: Named<CertificateResult> = { name: path, result: await verifyCertificate(bytes, policy, readers) }
  // Beside a certificate that is refused evidence proves nothing, so nobody can make it cost anything.
  const isIdle = paths.length === 0 || certificate.result.verdict.status === "invalid"
  const evidence = isIdle ? [] : await judgeEvidence(paths, parseCertificate(bytes), { policy, readers })
  const results = evidence.map(({ result }) => result)
  const verdict = verdictOfWhole(certificate.result, results, policy)
  const model = reportModel({ certificate, evidence, verdict, policy })
  if (html !== undefined) writeFileSync(html, (await import("../report/html.ts")).renderHtml(model))
  write(model, context)
  return { exit: EXIT_CODES[verdict.status] }
}
