import { plural } from "@wattest/protocol"
import type { Entry } from "../books/entry.ts"
import { exact, sum } from "../exact/exact.ts"
import { type Amount, lacking, merged, nothing, quotient } from "./amount.ts"
import { locationBased } from "./carbon.ts"
import { electricity, placesOf } from "./energy.ts"
import { jobNeeds } from "./job-needs.ts"
import { pieceOf } from "./metered.ts"
import type { World } from "./world.ts"

const counted = (world: World): readonly Entry[] => placesOf(world).flatMap((place) => place.counted)

/** The unit of work that all runs count; null where they count different ones, or none. */
export function unitOfWork(world: World): string | null {
  const units = [...new Set(counted(world).map(({ unit }) => unit))]
  return units.length === 1 && units[0] !== "" ? (units[0] ?? null) : null
}

const unitsOf = (entries: readonly Entry[]) => entries.reduce((all, { registers }) => all + registers.workUnits, 0n)

/** Runs of which no two count the same units: where all devices of a part do, those of the device that counted the least. */
function countingOnce(entries: readonly Entry[]): readonly Entry[] {
  const parts = Map.groupBy(entries, ({ group }) => (group?.sharedWork === true ? JSON.stringify(group) : null))
  return [...parts].flatMap(([part, own]) => {
    if (part === null) return own
    const devices = [...Map.groupBy(own, ({ device }) => device).values()].filter((runs) => unitsOf(runs) > 0n)
    return devices.toSorted((a, b) => Number(unitsOf(a) - unitsOf(b)))[0] ?? []
  })
}

/** Units of work that the subject's runs delivered. */
export function work(world: World): Amount {
  const entries = counted(world)
  const fed = entries.filter((entry) => entry.fed.has("work"))
  if (unitOfWork(world) === null) return nothing("runs that count one unit of work")
  if (fed.length === 0) return nothing("runs whose devices count work")
  const counting = countingOnce(fed)
  const value = exact(unitsOf(counting))
  const pieces = counting.map((entry) => pieceOf(entry, exact(entry.registers.workUnits), entry.workGrade))
  const grades = [...new Set(counting.map(({ workGrade }) => workGrade))].sort()
  const notes = [`units of work are ${grades.join(" and ")}`]
  const amount: Amount = { ...nothing(...jobNeeds(world)), value, pieces, notes }
  return fed.length === entries.length
    ? amount
    : lacking(amount, `work of runs that count none: ${entries.length - fed.length} of ${entries.length}`)
}

export const energyPerWork = (world: World): Amount => quotient(electricity(world), work(world), "units of work")
export const emissionsPerWork = (world: World): Amount => quotient(locationBased(world), work(world), "units of work")

/** From the first beginning to the last end of the subject's runs, ms. */
export function duration(world: World): Amount {
  const entries = counted(world)
  if (entries.length === 0) return nothing(`certificates of ${world.subject.kind} "${world.subject.name}"`)
  const ms = Math.max(...entries.map(({ endMs }) => endMs)) - Math.min(...entries.map(({ startMs }) => startMs))
  const pieces = entries.map((entry) => pieceOf(entry, exact(0n), entry.energyGrade))
  return { ...nothing(...jobNeeds(world)), value: exact(BigInt(ms)), pieces }
}

/** Accelerators of the devices that counted, by the boards that their contexts name: each device's largest set. One that names none may have some. */
export function accelerators(world: World): Amount {
  const entries = counted(world)
  if (entries.length === 0) return nothing(`certificates of ${world.subject.kind} "${world.subject.name}"`)
  const devices = [...Map.groupBy(entries, ({ device }) => device).values()]
  const largest = devices.map((own) => own.reduce((a, b) => (b.accelerators > a.accelerators ? b : a)))
  const silent = largest.filter((entry) => entry.accelerators === 0).length
  const need = `runs whose contexts name the boards of their devices: those of ${plural(silent, "device")} name none`
  if (silent === largest.length) return nothing(need)
  const pieces = merged(largest.map((entry) => pieceOf(entry, exact(BigInt(entry.accelerators)), "declared")))
  const value = sum(pieces.map(({ quantity }) => quantity))
  return { ...nothing(...jobNeeds(world), ...(silent > 0 ? [need] : [])), value, pieces }
}
