import { hash } from "node:crypto"
import { readAtMost, UsageError } from "@wattest/command"
import type { Hex } from "@wattest/protocol"
import { runName } from "../files/kinds.ts"
import { linesIn } from "../files/list.ts"

/** A run of a population. */
export type PopulationRun = { readonly device: Hex; readonly run: bigint }

/** All runs that there are, from which a sample is drawn. */
export type Population = {
  /** Where they were read, in words. */
  readonly source: string
  readonly runs: readonly PopulationRun[]
  /** Runs that are anchored as void: no document can show them, so none of them is drawn. */
  readonly voids: readonly PopulationRun[]
}

const MAX_POPULATION_BYTES = 64 * 1024 * 1024
const LINE = /^(0x[0-9a-f]{64})[\s,;]+(0|[1-9][0-9]{0,19})(?:[\s,;].*)?$/

/**
 * A population from a list: a device and a run's number on each line, separated by a comma or spaces; what follows on the
 * line, empty lines, a heading that begins with "device" and lines that begin with # say nothing. Throws a UsageError.
 */
export function parsePopulation(text: string, place: string): readonly PopulationRun[] {
  const runs = new Map<string, PopulationRun>()
  for (const [line, number] of linesIn(text)) {
    if (/^device\b/i.test(line)) continue
    const [, device, run] = LINE.exec(line) ?? []
    if (device === undefined || run === undefined)
      throw new UsageError(
        `${place}, line ${number}: no device and run`,
        "write 0x…,7: a device's id and a run's number",
      )
    runs.set(runName(device, BigInt(run)), { device: device as Hex, run: BigInt(run) })
  }
  return [...runs.values()]
}

/** The population that a file lists. Throws a UsageError, also for a longer file: a sample of its beginning is none of the whole. */
export function listedPopulation(path: string, maxBytes = MAX_POPULATION_BYTES): Population {
  const bytes = readAtMost(path, maxBytes)
  if (bytes.length > maxBytes)
    throw new UsageError(
      `${path} is too long for a population`,
      `at most ${maxBytes} bytes are read: ask the registry, or sample each part`,
    )
  return { source: path, runs: parsePopulation(new TextDecoder().decode(bytes), path), voids: [] }
}

const ascending = (a: PopulationRun, b: PopulationRun) =>
  a.device === b.device ? Number(a.run - b.run) : a.device < b.device ? -1 : 1

/** SHA-256 of the list of runs, `DEVICE,RUN` and a line feed for each, in ascending order: one for every spelling of it. */
export function populationDigest(runs: readonly PopulationRun[]): Hex {
  const lines = runs.toSorted(ascending).map(({ device, run }) => `${device},${run}\n`)
  return `0x${hash("sha256", lines.join(""), "hex")}`
}
