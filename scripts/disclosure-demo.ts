import { rmSync } from "node:fs"
import { resolve } from "node:path"
import { run } from "@wattest/disclosure/cli"
import { writeCompany } from "@wattest/testkit/disclosure/company"

/** A fictional company from meters to a filed table, in build/disclosure-demo. */
const FOLDER = resolve("build/disclosure-demo")

if (import.meta.main) {
  rmSync(FOLDER, { recursive: true, force: true })
  await writeCompany(FOLDER)
  process.chdir(FOLDER)
  const believed = [
    "--policy",
    "policy.json",
    "--profile",
    "profile.json",
    "--factors",
    "factors.json",
    "--year",
    "2026",
  ]
  const steps = [
    ["inventory", "certificates", ...believed],
    ["file", "vsme-2025-07-30", "certificates", ...believed, "--out", "vsme.json"],
    ["explain", "vsme.json", "B3-electricity"],
  ]
  for (const words of steps) {
    process.stdout.write(`\n$ wattest disclose ${words.join(" ")}\n`)
    process.exitCode = await run(words)
    if (process.exitCode !== 0) break
  }
}
