import { readdir, readFile, stat } from "node:fs/promises"
import { join } from "node:path"
import { readObject, UsageError } from "@wattest/command"
import {
  encodeCanonicalJson,
  type Group,
  groupOf,
  type Hex,
  type JobPlan,
  jobPlan,
  MAX_CERTIFICATE_RUNS,
  MAX_JOB_PARTS,
  MAX_JOB_PLAN_BYTES,
  parsePlainText,
  partDigest,
  type RunRecord,
  toJson,
} from "@wattest/protocol"
import { openArchive, type RunArchive } from "../archive/run-archive.ts"
import { Refusal } from "../refusal.ts"

/** Consecutive runs of a device in a part, for one certificate. */
export type Stretch = {
  readonly device: Hex
  readonly archive: RunArchive
  readonly first: bigint
  readonly last: bigint
}

/** What the archives have of a part. */
export type FoundPart = {
  readonly part: number
  readonly group: Group
  /** By device and run. */
  readonly stretches: readonly Stretch[]
}

const isFolder = async (path: string) => (await stat(path).catch(() => null))?.isDirectory() === true

/** An archive by its own path, or by that of the device's folder that holds it. */
export async function archiveIn(folder: string): Promise<RunArchive> {
  const inside = join(folder, "archive")
  return openArchive((await isFolder(inside)) ? inside : folder)
}

const spell = (group: Group) => encodeCanonicalJson(toJson(group))

type FoundRun = { readonly record: RunRecord; readonly group: Group }

/** A device's runs of a job, by part. */
async function runsOf(
  archive: RunArchive,
  device: Hex,
  job: string,
): Promise<ReadonlyMap<number, readonly FoundRun[]>> {
  const found: FoundRun[] = []
  for (const run of await archive.runs(device)) {
    const record = await archive.findRecord(device, run)
    const group = record?.statement.context.group
    if (record !== null && group?.job === job) found.push({ record, group })
  }
  return Map.groupBy(found, ({ group }) => group.part)
}

/** A certificate ends with what ended its device's job, and holds no more runs than it may. */
function stretchesOf(archive: RunArchive, device: Hex, runs: readonly FoundRun[]): readonly Stretch[] {
  const stretches: Stretch[] = []
  let count = 0
  let isOpen = false
  for (const { record } of runs) {
    const before = stretches.at(-1)
    const isNext = isOpen && before !== undefined && record.run === before.last + 1n && count < MAX_CERTIFICATE_RUNS
    if (isNext) stretches[stretches.length - 1] = { ...before, last: record.run }
    else stretches.push({ device, archive, first: record.run, last: record.run })
    count = isNext ? count + 1 : 1
    isOpen = record.statement.status === "continued"
  }
  return stretches
}

const ascending = (a: string, b: string) => Number(a > b) - Number(a < b)

/** All parts of a job that archives hold runs of, by number. Throws ARCHIVE_BROKEN where runs name different parts alike. */
export async function findParts(archives: readonly RunArchive[], job: string): Promise<ReadonlyMap<number, FoundPart>> {
  const parts = new Map<number, FoundPart>()
  const seen = new Set<Hex>()
  for (const archive of archives)
    for (const device of await archive.devices()) {
      if (seen.has(device)) continue
      const byPart = await runsOf(archive, device, job)
      if (byPart.size > 0) seen.add(device)
      for (const [part, runs] of byPart) {
        const group = runs[0]?.group as Group
        const known = parts.get(part) ?? { part, group, stretches: [] }
        const other = runs.find((run) => spell(run.group) !== spell(known.group))
        if (other !== undefined)
          throw new Refusal(
            "ARCHIVE_BROKEN",
            `job ${job}, part ${part}: device ${device}, run ${other.record.run} names other devices than another does`,
            "two jobs have one name; give each its own",
          )
        const stretches = [...known.stretches, ...stretchesOf(archive, device, runs)]
        parts.set(part, { ...known, stretches: stretches.toSorted((a, b) => ascending(a.device, b.device)) })
      }
    }
  return parts
}

