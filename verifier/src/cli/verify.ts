import { closeSync, createReadStream, openSync, readSync, writeFileSync } from "node:fs"
import { stat } from "node:fs/promises"
import { parseArgs } from "node:util"
import { MAX_PRESENTATION_BYTES, Rejection, visible, visibleJson } from "@wattest/protocol"
import { nodeSignatures } from "@wattest/protocol/node"
import { type Document, type EvidenceFile, type Judgement, judge, kindOfBytes, type World } from "../judge.ts"
import { MAX_POLICY_BYTES, type Policy, parsePolicy } from "../policy.ts"
import type { Readers } from "../readers.ts"
import { renderText } from "../report/text.ts"
import { createRpcReader } from "../rpc/reader.ts"
import { EXIT_CODES } from "../verdict.ts"
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

/** Files of evidence, read as they are judged; a terminal shows how far that is. */
function evidenceFile(name: string): EvidenceFile {
  const open = async () => {
    await stat(name)
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

/** `wattest-verify DOCUMENT …`: gives the exit code of the verdict. */
export async function verifyCommand(argv: readonly string[]): Promise<number> {
  const { values, positionals } = parse(argv)
  const [path, ...more] = positionals
  if (path === undefined || more.length > 0)
    throw new UsageError("give one certificate or presentation", "evidence goes with --evidence FILE")
  const policy = readPolicy(values.policy)
  const deadline = AbortSignal.timeout(NODES_DEADLINE_MS)
  const chain = values.offline ? null : createRpcReader(policy, deadline)
  const readers: Readers = { signatures: nodeSignatures, chain }
  const document = { name: path, bytes: readAtMost(path, MAX_PRESENTATION_BYTES) }
  if (values.evidence.length > 0 && kindOfBytes(document.bytes) === "presentation")
    throw new UsageError("a presentation has no evidence", "leave out --evidence")
  const judgement = await judgeAll(document, values.evidence, { policy, readers })
  if (values.html !== undefined) writeFileSync(values.html, await renderedHtml(judgement))
  process.stdout.write(values.json ? visibleJson(judgement.model) : await renderedText(judgement))
  return EXIT_CODES[judgement.status]
}
