import { type Hex, ledgerIdOf, parseVouch, Rejection, VOUCH_TYPE, vouchDigest } from "@wattest/protocol"
import {
  type CertificateClaim,
  type CheckVerdict,
  type Judgement,
  judge,
  judgeJob,
  kindOfBytes,
  type ProvenClaim,
  type World,
} from "@wattest/verifier"

/** Kinds that are taken from anybody. */
export const DOCUMENT_KINDS = ["certificate", "job", "presentation", "vouch"] as const
export type DocumentKind = (typeof DOCUMENT_KINDS)[number]

/** What a document says, once it is valid; null where it does not say so. Times are Unix seconds. */
export type DocumentFacts = {
  readonly title: string
  readonly operator: Hex | null
  readonly device: Hex | null
  readonly model: string | null
  readonly zone: string | null
  readonly site: string | null
  readonly party: string | null
  readonly from: number | null
  readonly to: number | null
}

/** Runs and tallies on which a document rests, as the books can be asked of them. */
export type Rests = {
  readonly runs: readonly { readonly device: Hex; readonly run: number; readonly root: Hex }[]
  readonly tallies: readonly { readonly ledgers: readonly Hex[]; readonly from: number; readonly asOf: number }[]
  readonly vouch: { readonly device: Hex; readonly evidence: Hex } | null
}

/** The verdict of the verifier's judge, before the books are asked. */
export type JudgedDocument = {
  readonly kind: DocumentKind
  readonly status: CheckVerdict["status"]
  readonly code: string | null
  readonly detail: string | null
  /** Null unless it is valid. */
  readonly facts: DocumentFacts | null
  readonly rests: Rests
}

const NOTHING: Rests = { runs: [], tallies: [], vouch: null }
const NO_LABELS = { model: null, zone: null, site: null, party: null } as const

const VOUCH = new RegExp(`"mediaType"\\s*:\\s*"${VOUCH_TYPE.replace(/[.+]/g, "\\$&")}"`)

/** What is taken; null: nothing that this index takes. */
export function documentKind(bytes: Uint8Array): DocumentKind | null {
  const kind = kindOfBytes(bytes)
  if (kind === "certificate" || kind === "job" || kind === "presentation") return kind
  return kind === null && VOUCH.test(new TextDecoder().decode(bytes.subarray(-4096))) ? "vouch" : null
}

const outcomeOf = (verdict: Judgement["verdict"]) =>
  verdict.status === "valid"
    ? ({ status: "valid", code: null, detail: null } as const)
    : { status: verdict.status, code: verdict.code, detail: verdict.detail }

const seconds = (ms: number) => Math.floor(ms / 1000)

const runsOf = ({ device, runs }: CertificateClaim): Rests["runs"] =>
  runs.map(({ run, root }) => ({ device, run: Number(run), root }))

function certificateFacts(claim: CertificateClaim): DocumentFacts {
  const { device, operator, labels, startTimeMs, endTimeMs } = claim
  const { model, zone, site, party } = labels
  const span = { from: seconds(startTimeMs), to: seconds(endTimeMs) }
  return { title: `runs of ${device}`, operator, device, model, zone, site, party, ...span }
}

function presentationFacts(claims: readonly ProvenClaim[]): DocumentFacts {
  const scope = claims[0]?.scope
  const { model = null, zone = null, site = null, party = null } = scope?.filters ?? {}
  const operator = scope?.owners[0]?.operator ?? null
  const title = claims
    .map(({ sentence }) => sentence)
    .join(" ")
    .slice(0, 1000)
  return { title, operator, device: null, model, zone, site, party, from: scope?.from ?? null, to: scope?.to ?? null }
}

const talliesOf = (claims: readonly ProvenClaim[]): Rests["tallies"] =>
  claims.flatMap(({ scope, over }) =>
    [scope, over].map(({ owners, from, asOf }) => ({
      ledgers: owners.map(({ operator, voucher }) => ledgerIdOf(operator, voucher)),
      ...{ from, asOf: asOf ?? Number.MAX_SAFE_INTEGER },
    })),
  )

async function* onePiece(bytes: Uint8Array) {
  yield bytes
}

async function judgedJob(bytes: Uint8Array, world: World): Promise<JudgedDocument> {
  const runs: Rests["runs"][number][] = []
  const onCertificate = (claim: CertificateClaim) => runs.push(...runsOf(claim))
  const { verdict } = await judgeJob({ name: "job", pieces: onePiece(bytes) }, world, { onCertificate })
  const rests = { ...NOTHING, runs }
  if (verdict.status !== "valid") return { kind: "job", ...outcomeOf(verdict), facts: null, rests }
  const { job, labels, owners, zones, sites, startTimeMs, endTimeMs } = verdict.claim
  const facts = {
    ...{ title: `job ${job}`, operator: owners[0]?.operator ?? null, device: null },
    ...{ model: labels.model, party: labels.party, zone: zones[0] ?? null, site: sites[0] ?? null },
    ...{ from: seconds(startTimeMs), to: seconds(endTimeMs) },
  }
  return { kind: "job", ...outcomeOf(verdict), facts, rests }
}

/** A vouch document is what the books say of its digest: here it is only read. */
function judgedVouch(bytes: Uint8Array): JudgedDocument {
  try {
    const document = parseVouch(bytes)
    const { device, site, validFrom } = document
    const facts = {
      title: `vouch for ${device}`,
      operator: null,
      device,
      ...NO_LABELS,
      site,
      from: validFrom,
      to: null,
    }
    const rests = { ...NOTHING, vouch: { device, evidence: vouchDigest(document) } }
    return { kind: "vouch", status: "valid", code: null, detail: null, facts, rests }
  } catch (error) {
    if (!(error instanceof Rejection)) throw error
    return { kind: "vouch", status: "invalid", code: error.code, detail: error.detail, facts: null, rests: NOTHING }
  }
}

/** Judges a document by the verifier's own judge. Nothing is thrown for its bytes' sake. */
export async function judgedDocument(bytes: Uint8Array, kind: DocumentKind, world: World): Promise<JudgedDocument> {
  if (kind === "vouch") return judgedVouch(bytes)
  if (kind === "job") return judgedJob(bytes, world)
  const judgement = await judge({ name: kind, bytes }, [], world)
  const { verdict } = judgement
  if (judgement.kind === "certificate" && judgement.verdict.status === "valid") {
    const { certificate } = judgement.verdict.claim
    const rests = { ...NOTHING, runs: runsOf(certificate) }
    return { kind, ...outcomeOf(verdict), facts: certificateFacts(certificate), rests }
  }
  if (judgement.kind === "presentation" && judgement.verdict.status === "valid") {
    const { claim } = judgement.verdict
    return {
      kind,
      ...outcomeOf(verdict),
      facts: presentationFacts(claim),
      rests: { ...NOTHING, tallies: talliesOf(claim) },
    }
  }
  return { kind, ...outcomeOf(verdict), facts: null, rests: NOTHING }
}
