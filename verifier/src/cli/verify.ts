import { closeSync, createReadStream, openSync, readSync, statSync, writeFileSync } from "node:fs"
import { stat } from "node:fs/promises"
import {
  type Context,
  checkPlace,
  foreignKind,
  type Outcome,
  placeOf,
  proxiedFetch,
  readAtMost,
  STANDARD_INPUT,
  UsageError,
} from "@wattest/command"
import { MAX_PRESENTATION_BYTES, visible, visibleJson } from "@wattest/protocol"
import { nodeSignatures } from "@wattest/protocol/node"
import { refusedPrivate } from "../desk/files/private.ts"
import type { EvidenceFile } from "../evidence/file.ts"
import {
  type Document,
  isSignedReport,
  type Judgement,
  judge,
  judgeJob,
  kindOfBytes,
  MAX_SIGNED_BYTES,
  type World,
} from "../judge.ts"
import { nodeSum } from "../node/sum.ts"
import type { Policy } from "../policy.ts"
import { renderText } from "../report/text.ts"
import { createRpcReader } from "../rpc/reader.ts"
import { EXIT_CODES } from "../verdict.ts"
import { expecting, type GateOptions } from "./expectations.ts"
import { isOneFile, type ManyOptions, wantsMany } from "./how-many.ts"
import { readPolicy } from "./read-policy.ts"
import { type Signing, signingOf } from "./signing.ts"

/** Time for all questions to nodes together: slow ones, asked one block after another, must not hold the verdict up for hours. */
const NODES_DEADLINE_MS = 300_000

/** Longest list of paths on standard input. */
const MAX_LIST_BYTES = 8 * 1024 * 1024

/** Bytes that are read at once. */
const READ_BYTES = 256 * 1024

