import { type Certificate, parseCertificate, Rejection, visibleJson } from "@wattest/protocol"
import { portableSignatures } from "@wattest/protocol/portable"
import {
  type ByteStream,
  createWebEngine,
  type EvidenceResult,
  type Named,
  type Policy,
  parsePolicy,
  presentationReport,
  type Readers,
  renderHtml,
  renderPresentationHtml,
  renderPresentationReport,
  renderReport,
  reportModel,
  verdictOfWhole,
  verifyCertificate,
  verifyEvidence,
  verifyPresentation,
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

async function judgeEvidence(files: readonly File[], certificate: Certificate, policy: Policy) {
  const judged: Named<EvidenceResult>[] = []
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

/** The chosen files by what they say they are. */
async function sorted(documents: readonly File[]): Promise<(kind: Kind) => readonly File[]> {
  const kinds = await Promise.all(documents.map(kindOf))
  return (kind) => documents.filter((_, i) => kinds[i] === kind)
}

async function judgeCertificate(file: File, evidenceFiles: readonly File[], policy: Policy): Promise<void> {
  const bytes = await bytesOf(file)
  const certificate = { name: file.name, result: await verifyCertificate(bytes, policy, READERS) }
  // Beside a certificate that is refused evidence proves nothing, so nobody can make it cost anything.
  const isRefused = certificate.result.verdict.status === "invalid"
  const evidence = isRefused ? [] : await judgeEvidence(evidenceFiles, parseCertificate(bytes), policy)
  const results = evidence.map(({ result }) => result)
  const verdict = verdictOfWhole(certificate.result, results, policy)
  const model = reportModel({ certificate, evidence, verdict, policy })
  const json = visibleJson(model)
  say({ kind: "report", status: verdict.status, body: renderReport(model), html: renderHtml(model), json })
}

async function judgePresentation(file: File, policy: Policy): Promise<void> {
  const result = await verifyPresentation(await bytesOf(file), policy, READERS)
  say({
    kind: "report",
    status: result.verdict.status,
    body: renderPresentationReport(file.name, result),
    html: renderPresentationHtml(file.name, result),
    json: visibleJson(presentationReport(file.name, result)),
  })
}

async function judge({ documents, policy: text }: Task): Promise<void> {
  const policy = readPolicy(text)
  const of = await sorted(documents)
  const [file, ...more] = [...of("certificate"), ...of("presentation")]
  if (file === undefined || more.length > 0)
    throw new Refused(
      `${documents.length} files hold ${more.length + (file ? 1 : 0)} certificates or presentations`,
      "Choose one certificate with the evidence of its runs, or one presentation.",
    )
  if (of("presentation").length > 0) await judgePresentation(file, policy)
  else await judgeCertificate(file, of("evidence"), policy)
}

addEventListener("message", ({ data }: MessageEvent<Task>) => {
  judge(data).catch((error: Error) => {
    const hint = error instanceof Refused ? error.hint : "Please report this with the file that caused it."
    say({ kind: "refused", what: error.message, hint })
  })
})
