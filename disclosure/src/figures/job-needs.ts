import { devicesDigest, type Group, type Hex, partDigest, plural } from "@wattest/protocol"
import { byRun, type Entry } from "../books/entry.ts"
import { endsIn } from "../books/period.ts"
import { once } from "./once.ts"
import type { World } from "./world.ts"

const placeOf = ({ group, jobStart }: Entry): string => `${group?.part} ${group?.devicesDigest} ${jobStart}`

/** Runs of the job that the filing leaves out, since they end in another period. */
function outsideNeeds({ shown, span, subject }: World): readonly string[] {
  const all = [...shown.values()].flat().filter(({ job }) => job === subject.name)
  const outside = all.filter(({ endMs }) => !endsIn(span, endMs))
  return outside.length === 0
    ? []
    : [`a period that holds all of the job: ${plural(outside.length, "run")} end outside`]
}

type Part = { readonly group: Group; readonly devices: readonly Hex[] }

/** Parts of jobs that runs name, each with the devices that show one. */
function partsOf(entries: readonly Entry[]): readonly Part[] {
  const parts = Map.groupBy(entries, ({ group }) => JSON.stringify(group))
  return [...parts.values()].flatMap((own) => {
    const group = own[0]?.group ?? null
    return group === null ? [] : [{ group, devices: [...new Set(own.map(({ device }) => device))] }]
  })
}

/** Devices that a part has by what each run of it bound, and none shows; another one in the place of one shows nothing of it. */
function deviceNeeds({ group, devices }: Part): readonly string[] {
  if (devicesDigest(devices) === group.devicesDigest) return []
  const missing = group.devices - devices.length
  const what = missing > 0 ? plural(missing, "more device") : "the very devices"
  return [`certificates of ${what} in part ${group.part} of job "${group.job}": it has ${group.devices}`]
}

/** Parts that the job has by their numbers, or by the one that each follows, and none shows. */
function partNeeds(parts: readonly Part[]): readonly string[] {
  const numbers = new Set(parts.map(({ group }) => group.part))
  const lost = [...numbers].reduce((a, b) => Math.max(a, b), -1) + 1 - numbers.size
  if (lost > 0) return [`certificates of ${plural(lost, "more part")} of the job`]
  const shown = new Set(parts.map(({ group }) => partDigest(group)))
  const loose = parts.find(({ group: { previous } }) => previous !== null && !shown.has(previous))
  return loose === undefined ? [] : [`certificates of the very part that part ${loose.group.part} of the job follows`]
}

/** Where nothing that took energy lies between two runs. */
const isJoined = (before: Entry, after: Entry): boolean =>
  after.run === before.run + 1n ||
  (!after.broken &&
    after.startMs === before.endMs &&
    after.lifetimeMillijoules - after.registers.energyMillijoules === before.lifetimeMillijoules)

type Fault = { readonly device: Hex; readonly what: string; readonly run: bigint }

/** What lacks of one device's runs of one part: from where it began the job to where it ended it. */
function faultsOf(own: readonly Entry[]): readonly Fault[] {
  const [first, last] = [own[0], own.at(-1)]
  if (first === undefined || last === undefined) return []
  const { device, jobStart } = first
  const gap = own.find((entry, i) => {
    const before = own[i - 1]
    return before !== undefined && !isJoined(before, entry)
  })
  return [
    ...(jobStart === null ? [{ device, what: "runs that say where the job began, before", run: first.run }] : []),
    ...(jobStart !== null && first.run > jobStart
      ? [{ device, what: "certificates from where the job began, before", run: first.run }]
      : []),
    ...(gap === undefined ? [] : [{ device, what: "certificates of what lies between, before", run: gap.run }]),
    ...(last.goesOn ? [{ device, what: "certificates of what follows, after", run: last.run }] : []),
  ]
}

/**
 * What certificates lack to show all that a job took, by what its runs themselves bound. A model's jobs may have parts of other
 * periods, but no part without one of its devices; of a place every run counts for itself.
 */
export const jobNeeds = once((world): readonly string[] => {
  const { kind } = world.subject
  if (kind !== "job" && kind !== "model") return []
  const entries = world.placed.flatMap(({ counted, inner, unplaced }) => [...counted, ...inner, ...unplaced])
  const parts = partsOf(entries)
  if (kind === "model") return parts.flatMap(deviceNeeds)
  const runs = Map.groupBy(entries.toSorted(byRun), (entry) => `${entry.device} ${placeOf(entry)}`)
  const faults = Map.groupBy([...runs.values()].flatMap(faultsOf), ({ what }) => what)
  return [
    ...outsideNeeds(world),
    ...parts.flatMap(deviceNeeds),
    ...partNeeds(parts),
    ...[...faults].map(([what, own]) => {
      const more = own.length > 1 ? ` and of ${plural(own.length - 1, "more device")}` : ""
      return `${what} run ${own[0]?.run} of device ${own[0]?.device}${more}`
    }),
  ]
})
