import { resolve } from "node:path"
import { drawn, judgeAll } from "./mutate/campaign.ts"
import { createEquivalents } from "./mutate/equivalents.ts"
import { parseOptions } from "./mutate/options.ts"
import { createProgress } from "./mutate/progress.ts"
import { scoreOf, scoreTable, survivor } from "./mutate/report.ts"
import { openResults } from "./mutate/results.ts"
import { filesOf, mutantsIn } from "./mutate/sources.ts"

// `npm run mutate -- MEMBER… [options]`: changes one line at a time and sees whether a test notices.
const options = parseOptions(process.argv.slice(2))
const equivalents = createEquivalents()
const files = options.members.flatMap(filesOf).filter((file) => file.includes(options.file))
const mutants = files.flatMap(mutantsIn).filter((mutant) => !equivalents.has(mutant))
const first = new Set(options.changed)
const order = drawn(mutants, options.seed).toSorted((a, b) => Number(first.has(b.file)) - Number(first.has(a.file)))
const chosen = order.slice(0, options.sample)

const results = await judgeAll({
  mutants: chosen,
  results: openResults(resolve("build/mutation/results.ndjson")),
  patienceSeconds: options.patience,
  deadline: Date.now() + options.minutes * 60_000,
  workers: options.workers,
  progress: createProgress(),
})

const scores = files.map((file) => {
  const ofFile = results.filter((result) => result.file === file)
  return scoreOf(file, mutants.filter((mutant) => mutant.file === file).length, ofFile)
})
const total = scoreOf(options.members.join(", "), mutants.length, results)
const lived = results.filter(({ fate }) => fate === "lived" || fate === "unreached")
if (options.json) console.log(JSON.stringify({ total, files: scores, lived }, null, 2))
else {
  const known = new Map(mutants.map((mutant) => [mutant.id, mutant]))
  const diffs = lived
    .flatMap((result) => known.get(result.id) ?? [])
    .sort((a, b) => a.file.localeCompare(b.file) || a.line - b.line)
  for (const mutant of diffs) {
    const result = lived.find(({ id }) => id === mutant.id)
    if (result !== undefined) console.log(`${survivor(mutant, result)}\n`)
  }
  console.log(scoreTable([...scores, total]))
}
process.exit(total.percent !== null && total.percent < options.floor ? 1 : 0)
