import {
  type Certificate,
  type CertifiedRun,
  check,
  deviceIdOf,
  type EvidenceCapture,
  type EvidenceHeader,
  type Hex,
  parseEvidenceCapture,
  parseEvidenceHeader,
} from "@wattest/protocol"
import { EVIDENCE_CATALOGUE, type EvidenceCheckId } from "../catalogue.ts"
import { decide, verdictOf } from "../check-log.ts"
import { type CaptureMeasures, createCaptureMeter } from "../measure/capture-measures.ts"
import type { Policy } from "../policy.ts"
import { createCaptureWatch } from "../quality/capture-findings.ts"
import { createFindingLog, type Finding } from "../quality/findings.ts"
import type { Readers } from "../readers.ts"
import type { CheckVerdict, Result } from "../verdict.ts"
import { type CaptureEngine, type CaptureEngineFactory, createLocalEngine } from "./capture-engine.ts"
import { createExcerptLeafCheck, createFullLeafCheck } from "./leaves.ts"
import { type ByteStream, decompressed, linesOf } from "./lines.ts"
import { checkMonotone, checkOfCode, checkSequence, createSourceCheck } from "./steps.ts"

/** What valid evidence proves of its run. */
export type EvidenceClaim = CaptureMeasures & {
  readonly device: Hex
  readonly run: bigint
  readonly kind: EvidenceHeader["kind"]
  /** Captures that were given; all of the run where the kind is full. */
  readonly captures: number
}

export type EvidenceResult = Result<EvidenceClaim>

export type EvidenceOptions = {
  /** Called now and then with the number of captures that were checked. */
  readonly onProgress?: (captures: number) => void
  /** Where leaves and signatures of full evidence are checked; by default in this thread. */
  readonly engine?: CaptureEngineFactory
}

const IDS = Object.keys(EVIDENCE_CATALOGUE) as EvidenceCheckId[]
const PROGRESS_EVERY = 1024
const VALID: CheckVerdict = { status: "valid" }

/** The run of the certificate that the evidence says it is of. */
function runOf({ device, runs }: Certificate, header: EvidenceHeader): CertifiedRun {
  const isSame = header.device.scheme === device.scheme && header.device.key === device.key
  check(isSame, "RUN_DEVICE_MISMATCH", "the evidence names another device")
  const run = runs.find((candidate) => candidate.run === header.run)
  check(run !== undefined, "RUN_DEVICE_MISMATCH", `the certificate has no run ${header.run}`)
  const { captures } = run.statement
  check(
    header.captures === captures,
    "CAPTURE_COUNT_MISMATCH",
    `${header.captures} captures, the statement names ${captures}`,
  )
  return run
}

type Inputs = {
  readonly header: EvidenceHeader
  readonly run: CertifiedRun
  readonly policy: Policy
  readonly readers: Readers
  readonly engine: CaptureEngine
}

/** Everything that is asked of captures in order. `end` gives the findings and numbers once there are no more. */
function createJudge({ header, run, policy, readers, engine }: Inputs) {
  const leaves =
    header.kind === "full"
      ? createFullLeafCheck(run, engine)
      : createExcerptLeafCheck(run, readers.signatures(header.device))
  const sources = header.kind === "full" ? createSourceCheck(run) : null
  const log = createFindingLog(run.run)
  const watch = createCaptureWatch({ statement: run.statement, tolerances: policy.tolerances, log })
  const meter = createCaptureMeter()
  let before: EvidenceCapture | null = null
  let count = 0
  return {
    /** What it returns, if anything, must be waited for before the next capture. */
    add(line: string): Promise<void> | null {
      const capture = parseEvidenceCapture(line)
      checkSequence(before, capture, header)
      if (before !== null) checkMonotone(before, capture)
      const wait = leaves.add(capture, line)
      sources?.add(capture)
      watch.add(before, capture)
      if (before !== null) meter.add(before, capture)
      before = capture
      count++
      return wait
    },
    settle: () => leaves.settle(),
    async end() {
      await leaves.settle()
      leaves.end()
      sources?.end()
      check(header.kind === "full" || count > 0, "FIELD_MISSING", "the excerpt shows no capture")
      watch.end()
    },
    hasPlan: run.statement.context.metering.length > 0,
    findings: () => log.findings(),
    count: () => count,
    measures: () => meter.measures(run.statement.energyGrade),
  }
}

