import assert from "node:assert/strict"
import { execFileSync } from "node:child_process"
import { chmodSync, mkdirSync, mkdtempSync, readdirSync, rmSync, writeFileSync } from "node:fs"
import { tmpdir } from "node:os"
import { join } from "node:path"

import { checkFree, checkPlace, checkReplaced, placed, UsageError } from "@wattest/command"
import { placeOf, readAtMost } from "../../command/src/world/document.ts"

describe("a place for a file", function () {
  this.timeout(120_000)
  let folder: string
  const at = (name: string) => join(folder, name)
  beforeEach(() => {
    folder = mkdtempSync(join(tmpdir(), "wattest-place-"))
    mkdirSync(at("folder"))
    writeFileSync(at("file"), "")
  })
  afterEach(() => rmSync(folder, { recursive: true }))

  const refused = (check: () => void, message: string, hint: string) =>
    assert.throws(check, (error) => {
      assert.ok(error instanceof UsageError)
      assert.deepEqual([error.message, error.hint], [message, hint])
      return true
    })

  it("takes a new file, one that is there, and what is no file on a disk; nothing is left of the look", () => {
    checkPlace(at("new"), "--out")
    checkPlace(at("file"), "--out")
    checkPlace("/dev/null", "--out")
    checkFree(at("new"), "--out")
    checkReplaced(at("new"), "--out")
    checkReplaced(at("file"), "--out")
    assert.deepEqual(readdirSync(folder), ["file", "folder"])
  })

  it("is refused where a folder is, or none above it, or where it would be written over", () => {
    refused(() => checkPlace(at("folder"), "--html"), `${at("folder")} is a folder`, "name a file with --html")
    for (const above of ["none", "file"])
      refused(
        () => checkPlace(at(`${above}/new`), "--into"),
        `${at(above)} is no folder`,
        "make it, or name another place with --into",
      )
    const hint = "name another file with --out, or move it away"
    refused(() => checkFree(at("file"), "--out"), `${at("file")} is there already`, hint)
    refused(
      () => checkFree(at("none/new"), "--out"),
      `${at("none")} is no folder`,
      "make it, or name another place with --out",
    )
  })

  it("is refused where something else than a file would be replaced", () => {
    refused(() => checkReplaced("/dev/null", "--out"), "/dev/null is no plain file", "name a file with --out")
    refused(() => checkReplaced(at("folder"), "--out"), `${at("folder")} is a folder`, "name a file with --out")
    const hint = "make it, or name another place with --out"
    refused(() => checkReplaced(at("none/new"), "--out"), `${at("none")} is no folder`, hint)
  })

  it("is what an error of the system names, and a fault of another kind stays as it is", () => {
    const draft = Object.assign(new Error("no space"), { errno: -28, code: "ENOSPC", path: at("file.draft") })
    assert.equal((placed(draft, at("file")) as { path?: string }).path, at("file"))
    const other = new UsageError("no", "do")
    assert.equal(placed(other, at("file")), other)
    assert.ok(!("path" in other))
  })

  it("is refused where permission is missing, for a new file as for one that is there", () => {
    chmodSync(at("file"), 0o444)
    const asked = `
      if (process.getuid() === 0) process.setuid(65534)
      const { checkPlace, checkReplaced } = await import(${JSON.stringify(new URL("../../command/src/world/place.ts", import.meta.url).href)})
      const said = (check, path) => { try { check(path, "--out"); return "taken" } catch (error) { return error.code } }
      const [fresh, readOnly, writable] = process.argv.slice(1)
      console.log(said(checkPlace, fresh), said(checkPlace, readOnly), said(checkPlace, writable), said(checkReplaced, writable))`
    writeFileSync(at("open"), "")
    chmodSync(at("open"), 0o666)
    chmodSync(folder, 0o555)
    const args = ["--input-type=module", "-e", asked, at("new"), at("file"), at("open")]
    assert.equal(execFileSync(process.execPath, args, { encoding: "utf8" }), "EACCES EACCES taken EACCES\n")
    chmodSync(folder, 0o755)
  })
})

describe("a file that is read to a bound", () => {
  it("is named in messages, standard input by these words", () => {
    assert.throws(() => readAtMost(tmpdir(), 1), { message: `${tmpdir()}: this is a folder, not a file` })
    assert.deepEqual([placeOf("-"), placeOf("a\u001b")], ["standard input", "a\\u{1b}"])
  })

  it("is whole up to it, and of a longer one is read enough to refuse it, not all", () => {
    const folder = mkdtempSync(join(tmpdir(), "wattest-read-"))
    const path = join(folder, "file")
    try {
      for (const [length, least, most] of [
        [9, 9, 9],
        [10, 10, 10],
        [16 * 2 ** 20, 11, 2 ** 20],
      ] as const) {
        writeFileSync(path, Buffer.alloc(length))
        const read = readAtMost(path, 10).length
        assert.ok(read >= least && read <= most, `${read} of ${length}`)
      }
    } finally {
      rmSync(folder, { recursive: true })
    }
  })
})
