import assert from "node:assert/strict"
import { spawnSync } from "node:child_process"
import { copyFileSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs"
import { tmpdir } from "node:os"
import { join } from "node:path"
import { ARCHIVE_FILES, parsePresentation, runFolder, TALLY_TYPE, TOTALS } from "@wattest/protocol"
import { encodeTallyFile } from "@wattest/prover"
import { newDevice, writeRun } from "@wattest/testkit/ledger/archive"

const CASE = "conformance/cases/presentation-valid"
const verify = (...args: string[]) =>
  spawnSync(process.execPath, ["verifier/src/main.ts", ...args], { encoding: "utf8" })

describe("private files of a prover or a device", () => {
  const folder = mkdtempSync(join(tmpdir(), "wattest-private-"))
  const at = (...names: string[]) => join(folder, ...names)
  const believing = ["--policy", join(CASE, "policy.json"), "--offline"]
  const device = newDevice()
  const record = () => at("archive", runFolder(device.id, 0n), ARCHIVE_FILES.record)

  before(() => {
    const document = parsePresentation(readFileSync(join(CASE, "presentation.json")))
    const opening = { totals: TOTALS.map(() => 10n ** 18n), blind: 2n ** 250n }
    const openings = document.tallies.map(() => opening)
    mkdirSync(at("year"))
    writeFileSync(at("year", "q1.tally.json"), encodeTallyFile({ mediaType: TALLY_TYPE, openings, place: 0, document }))
    copyFileSync(join(CASE, "presentation.json"), at("year", "q1.json"))
    writeRun(at("archive"), device, 0n)
  })
  after(() => rmSync(folder, { recursive: true }))

  it("are nobody's to judge or inspect where somebody names them, alone or beside others", () => {
    const named = [[at("year", "q1.tally.json")], [record()], [at("year", "q1.json"), at("year", "q1.tally.json")]]
    for (const paths of named)
      for (const args of [
        [...paths, ...believing],
        ["inspect", paths.at(-1) ?? ""],
      ]) {
        const { status, stdout, stderr } = verify(...args)
        assert.deepEqual([status, stdout], [2, ""], stderr)
        assert.match(stderr, /is a private file of a prover or a device/)
      }
  })

  it("are passed over in a folder, and told of", () => {
    const { status, stdout } = verify(at("year"), ...believing, "--json")
    assert.equal(status, 0, stdout)
    const lines = stdout
      .trimEnd()
      .split("\n")
      .map((line) => JSON.parse(line))
    const told = lines.map(({ type, kind, code, documents }) => [type, kind ?? code, documents])
    assert.deepEqual(told, [
      ["document", "presentation", undefined],
      ["finding", "PRIVATE_FILE", [at("year", "q1.tally.json")]],
      ["summary", undefined, undefined],
    ])
    assert.equal(verify(at("year"), ...believing, "--fail-on", "warning").status, 5)
  })

  it("are not what a document becomes by naming their type somewhere inside", () => {
    const text = readFileSync(join(CASE, "presentation.json"), "utf8")
    writeFileSync(at("posing.json"), text.replace("{", `{"a":{"mediaType":"${TALLY_TYPE}"},`))
    assert.equal(verify(at("posing.json"), ...believing).status, 1)
  })
})
