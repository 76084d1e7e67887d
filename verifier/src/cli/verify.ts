import { createReadStream, writeFileSync } from "node:fs"
import { stat } from "node:fs/promises"
import {
  type Context,
  foreignKind,
  type Outcome,
  placeOf,
  readAtMost,
  readDocument,
  UsageError,
} from "@wattest/command"
import { MAX_PRESENTATION_BYTES, Rejection, visible, visibleJson } from "@wattest/protocol"
import { nodeSignatures } from "@wattest/protocol/node"
import { type Document, type EvidenceFile, type Judgement, judge, kindOfBytes, type World } from "../judge.ts"
import { MAX_POLICY_BYTES, type Policy, parsePolicy } from "../policy.ts"
import type { Readers } from "../readers.ts"
import { renderText } from "../report/text.ts"
import { createRpcReader } from "../rpc/reader.ts"
import { EXIT_CODES } from "../verdict.ts"
import { expecting, type GateOptions } from "./expectations.ts"

/** Time for all questions to nodes together: slow ones, asked one block after another, must not hold the verdict up for hours. */
const NODES_DEADLINE_MS = 300_000

/** Bytes that are read at once. */
const READ_BYTES = 256 * 1024

function readPolicy(path: string): Policy {
  try {
    return parsePolicy(readDocument(path, MAX_POLICY_BYTES, "a policy"))
  } catch (error) {
    if (!(error instanceof Rejection)) throw error
    throw new UsageError(`${path}: ${error.message}`, "the fields are listed in docs/verifying.md")
  }
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

/** A file of evidence, read as it is judged; a terminal shows how far that is. */
function evidenceFile(name: string): EvidenceFile {
  const open = async () => {
    if ((await stat(name)).isDirectory())
      throw new UsageError(`${placeOf(name)}: this is a folder, not a file`, "name a file of captures")
    return createReadStream(name, { highWaterMark: READ_BYTES })
  }
  const onProgress = (captures: number) => {
    if (captures % 16_384 === 0) process.stderr.write(`\r\u001b[K${visible(name)}: ${captures} captures`)
  }
  return { name, open, ...(process.stderr.isTTY && { onProgress }) }
}

async function judgeAll(document: Document, names: readonly string[], world: World): Promise<Judgement> {
  if (names.length === 0) return judge(document, [], world)
  const { createWorkerEngine } = await import("../node/worker-engine.ts")
  const judgement = await judge(document, names.map(evidenceFile), { ...world, engine: createWorkerEngine })
  if (process.stderr.isTTY) process.stderr.write("\r\u001b[K")
  return judgement
}

async function renderedHtml({ kind, model }: Judgement): Promise<string> {
  if (kind === "certificate") return (await import("../report/html.ts")).renderHtml(model)
  return (await import("../report/presentation/html.ts")).renderPresentationHtml(model)
}

async function renderedText({ kind, model }: Judgement): Promise<string> {
  const colour = process.stdout.isTTY && process.env.NO_COLOR === undefined
  if (kind === "certificate") return renderText(model, { colour })
  return (await import("../report/presentation/text.ts")).renderPresentationText(model)
}

type Form = { readonly json: boolean; readonly line: boolean }

async function answerOf(judgement: Judgement, path: string, { json, line }: Form): Promise<string> {
  if (json) return visibleJson(judgement.model)
  return line ? (await import("../gate/line.ts")).lineOf(path, judgement.model) : renderedText(judgement)
}

export type VerifyOptions = {
  readonly policy: string
  readonly evidence: readonly string[]
  readonly offline: boolean
  readonly html: string | undefined
  readonly line: boolean
} & GateOptions

/** Judges a document, and answers the exit code of the verdict. */
export async function verify(path: string, options: VerifyOptions, context: Context): Promise<Outcome> {
  const { evidence, html, offline } = options
  const policy = expecting(readPolicy(options.policy), options)
  const deadline = AbortSignal.timeout(NODES_DEADLINE_MS)
  const readers: Readers = { signatures: nodeSignatures, chain: offline ? null : createRpcReader(policy, deadline) }
  const document = { name: path, bytes: readJudged(path) }
  if (evidence.length > 0 && kindOfBytes(document.bytes) === "presentation")
    throw new UsageError("a presentation has no evidence", "leave out --evidence")
  const judgement = await judgeAll(document, evidence, { policy, readers })
  if (html !== undefined) writeFileSync(html, await renderedHtml(judgement))
  context.terminal.print(await answerOf(judgement, path, { json: context.json, line: options.line }))
  return { exit: EXIT_CODES[judgement.status] }
}
