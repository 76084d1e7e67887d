import assert from "node:assert/strict"
import { spawnSync } from "node:child_process"
import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs"
import { tmpdir } from "node:os"
import { join } from "node:path"
import { gzipSync } from "node:zlib"
import { encodeDocument, toJson } from "@wattest/protocol"
import { tell } from "@wattest/testkit/conformance/story"

const MAIN = "verifier/src/main.ts"
const MOST_MEGABYTES = 300
const MOST_SECONDS = 2
/** Reading alone, a second: what is slower than this is more than reading. */
const READ_PER_SECOND = 20 * 1024 * 1024
const SIGNED_BYTES = 24 * 1024 * 1024
const BYTES = 36 * 1024 * 1024
/** A third of the kinds of bytes is always tried, another third for each kind of document; all of them in the deep run. */
const IS_DEEP = process.env.WATTEST_DEPTH === "deep"

/** Says on the third descriptor what the process took, however it ends. */
// The most memory since the program began: what the system counts as the greatest begins with that of whoever started it.
const HOOK = `import { readFileSync, writeSync } from "node:fs"
process.on("exit", () => {
  const { userCPUTime, systemCPUTime } = process.resourceUsage()
  const [, kilobytes] = /VmHWM:\\s+([0-9]+)/.exec(readFileSync("/proc/self/status", "utf8"))
  writeSync(3, JSON.stringify({ megabytes: kilobytes / 1024, seconds: (userCPUTime + systemCPUTime) / 1e6 }))
})`

type Cost = { readonly megabytes: number; readonly seconds: number }

/** Text of about so many bytes: a beginning that is again and again followed by the same. */
const endless = (bytes: number, piece: string, head = "", tail = "") =>
  Buffer.from(head + piece.repeat(Math.ceil(bytes / piece.length)) + tail)

const told = tell({ captures: 3 })
const certificate = Buffer.from(encodeDocument(told.certificate)).toString()

/** Bytes that call themselves a document of this type, by its end where it names it there. */
function hostile(type: string): { readonly [name: string]: Buffer } {
  const named = `"mediaType":"${type}"`
  const all = {
    "nothing but brackets": endless(BYTES, "[", `{${named},"a":`),
    "names in no order": endless(BYTES, '"z":1,"a":2,', `{${named},`),
    "one name again and again": endless(BYTES, '"a":1,', `{${named},`),
    "small objects": endless(BYTES, "{},", `{${named},"a":[`, `{}]}`),
    "one long text": endless(BYTES, "\u00e4", `{${named},"a":"`, '"}'),
    escapes: endless(BYTES, "\\u0041", `{${named},"a":"`, '"}'),
    numbers: endless(BYTES, "1e9,", `{${named},"a":[`, "1]}"),
  }
  const chosen = Object.entries(all).filter((_, i) => IS_DEEP || i % 3 === type.length % 3)
  return Object.fromEntries(chosen)
}

const EVIDENCE = (told.evidence[0] ?? []).join("")
const WATTEST = "application/vnd.wattest."