const MAX_PLAN_FILES = 65_536

/** The plans in files, and in folders however deep. Throws what is no plan among files that were named, and too many files. */
export async function readPlans(paths: readonly string[], mostFiles = MAX_PLAN_FILES): Promise<readonly JobPlan[]> {
  const plans: JobPlan[] = []
  for (const path of paths) {
    if (!(await isFolder(path))) {
      plans.push(jobPlan(toJson(readObject(path, MAX_JOB_PLAN_BYTES, "the plan of a job's part")), path))
      continue
    }
    const names = (await readdir(path, { recursive: true })).filter((name) => name.endsWith(".json"))
    if (names.length > mostFiles)
      throw new UsageError(
        `${path}: ${names.length} files, and a folder of plans has at most ${mostFiles}`,
        "name the plans of this job one by one",
      )
    for (const name of names) {
      const plan = await planIn(join(path, name))
      if (plan !== null) plans.push(plan)
    }
  }
  return plans
}

/** The plan in a file; null where it is another file. */
async function planIn(path: string): Promise<JobPlan | null> {
  const found = await stat(path)
  if (!found.isFile() || found.size > MAX_JOB_PLAN_BYTES) return null
  const text = await readFile(path, "utf8")
  try {
    return jobPlan(parsePlainText(text), "plan")
  } catch {
    return null
  }
}

/** A part with the ids of all its devices. */
export type ListedPart = {
  readonly group: Group
  readonly devices: readonly Hex[]
  readonly stretches: readonly Stretch[]
}

function devicesOf(found: FoundPart | undefined, plan: JobPlan | undefined): readonly Hex[] | null {
  if (plan !== undefined) return plan.devices.toSorted()
  const devices = [...new Set(found?.stretches.map(({ device }) => device))].toSorted()
  const isWhole = found !== undefined && found.group.devices === devices.length
  return isWhole ? devices : null
}

/**
 * Parts 0 to the last, each with its list of devices: from its plan, or from the archives where they have all of them.
 * Throws JOB_INCOMPLETE where nothing says who a part's devices were.
 */
export function listParts(
  job: string,
  found: ReadonlyMap<number, FoundPart>,
  plans: readonly JobPlan[],
): readonly ListedPart[] {
  const own = plans.filter((plan) => plan.job === job)
  const numbers = [...found.keys(), ...own.map(({ part }) => part)]
  if (numbers.length === 0)
    throw new Refusal(
      "ARCHIVE_MISSING",
      `no run of job ${job}`,
      "name the folders of all its devices, and look at --id",
    )
  const count = numbers.reduce((most, part) => Math.max(most, part), 0) + 1
  const listed: ListedPart[] = []
  for (let part = 0; part < Math.min(count, MAX_JOB_PARTS); part++) {
    const runs = found.get(part)
    const before = listed.at(-1)
    const previous = before === undefined ? null : partDigest(before.group)
    const plan = own.find((candidate) => candidate.part === part && isPlanOf(candidate, runs, previous))
    const devices = devicesOf(runs, plan)
    const there = new Set(runs?.stretches.map(({ device }) => device)).size
    if (devices === null)
      throw new Refusal(
        "JOB_INCOMPLETE",
        `part ${part}: ${there} of ${runs?.group.devices ?? "unknown"} devices are here, and nothing lists the others`,
        "name the folders of all devices, or the part's plan with --plan: the launcher keeps it in jobs/ of each device's folder",
      )
    const group = runs?.group ?? groupOf(plan as JobPlan)
    if (group.previous !== previous)
      throw new Refusal(
        "ARCHIVE_BROKEN",
        `part ${part} does not follow part ${part - 1} of the same job`,
        "two jobs have one name",
      )
    listed.push({ group, devices, stretches: runs?.stretches ?? [] })
  }
  return listed
}

function isPlanOf(plan: JobPlan, runs: FoundPart | undefined, previous: Hex | null): boolean {
  return runs === undefined ? plan.previous === previous : spell(groupOf(plan)) === spell(runs.group)
}
