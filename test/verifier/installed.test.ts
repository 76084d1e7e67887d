import assert from "node:assert/strict"
import { execFileSync, spawnSync } from "node:child_process"
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs"
import { tmpdir } from "node:os"
import { join, resolve } from "node:path"
import { parseCertificate, toJson } from "@wattest/protocol"
import { LEAST_NODE } from "@wattest/protocol/runtime"
import { skip } from "@wattest/testkit/skip"
import { installVerifier } from "../../scripts/bench/verify/installed.ts"

/** Most files that the verdict on a certificate may load: each of them costs time at every start. */
const MOST_FILES = 31

/** What some documents need and a certificate does not. */
const OF_OTHERS = {
  pairings: /bn254/,
  "captures' hashes": /poseidon-wasm/,
  threads: /worker-engine|node:worker_threads/,
  "P-256 in portable code": /nist|weierstrass/,
  "the report as a page": /shared\/html/,
}

/** Tells on standard error which files a program loaded. */
const HOOK = `import { registerHooks } from "node:module"
const loaded = []
registerHooks({ load: (url, context, next) => (loaded.push(url), next(url, context)) })
process.on("exit", () => process.stderr.write(loaded.join("\\n")))`

const caseFile = (name: string, file: string) => join("conformance/cases", name, file)

/** A real Node.js of the least version; null where the registry has none for this machine. */
function leastNode(home: string): string | null {
  const name = `node-linux-${process.arch}`
  const words = ["install", "--no-audit", "--no-fund", "--ignore-scripts", "--prefix", join(home, "least")]
  const { status } = spawnSync("npm", [...words, `${name}@${LEAST_NODE}.0`], { stdio: "ignore", timeout: 120_000 })
  return status === 0 ? join(home, "least/node_modules", name, "bin/node") : null
}

describe("the verifier as it is installed", function () {
  this.timeout(180_000)
  const home = mkdtempSync(join(tmpdir(), "wattest-installed-"))

  before(async () => {
    await installVerifier(home)
    writeFileSync(join(home, "hook.mjs"), HOOK)
  })
  after(() => rmSync(home, { recursive: true }))

  function filesLoadedFor(name: string, document: string, ...options: readonly string[]): readonly string[] {
    const log = join(home, "loaded.txt")
    const main = join(home, "node_modules/@wattest/verifier/dist/main.js")
    const judged = [caseFile(name, document), "--policy", caseFile(name, "policy.json"), "--offline", ...options]
    const command = `"$0" "$@" 2> '${log}' > '${home}/report.txt'`
    execFileSync("sh", ["-c", command, process.execPath, "--import", join(home, "hook.mjs"), main, ...judged])
    assert.match(readFileSync(join(home, "report.txt"), "utf8"), /^VALID/)
    return readFileSync(log, "utf8").split("\n")
  }

  it("loads few files for a certificate, and none that only other documents need", () => {
    const loaded = filesLoadedFor("valid-ed25519", "certificate.json")
    const files = loaded.filter((url) => url.startsWith("file:"))
    assert.ok(files.length > 0 && files.length <= MOST_FILES, files.join("\n"))
    for (const [what, files] of Object.entries(OF_OTHERS))
      assert.deepEqual(
        loaded.filter((url) => files.test(url)),
        [],
        what,
      )
  })

  it("judges every kind of document, and many at once, under the least Node.js that it asks for", function () {
    const node = leastNode(home)
    if (node === null) return skip(this, `Node.js ${LEAST_NODE} cannot be had here`)
    assert.equal(execFileSync(node, ["--version"], { encoding: "utf8" }).trim(), `v${LEAST_NODE}.0`)
    const main = join(home, "node_modules/@wattest/verifier/dist/main.js")
    const judge = (...words: readonly string[]) =>
      spawnSync(node, [main, ...words, "--offline"], { encoding: "utf8", cwd: resolve(".") })
    for (const [name, document, exit, ...more] of [
      ["valid-evidence", "certificate.json", 0, "--evidence", caseFile("valid-evidence", "evidence-0.ndjson")],
      ["capture-register-changed", "certificate.json", 1],
      ["presentation-valid", "presentation.json", 0],
      ["group-valid", "job.ndjson", 0],
    ] as const) {
      const { status, stderr } = judge(caseFile(name, document), "--policy", caseFile(name, "policy.json"), ...more)
      assert.equal(status, exit, `${name}: ${stderr}`)
    }
    const policy = ["--policy", caseFile("valid-evidence", "policy.json")]
    const many = judge(...["valid-evidence", "valid-ed25519"].map((name) => join("conformance/cases", name)), ...policy)
    assert.match(many.stdout, /certificate/, many.stderr)
  })

  it("loads them for the documents that need them", () => {
    const evidence = [
      "--evidence",
      caseFile("valid-evidence", "evidence-0.ndjson"),
      "--html",
      join(home, "report.html"),
    ]
    const seen = [
      ...filesLoadedFor("valid-evidence", "certificate.json", ...evidence),
      ...filesLoadedFor("presentation-valid", "presentation.json"),
    ].join("\n")
    const { "P-256 in portable code": _, ...ofOthers } = OF_OTHERS
    for (const [what, files] of Object.entries(ofOthers)) assert.match(seen, files, what)
  })

  it("checks captures in threads of their own", () => {
    const { device } = parseCertificate(readFileSync(caseFile("valid-ed25519", "certificate.json")))
    writeFileSync(
      join(home, "threads.mjs"),
      `import { createWorkerEngine } from "@wattest/verifier/node"
const engine = createWorkerEngine({ device: ${JSON.stringify(toJson(device))}, run: 0n })
const { unsigned } = await engine.check({ first: 0, words: new Uint8Array(512 * 192), signatures: new Uint8Array(512 * 64) })
process.stdout.write(String(unsigned))
await engine.close()`,
    )
    assert.equal(execFileSync(process.execPath, [join(home, "threads.mjs")], { encoding: "utf8" }), "0")
  })
})
