import { type Certificate, parseCertificate, portableSignatures, Rejection } from "@wattest/protocol"
import {
  type ByteStream,
  createWebEngine,
  type EvidenceResult,
  type Named,
  type Policy,
  parsePolicy,
  type Readers,
  renderHtml,
  renderReport,
  reportModel,
  verdictOfWhole,
  verifyCertificate,
  verifyEvidence,
} from "../src/index.ts"
import { type Kind, kindOf } from "./documents.ts"
import type { Answer, Task } from "./messages.ts"

/** The worker of the page: the verifier itself, beside the page so that the page never waits. */

const say = (answer: Answer) => postMessage(answer)

// The page may not connect to anything, so no chain is asked: blocks are trusted by the policy, or not known.
const READERS: Readers = { signatures: portableSignatures, chain: null }

/** Says which document cannot be judged, and what to do about it. */
class Refused extends Error {
  readonly hint: string
  constructor(what: string, hint: string) {
    super(what)
    this.hint = hint
  }
}

async function* pieces(file: File): ByteStream {
  const reader = file.stream().getReader()
  let done = 0
  let told = 0
  for (;;) {
    const next = await reader.read()
    if (next.done) return
    done += next.value.length
    if (done - told > file.size / 200) {
      told = done
      say({ kind: "progress", name: file.name, done, total: file.size })
    }
    yield next.value
  }
}

const bytesOf = async (file: File) => new Uint8Array(await file.arrayBuffer())

function readPolicy(text: string): Policy {
  try {
    return parsePolicy(new TextEncoder().encode(text))
  } catch (error) {
    if (!(error instanceof Rejection)) throw error
    throw new Refused(`The policy cannot be read: ${error.message}`, "Mend the field that is named, or start anew.")
  }
}

function formOf(bytes: Uint8Array): Certificate | null {
  try {
    return parseCertificate(bytes)
  } catch (error) {
    if (error instanceof Rejection) return null
    throw error
  }
}

async function judgeEvidence(files: readonly File[], certificate: Certificate | null, policy: Policy) {
  const judged: Named<EvidenceResult>[] = []
  if (certificate === null) return judged
  for (const file of files) {
    const result = await verifyEvidence(
      pieces(file),
      certificate,
      { policy, readers: READERS },
      { engine: createWebEngine },
    )
    judged.push({ name: file.name, result })
  }
  return judged
}

async function judge({ documents, policy: text }: Task): Promise<void> {
  const policy = readPolicy(text)
  const sorted = new Map<Kind | null, File[]>()
  for (const file of documents) {
    const kind = await kindOf(file)
    sorted.set(kind, [...(sorted.get(kind) ?? []), file])
  }
  const [file, ...more] = sorted.get("certificate") ?? []
  if (file === undefined || more.length > 0)
    throw new Refused(
      `${documents.length} files hold ${more.length + (file ? 1 : 0)} certificates`,
      "Choose one certificate, and the evidence of its runs.",
    )
  const bytes = await bytesOf(file)
  const certificate = { name: file.name, result: await verifyCertificate(bytes, policy, READERS) }
  const evidence = await judgeEvidence(sorted.get("evidence") ?? [], formOf(bytes), policy)
  const verdict = verdictOfWhole(
    certificate.result,
    evidence.map(({ result }) => result),
    policy,
  )
  const model = reportModel({ certificate, evidence, verdict })
  say({
    kind: "report",
    status: verdict.status,
    body: renderReport(model),
    html: renderHtml(model),
    json: `${JSON.stringify(model, null, 2)}\n`,
  })
}

addEventListener("message", ({ data }: MessageEvent<Task>) => {
  judge(data).catch((error: Error) => {
    const hint = error instanceof Refused ? error.hint : "Please report this with the file that caused it."
    say({ kind: "refused", what: error.message, hint })
  })
})
