import { mkdirSync, rmSync } from "node:fs"
import { join, resolve } from "node:path"
import { run } from "@wattest/disclosure/cli"
import { writeCompany } from "@wattest/testkit/disclosure/company"
import { takeNoWords } from "./words/usage.ts"

const FOLDER = resolve("build/disclosure-demo")

takeNoWords(`usage: npm run demo:disclosure

A fictional company from meters to a filed table, in build/disclosure-demo: an inventory, a VSME report, the way of one of
its cells to the proof, and a product's footprint. docs/disclosure.md goes on from there.

Exit codes: 0 done, 2 usage, else that of the step that failed.`)
rmSync(FOLDER, { recursive: true, force: true })
await writeCompany(FOLDER)
mkdirSync(join(FOLDER, "footprints"))
process.chdir(FOLDER)
const believed = [
  ...["--policy", "policy.json", "--profile", "profile.json"],
  ...["--factors", "factors.json", "--year", "2025"],
]
const steps = [
  ["inventory", "certificates", ...believed],
  ["file", "vsme-2025-07-30", "certificates", ...believed, "--out", "vsme.json"],
  ["explain", "vsme.json", "B3-electricity"],
  [
    ...["file", "pact-3-category-1.1", "certificates", ...believed, "--model", "example-chat"],
    ...["--out", "footprints/chat.json"],
  ],
]
for (const words of steps) {
  process.stdout.write(`\n$ wattest disclose ${words.join(" ")}\n`)
  process.exitCode = await run(words)
  if (process.exitCode !== 0) break
}
