import { Rejection, visibleJson } from "@wattest/protocol"
import { portableSignatures } from "@wattest/protocol/portable"
import {
  type ByteStream,
  createWebEngine,
  type EvidenceFile,
  type Judgement,
  judge,
  judgeJob,
  type Kind,
  type Policy,
  parsePolicy,
  type Readers,
  renderExtractHtml,
  renderExtractReport,
  renderHtml,
  renderJobHtml,
  renderJobReport,
  renderPresentationHtml,
  renderPresentationReport,
  renderReport,
} from "../src/index.ts"
import type { Answer, Report, Task } from "./messages.ts"

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

function readPolicy(text: string): Policy {
  try {
    return parsePolicy(new TextEncoder().encode(text))
  } catch (error) {
    if (!(error instanceof Rejection)) throw error
    throw new Refused(`The policy cannot be read: ${error.message}`, "Mend the field that is named, or start anew.")
  }
}

const evidenceFile = (file: File): EvidenceFile => ({ name: file.name, open: async () => pieces(file) })

function pagesOf({ kind, model }: Judgement): readonly [body: string, html: string] {
  if (kind === "certificate") return [renderReport(model), renderHtml(model)]
  if (kind === "extract") return [renderExtractReport(model), renderExtractHtml(model)]
  if (kind === "job") return [renderJobReport(model), renderJobHtml(model)]
  return [renderPresentationReport(model), renderPresentationHtml(model)]
}

function reportOf(judgement: Judgement): Report {
  const [body, html] = pagesOf(judgement)
  return { kind: "report", status: judgement.status, body, html, json: visibleJson(judgement.model) }
}

async function judgeTask({ documents, policy: text, time }: Task): Promise<Report> {
  const policy = readPolicy(text)
  const of = (wanted: Kind) => documents.filter(({ kind }) => kind === wanted).map(({ file }) => file)
  const [file, ...more] = [...of("certificate"), ...of("job"), ...of("presentation"), ...of("extract")]
  if (file === undefined || more.length > 0)
    throw new Refused(
      `${documents.length} files hold ${more.length + (file ? 1 : 0)} certificates, jobs, presentations or extracts`,
      "Choose one certificate or one job with the evidence of its runs, one presentation or one extract.",
    )
  const world = { policy, time, readers: READERS, engine: createWebEngine }
  const evidence = of("evidence").map(evidenceFile)
  if (of("job").length > 0) return reportOf(await judgeJob({ name: file.name, pieces: pieces(file), evidence }, world))
  const document = { name: file.name, bytes: new Uint8Array(await file.arrayBuffer()) }
  return reportOf(await judge(document, evidence, world))
}

addEventListener("message", ({ data }: MessageEvent<Task>) => {
  judgeTask(data).then(say, (error: Error) => {
    const hint = error instanceof Refused ? error.hint : "Please report this with the file that caused it."
    say({ kind: "refused", what: error.message, hint })
  })
})
