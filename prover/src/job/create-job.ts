import {
  encodeCertificate,
  encodeJobHeader,
  type Hex,
  JOB_TYPE,
  type JobHeader,
  type VouchDocument,
  vouchDigest,
} from "@wattest/protocol"
import type { RunArchive } from "../archive/run-archive.ts"
import { createCertificate } from "../certificate/create-certificate.ts"
import type { ReceiptSource } from "../certificate/receipts.ts"
import { Refusal } from "../refusal.ts"
import { writeWhole } from "../whole-file.ts"
import type { ListedPart, Stretch } from "./gather.ts"

/** What a job's document lacks. */
export type Lack = { readonly part: number; readonly device: Hex; readonly run: bigint | null; readonly why: string }

export type JobRequest = {
  readonly job: string
  readonly parts: readonly ListedPart[]
  readonly receipts: (archive: RunArchive) => ReceiptSource
  readonly vouchDocuments: readonly VouchDocument[]
  /** Parts that may lack certificates; they are called incomplete. */
  readonly failedParts: readonly number[]
}

/** What cannot be certified: devices without a run here, and runs without a receipt. Asks for each receipt once. */
export async function findLacks({ parts, receipts }: JobRequest): Promise<readonly Lack[]> {
  const lacks: Lack[] = []
  for (const [part, { devices, stretches }] of parts.entries()) {
    const there = new Set(stretches.map(({ device }) => device))
    for (const device of devices.filter((id) => !there.has(id)))
      lacks.push({ part, device, run: null, why: "none of the archives holds a run of it" })
    for (const stretch of stretches) lacks.push(...(await lacksOf(part, stretch, receipts(stretch.archive))))
  }
  return lacks
}

async function lacksOf(
  part: number,
  { device, first, last }: Stretch,
  receipt: ReceiptSource,
): Promise<readonly Lack[]> {
  const lacks: Lack[] = []
  for (let run = first; run <= last; run++)
    await receipt(device, run).catch((error: unknown) => {
      if (!(error instanceof Refusal) || error.code !== "RECEIPT_MISSING") throw error
      lacks.push({ part, device, run, why: "it has no receipt yet" })
    })
  return lacks
}

const MOST_LINES = 20

const sayLack = ({ part, device, run, why }: Lack) =>
  `part ${part}, device ${device}${run === null ? "" : `, run ${run}`}: ${why}`

/** Throws JOB_INCOMPLETE, naming device and run, unless only parts lack something that are given up as failed. */
export function refuseLacks(lacks: readonly Lack[], failedParts: readonly number[]): void {
  const refused = lacks.filter(({ part }) => !failedParts.includes(part))
  if (refused.length === 0) return
  const lines = refused.slice(0, MOST_LINES).map(sayLack)
  const more = refused.length > MOST_LINES ? [`and ${refused.length - MOST_LINES} more`] : []
  const [part] = refused.map((lack) => lack.part)
  throw new Refusal(
    "JOB_INCOMPLETE",
    [...lines, ...more].join("\n  "),
    `name the folders of these devices and wait for receipts (--wait), or give the part up with --accept-failed ${part}`,
  )
}

type Planned = { readonly header: JobHeader; readonly stretches: readonly Stretch[] }

/** What of each part is certified: of a part that lacks something, the devices that are whole. */
function planned({ job, parts }: JobRequest, lacks: readonly Lack[]): Planned {
  const lacking = (part: number) => new Set(lacks.filter((lack) => lack.part === part).map(({ device }) => device))
  const kept = parts.map(({ stretches }, part) => {
    const without = lacking(part)
    return stretches.filter(({ device }) => !without.has(device))
  })
  const stretches = kept.flat()
  if (stretches.length === 0)
    throw new Refusal("JOB_INCOMPLETE", "no device of it can be certified", "wait for receipts")
  const stated = parts.map(({ devices, group: { sharedWork } }, part) => ({
    devices,
    ...(sharedWork && { sharedWork }),
    incomplete: lacking(part).size > 0,
  }))
  return { header: { mediaType: JOB_TYPE, job, parts: stated, certificates: stretches.length }, stretches }
}

async function certificateOf(stretch: Stretch, { receipts, vouchDocuments }: JobRequest): Promise<Uint8Array> {
  const { archive, device, first: firstRun, last: lastRun } = stretch
  const named = new Set<Hex | null>()
  for (let run = firstRun; run <= lastRun; run++)
    named.add((await archive.record(device, run)).statement.context.vouchDocument)
  const own = vouchDocuments.filter((document) => named.has(vouchDigest(document)))
  const request = { archive, receipts: receipts(archive), device, firstRun, lastRun, vouchDocuments: own }
  return encodeCertificate(await createCertificate(request))
}

async function* piecesOf({ header, stretches }: Planned, request: JobRequest): AsyncGenerator<Uint8Array | string> {
  yield encodeJobHeader(header)
  for (const stretch of stretches) {
    yield await certificateOf(stretch, request)
    yield "\n"
  }
}

/**
 * Writes the document of a job whole or not at all, a certificate at a time: memory does not grow with the number of
 * devices. Throws what {@link createCertificate} throws.
 */
export async function writeJob(
  path: string,
  request: JobRequest,
  lacks: readonly Lack[],
): Promise<{ readonly header: JobHeader; readonly bytes: number }> {
  const plan = planned(request, lacks)
  const bytes = await writeWhole(path, piecesOf(plan, request))
  return { header: plan.header, bytes }
}
