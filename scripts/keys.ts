import { existsSync, readFileSync } from "node:fs"
import { parseArgs } from "node:util"
import { compileCircuit } from "./keys/compile.ts"
import { checkCeremonyKeys, makeDevelopmentKeys, readManifest } from "./keys/development.ts"
import { CIRCUITS, publishedFiles, releaseCurve, writeFiles } from "./keys/export.ts"

const USAGE = `usage: npm run keys [-- --write]

Compiles the circuits and makes development keys for them under build/circuits. The keys are the same on every
machine, and their secret is public: they are for tests and local chains. "npm run ceremony" makes real ones.

If the committed keys come from a ceremony, their proving keys are looked for in build/circuits instead.

  --write   also replace the committed verification keys, verifiers and manifest by those made here
  --help    this text

Examples:
  npm run keys
  npm run keys -- --write

Exit codes: 0 done, 1 failed, 2 usage.`

const FOLDER = "build/circuits"

const report = (line: string) => console.error(`keys: ${line}`)

async function main(write: boolean) {
  report(`compiling ${CIRCUITS.join(", ")} …`)
  await Promise.all(CIRCUITS.map((name) => compileCircuit(`circuits/main/${name}.circom`, FOLDER)))
  const committed = readManifest("circuits/keys/manifest.json")
  if (committed?.kind === "ceremony" && !write) return checkCeremonyKeys(FOLDER, committed)
  const manifest = await makeDevelopmentKeys(FOLDER, report)
  const files = publishedFiles(FOLDER, manifest)
  const stale = [...files].filter(([path, text]) => !existsSync(path) || readFileSync(path, "utf8") !== text)
  if (write) writeFiles(files)
  for (const [path] of stale)
    report(write ? `wrote ${path}` : `${path} is of other keys; "npm run keys -- --write" replaces it`)
}

function parse(): boolean {
  try {
    const { values } = parseArgs({ options: { write: { type: "boolean" }, help: { type: "boolean" } } })
    if (values.help) {
      console.log(USAGE)
      process.exit(0)
    }
    return values.write ?? false
  } catch (error) {
    console.error(`error: ${error instanceof Error ? error.message : error}\nhint: npm run keys -- --help`)
    process.exit(2)
  }
}

try {
  await main(parse())
} catch (error) {
  console.error(`error: ${error instanceof Error ? error.message : error}`)
  process.exitCode = 1
}
await releaseCurve()
