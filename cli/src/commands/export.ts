import { join } from "node:path"
import {
  type Context,
  checkFree,
  jsonLine,
  type Outcome,
  proxiedFetch,
  readAtMost,
  rows,
  UsageError,
} from "@wattest/command"
import { type Certificate, deviceIdOf, MAX_PRESENTATION_BYTES, parseCertificate } from "@wattest/protocol"
import { nodeSignatures } from "@wattest/protocol/node"
import { openArchive, type RunArchive } from "@wattest/prover"
import { createRpcReader, type EvidenceFile, EXIT_CODES, judge, kindOfBytes, type World } from "@wattest/verifier"
import { readPolicy } from "@wattest/verifier/files"
import { createWorkerEngine } from "@wattest/verifier/node"
import { openParquet, type ParquetFile } from "../export/parquet.ts"
import { rowsOf } from "../export/rows.ts"

export type ExportOptions = {
  readonly home: string
  readonly archive: string | undefined
  readonly policy: string
  readonly offline: boolean
  readonly out: string
}

const NODES_DEADLINE_MS = 300_000
const LINE_FEED = 10

/** Passes bytes on, and gives each whole line after the first to `onLine`: what is exported is what was judged. */
async function* watched(chunks: AsyncIterable<Uint8Array>, onLine: (line: string) => void) {
  const decoder = new TextDecoder()
  let rest: Uint8Array = new Uint8Array()
  let lines = 0
  for await (const chunk of chunks) {
    const bytes = rest.length === 0 ? chunk : Buffer.concat([rest, chunk])
    let start = 0
    for (let end = bytes.indexOf(LINE_FEED); end >= 0; end = bytes.indexOf(LINE_FEED, start)) {
      if (lines++ > 0) onLine(decoder.decode(bytes.subarray(start, end)))
      start = end + 1
    }
    rest = bytes.subarray(start)
    yield chunk
  }
}

/**
 * Evidence whose captures become rows while it is judged. A line that is no capture is the verifier's to refuse: only where
 * that does not, `settle` throws what kept the line from being a row.
 */
function watchedEvidence(
  archive: RunArchive,
  certificate: Certificate,
  run: Certificate["runs"][number],
  file: ParquetFile,
): { readonly file: EvidenceFile; readonly settle: () => void } {
  const name = `evidence of run ${run.run}`
  const rowOf = rowsOf(certificate, run)
  let fault: unknown = null
  const onLine = (line: string) => {
    if (fault !== null) return
    try {
      file.add(rowOf(line))
    } catch (error) {
      fault = error
    }
  }
  const open = async () => watched((await archive.evidence(deviceIdOf(certificate.device), run.run)).chunks, onLine)
  const settle = () => {
    if (fault !== null) throw fault
  }
  return { file: { name, open }, settle }
}

/** Throws a UsageError where the file is no certificate. */
function readCertificate(path: string): Uint8Array {
  const bytes = readAtMost(path, MAX_PRESENTATION_BYTES)
  if (kindOfBytes(bytes) === "certificate") return bytes
  throw new UsageError(`${path} is no certificate`, "name certificates; their captures come from the archive")
}

/** The verdict on one certificate with all its evidence, whose rows are in the file then. */
async function exportOne(bytes: Uint8Array, name: string, archive: RunArchive, file: ParquetFile, world: World) {
  let certificate: Certificate
  try {
    certificate = parseCertificate(bytes)
  } catch {
    // The verdict says what is wrong with it.
    return judge({ name, bytes }, [], world)
  }
  const evidence = certificate.runs.map((run) => watchedEvidence(archive, certificate, run, file))
  const files = evidence.map((one) => one.file)
  const judgement = await judge({ name, bytes }, files, { ...world, engine: createWorkerEngine })
  if (judgement.verdict.status === "valid") for (const { settle } of evidence) settle()
  return judgement
}

/** Throws a UsageError where another file has a run already: its energy would be in every sum twice. */
function noteRuns(bytes: Uint8Array, path: string, seen: Map<string, string>): number {
  const { device, runs } = parseCertificate(bytes)
  const id = deviceIdOf(device)
  for (const { run } of runs) {
    const before = seen.get(`${id}/${run}`)
    if (before !== undefined)
      throw new UsageError(
        `run ${run} of ${id} is in ${before} and in ${path}`,
        "its energy would count twice: name each run once",
      )
    seen.set(`${id}/${run}`, path)
  }
  return runs.length
}

/**
 * Captures of certificates into one Parquet file. Each certificate is judged with the evidence of all its runs, and one
 * that is not valid ends it: the file holds verified captures alone, or is not there.
 */
export async function exportCaptures(
  paths: readonly string[],
  options: ExportOptions,
  context: Context,
): Promise<Outcome> {
  const { home, archive: place = join(home, "archive"), offline, out } = options
  checkFree(out, "--out")
  const policy = readPolicy(options.policy)
  const archive = openArchive(place)
  const chain = offline ? null : createRpcReader(policy, AbortSignal.timeout(NODES_DEADLINE_MS), proxiedFetch)
  const world: World = { policy, readers: { signatures: nodeSignatures, chain } }
  const file = await openParquet(out)
  try {
    let runs = 0
    const seen = new Map<string, string>()
    for (const path of paths) {
      const bytes = readCertificate(path)
      const judgement = await exportOne(bytes, path, archive, file, world)
      if (judgement.verdict.status !== "valid") {
        const { status, code = "" } = judgement.verdict as { status: keyof typeof EXIT_CODES; code?: string }
        context.terminal.say(`${path} is ${status} (${code}): nothing was written; wattest verify says why`)
        return { exit: EXIT_CODES[status] }
      }
      runs += noteRuns(bytes, path, seen)
      context.terminal.say(`${path}: valid, ${runs} ${runs === 1 ? "run" : "runs"} so far`)
    }
    await file.finish()
    const answer = { document: out, certificates: paths.length, runs }
    context.terminal.print(
      context.json ? jsonLine(answer) : rows(Object.entries(answer).map(([name, value]) => [name, String(value)])),
    )
    return {}
  } finally {
    await file.close()
  }
}
