import type { RunFact } from "../facts.ts"
import { runName } from "../files/kinds.ts"
import type { Compared } from "../row.ts"
import { type DeskFinding, deskFinding } from "./findings.ts"

/** A document that shows a job. */
type ShownJob = { readonly id: string; readonly parts: number; readonly name: string; readonly sha256: string | null }

/** Runs in two jobs; the same document twice is one. Of two documents it is said once, by the first such run. */
function shared(judged: readonly Compared[]): readonly DeskFinding[] {
  const holders = new Map<string, Compared>()
  const found = new Map<string, DeskFinding>()
  for (const one of judged.filter(({ facts }) => facts.jobs.length > 0))
    for (const { device, run } of one.facts.runs) {
      const name = runName(device, run)
      const other = holders.get(name) ?? one
      holders.set(name, other)
      const pair = JSON.stringify([other.row.name, one.row.name])
      if (other.row.sha256 === one.row.sha256 || found.has(pair)) continue
      const detail = `device ${device}, run ${run}`
      found.set(pair, deskFinding("RUN_IN_TWO_JOBS", detail, [other.row.name, one.row.name]))
    }
  return [...found.values()]
}

function ofCertificate(
  run: RunFact,
  document: string,
  jobs: ReadonlyMap<string, readonly ShownJob[]>,
): DeskFinding | null {
  if (run.job === null) return null
  const { id, part } = run.job
  const place = `job ${JSON.stringify(id)}, part ${part}, device ${run.device}`
  const same = jobs.get(id) ?? []
  if (same.length === 0) return deskFinding("JOB_NOT_SHOWN", place, [document])
  const short = same.find(({ parts }) => parts <= part)
  return short === undefined
    ? null
    : deskFinding("JOB_CUT_SHORT", `${place}: ${short.parts} parts shown`, [document, short.name])
}

/** What job documents show of each other, and certificates beside them. */
export function jobFindings(judged: readonly Compared[]): readonly DeskFinding[] {
  const all = judged.flatMap(({ row, facts }) =>
    facts.jobs.map((job): ShownJob => ({ ...job, name: row.name, sha256: row.sha256 })),
  )
  const jobs = Map.groupBy(all, ({ id }) => id)
  const alone = judged
    .filter(({ row }) => row.kind === "certificate")
    .flatMap(({ row, facts }) => facts.runs.slice(0, 1).flatMap((run) => ofCertificate(run, row.name, jobs) ?? []))
  return [...shared(judged), ...alone]
}