describe("hostile bytes of any kind", function () {
  this.timeout(600_000)
  const folder = mkdtempSync(join(tmpdir(), "wattest-hostile-"))
  const at = (...names: string[]) => join(folder, ...names)
  before(() => {
    writeFileSync(at("hook.mjs"), HOOK)
    writeFileSync(at("certificate"), certificate)
    writeFileSync(at("policy"), JSON.stringify(toJson(told.policy)))
  })
  after(() => rmSync(folder, { recursive: true }))

  /** Runs the command; answers its exit code. What it takes must be bounded. */
  function judge(what: string, bytes: number, args: readonly string[], input?: Buffer): number | null {
    const costs = at("costs")
    const command = `exec 3> '${costs}'; exec "$0" "$@" > /dev/null 2> '${at("stderr")}'`
    const given = ["--import", at("hook.mjs"), MAIN, ...args]
    const { status } = spawnSync(
      "sh",
      ["-c", command, process.execPath, ...given],
      input === undefined ? {} : { input },
    )
    const { megabytes, seconds } = JSON.parse(readFileSync(costs, "utf8")) as Cost
    const cost = `${what}: ${megabytes.toFixed(0)} MB, ${seconds.toFixed(1)} s, exit ${status}`
    if (process.env.WATTEST_COSTS !== undefined) process.stdout.write(`      ${cost}\n`)
    assert.ok(megabytes < MOST_MEGABYTES, cost)
    assert.ok(seconds < MOST_SECONDS + bytes / READ_PER_SECOND, cost)
    assert.notEqual(status, 4, `${cost}\n${readFileSync(at("stderr"), "utf8")}`)
    assert.notEqual(status, 0, cost)
    return status
  }
  const believing = () => ["--policy", at("policy"), "--offline"]

  for (const kind of ["certificate", "presentation"])
    it(`as a ${kind} are refused`, () => {
      for (const [name, bytes] of Object.entries(hostile(`${WATTEST}${kind}.v1+json`))) {
        writeFileSync(at("document"), bytes)
        assert.equal(judge(`${kind}, ${name}`, bytes.length, [at("document"), ...believing()]), 1)
      }
    })

  for (const [kind, type] of [
    ["vouch", `${WATTEST}vouch.v1+json`],
    ["evidence", `${WATTEST}evidence.v1+ndjson`],
    ["private", `${WATTEST}tally.v1+json`],
    ["foreign", "text/plain"],
  ] as const)
    it(`in a folder, as ${kind}, are told of or passed over`, () => {
      mkdirSync(at("folder"), { recursive: true })
      for (const [name, bytes] of Object.entries(hostile(type))) {
        writeFileSync(at("folder", "document"), bytes)
        for (const more of [[], ["--csv", "--junit", at("junit")]])
          judge(`${kind}, ${name}`, bytes.length, [at("folder"), ...believing(), ...more])
      }
    })

  it("as a receipt are refused", () => {
    mkdirSync(at("receipts"), { recursive: true })
    for (const [name, bytes] of Object.entries(hostile("a receipt"))) {
      const posing = Buffer.concat([Buffer.from('{"anchor":{'), bytes.subarray(1)])
      writeFileSync(at("receipts", "document"), posing)
      judge(`receipt, ${name}`, posing.length, [at("receipts"), ...believing()])
    }
  })

  it("as a signed report are refused", () => {
    const payloadType = `"payloadType":"${WATTEST}signed-report.v1+json"`
    const payload = endless(BYTES, "W3t9", '{"payload":"', `",${payloadType},"signatures":[]}`)
    const decoded = Buffer.from(endless(SIGNED_BYTES * 0.75 - 1000, "[", "{")).toString("base64")
    const nested = Buffer.from(`{"payload":"${decoded}",${payloadType},"signatures":[{"keyid":"","sig":"AA=="}]}`)
    for (const bytes of [
      payload,
      nested,
      ...Object.values(hostile("x")).map((one) => Buffer.concat([Buffer.from(`{${payloadType},`), one.subarray(1)])),
    ]) {
      writeFileSync(at("signed"), bytes)
      judge("signed report", bytes.length, [at("signed"), ...believing()])
    }
  })

  it("as a policy are an error of whoever gave it", () => {
    for (const [name, bytes] of Object.entries(hostile(`${WATTEST}policy.v1+json`))) {
      writeFileSync(at("hostile-policy"), bytes)
      const given = [at("certificate"), "--policy", at("hostile-policy"), "--offline"]
      assert.equal(judge(`policy, ${name}`, bytes.length, given), 2)
    }
  })

  it("as evidence, compressed or not, are refused", () => {
    const line = EVIDENCE.indexOf("\n") + 1
    for (const [name, bytes] of Object.entries(hostile(`${WATTEST}evidence.v1+ndjson`)))
      for (const evidence of [bytes, Buffer.concat([Buffer.from(EVIDENCE.slice(0, line)), bytes]), gzipSync(bytes)]) {
        writeFileSync(at("evidence"), evidence)
        const given = [at("certificate"), "--evidence", at("evidence"), ...believing()]
        assert.equal(judge(`evidence, ${name}`, bytes.length, given), 1)
      }
  })

  it("as a list on standard input are no paths", () => {
    for (const piece of ["\n", "a\n", "a", "*", "{", "#\n", "\0"]) {
      const input = endless(7 * 1024 * 1024, piece)
      judge(`list of ${JSON.stringify(piece)}`, input.length, ["-", ...believing(), "--csv"], input)
    }
  })

  it("as a population are no runs", () => {
    for (const piece of ["\n", "a\n", "a", "#\n", `0x${"11".repeat(32)},1\n`]) {
      const bytes = endless(BYTES, piece)
      writeFileSync(at("population"), bytes)
      const sample = ["--population", at("population"), "--sample", "3", "--seed", "x"]
      judge(`population of ${JSON.stringify(piece.slice(0, 5))}`, bytes.length, [
        at("certificate"),
        ...believing(),
        ...sample,
      ])
    }
  })
})
