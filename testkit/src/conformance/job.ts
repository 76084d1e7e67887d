import {
  type Certificate,
  encodeCertificate,
  encodeJobHeader,
  type Group,
  groupOf,
  type Hex,
  JOB_TYPE,
  type JobHeader,
  partDigest,
} from "@wattest/protocol"
import type { Policy } from "@wattest/verifier"
import { ed25519Device } from "./keys.ts"
import { START_MS, type StatementDocument, type Story, tell } from "./story.ts"

/** A part of a job: who is in it, and how it ends. */
export type PartStory = {
  /** Names of devices. */
  readonly devices: readonly string[]
  readonly sharedWork?: true
  /** The devices that did not come to its end. */
  readonly interrupted?: readonly string[]
}

/** A job of several devices on one chain. */
export type JobStory = {
  readonly parts: readonly PartStory[]
  /** What is special with a device, by its name. */
  readonly device?: (name: string) => Story
  /** What a device binds as its place in the job. */
  readonly group?: (group: Group, name: string) => Group | undefined
  /** The run in which a device says that its job began; null where it does not say it. */
  readonly start?: (name: string, run: bigint) => bigint | null
  /** Devices that have a run before their first part, which is not shown. */
  readonly late?: readonly string[]
  /** Devices whose first run says that it is of their last part, and the other way round. */
  readonly backwards?: readonly string[]
  /** Devices that were cut off in their last part, and show the run until they were back. */
  readonly bridged?: readonly string[]
  /** Void runs of a device between the one in which it was cut off and the next, by its name. */
  readonly voids?: (name: string) => NonNullable<Story["voids"]>
  readonly statement?: (statement: StatementDocument, name: string, part: number) => StatementDocument
  readonly policy?: (policy: Policy) => Policy
}

/** A job as it is told: its first line, its certificates in order, and who made each. */
export type ToldJob = {
  readonly header: JobHeader
  readonly certificates: readonly { readonly name: string; readonly part: number; readonly certificate: Certificate }[]
  /** The captures of each run, by device and run. */
  readonly evidence: readonly (readonly string[])[]
  readonly policy: Policy
}

const CAPTURES = 4
/** What a run of so many captures takes, ms. */
const RUN_MS = (CAPTURES - 1) * 10_000

export const idOf = (name: string): Hex => ed25519Device(name).id

function groupsOf({ parts }: JobStory): readonly Group[] {
  const groups: Group[] = []
  for (const [part, { devices, sharedWork }] of parts.entries()) {
    const before = groups.at(-1)
    const previous = before === undefined ? null : partDigest(before)
    const shared = sharedWork === undefined ? {} : { sharedWork }
    groups.push(groupOf({ job: "llama-7", part, devices: devices.map(idOf), previous, ...shared }))
  }
  return groups
}

/** A device's runs, one for each part that it is in. */
function tellDevice(story: JobStory, name: string, index: number) {
  const groups = groupsOf(story)
  const mine = story.parts.flatMap(({ devices }, part) => (devices.includes(name) ? [part] : []))
  const parts = story.backwards?.includes(name) ? mine.toReversed() : mine
  const isLate = story.late?.includes(name) ?? false
  const isBridged = story.bridged?.includes(name) ?? false
  const shownParts = isBridged ? [...parts, parts.at(-1) ?? 0] : parts
  const begun = isLate ? [parts[0] ?? 0, ...shownParts] : shownParts
  const last = begun.at(-1) ?? 0
  const voids = story.voids?.(name) ?? []
  const own = [...begun, ...voids.map(() => last)]
  const partOf = (run: bigint) => own[Number(run)] ?? 0
  const special = story.device?.(name) ?? {}
  const told = tell({
    ...{ device: ed25519Device(name), runs: own.length, voids, captures: CAPTURES, blocksLater: BigInt(index) * 10n },
    startMs: START_MS + ((mine[0] ?? 0) - (isLate ? 1 : 0)) * RUN_MS,
    ...special,
    labels: (given, run) => {
      const labels = special.labels?.(given, run) ?? given
      const bound = groups[partOf(run)] as Group
      const group = story.group === undefined ? bound : story.group(bound, name)
      const { jobStart: _, ...context } = labels.context
      const start = story.start === undefined ? run : story.start(name, run)
      const place = { ...(start === null ? {} : { jobStart: start }), ...(group && { group }) }
      return { ...labels, context: { ...context, ...place } }
    },
    statement: (given, run) => {
      const part = partOf(run)
      const isCut = story.parts[part]?.interrupted?.includes(name)
      const statement: StatementDocument = { ...given, status: isCut ? "interrupted" : "complete" }
      return story.statement?.(statement, name, part) ?? statement
    },
  })
  const certificate = told.certificate as Certificate
  const shown = certificate.runs.slice(begun.length - shownParts.length)
  const certificates = shown.map((run, i) => ({
    ...{ name, part: shownParts[i] ?? 0, certificate: { ...certificate, runs: [run] } },
  }))
  return { certificates, evidence: told.evidence, policy: told.policy }
}

const ascending = (a: string, b: string) => Number(a > b) - Number(a < b)

/** Tells a job: every device measures, signs, anchors and certifies on one chain. The same story gives the same bytes. */
export function tellJob(story: JobStory): ToldJob {
  const names = [...new Set(story.parts.flatMap(({ devices }) => devices))]
  const told = names.map((name, i) => tellDevice(story, name, i))
  const certificates = told
    .flatMap((device) => device.certificates)
    .toSorted((a, b) => a.part - b.part || ascending(idOf(a.name), idOf(b.name)))
  const policies = told.map(({ policy }) => policy)
  const [first] = policies
  const [chain] = first?.chains ?? []
  if (first === undefined || chain === undefined) throw new TypeError("a job has at least one device")
  const blocks = policies.flatMap(({ chains }) => chains[0]?.trustedBlocks ?? [])
  const trustedBlocks = [...new Map(blocks.map((block) => [block.number, block])).values()]
  const policy: Policy = { ...first, chains: [{ ...chain, trustedBlocks }] }
  const parts = story.parts.map(({ devices, sharedWork }) => ({
    devices: devices.map(idOf).toSorted(),
    ...(sharedWork === undefined ? {} : { sharedWork }),
    incomplete: false,
  }))
  const header: JobHeader = { mediaType: JOB_TYPE, job: "llama-7", parts, certificates: certificates.length }
  const evidence = told.flatMap((device) => device.evidence)
  return { header, certificates, evidence, policy: story.policy?.(policy) ?? policy }
}

/** The bytes of a job: its first line, and a certificate a line. */
export function jobBytes({ header, certificates }: Pick<ToldJob, "header" | "certificates">): Uint8Array {
  const lines = certificates.map(({ certificate }) => `${new TextDecoder().decode(encodeCertificate(certificate))}\n`)
  return new TextEncoder().encode([encodeJobHeader(header), ...lines].join(""))
}

/** The job without the certificates of a device. */
export function withoutDevice(told: ToldJob, name: string): ToldJob {
  const certificates = told.certificates.filter((one) => one.name !== name)
  return { ...told, certificates, header: { ...told.header, certificates: certificates.length } }
}
