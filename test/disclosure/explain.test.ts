import assert from "node:assert/strict"
import { spawnSync } from "node:child_process"
import { hash } from "node:crypto"
import { mkdirSync, mkdtempSync, rmSync, symlinkSync, truncateSync, writeFileSync } from "node:fs"
import { tmpdir } from "node:os"
import { join } from "node:path"
import type { Hex } from "@wattest/protocol"
import { createFileCheck } from "../../disclosure/src/cli/judged-file.ts"
import { exampleFiling } from "./example.ts"

const MAIN = join(import.meta.dirname, "../../disclosure/src/main.ts")
const BYTES = "a certificate\n"
const DIGEST: Hex = `0x${hash("sha256", BYTES, "hex")}`

describe("files that an untrusted filing names", () => {
  const folder = mkdtempSync(join(tmpdir(), "wattest-explain-"))
  const given = join(folder, "given")
  const at = (...names: readonly string[]) => join(given, ...names)
  before(() => {
    mkdirSync(at("certificates"), { recursive: true })
    for (const path of [at("certificates", "a.json"), join(folder, "secret.json"), join(folder, "given-too.json")])
      writeFileSync(path, BYTES)
    symlinkSync(join(folder, "secret.json"), at("linked.json"))
    symlinkSync(at("certificates", "a.json"), at("inner.json"))
    writeFileSync(at("huge.json"), "")
    truncateSync(at("huge.json"), 2 ** 30 + 1)
    spawnSync("mkfifo", [at("pipe")])
  })
  after(() => rmSync(folder, { recursive: true }))

  const stateOf = (document: string, documentDigest: Hex = DIGEST) =>
    createFileCheck([given])({ document, documentDigest })

  it("are compared where they lie in a folder that was given, also by a link within it", () => {
    assert.equal(stateOf(at("certificates", "a.json")), "same")
    assert.equal(stateOf(at("inner.json")), "same")
    assert.equal(stateOf(at("certificates", "..", "certificates", "a.json")), "same")
    assert.equal(stateOf(at("certificates", "a.json"), `0x${"0".repeat(64)}`), "changed")
  })

  const unread: readonly (readonly [string, string, string])[] = [
    ["outside", "outside", join(folder, "secret.json")],
    ["above it", "outside", at("..", "secret.json")],
    ["beyond a link", "outside", at("linked.json")],
    ["in a folder whose name begins alike", "outside", join(folder, "given-too.json")],
    ["of the system", "outside", "/dev/zero"],
    ["that is a folder", "special", at("certificates")],
    ["that nobody writes to", "special", at("pipe")],
    ["that is too large", "large", at("huge.json")],
    ["that is not there", "absent", at("none.json")],
    ["that no system can name", "absent", at("a\0b")],
    ["of too long a name", "absent", at("n".repeat(10_000))],
  ]
  for (const [what, state, path] of unread) it(`are not read: one ${what}`, () => assert.equal(stateOf(path), state))

  it("are none for an item of the profile", () =>
    assert.equal(createFileCheck([given])({ document: at("certificates", "a.json"), documentDigest: null }), "none"))

  it("are shown by the command with what there is of them; another one than was judged ends with 1", () => {
    const filing = join(folder, "filing.json")
    const write = (document: string, documentDigest: Hex) =>
      writeFileSync(
        filing,
        JSON.stringify({
          ...exampleFiling,
          cells: exampleFiling.cells.map((cell) => ({
            ...cell,
            sources: cell.sources.map((one) => ({ ...one, document, documentDigest })),
          })),
        }),
      )
    const explain = (...more: readonly string[]) => {
      const words = [MAIN, "explain", filing, "B3-electricity", ...more]
      return spawnSync(process.execPath, words, { cwd: given, encoding: "utf8" })
    }
    write("certificates/a.json", DIGEST)
    const { status, stdout } = explain()
    assert.deepEqual([status, /as judged/.test(stdout), /previously stated: 411\.02/.test(stdout)], [0, true, true])
    assert.match(stdout, /^the number is the filing's word: wattest disclose check makes the filing again/m)
    assert.match(explain("--in", "certificates").stdout, /as judged/)
    write("../secret.json", DIGEST)
    assert.match(explain().stdout, /not read: outside the folders/)
    const [seen] = JSON.parse(explain("--in", "..", "--json").stdout).sources
    assert.equal(seen.file, "same")
    write("certificates/a.json", `0x${"0".repeat(64)}`)
    const other = explain()
    assert.deepEqual([other.status, /CHANGED since/.test(other.stdout)], [1, true])
  })

  it("are of a cell that the filing has: another one is refused, with those that there are", () => {
    const filing = join(folder, "filing.json")
    writeFileSync(filing, JSON.stringify(exampleFiling))
    const { status, stderr } = spawnSync(process.execPath, [MAIN, "explain", filing, "B3-electricty"], {
      encoding: "utf8",
    })
    assert.equal(status, 2)
    assert.match(stderr, /hint: did you mean B3-electricity\?/)
  })
})
