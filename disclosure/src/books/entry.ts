import {
  type Boundary,
  type Fed,
  type Grade,
  type Group,
  type Hex,
  type Origin,
  type Registers,
  type RunContext,
  vouchDigest,
} from "@wattest/protocol"
import { type ExtractClaim, goesOn, type ProvenClaim } from "@wattest/verifier"
import { type DeskFinding, findingsAmong, type JudgedDocument } from "@wattest/verifier/files"
import type { Evidence, RefusedDocument, SourceBlock } from "../filing.ts"

/** A document that is valid. */
export type ValidDocument = { readonly name: string; readonly digest: Hex; readonly kind: JudgedDocument["kind"] }

/** A run of a valid certificate, with what reports ask of it. */
export type Entry = {
  readonly document: ValidDocument
  readonly device: Hex
  readonly run: bigint
  readonly operator: Hex
  /** The registry of the block's chain and the voucher: with the operator, whose ledger it stands in. */
  readonly registry: Hex
  readonly voucher: Hex
  readonly block: SourceBlock
  readonly boundary: Boundary
  readonly origin: Origin
  readonly model: string
  readonly unit: string
  readonly zone: string
  readonly site: string
  readonly party: string
  readonly workload: string
  /** The job of one device or, where it is of several, of all of them. */
  readonly job: string
  /** Its place in a job of several devices, and the run in which the device began the job; null where no run says it. */
  readonly group: Group | null
  readonly jobStart: bigint | null
  /** The job goes on after it, or the device did not end it itself. */
  readonly goesOn: boolean
  readonly accelerators: number
  /** Where its factors come from, as the device was told. */
  readonly factors: RunContext["factors"]
  readonly startMs: number
  readonly endMs: number
  readonly registers: Registers
  readonly lifetimeMillijoules: bigint
  readonly energyGrade: Grade
  readonly workGrade: Grade
  readonly fed: ReadonlySet<Fed>
  /** Serial numbers of the meters behind its energy, as its vouch document names them; of others nobody knows. */
  readonly meters: readonly string[]
  readonly broken: boolean
}

/** On whose word a run's numbers are: a trace its device did not meter, and was told by the entity. */
export const evidenceOf = ({ origin }: Pick<Entry, "origin">): Evidence => (origin === "live" ? "proved" : "declared")

/** A claim of a valid presentation. */
export type ClaimEntry = { readonly document: ValidDocument; readonly claim: ProvenClaim }

/** What the registry holds of a device, ledger or run by a valid extract. */
export type ExtractEntry = ExtractClaim & { readonly document: ValidDocument }

/** All that valid documents prove, each run once. */
export type Books = {
  readonly entries: readonly Entry[]
  readonly claims: readonly ClaimEntry[]
  readonly extracts: readonly ExtractEntry[]
  readonly refused: readonly RefusedDocument[]
  /** Runs that stand in more than one document, which count once. */
  readonly repeated: number
  /** Where documents contradict each other, as one meter in two devices or two roots of one run. */
  readonly contradictions: readonly DeskFinding[]
}

const byText = (a: string, b: string): number => (a < b ? -1 : Number(a > b))

/** Entries by device and run, so that sums and reports never hang on the order of files. */
export const byRun = (a: Entry, b: Entry): number =>
  byText(a.device, b.device) || (a.run < b.run ? -1 : Number(a.run > b.run))

type Whole = NonNullable<JudgedDocument["proven"]>["wholes"][number]

/** Roles in which a meter's error is one of energy. */
const ENERGY_ROLES: ReadonlySet<string> = new Set(["energy", "it"])

function metersOf({ metering, vouchDocument }: RunContext, vouched: ReadonlyMap<Hex, ReadonlyMap<string, string>>) {
  const serials = vouchDocument === null ? undefined : vouched.get(vouchDocument)
  const own = metering.filter(({ role }) => ENERGY_ROLES.has(role)).map(({ sensor }) => serials?.get(sensor) ?? "")
  return [...new Set(own.filter((serial) => serial !== ""))]
}

function entriesOf(document: ValidDocument, { certificate: claim }: Whole): readonly Entry[] {
  const { device, operator, registry, voucher, certificate } = claim
  const vouched = new Map(
    (certificate.vouchDocuments ?? []).map((vouch) => [
      vouchDigest(vouch),
      new Map(vouch.sensors.map(({ id, serial }) => [id, serial])),
    ]),
  )
  return certificate.runs.map((certified): Entry => {
    const { run, statement, anchor } = certified
    const { context, registers, lifetimeMillijoules, energyGrade, workGrade, broken, boundary, origin } = statement
    const { model, unit, zone, site, party, startTimeMs, endTimeMs } = statement
    return {
      ...{ document, device, run, operator, registry, voucher, boundary, origin, model, unit, zone, site, party },
      ...{ registers, lifetimeMillijoules, energyGrade, workGrade, broken },
      block: { chainId: anchor.chainId, number: `${anchor.blockNumber}`, time: anchor.anchoredAt },
      ...{ workload: context.workload, job: context.group?.job ?? context.job, factors: context.factors },
      ...{ group: context.group ?? null, jobStart: context.jobStart ?? null, goesOn: goesOn(certified) },
      ...{
        accelerators: context.accelerators.length,
        startMs: startTimeMs,
        endMs: endTimeMs,
        fed: new Set(statement.fed),
        meters: metersOf(context, vouched),
      },
    }
  })
}

function refusalOf({ name, verdict }: JudgedDocument): readonly RefusedDocument[] {
  if (verdict.status === "valid") return []
  return [{ name, status: verdict.status, code: verdict.code, detail: verdict.detail }]
}

const byDigest = (a: JudgedDocument, b: JudgedDocument): number => byText(a.sha256, b.sha256) || byText(a.name, b.name)

/**
 * The books of judged documents, in whatever order they were handed in. A run in several of them counts once, by the one whose
 * digest is the least. Pure.
 */
export function booksOf(given: readonly JudgedDocument[]): Books {
  const documents = given.toSorted(byDigest)
  const entries = new Map<string, Entry>()
  const claims = new Map<string, ClaimEntry[]>()
  const extracts = new Map<string, ExtractEntry>()
  let repeated = 0
  for (const { name, kind, sha256, proven } of documents) {
    const document: ValidDocument = { name, kind, digest: `0x${sha256.replace(/^0x/, "")}` }
    if (proven !== null && proven.claims.length > 0 && !claims.has(document.digest))
      claims.set(
        document.digest,
        proven.claims.map((claim) => ({ document, claim })),
      )
    for (const extract of proven?.extracts ?? []) extracts.set(document.digest, { ...extract, document })
    for (const entry of (proven?.wholes ?? []).flatMap((whole) => entriesOf(document, whole))) {
      const key = `${entry.device}/${entry.run}`
      if (entries.has(key)) repeated += 1
      else entries.set(key, entry)
    }
  }
  return {
    entries: [...entries.values()].sort(byRun),
    claims: [...claims.values()].flat(),
    extracts: [...extracts.values()],
    refused: documents.flatMap(refusalOf).sort((a, b) => byText(a.name, b.name)),
    repeated,
    contradictions: findingsAmong(documents).filter(({ severity }) => severity === "serious"),
  }
}
