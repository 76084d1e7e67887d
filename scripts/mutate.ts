import { readFileSync, writeFileSync } from "node:fs"
import { resolve } from "node:path"
import { drawn, judgeAll } from "./mutate/campaign.ts"
import { createEquivalents } from "./mutate/equivalents.ts"
import { createJudges } from "./mutate/judges.ts"
import { isBound } from "./mutate/mutant.ts"
import { parseOptions } from "./mutate/options.ts"
import { createProgress } from "./mutate/progress.ts"
import { asJson, asText, isBelow, scoreOf, shown } from "./mutate/report.ts"
import { openResults } from "./mutate/results.ts"
import { scoresByMember, withScores } from "./mutate/scores.ts"
import { filesOf, mutantsIn } from "./mutate/sources.ts"
import { endWithTests } from "./mutate/trial.ts"

// `npm run mutate -- MEMBER… [options]`: changes one line at a time and sees whether a test notices.
const options = parseOptions(process.argv.slice(2))
const { test } = options
// What some tests alone notice is another question: its answers are kept apart.
const results = openResults(
  resolve("build/mutation", test === "" ? "results.ndjson" : `results-${encodeURIComponent(test)}.ndjson`),
)
const equivalents = createEquivalents()

if (options.report) {
  const known = (id: string) => results.get(id)
  const rows = scoresByMember({ known, equivalents }, new Date().toISOString().slice(0, "2026-01-31".length))
  writeFileSync("docs/testing.md", withScores(readFileSync("docs/testing.md", "utf8"), rows))
  process.exit(0)
}

endWithTests()
const files = options.members.flatMap(filesOf).filter((file) => file.includes(options.file))
const mutants = files
  .flatMap(mutantsIn)
  .filter((mutant) => !equivalents.has(mutant) && (!options.bounds || isBound(mutant)))
const first = new Set(options.changed)
const order = drawn(mutants, options.seed).toSorted((a, b) => Number(first.has(b.file)) - Number(first.has(a.file)))
const judgesOf = createJudges()

const judged = await judgeAll({
  mutants: order.slice(0, options.sample),
  results,
  patienceSeconds: options.patience,
  judgesOf: (file) => judgesOf(file).filter((judge) => judge.test.includes(test)),
  mostJudges: options.judges,
  deadline: Date.now() + options.minutes * 60_000,
  workers: options.workers,
  progress: createProgress(),
})

const total = scoreOf(options.members.join(", "), mutants.length, judged)
console.log(options.json ? asJson(mutants, judged, total) : asText(mutants, judged, total))
const left = Math.min(options.sample, order.length) - judged.length
if (left > 0) console.error(`mutate: ${left} were not tried: the time was up`)
if (isBelow(total, options.floor)) {
  console.error(`error: tests notice ${shown(total.percent)}, below the floor of ${options.floor} %`)
  console.error(
    "hint: a test that fails by the changes above is missing; or a change means the same: scripts/mutate/equivalents.json",
  )
  process.exit(1)
}
