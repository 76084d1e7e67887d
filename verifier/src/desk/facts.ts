import {
  type AnchorReceipt,
  type Boundary,
  deviceIdOf,
  type Hex,
  type MetricName,
  type Scope,
  type VouchDocument,
  vouchDigest,
} from "@wattest/protocol"
import type { CertificateClaim } from "../certificate/claim.ts"
import type { ProvenClaim } from "../claims/verify-presentation.ts"

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

/** What one document says that others can be held against. */
export type Facts = {
  readonly runs: readonly RunFact[]
  readonly vouches: readonly VouchFact[]
  readonly claims: readonly ClaimFact[]
  readonly receipts: readonly ReceiptFact[]
}

export const NO_FACTS: Facts = { runs: [], vouches: [], claims: [], receipts: [] }

export function vouchFact(document: VouchDocument): VouchFact {
  const sensors = document.sensors.map(({ id, serial }) => ({ id, serial }))
  return { digest: vouchDigest(document), device: document.device, sensors }
}

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
      uses: statement.context.metering.map(({ sensor, role, share }) => ({
        sensor,
        role,
        share: Number(share ?? "1"),
      })),
    })),
    vouches: (certificate.vouchDocuments ?? []).map(vouchFact),
  }
}

export function presentationFacts(claims: readonly ProvenClaim[]): Facts {
  return { ...NO_FACTS, claims: claims.map(({ bound, scope }) => ({ metric: bound.metric, scope })) }
}

export function receiptFacts({ submission }: AnchorReceipt): Facts {
  const { device, firstRun, roots } = submission
  return { ...NO_FACTS, receipts: [{ device: deviceIdOf(device), firstRun, roots }] }
}
