import { check, encodeCanonicalJson, type Group, type Hex, type JobHeader, toJson } from "@wattest/protocol"
import type { Policy } from "../policy.ts"
import { accept, Undetermined } from "../verdict.ts"
import type { Member } from "./member.ts"

/** A job as its checks look at it: what its first line says, and its certificates in their order. */
export type JobSubject = {
  readonly header: JobHeader
  /** What the contexts of each part must name. */
  readonly groups: readonly Group[]
  readonly members: readonly Member[]
}

const spell = (group: Group) => encodeCanonicalJson(toJson(group))

export const partOf = ({ group }: Member): number => group?.part ?? -1

const placeOf = (member: Member) => `part ${partOf(member)}, device ${member.device}`

/** Every certificate is of a part of this job, and of a device that the part lists. */
export function checkDevices({ header, groups, members }: JobSubject): void {
  const spelled = groups.map(spell)
  const listed = header.parts.map(({ devices }) => new Set(devices))
  for (const member of members) {
    const { group, device } = member
    check(group !== null, "JOB_GROUP_MISMATCH", `device ${device}, run ${member.firstRun}: it is of no job of several`)
    const isSame = spelled[group.part] === spell(group)
    const said = `${group.job}, ${group.devices} devices, digest ${group.devicesDigest}`
    check(isSame, "JOB_GROUP_MISMATCH", `${placeOf(member)}: its context names ${said}`)
    check(listed[group.part]?.has(device) === true, "JOB_DEVICE_FOREIGN", placeOf(member))
  }
}

const isSamePlace = (a: Member, b: Member) => partOf(a) === partOf(b) && a.device === b.device

function isInOrder(before: Member, after: Member): boolean {
  if (partOf(before) !== partOf(after)) return partOf(before) < partOf(after)
  return before.device === after.device ? before.firstRun < after.firstRun : before.device < after.device
}

const VOID_ROOT = `0x${"00".repeat(32)}`

/**
 * Whether the runs between two certificates of a device are void. A void run has no time and no energy: the one after it
 * goes on where the one before it ended, and what the submissions of both show of it is no root.
 */
function areVoidBetween(before: Member, after: Member): boolean {
  const isJoined = !after.isBroken && after.startMs === before.endMs && after.lifetime.before === before.lifetime.after
  const count = Number(after.firstRun - before.lastRun) - 1
  const seen = [...before.beside.after.slice(0, count), ...after.beside.before.slice(-count)]
  return isJoined && count > 0 && seen.every((root) => root === VOID_ROOT)
}

/** Void runs between the certificates of each device in a part. */
export function voidsIn(members: readonly Member[]): number {
  return members.reduce((sum, member, i) => {
    const before = members[i - 1]
    const isNext = before !== undefined && isSamePlace(before, member)
    return isNext ? sum + Number(member.firstRun - before.lastRun) - 1 : sum
  }, 0)
}

/** A device's certificates in a part: the first from where its job began, each next one at once or after void runs, the last to the end. */
export function checkRuns({ members }: JobSubject): void {
  const latest = new Map<Hex, bigint>()
  let unknown: Undetermined | undefined
  members.forEach((member, i) => {
    const { device, firstRun, jobStart } = member
    const [before, after] = [members[i - 1], members[i + 1]]
    const isNext = before !== undefined && isSamePlace(before, member)
    if (before !== undefined) check(isInOrder(before, member), "JOB_UNORDERED", placeOf(member))
    const earlier = latest.get(device) ?? -1n
    check(firstRun > earlier, "JOB_UNORDERED", `${placeOf(member)}: run ${firstRun} after run ${earlier}`)
    latest.set(device, member.lastRun)
    const isAtOnce = isNext && (firstRun === before.lastRun + 1n || areVoidBetween(before, member))
    const isJoined = isNext ? isAtOnce && before.goesOn : firstRun === (jobStart ?? firstRun)
    const from = isNext ? before.lastRun + 1n : jobStart
    check(isJoined, "JOB_CERTIFICATE_MISSING", `${placeOf(member)}: it goes from run ${from} to ${firstRun}`)
    const isEnd = after === undefined || !isSamePlace(member, after)
    const isWhole = !isEnd || !member.goesOn
    check(isWhole, "JOB_CERTIFICATE_MISSING", `${placeOf(member)}: what it metered after run ${member.lastRun}`)
    if (!isNext && jobStart === null)
      unknown ??= new Undetermined("JOB_NOT_WHOLE", `${placeOf(member)}: no run says where its job began`)
  })
  if (unknown !== undefined) throw unknown
}

