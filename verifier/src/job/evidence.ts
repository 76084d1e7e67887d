import { type Certificate, deviceIdOf, type Hex, parseEvidenceHeader, Rejection } from "@wattest/protocol"
import { raise, verdictOf } from "../check-log.ts"
import type { EvidenceFile } from "../evidence/file.ts"
import { decompressed, linesOf } from "../evidence/lines.ts"
import type { EvidenceClaim, EvidenceResult } from "../evidence/verify.ts"
import type { Finding } from "../quality/findings.ts"
import type { FileFacts } from "../report/sum.ts"
import { type CheckVerdict, OUTCOMES, Undetermined } from "../verdict.ts"

/** A file of evidence that was given beside a job, and what came of it. */
export type JobEvidence = {
  readonly name: string
  /** Null where it was not read. */
  readonly sha256: string | null
  readonly bytes: number
  /** Of what it is, where it is valid. */
  readonly claim: Pick<EvidenceClaim, "device" | "run" | "kind" | "captures"> | null
  readonly verdict: CheckVerdict
}

/** Judges one file against the certificate that holds its run. */
export type EvidenceJudge = (
  file: EvidenceFile,
  certificate: Certificate,
) => Promise<FileFacts & { readonly result: EvidenceResult }>

const nameOf = (device: Hex, run: bigint) => `${device}/${run}`

/** The run that a file says it is of. Throws a Rejection. */
async function runIn(file: EvidenceFile): Promise<string> {
  const lines = linesOf(decompressed(await file.open()))
  try {
    const first = await lines.next()
    if (first.done === true) throw new Rejection("FIELD_MISSING", "the evidence has no header line")
    const { device, run } = parseEvidenceHeader(first.value)
    return nameOf(deviceIdOf(device), run)
  } finally {
    await lines.return(undefined)
  }
}

/**
 * The evidence beside a job, by the run that each file says it is of: it is read where its certificate is, so that of all
 * captures a few lines are held. What is of no run of the job is refused, as what contradicts one is.
 */
export class EvidenceShelf {
  readonly #byRun = new Map<string, EvidenceFile>()
  readonly #judge: EvidenceJudge
  readonly judged: JobEvidence[] = []
  readonly #shown = new Set<string>()

  private constructor(judge: EvidenceJudge) {
    this.#judge = judge
  }

  static async of(files: readonly EvidenceFile[], judge: EvidenceJudge): Promise<EvidenceShelf> {
    const shelf = new EvidenceShelf(judge)
    for (const file of files)
      try {
        shelf.#keep(await runIn(file), file)
      } catch (error) {
        shelf.#refuse(file, error)
      }
    return shelf
  }

  #keep(run: string, file: EvidenceFile): void {
    if (this.#byRun.has(run)) throw new Rejection("RUN_DEVICE_MISMATCH", `run ${run} has two files of evidence`)
    this.#byRun.set(run, file)
  }

  #refuse({ name }: EvidenceFile, error: unknown): void {
    this.judged.push({ name, sha256: null, bytes: 0, claim: null, verdict: verdictOf(error) })
  }

  /** Judges the files of a certificate's runs; answers what was found about their quality. */
  async judgeBeside(device: Hex, certificate: Certificate): Promise<readonly Finding[]> {
    const findings: Finding[] = []
    for (const { run } of certificate.runs) {
      const name = nameOf(device, run)
      const file = this.#byRun.get(name)
      if (file === undefined) continue
      this.#byRun.delete(name)
      const { result, ...facts } = await this.#judge(file, certificate)
      const { verdict } = result
      const claim = verdict.status === "valid" ? verdict.claim : null
      if (claim?.kind === "full") this.#shown.add(name)
      const { sha256, bytes } = facts
      this.judged.push({
        ...{ name: file.name, sha256, bytes },
        claim: claim && { device: claim.device, run: claim.run, kind: claim.kind, captures: claim.captures },
        verdict: verdict.status === "valid" ? { status: "valid" } : verdict,
      })
      findings.push(...result.findings)
    }
    return findings
  }

  /** What no certificate of the job was for is refused. */
  end(): void {
    for (const [run, file] of this.#byRun)
      this.#refuse(file, new Rejection("RUN_DEVICE_MISMATCH", `the job has no run ${run}`))
    this.#byRun.clear()
  }

  /**
   * Throws what the gravest file deserves, and Undetermined where not all captures of these runs were given: whether that matters, the
   * policy says.
   */
  check(runs: readonly { readonly device: Hex; readonly run: bigint }[]): void {
    for (const status of OUTCOMES)
      for (const { name, verdict } of this.judged)
        if (verdict.status === status && verdict.status !== "valid")
          raise({ ...verdict, detail: `${name}: ${verdict.detail}` })
    const absent = runs.find(({ device, run }) => !this.#shown.has(nameOf(device, run)))
    if (absent !== undefined)
      throw new Undetermined("EVIDENCE_ABSENT", `device ${absent.device}, run ${absent.run} has no full evidence`)
  }
}
