import {
  type AnchorReceipt,
  type Boundary,
  deviceIdOf,
  type Hex,
  type MetricName,
  type RunContext,
  type Scope,
  type VouchDocument,
  vouchDigest,
} from "@wattest/protocol"
import type { CertificateClaim } from "../certificate/claim.ts"
import type { ProvenClaim } from "../claims/verify-presentation.ts"
import type { JobClaim } from "../job/claim.ts"

/** What a valid certificate proves of a run, as far as other documents can contradict it. */
export type RunFact = {
  readonly device: Hex
  readonly run: bigint
  readonly root: Hex
  readonly startMs: number
  readonly endMs: number
  readonly lifetimeMillijoules: bigint
  readonly energyMillijoules: bigint
  readonly broken: boolean
  readonly boundary: Boundary
  readonly vouchDocument: Hex | null
  /** The job of several devices that it is of, and its part; null where it is of none. */
  readonly job: { readonly id: string; readonly part: number } | null
  /** How the plan takes each sensor into a role. */
  readonly uses: readonly { readonly sensor: string; readonly role: string; readonly share: number }[]
}

export type VouchFact = {
  readonly digest: Hex
  readonly device: Hex
  readonly sensors: readonly { readonly id: string; readonly serial: string }[]
}

export type ClaimFact = { readonly metric: MetricName; readonly scope: Scope }

export type ReceiptFact = {
  readonly device: Hex
  readonly firstRun: bigint
  readonly roots: readonly Hex[]
}

/** A job of several devices, and how many parts of it are shown. */
export type JobFact = { readonly id: string; readonly parts: number }

/** What one document says that others can be held against. */
export type Facts = {
  readonly runs: readonly RunFact[]
  readonly vouches: readonly VouchFact[]
  readonly claims: readonly ClaimFact[]
  readonly receipts: readonly ReceiptFact[]
  readonly jobs: readonly JobFact[]
}

export const NO_FACTS: Facts = { runs: [], vouches: [], claims: [], receipts: [], jobs: [] }

export function vouchFact(document: VouchDocument): VouchFact {
  const sensors = document.sensors.map(({ id, serial }) => ({ id, serial }))
  return { digest: vouchDigest(document), device: document.device, sensors }
}

const jobOf = ({ group }: RunContext): RunFact["job"] => (group ? { id: group.job, part: group.part } : null)

/** Facts of a valid certificate: there is no other way to come by them. */
export function certificateFacts({ certificate, device, runs }: CertificateClaim): Facts {
  return {
    ...NO_FACTS,
    runs: certificate.runs.map(({ run, statement }, i) => ({
      ...{ device, run, root: runs[i]?.root ?? "0x" },
      ...{ startMs: statement.startTimeMs, endMs: statement.endTimeMs, boundary: statement.boundary },
      lifetimeMillijoules: statement.lifetimeMillijoules,
      energyMillijoules: statement.registers.energyMillijoules,
      broken: statement.broken,
      vouchDocument: statement.context.vouchDocument,
      job: jobOf(statement.context),
      uses: statement.context.metering.map(({ sensor, role, share }) => ({
        sensor,
        role,
        share: Number(share ?? "1"),
      })),
    })),
    vouches: (certificate.vouchDocuments ?? []).map(vouchFact),
  }
}

/** The facts of a valid job: those of its certificates, and how far it goes. */
export function jobFacts({ job: id, parts }: JobClaim, certificates: readonly Facts[]): Facts {
  return {
    ...NO_FACTS,
    runs: certificates.flatMap(({ runs }) => runs),
    vouches: certificates.flatMap(({ vouches }) => vouches),
    jobs: [{ id, parts: parts.length }],
  }
}

export function presentationFacts(claims: readonly ProvenClaim[]): Facts {
  return { ...NO_FACTS, claims: claims.map(({ bound, scope }) => ({ metric: bound.metric, scope })) }
}

export function receiptFacts({ submission }: AnchorReceipt): Facts {
  const { device, firstRun, roots } = submission
  return { ...NO_FACTS, receipts: [{ device: deviceIdOf(device), firstRun, roots }] }
}