/** Bytes that may be a document of ours. Throws a UsageError where they plainly are something else. */
function readJudged(path: string): Uint8Array {
  const bytes = readAtMost(path, MAX_PRESENTATION_BYTES)
  if (kindOfBytes(bytes) === "private") throw refusedPrivate(path)
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

/** Captures are checked in threads; where there are none, those are not loaded. */
async function withEngine(world: World, evidence: readonly string[]): Promise<World> {
  if (evidence.length === 0) return world
  const { createWorkerEngine } = await import("../node/worker-engine.ts")
  return { ...world, engine: createWorkerEngine }
}

function clearProgress(evidence: readonly string[]): void {
  if (evidence.length > 0 && process.stderr.isTTY) process.stderr.write("\r\u001b[K")
}

async function judgeAll(document: Document, names: readonly string[], world: World): Promise<Judgement> {
  const judgement = await judge(document, names.map(evidenceFile), await withEngine(world, names))
  clearProgress(names)
  return judgement
}

async function renderedHtml({ kind, model }: Judgement): Promise<string> {
  if (kind === "job") return (await import("../report/job/html.ts")).renderJobHtml(model)
  if (kind === "extract") return (await import("../report/extract/html.ts")).renderExtractHtml(model)
  if (kind === "certificate") return (await import("../report/page/html.ts")).renderHtml(model)
  return (await import("../report/presentation/html.ts")).renderPresentationHtml(model)
}

async function renderedText({ kind, model }: Judgement): Promise<string> {
  const colour = process.stdout.isTTY && process.env.NO_COLOR === undefined
  if (kind === "certificate") return renderText(model, { colour })
  if (kind === "job") return (await import("../report/job/text.ts")).renderJobText(model)
  if (kind === "extract") return (await import("../report/extract/text.ts")).renderExtractText(model)
  return (await import("../report/presentation/text.ts")).renderPresentationText(model)
}

type Form = { readonly json: boolean; readonly line: boolean }

async function answerOf(judgement: Judgement, path: string, { json, line }: Form): Promise<string> {
  if (json) return visibleJson(judgement.model)
  return line ? (await import("../gate/line.ts")).lineOf(path, judgement.model) : renderedText(judgement)
}

export type VerifyOptions = {
  readonly policy: string
} & GateOptions &
  ManyOptions

/** What was given: one document, which is told of by itself, or many. */
type Given =
  | { readonly document: Document }
  | { readonly job: string }
  | { readonly signed: Uint8Array; readonly paths: readonly string[] }
  | { readonly paths: readonly string[] }

const END_BYTES = 4096

/** Whether a file is a signed report, by its ends. A pipe has none, and is left alone. */
function isSignedFile(path: string): boolean {
  const found = statSync(path, { throwIfNoEntry: false })
  if (found?.isFile() !== true) return false
  const file = openSync(path, "r")
  try {
    const end = Buffer.alloc(END_BYTES)
    const isNamedAt = (position: number) => isSignedReport(end.subarray(0, readSync(file, end, 0, END_BYTES, position)))
    return isNamedAt(0) || isNamedAt(Math.max(0, found.size - END_BYTES))
  } finally {
    closeSync(file)
  }
}

/** Whether a file is a job, by its beginning: it may be too long to be read whole. */
function isJobFile(path: string): boolean {
  if (statSync(path, { throwIfNoEntry: false })?.isFile() !== true) return false
  const file = openSync(path, "r")
  try {
    const head = Buffer.alloc(END_BYTES)
    return kindOfBytes(head.subarray(0, readSync(file, head, 0, END_BYTES, 0))) === "job"
  } finally {
    closeSync(file)
  }
}

/** Standard input is a document, or a list of the paths of many. */
async function givenBy(paths: readonly string[], options: VerifyOptions): Promise<Given> {
  const [path = ""] = paths
  if (paths.length === 1 && path === STANDARD_INPUT) {
    const bytes = readJudged(path)
    if (bytes.length > MAX_LIST_BYTES || /^\s*\{/.test(new TextDecoder().decode(bytes.subarray(0, 256))))
      return { document: { name: path, bytes } }
    return { paths: (await import("../desk/files/list.ts")).pathsIn(new TextDecoder().decode(bytes)) }
  }
  if (!wantsMany(options) && isSignedFile(path)) {
    if (options.sign !== undefined)
      throw new UsageError(`${placeOf(path)} is signed already`, "sign the report on the documents themselves")
    return { signed: readAtMost(path, MAX_SIGNED_BYTES), paths: paths.slice(1) }
  }
  if (paths.length === 1 && !wantsMany(options) && isJobFile(path)) return { job: path }
  if (paths.length === 1 && !wantsMany(options) && isOneFile(path))
    return { document: { name: path, bytes: readJudged(path) } }
  return { paths }
}

/** Judges what was given, and answers the exit code of the verdict. */
export async function verify(paths: readonly string[], options: VerifyOptions, context: Context): Promise<Outcome> {
  const policy = expecting(readPolicy(options.policy), options)
  const given = await givenBy(paths, options)
  if ("paths" in given && !("signed" in given)) {
    const { verifyMany } = await import("./many.ts")
    return verifyMany(given.paths, { policy, nodesDeadlineMs: NODES_DEADLINE_MS, options }, context)
  }
  if (options.html !== undefined) checkPlace(options.html, "--html")
  const demand = { policy, options, signing: await signingOf(options) }
  if ("signed" in given) return verifyReport(given.signed, given.paths, demand, context)
  return "job" in given ? verifyJobFile(given.job, demand, context) : verifyOne(given.document, demand, context)
}

type Demand = { readonly policy: Policy; readonly options: VerifyOptions; readonly signing: Signing | null }

/** A signed report, and files among which the documents that it names must be. */
async function verifyReport(
  bytes: Uint8Array,
  paths: readonly string[],
  { policy, options }: Demand,
  { terminal, json }: Context,
): Promise<Outcome> {
  const { readSigner } = await import("../sign/envelope.ts")
  const { verifySigned } = await import("../sign/verify.ts")
  const signer = options.signer === undefined ? null : readSigner(options.signer)
  const result = verifySigned(bytes, { signer, policy, paths })
  terminal.print(json ? visibleJson(result) : (await import("../sign/text.ts")).renderSigned(result))
  return { exit: EXIT_CODES[result.verdict.status] }
}

function worldOf(policy: Policy, { offline, time }: VerifyOptions): World {
  const deadline = AbortSignal.timeout(NODES_DEADLINE_MS)
  const chain = offline ? null : createRpcReader(policy, deadline, proxiedFetch)
  return { policy, time: time ?? null, readers: { signatures: nodeSignatures, chain }, createSum: nodeSum }
}

/** A claim over totals opens no run: it has no captures. */
function refuseEvidence({ evidence }: VerifyOptions, kind: "presentation" | "extract"): void {
  if (evidence.length === 0) return
  throw new UsageError(`${kind === "extract" ? "an" : "a"} ${kind} has no evidence of its own`, "leave out --evidence")
}

async function verifyJobFile(name: string, demand: Demand, context: Context): Promise<Outcome> {
  const { policy, options } = demand
  const pieces = createReadStream(name, { highWaterMark: READ_BYTES })
  const world = await withEngine(worldOf(policy, options), options.evidence)
  const judgement = await judgeJob({ name, pieces, evidence: options.evidence.map(evidenceFile) }, world)
  clearProgress(options.evidence)
  return answer(judgement, name, demand, context)
}

async function verifyOne(document: Document, demand: Demand, context: Context): Promise<Outcome> {
  const { policy, options } = demand
  const kind = kindOfBytes(document.bytes)
  if (kind === "presentation" || kind === "extract") refuseEvidence(options, kind)
  const judgement = await judgeAll(document, options.evidence, worldOf(policy, options))
  return answer(judgement, document.name, demand, context)
}

async function answer(
  judgement: Judgement,
  name: string,
  { options: { html, line }, signing }: Demand,
  context: Context,
): Promise<Outcome> {
  if (html !== undefined) writeFileSync(html, await renderedHtml(judgement))
  if (signing !== null) signing.write((await import("../sign/stated.ts")).singleStated(judgement, signing.time))
  context.terminal.print(await answerOf(judgement, name, { json: context.json, line }))
  return { exit: EXIT_CODES[judgement.status] }
}
