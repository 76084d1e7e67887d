import { hash } from "node:crypto"
import { readAtMost, UsageError } from "@wattest/command"
import { deviceIdOf, type Hex, parseCertificate } from "@wattest/protocol"
import { verdictOf } from "../check-log.ts"
import { runName } from "./kinds.ts"
import type { Sorted } from "./sort.ts"

/** A run of a population. */
export type PopulationRun = { readonly device: Hex; readonly run: bigint }

/** What a sample asks for: `size` of the runs in a list, drawn by a seed that was fixed before. */
export type SampleRequest = { readonly population: string; readonly size: number; readonly seed: string }

export type Sample = {
  readonly population: number
  readonly seed: string
  readonly drawn: readonly PopulationRun[]
}

const MAX_POPULATION_BYTES = 256 * 1024 * 1024
const LINE = /^(0x[0-9a-f]{64})[\s,;]+(0|[1-9][0-9]{0,19})(?:[\s,;].*)?$/

/**
 * A population from a list: a device and a run's number on each line, separated by a comma or spaces; what follows on the
 * line, empty lines, a heading that begins with "device" and lines that begin with # say nothing. Throws a UsageError.
 */
export function parsePopulation(text: string, place: string): readonly PopulationRun[] {
  const runs = new Map<string, PopulationRun>()
  text.split(/\r?\n/).forEach((raw, i) => {
    const line = raw.trim()
    if (line === "" || line.startsWith("#") || /^device\b/i.test(line)) return
    const [, device, run] = LINE.exec(line) ?? []
    if (device === undefined || run === undefined)
      throw new UsageError(
        `${place}, line ${i + 1}: no device and run`,
        "write 0x…,7: a device's id and a run's number",
      )
    runs.set(runName(device, BigInt(run)), { device: device as Hex, run: BigInt(run) })
  })
  return [...runs.values()]
}

/**
 * Draws runs: those whose SHA-256 of `seed`, device and run, as text with a line feed between, is lowest. Anybody draws the
 * same from the same list in any order, and whoever makes the list cannot know what a later seed draws.
 */
export function drawSample(population: readonly PopulationRun[], size: number, seed: string): Sample {
  const ranked = population
    .map((member) => ({ member, rank: hash("sha256", `${seed}\n${member.device}\n${member.run}`, "hex") }))
    .sort((a, b) => (a.rank < b.rank ? -1 : Number(a.rank > b.rank)))
  return { population: population.length, seed, drawn: ranked.slice(0, size).map(({ member }) => member) }
}

/** Reads the list and draws. Throws a UsageError. */
export function readSample({ population, size, seed }: SampleRequest): Sample {
  const text = new TextDecoder().decode(readAtMost(population, MAX_POPULATION_BYTES))
  const runs = parsePopulation(text, population)
  if (runs.length === 0)
    throw new UsageError(`${population} names no run`, "write a device's id and a run's number a line")
  return drawSample(runs, size, seed)
}

/** The runs that a certificate says it holds; none where it cannot be read, which judging it would say. */
function runsIn(path: string, maxBytes: number): readonly string[] {
  try {
    const { device, runs } = parseCertificate(readAtMost(path, maxBytes))
    const id = deviceIdOf(device)
    return runs.map(({ run }) => runName(id, run))
  } catch (error) {
    verdictOf(error)
    return []
  }
}

/** The files that concern a sample: certificates with a drawn run, and evidence of one. */
export function filesOfSample(files: readonly Sorted[], { drawn }: Sample, maxBytes: number): readonly Sorted[] {
  const names = new Set(drawn.map(({ device, run }) => runName(device, run)))
  return files.filter(({ kind, path, run }) => {
    if (kind === "evidence") return run !== null && names.has(run)
    return kind !== "certificate" || runsIn(path, maxBytes).some((name) => names.has(name))
  })
}
