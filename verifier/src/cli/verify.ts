import { closeSync, openSync, readSync, writeFileSync } from "node:fs"
import { parseArgs } from "node:util"
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
import { UsageError } from "./failure.ts"

/** Time for all questions to nodes together: slow ones, asked one block after another, must not hold the verdict up for hours. */
const NODES_DEADLINE_MS = 300_000

function parse(argv: readonly string[]) {
  return parseArgs({
    args: [...argv],
    allowPositionals: true,
    options: {
      policy: { type: "string" },
      evidence: { type: "string", multiple: true, default: [] },
      offline: { type: "boolean", default: false },
      json: { type: "boolean", default: false },
      html: { type: "string" },
    },
  })
}

/** Bytes that are read at once. */
const READ_BYTES = 256 * 1024

/**
 * Reads a file of at most this length, or a little more of a longer one: enough for the parser to refuse it. Reads to
 * the end, because a pipe does not know its size.
 */
function readAtMost(path: string, maxBytes: number): Uint8Array {
  const file = openSync(path, "r")
  const pieces: Buffer[] = []
  let size = 0
  try {
    while (size <= maxBytes) {
      const piece = Buffer.allocUnsafe(READ_BYTES)
      const length = readSync(file, piece)
      if (length === 0) break
      pieces.push(piece.subarray(0, length))
      size += length
    }
    return Buffer.concat(pieces)
  } finally {
    closeSync(file)
  }
}

function readPolicy(path: string | undefined): Policy {
  if (path === undefined)
    throw new UsageError(
      "--policy is missing",
      "write one with wattest-verify policy init: nothing is believed by default",
    )
  try {
    return parsePolicy(readAtMost(path, MAX_POLICY_BYTES))
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

function write(model: ReportModel, asJson: boolean): void {
  const colour = process.stdout.isTTY && process.env.NO_COLOR === undefined
  process.stdout.write(asJson ? visibleJson(model) : renderText(model, { colour }))
}

/** `wattest-verify CERTIFICATE …`: gives the exit code of the verdict. */
export async function verifyCommand(argv: readonly string[]): Promise<number> {
  const { values, positionals } = parse(argv)
  const [path, ...more] = positionals
  if (path === undefined || more.length > 0)
    throw new UsageError("give one certificate or presentation", "evidence goes with --evidence FILE")
  const policy = readPolicy(values.policy)
  const deadline = AbortSignal.timeout(NODES_DEADLINE_MS)
  const chain = values.offline ? null : createRpcReader(policy, deadline)
  const readers: Readers = { signatures: nodeSignatures, chain }
  const bytes = readAtMost(path, MAX_PRESENTATION_BYTES)
  if (isPresentation(bytes)) {
    if (values.evidence.length > 0) throw new UsageError("a presentation has no evidence", "leave out --evidence")
    const { json: asJson, html } = values
    const { judgePresentation } = await import("./presentation.ts")
    return judgePresentation({ name: path, bytes, asJson, html }, { policy, readers })
  }
  const certificate: Named<CertificateResult> = { name: path, result: await verifyCertificate(bytes, policy, readers) }
  // Beside a certificate that is refused evidence proves nothing, so nobody can make it cost anything.
  const isIdle = values.evidence.length === 0 || certificate.result.verdict.status === "invalid"
  const evidence = isIdle ? [] : await judgeEvidence(values.evidence, parseCertificate(bytes), { policy, readers })
  const results = evidence.map(({ result }) => result)
  const verdict = verdictOfWhole(certificate.result, results, policy)
  const model = reportModel({ certificate, evidence, verdict, policy })
  if (values.html !== undefined) writeFileSync(values.html, (await import("../report/html.ts")).renderHtml(model))
  write(model, values.json)
  return EXIT_CODES[verdict.status]
}
