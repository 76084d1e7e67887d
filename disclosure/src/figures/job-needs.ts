import { type Hex, plural } from "@wattest/protocol"
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

/** Devices and parts that the job has by what each run of it bound, and none shows. */
function partNeeds(entries: readonly Entry[]): readonly string[] {
  const groups = Map.groupBy(entries, ({ group }) => group && `${group.part} ${group.devicesDigest}`)
  const parts = entries.flatMap(({ group }) => group?.part ?? [])
  const lost = parts.length === 0 ? 0 : parts.reduce((a, b) => Math.max(a, b)) + 1 - new Set(parts).size
  return [
    ...[...groups.values()].flatMap((own) => {
      const group = own[0]?.group ?? null
      if (group === null) return []
      const missing = group.devices - new Set(own.map(({ device }) => device)).size
      if (missing <= 0) return []
      return [
        `certificates of ${plural(missing, "more device")} in part ${group.part} of the job: it has ${group.devices}`,
      ]
    }),
    ...(lost > 0 ? [`certificates of ${plural(lost, "more part")} of the job`] : []),
  ]
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

/** What certificates of a job lack to show all that it took, by what its runs themselves bound; nothing of any other subject. */
export const jobNeeds = once((world): readonly string[] => {
  if (world.subject.kind !== "job") return []
  const entries = world.placed.flatMap(({ counted, inner, unplaced }) => [...counted, ...inner, ...unplaced])
  const runs = Map.groupBy(entries.toSorted(byRun), (entry) => `${entry.device} ${placeOf(entry)}`)
  const faults = Map.groupBy([...runs.values()].flatMap(faultsOf), ({ what }) => what)
  return [
    ...outsideNeeds(world),
    ...partNeeds(entries),
    ...[...faults].map(([what, own]) => {
      const more = own.length > 1 ? ` and of ${plural(own.length - 1, "more device")}` : ""
      return `${what} run ${own[0]?.run} of device ${own[0]?.device}${more}`
    }),
  ]
})
