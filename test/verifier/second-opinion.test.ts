import assert from "node:assert/strict"
import { spawnSync } from "node:child_process"
import { mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs"
import { tmpdir } from "node:os"
import { join } from "node:path"
import { type Json, parseCertificate } from "@wattest/protocol"
import { findPython, NO_PYTHON, SECOND_VERIFIER } from "@wattest/testkit/conformance/second-verifier"
import { skip } from "@wattest/testkit/skip"
import { type Policy, parsePolicy, verdictOfWhole, verifyCertificate, verifyEvidence } from "@wattest/verifier"
import { CASE_FOLDER } from "../../scripts/generate/conformance.ts"
import { createChance } from "./fuzz/chance.ts"
import { changeJson, changeLines } from "./fuzz/json.ts"
import { OFFLINE, piecesOf } from "./judging.ts"

type Files = { readonly document: string; readonly policy: string; readonly evidence: readonly string[] }
type Opinion = { readonly status: string; readonly code: string | null }

const REFUSED: Opinion = { status: "policy", code: null }
/** Of several wrong fields either may be told first. */
const plain = ({ status, code }: Opinion): Opinion => ({ status, code: code?.startsWith("FIELD_") ? "FIELD" : code })
const bytesOf = (path: string) => new Uint8Array(readFileSync(path))

/** Certificates that are valid, with evidence as plain text where they have any. */
const BASES = readdirSync(CASE_FOLDER).flatMap((name): readonly Files[] => {
  const file = (own: string) => join(CASE_FOLDER, name, own)
  const { document, evidence, expect, fillTo } = JSON.parse(readFileSync(file("case.json"), "utf8"))
  const isPlain = document === "certificate.json" && expect.status === "valid" && fillTo === undefined
  if (!isPlain || evidence.some((own: string) => own.endsWith(".gz"))) return []
  return [{ document: file(document), policy: file("policy.json"), evidence: evidence.map(file) }]
})

/** One of the documents, changed once or a few times, by chance. */
function changed(folder: string, seed: number): Files {
  const chance = createChance(seed)
  const base = chance.of(BASES)
  const kinds = ["document", "document", "policy", ...(base.evidence.length > 0 ? ["evidence"] : [])]
  const kind = chance.of(kinds)
  const path = join(folder, `${seed}.json`)
  const [first = ""] = base.evidence
  const source = readFileSync(kind === "evidence" ? first : base[kind as "document" | "policy"], "utf8")
  const lines = () => source.split(/(?<=\n)/)
  writeFileSync(
    path,
    kind === "evidence" ? changeLines(lines(), chance) : changeJson(JSON.parse(source) as Json, chance),
  )
  return kind === "evidence" ? { ...base, evidence: [path] } : { ...base, [kind]: path }
}

function policyIn(path: string): Policy | null {
  try {
    return parsePolicy(bytesOf(path))
  } catch {
    return null
  }
}

async function ours({ document, policy: path, evidence }: Files): Promise<Opinion> {
  const policy = policyIn(path)
  if (policy === null) return REFUSED
  const bytes = bytesOf(document)
  const judged = await verifyCertificate(bytes, policy, OFFLINE)
  const shown = []
  if (judged.checks[0]?.verdict.status === "valid")
    for (const file of evidence)
      shown.push(
        await verifyEvidence(piecesOf(bytesOf(file), 65_536), parseCertificate(bytes), { policy, readers: OFFLINE }),
      )
  const verdict = verdictOfWhole(judged, shown, policy)
  return plain({ status: verdict.status, code: verdict.status === "valid" ? null : verdict.code })
}

function others(python: string, files: readonly Files[]): readonly Opinion[] {
  const input = files.map((file) => JSON.stringify(file)).join("\n")
  const env = { ...process.env, PYTHONPATH: SECOND_VERIFIER }
  const { status, stdout, stderr } = spawnSync(python, ["-m", "verifier"], { env, input, encoding: "utf8" })
  assert.equal(status, 0, stderr)
  return stdout
    .trimEnd()
    .split("\n")
    .map((line) => plain(JSON.parse(line)))
}

/** Documents that stay, and others in each test run: a failure names its seed. */
const KEPT = 800
const FRESH = process.env.WATTEST_DEPTH === "deep" ? 5_000 : 10

describe("the second verifier beside ours", function () {
  this.timeout(600_000)
  const python = findPython()

  it(`gives the same verdict on documents changed by chance (${python ?? NO_PYTHON})`, async function () {
    if (python === undefined) return skip(this, NO_PYTHON)
    const folder = mkdtempSync(join(tmpdir(), "wattest-opinion-"))
    try {
      const fresh = 1e6 + Math.floor(Math.random() * 1e9)
      const seeds = Array.from({ length: KEPT + FRESH }, (_, i) => (i < KEPT ? i : fresh + i))
      const files = seeds.map((seed) => changed(folder, seed))
      const second = others(python, files)
      const found = new Map<string, number>()
      for (const [i, own] of files.entries()) {
        const opinion = await ours(own)
        assert.deepEqual(second[i], opinion, `seed ${seeds[i]}, of ${own.document} under ${own.policy}`)
        found.set(opinion.status, (found.get(opinion.status) ?? 0) + 1)
      }
      for (const status of ["valid", "invalid", "unaccepted", "policy"]) assert.ok(found.has(status), status)
    } finally {
      rmSync(folder, { recursive: true })
    }
  })
})