type Judge = ReturnType<typeof createJudge>

/** The refusal that comes first in the evidence: captures before the line that was refused may still be under way. */
async function earliest(error: unknown, judge: Judge | null): Promise<unknown> {
  try {
    await judge?.settle()
    return error
  } catch (earlier) {
    return earlier
  }
}

/**
 * Judges one run's evidence against a certificate that is parsed already, capture by capture: memory does not grow with
 * their number. Never throws on its bytes. The claim joins the certificate's only where that is valid too.
 */
export async function verifyEvidence(
  stream: ByteStream,
  certificate: Certificate,
  { policy, readers }: { readonly policy: Policy; readonly readers: Readers },
  options: EvidenceOptions = {},
): Promise<EvidenceResult> {
  let judge: Judge | null = null
  let engine: CaptureEngine | null = null
  const lines = linesOf(decompressed(stream))
  try {
    const first = await lines.next()
    check(first.done !== true, "FIELD_MISSING", "the evidence has no header line")
    const header = parseEvidenceHeader(first.value)
    const run = runOf(certificate, header)
    engine = engineOf(header, readers, options)
    judge = createJudge({ header, run, policy, readers, engine })
    for await (const line of lines) {
      const wait = judge.add(line)
      if (wait !== null) await wait
      if (judge.count() % PROGRESS_EVERY === 0) options.onProgress?.(judge.count())
    }
    await judge.end()
    return conclude(judge, header)
  } catch (error) {
    return refused(await earliest(error, judge), judge?.findings() ?? [])
  } finally {
    await Promise.all([lines.return(undefined), engine?.close()])
  }
}

/** The engine for this run. Throws KEY_INVALID. */
function engineOf(
  { device, run }: EvidenceHeader,
  { signatures }: Readers,
  { engine }: EvidenceOptions,
): CaptureEngine {
  return engine?.({ device, run }) ?? createLocalEngine(run, signatures(device))
}

function conclude(judge: Judge, header: EvidenceHeader): EvidenceResult {
  const { device, run, kind } = header
  const checks = IDS.map((id) => {
    const open = openCheck(id, kind, judge.hasPlan)
    return { id, required: open === null, verdict: open ?? VALID }
  })
  const outcome = decide(checks)
  if (outcome.status !== "valid") return { verdict: outcome, checks, findings: judge.findings() }
  // An excerpt leaves readings out, so it has neither peak nor means.
  const measures = kind === "full" ? judge.measures() : { ...judge.measures(), quantities: [], phases: [] }
  const claim = { ...measures, device: deviceIdOf(device), run, kind, captures: judge.count() }
  return { verdict: { status: "valid", claim }, checks, findings: judge.findings() }
}

/** Chosen captures show neither that none is missing nor what all sources together give. */
const NEED_ALL: readonly EvidenceCheckId[] = [
  "evidence-sequence",
  "evidence-root",
  "evidence-grades",
  "evidence-sources",
]

/** What accepted evidence leaves open by its nature, or null. */
function openCheck(id: EvidenceCheckId, kind: EvidenceHeader["kind"], hasPlan: boolean): CheckVerdict | null {
  if (kind === "excerpt" && NEED_ALL.includes(id))
    return { status: "undetermined", code: "EVIDENCE_ABSENT", detail: "an excerpt shows chosen captures only" }
  if (id === "evidence-sources" && !hasPlan)
    return { status: "undetermined", code: "PROOF_ABSENT", detail: "the opening binds no metering plan" }
  return null
}

/** The outcome where one line was refused: what comes after it was not looked at. */
function refused(error: unknown, findings: readonly Finding[]): EvidenceResult {
  const verdict = verdictOf(error)
  const failed = verdict.status === "invalid" ? checkOfCode(verdict.code) : "evidence-form"
  const detail = `the evidence was read up to the first refusal, by ${failed}`
  const rest: CheckVerdict = { status: "undetermined", code: "NOT_REACHED", detail }
  const checks = IDS.map((id) => ({ id, required: true, verdict: id === failed ? verdict : rest }))
  return { verdict, checks, findings }
}
