#!/usr/bin/env node
// Drives a verifier, in whatever language, through all cases. Plain JavaScript without dependencies, for any Node from 20 on.
import { spawnSync } from "node:child_process"
import { mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs"
import { tmpdir } from "node:os"
import { dirname, join } from "node:path"
import { fileURLToPath } from "node:url"
import { parseArgs } from "node:util"

const USAGE = `usage: node conformance/run.mjs [--only TEXT]... [--quiet] -- COMMAND [ARGUMENT]...

Runs COMMAND on every case (those whose name contains TEXT) and compares verdicts. For each case it is called as

  COMMAND [ARGUMENT]... DOCUMENT --policy FILE [--evidence FILE]... --offline --json

and must print JSON with { "verdict": { "status": "valid" | "invalid" | "unaccepted" | "undetermined", "code": string | null },
"findings": [{ "code": string }] } and exit with 0 (valid), 1 (invalid), 3 (undetermined) or 5 (unaccepted), within 60 seconds.

Where a case expects "not-ours", the file is plainly of another kind, and COMMAND must exit with 2 and print no verdict. Where the document is a presentation, an extract or a job,
exit 2 means that COMMAND does not judge such: these cases are counted apart, in the last line, and are no mistake. Of a certificate exit 2 is one.

exit codes: 0 all verdicts as expected, 1 some not, 2 usage

examples:
  node conformance/run.mjs -- npx wattest-verify
  node conformance/run.mjs --only evidence -- ./my-verifier --quick
`

const NOT_JUDGED = 2
const NOT_FOR_THIS = "not for this verifier"
const NOT_OURS = "not-ours"
const EXIT = { valid: 0, invalid: 1, undetermined: 3, unaccepted: 5 }
const CASES = join(dirname(fileURLToPath(import.meta.url)), "cases")
const TIMEOUT_MS = 60_000

/** The document to judge; a huge one is made on the spot by filling up with spaces. */
function documentOf(folder, { document, fillTo }, scratch) {
  const path = join(folder, document)
  if (fillTo === undefined) return path
  const bytes = readFileSync(path)
  const filled = join(scratch, document)
  writeFileSync(filled, Buffer.concat([bytes, Buffer.alloc(fillTo - bytes.length, " ")]))
  return filled
}

/** Characters that steer a terminal or turn the direction of writing; line feeds are the output's own. */
const STEERING = /[\p{Cc}\u061c\u200e\u200f\u2028\u2029\u202a-\u202e\u2066-\u2069]/u

const spell = ({ status, code }) => (code ? `${status} ${code}` : status)

/** The expected findings that are not there, and the ruled out ones that are. */
function wrongFindings({ present, absent } = { present: [], absent: [] }, findings) {
  if (present.length + absent.length > 0 && !Array.isArray(findings)) return ["no list of findings"]
  const found = new Set((findings ?? []).map(({ code }) => code))
  return [
    ...present.filter((code) => !found.has(code)).map((code) => `no finding ${code}`),
    ...absent.filter((code) => found.has(code)).map((code) => `a finding ${code}`),
  ]
}

/** What the verifier said, or why it said nothing. */
function answerOf([command, ...args], folder, description, scratch) {
  const evidence = description.evidence.flatMap((name) => ["--evidence", join(folder, name)])
  const files = [documentOf(folder, description, scratch), "--policy", join(folder, "policy.json"), ...evidence]
  const options = { encoding: "utf8", timeout: TIMEOUT_MS, maxBuffer: 64 * 1024 * 1024 }
  const { status, stdout, error } = spawnSync(command, [...args, ...files, "--offline", "--json"], options)
  if (error) return `no answer: ${error.message}`
  if (status === NOT_JUDGED && description.document !== "certificate.json") return NOT_FOR_THIS
  if (status === NOT_JUDGED && stdout.trim() === "") return NOT_OURS
  try {
    const { verdict, findings } = JSON.parse(stdout)
    const steers = STEERING.test(stdout.replace(/[\r\n\t]/g, ""))
      ? ["characters in the output that steer a terminal"]
      : []
    const said = [spell(verdict), ...steers, ...wrongFindings(description.findings, findings)].join(", ")
    return status === EXIT[verdict.status] ? said : `${said}, but exit ${status}`
  } catch {
    return `no verdict on its standard output, exit ${status}`
  }
}

function main(argv) {
  const split = argv.indexOf("--")
  const command = split < 0 ? [] : argv.slice(split + 1)
  const own = split < 0 ? argv : argv.slice(0, split)
  const options = { only: { type: "string", multiple: true, default: [] }, quiet: { type: "boolean", default: false } }
  const { values } = parseArgs({ args: own, options: { ...options, help: { type: "boolean", default: false } } })
  if (values.help || command.length === 0) {
    process.stdout.write(USAGE)
    return values.help ? 0 : 2
  }
  const names = readdirSync(CASES).filter(
    (name) => values.only.length === 0 || values.only.some((part) => name.includes(part)),
  )
  const scratch = mkdtempSync(join(tmpdir(), "wattest-conformance-"))
  let [failures, others] = [0, 0]
  for (const name of names) {
    const folder = join(CASES, name)
    const description = JSON.parse(readFileSync(join(folder, "case.json"), "utf8"))
    const [expected, actual] = [spell(description.expect), answerOf(command, folder, description, scratch)]
    if (actual === NOT_FOR_THIS) {
      others++
      continue
    }
    if (actual !== expected) failures++
    if (actual !== expected)
      process.stdout.write(`FAIL ${name}: expected ${expected}, got ${actual}\n     ${description.title}\n`)
    else if (!values.quiet) process.stdout.write(`ok   ${name}: ${expected}\n`)
  }
  rmSync(scratch, { recursive: true })
  const judged = names.length - others
  const apart = others === 0 ? "" : `, ${others} not for this verifier`
  process.stdout.write(`${judged - failures} of ${judged} cases as expected${apart}\n`)
  return failures === 0 && judged > 0 ? 0 : 1
}

try {
  process.exitCode = main(process.argv.slice(2))
} catch (error) {
  process.stderr.write(`error: ${error.message}\nhint: see --help\n`)
  process.exitCode = 2
}
