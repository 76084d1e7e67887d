import { hash } from "node:crypto"
import { UsageError } from "@wattest/command"
import type { Hex } from "@wattest/protocol"
import { type Population, type PopulationRun, populationDigest } from "./population.ts"

/** What a sample asks for: `size` of the runs that there are, drawn by a seed that was fixed before. */
export type SampleRequest = {
  readonly population: () => Promise<Population>
  readonly size: number
  readonly seed: string
}

export type Sample = {
  readonly source: string
  readonly population: number
  readonly populationDigest: Hex
  readonly voids: readonly PopulationRun[]
  readonly seed: string
  readonly drawn: readonly PopulationRun[]
}

/**
 * Draws runs: those whose SHA-256 of `seed`, device and run, as text with a line feed between, is lowest. Anybody draws the
 * same from the same list in any order, and whoever makes the list cannot know what a later seed draws.
 */
export function drawSample({ source, runs, voids }: Population, size: number, seed: string): Sample {
  const ranked = runs
    .map((member) => ({ member, rank: hash("sha256", `${seed}\n${member.device}\n${member.run}`, "hex") }))
    .sort((a, b) => (a.rank < b.rank ? -1 : Number(a.rank > b.rank)))
  const drawn = ranked.slice(0, size).map(({ member }) => member)
  return { source, population: runs.length, populationDigest: populationDigest(runs), voids, seed, drawn }
}

/** Reads the population and draws. Throws a UsageError. */
export async function readSample({ population, size, seed }: SampleRequest): Promise<Sample> {
  const read = await population()
  if (read.runs.length === 0)
    throw new UsageError(`${read.source} names no run`, "name another list, or another period, and the right ledgers")
  return drawSample(read, size, seed)
}
