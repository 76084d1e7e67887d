import { execFileSync } from "node:child_process"
import { copyFileSync, mkdtempSync, rmSync, writeFileSync } from "node:fs"
import { availableParallelism, tmpdir } from "node:os"
import { join } from "node:path"
import { parseArgs } from "node:util"
import { bigIntToBytes, type Certificate, encodeDocument, toHex, toJson } from "@wattest/protocol"
import { tell } from "@wattest/testkit/conformance/story"
import type { Row } from "./rows/row.ts"
import { CONTEXT } from "./verify/captures.ts"
import { type EvidenceFile, writeEvidence } from "./verify/evidence-file.ts"
import { installVerifier } from "./verify/installed.ts"
import { manyRows } from "./verify/many.ts"
import { rawRate } from "./verify/raw-rate.ts"

/** One capture a second for a day. */
const DAY = 86_400
const RAW_SECONDS = 4
const COLD_STARTS = 15

/** The honest certificate with this run in place of its own: evidence is judged against it, not the chain. */
function certificateFor(
  { device, run, captures, registers, capturesRoot }: EvidenceFile,
  honest: Certificate,
): Certificate {
  const [certified] = honest.runs
  if (certified === undefined) throw new Error("the honest certificate has no run")
  const statement = { ...certified.statement, captures, context: CONTEXT, registers }
  const root = toHex(bigIntToBytes(capturesRoot, 32))
  return { ...honest, device, runs: [{ ...certified, run, statement, capturesRoot: root }] }
}

interface Outcome {
  readonly status: string
  readonly seconds: number
  readonly cpuSeconds: number
  readonly peakMB: number
}

/** Judges fresh evidence of so many captures in a process of its own. */
async function judge(home: string, captures: number): Promise<Outcome> {
  const { certificate, policy } = tell({})
  const paths = ["evidence.ndjson", "evidence.certificate.json", "policy.json"].map((name) => join(home, name))
  const [evidence = "", certified = "", believed = ""] = paths
  const file = await writeEvidence(evidence, captures)
  writeFileSync(certified, encodeDocument(certificateFor(file, certificate as Certificate)))
  writeFileSync(believed, encodeDocument(policy))
  const output = execFileSync(process.execPath, [join(home, "child.mjs"), ...paths], { encoding: "utf8" })
  rmSync(evidence)
  const outcome = JSON.parse(output) as Outcome
  if (outcome.status !== "valid") throw new Error(`honest evidence of ${captures} captures: ${output}`)
  return outcome
}

/** Milliseconds that Node takes to start, run this and end. Node's cache of compiled code is off, as it is by default. */
function startOf(command: readonly string[]): number {
  const { NODE_COMPILE_CACHE: _, ...env } = process.env
  const start = performance.now()
  execFileSync(process.execPath, command, { env, stdio: ["ignore", "ignore", "inherit"] })
  return performance.now() - start
}

const middleOf = (times: readonly number[]) => times.toSorted((a, b) => a - b)[times.length >> 1] ?? Number.NaN

/** From nothing to the verdict on a certificate, by the installed command, and Node alone beside it: the middle of some starts. */
function coldRows(home: string): readonly Row[] {
  const { certificate, policy } = tell({})
  const [document, believed] = [join(home, "certificate.json"), join(home, "believed.json")]
  writeFileSync(document, encodeDocument(certificate))
  writeFileSync(believed, JSON.stringify(toJson(policy)))
  const main = join(home, "node_modules/@wattest/verifier/dist/main.js")
  const command = [main, document, "--policy", believed, "--offline"]
  const pairs = Array.from({ length: COLD_STARTS }, () => ({ node: startOf(["-e", "0"]), ours: startOf(command) }))
  const node = middleOf(pairs.map((pair) => pair.node))
  const ours = middleOf(pairs.map((pair) => pair.ours))
  return [
    { key: "certificate.nodeMs", value: rounded(node), unit: "ms, Node alone" },
    { key: "certificate.coldMs", value: rounded(ours), unit: "ms, no cache of compiled code", goal: 150 },
  ]
}

const rounded = (value: number, digits = 0) => Number(value.toFixed(digits))

async function evidenceRows(home: string, captures: number, suffix: string): Promise<readonly Row[]> {
  const cores = availableParallelism()
  const { seconds, cpuSeconds, peakMB } = await judge(home, captures)
  const { perSecond, cpuMicros } = await rawRate(cores, RAW_SECONDS)
  const rate = captures / seconds
  const own = (1e6 * cpuSeconds) / captures
  return [
    { key: `evidence.perSecond${suffix}`, value: rounded(rate), unit: `captures/s, ${captures} of them` },
    { key: `evidence.rawPerSecond${suffix}`, value: rounded(perSecond), unit: `signatures/s on ${cores} cores` },
    {
      key: `evidence.shareOfRaw${suffix}`,
      value: rounded(rate / perSecond, 3),
      unit: "",
      goal: 0.4,
      goalIsFloor: true,
    },
    // The same by CPU time: what the share is on a machine that does nothing else.
    { key: `evidence.shareOfRawCpu${suffix}`, value: rounded(cpuMicros / own, 3), unit: `${rounded(own, 1)} µs each` },
    { key: `evidence.peakMB${suffix}`, value: rounded(peakMB), unit: "MB", goal: 300 },
  ]
}

const SWITCH = { type: "boolean", default: false } as const

/**
 * Speed and memory of the verifier, as installed. `--captures N` judges evidence of another length too, `--million` one of
 * 1,000,000 captures: 1.4 GB in the temporary folder for a while; `--certificates` leaves evidence out.
 */
export async function run(options: readonly string[] = []): Promise<readonly Row[]> {
  const flags = { captures: { type: "string" }, million: SWITCH, certificates: SWITCH } as const
  const { values } = parseArgs({ args: [...options], options: flags })
  const home = mkdtempSync(join(tmpdir(), "wattest-bench-"))
  try {
    await installVerifier(home)
    if (values.certificates) return [...manyRows(home), ...coldRows(home)]
    copyFileSync(new URL("./verify/child.mjs", import.meta.url), join(home, "child.mjs"))
    const rows = [...(await evidenceRows(home, DAY, ""))]
    if (values.captures !== undefined) rows.push(...(await evidenceRows(home, Number(values.captures), ".chosen")))
    if (values.million) rows.push(...(await evidenceRows(home, 1_000_000, ".million")))
    return [...rows, ...manyRows(home), ...coldRows(home)]
  } finally {
    rmSync(home, { recursive: true, force: true })
  }
}