/** All devices say the same of the work. */
export function checkLabels({ members }: JobSubject): void {
  const [first] = members
  for (const member of members)
    for (const [name, value] of member.alike) {
      const wanted = first?.alike.get(name)
      const detail = () => `${placeOf(member)}: its ${name} is ${value}, another's ${wanted}`
      check(value === wanted, "JOB_LABELS_DIFFER", detail)
    }
}

/** From the first start to the last end of a device in a part. */
type Span = { readonly startMs: number; readonly endMs: number }

/** When each device of a part ran. */
export function spansOf(members: readonly Member[]): ReadonlyMap<Hex, Span> {
  const spans = new Map<Hex, Span>()
  for (const { device, startMs, endMs } of members) {
    const { startMs: start, endMs: end } = spans.get(device) ?? { startMs, endMs }
    spans.set(device, { startMs: Math.min(start, startMs), endMs: Math.max(end, endMs) })
  }
  return spans
}

/** The devices of a part ran together, and parts begin in their order. */
export function checkTimes({ members }: JobSubject): void {
  let earliest = 0
  for (const [part, own] of Map.groupBy(members, partOf)) {
    const spans = [...spansOf(own)]
    const starts = spans.map(([, { startMs }]) => startMs)
    const lastStart = starts.reduce((a, b) => Math.max(a, b), 0)
    const apart = spans.find(([, { endMs }]) => endMs <= lastStart)
    const late = `another began at ${lastStart}`
    check(apart === undefined, "JOB_TIMES_APART", `part ${part}: device ${apart?.[0]} ended before ${late}`)
    const firstStart = starts.reduce((a, b) => Math.min(a, b), Number.POSITIVE_INFINITY)
    check(firstStart >= earliest, "JOB_TIMES_APART", `part ${part} began at ${firstStart}, part before at ${earliest}`)
    earliest = firstStart
  }
}

/** Ids that a part lists and no certificate is of. */
export function missingIn({ header, members }: JobSubject): readonly (readonly Hex[])[] {
  const shown = Map.groupBy(members, partOf)
  return header.parts.map(({ devices }, part) => {
    const there = new Set((shown.get(part) ?? []).map(({ device }) => device))
    return devices.filter((device) => !there.has(device))
  })
}

/** Every listed device is there, but in parts that the document calls incomplete and the policy accepts as failed. */
export function checkComplete(subject: JobSubject, { jobs }: Policy): void {
  const missing = missingIn(subject)
  const say = (part: number) => {
    const ids = missing[part] ?? []
    return `part ${part}: ${ids.length} of ${subject.header.parts[part]?.devices.length} devices, ${ids[0]} first`
  }
  subject.header.parts.forEach(({ incomplete }, part) => {
    const isTold = incomplete || missing[part]?.length === 0
    check(isTold, "JOB_CERTIFICATE_MISSING", () => say(part))
  })
  subject.header.parts.forEach((_, part) => {
    const isAccepted = missing[part]?.length === 0 || (jobs?.failedParts ?? []).includes(part)
    accept(isAccepted, "JOB_PART_INCOMPLETE", `${say(part)}; "jobs.failedParts" accepts a part as failed`)
  })
}
