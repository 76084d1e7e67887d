import type { Hex, JobHeader, Registers, Status } from "@wattest/protocol"
import { addTotals, NO_TOTALS, type Quantity, quantitiesOf, type Totals } from "../measure/totals.ts"
import { type JobSubject, missingIn, partOf, spansOf, voidsIn } from "./checks.ts"
import type { Member } from "./member.ts"

/** How a part ended: with all its devices complete, with one of them interrupted, or without some of them. */
export type PartOutcome = "complete" | "failed" | "incomplete"

/** What became of a part. */
export type PartClaim = {
  readonly part: number
  readonly outcome: PartOutcome
  readonly devices: number
  readonly missing: readonly Hex[]
  /** Devices that the part before did not have, and that it had and this part has not. */
  readonly joined: readonly Hex[]
  readonly left: readonly Hex[]
  /** Void runs between those that are shown: they have no time and no energy. */
  readonly voids: number
  readonly sharedWork: boolean
  /** From the first start to the last end of its devices; null where none is shown. */
  readonly span: { readonly startMs: number; readonly endMs: number } | null
  /** Since the end of the part before; below 0 where they overlap. */
  readonly gapMs: number | null
  readonly totals: Totals
}

/** Units of work that are the same in every device: the least that one of them counted, so that none is counted twice. */
const COUNTS = ["workUnits", "acceptedUnits", "inputUnits"] as const

function counted(devices: readonly Totals[], sum: Registers): Registers {
  const least = COUNTS.map((name) => {
    const values = devices.map(({ registers }) => registers[name]).filter((units) => units > 0n)
    return [name, values.toSorted((a, b) => Number(a > b) - Number(a < b))[0] ?? 0n]
  })
  return { ...sum, ...Object.fromEntries(least) }
}

/** What the devices of a part add up to. */
function totalsOfPart(members: readonly Member[], isShared: boolean): Totals {
  const devices = [...Map.groupBy(members, ({ device }) => device).values()].map((own) =>
    own.reduce<Totals>((sum, { totals }) => addTotals(sum, totals), NO_TOTALS),
  )
  const sum = devices.reduce<Totals>(addTotals, NO_TOTALS)
  const status: Status = devices.every((device) => device.status === "complete") ? "complete" : "interrupted"
  return { ...sum, status, registers: isShared ? counted(devices, sum.registers) : sum.registers }
}

function spanOf(members: readonly Member[]): PartClaim["span"] {
  if (members.length === 0) return null
  return [...spansOf(members).values()].reduce((all, { startMs, endMs }) => ({
    startMs: Math.min(all.startMs, startMs),
    endMs: Math.max(all.endMs, endMs),
  }))
}

const without = (devices: readonly Hex[], others: readonly Hex[]) => {
  const known = new Set(others)
  return devices.filter((device) => !known.has(device))
}

function changed(parts: JobHeader["parts"], part: number): Pick<PartClaim, "joined" | "left"> {
  const [before, now] = [parts[part - 1]?.devices, parts[part]?.devices ?? []]
  return before === undefined ? { joined: [], left: [] } : { joined: without(now, before), left: without(before, now) }
}

/** The parts of a job in their order. */
export function partsOf(subject: JobSubject): readonly PartClaim[] {
  const byPart = Map.groupBy(subject.members, partOf)
  const missing = missingIn(subject)
  let endedMs: number | null = null
  return subject.header.parts.map(({ devices, sharedWork = false }, part) => {
    const own = byPart.get(part) ?? []
    const totals = totalsOfPart(own, sharedWork)
    const span = spanOf(own)
    const gapMs = span === null || endedMs === null ? null : span.startMs - endedMs
    endedMs = span === null ? endedMs : Math.max(endedMs ?? 0, span.endMs)
    const lacking = missing[part] ?? []
    const outcome = lacking.length > 0 ? "incomplete" : totals.status === "complete" ? "complete" : "failed"
    const change = changed(subject.header.parts, part)
    const [shown, voids] = [{ ...change, sharedWork, span, gapMs, totals }, voidsIn(own)]
    return { part, outcome, devices: devices.length, missing: lacking, voids, ...shown }
  })
}

/** Time in which a part ran, each ms once. */
function spentMs(parts: readonly PartClaim[]): number {
  let [spent, reached] = [0, 0]
  for (const { span } of parts) {
    if (span === null) continue
    spent += Math.max(0, span.endMs - Math.max(span.startMs, reached))
    reached = Math.max(reached, span.endMs)
  }
  return spent
}

/** What all parts add up to; its status is that of the last part, its duration the time of all devices. */
export const totalsOfJob = (parts: readonly PartClaim[]): Totals =>
  parts.reduce<Totals>((sum, { totals }) => addTotals(sum, totals), NO_TOTALS)

/**
 * The numbers of a job. Energy to solution is of all parts, the failed ones too, and stated where the last one is complete
 * and no device is missing in any. Duration is of the parts, not of the devices, and mean power what all drew in it.
 */
export function quantitiesOfJob(parts: readonly PartClaim[], totals: Totals): readonly Quantity[] {
  const isWhole = parts.every(({ missing }) => missing.length === 0)
  const seconds = spentMs(parts) / 1000
  const { registers, energyGrade } = totals
  const [joules, expanded] = [registers.energyMillijoules, registers.uncertaintyMillijoules].map(
    (value) => Number(value) / 1000,
  ) as [number, number]
  return quantitiesOf(totals, isWhole ? "whole" : "part").flatMap((quantity): readonly Quantity[] => {
    const { id } = quantity
    if (id === "duration") return [{ ...quantity, value: seconds }]
    if (id !== "mean-power") return [quantity]
    return [{ id, value: joules / seconds, uncertainty: expanded / seconds, grade: energyGrade }]
  })
}
