import assert from "node:assert/strict"
import { spawnSync } from "node:child_process"
import { cpSync, mkdirSync, mkdtempSync, readFileSync, rmSync, symlinkSync, writeFileSync } from "node:fs"
import { tmpdir } from "node:os"
import { delimiter, join, resolve } from "node:path"
import { LEAST_NODE, requireNode } from "@wattest/protocol/runtime"
import { FLOORS } from "./floors.ts"

type Manifest = { readonly engines: { readonly node: string }; readonly bin?: { readonly [name: string]: string } }
const manifestOf = (folder: string) => JSON.parse(readFileSync(join(folder, "package.json"), "utf8")) as Manifest
const programs = FLOORS.flat().filter((member) => manifestOf(member).bin !== undefined)

/** A module that makes Node say another version of itself, loaded before the program. */
const pretend = (version: string) =>
  `data:text/javascript,Object.defineProperty(process,"versions",{value:{...process.versions,node:"${version}"}})`
const runAs = (version: string, member: string) =>
  spawnSync(process.execPath, ["--import", pretend(version), `${member}/src/main.ts`, "--help"], { encoding: "utf8" })

describe("the least Node.js", function () {
  this.timeout(120_000)

  it("is one, and every package and page that names one says it", () => {
    for (const folder of [".", "testkit", ...FLOORS.flat()])
      assert.equal(manifestOf(folder).engines.node, `>=${LEAST_NODE}`, folder)
    assert.ok(readFileSync("README.md", "utf8").includes(`Node.js ≥ ${LEAST_NODE}`))
    for (const page of ["README.md", "CONTRIBUTING.md"])
      for (const [, version] of readFileSync(page, "utf8").matchAll(/Node(?:\.js)? (?:≥ )?(\d+(?:\.\d+)?)/g))
        assert.ok(
          [LEAST_NODE, readFileSync(".nvmrc", "utf8").trim()].includes(version as string),
          `${page}: ${version}`,
        )
  })

  for (const member of programs)
    it(`${member} says it in one sentence under an older one, and runs under this one`, () => {
      for (const version of ["20.20.2", "22.12.0"]) {
        const { status, stdout, stderr } = runAs(version, member)
        assert.deepEqual([status, stdout], [2, ""])
        assert.match(
          stderr,
          new RegExp(`^error: this needs Node\\.js ${LEAST_NODE} or later, and runs under ${version}\nhint: .*\n$`),
        )
      }
      assert.equal(runAs(`${LEAST_NODE}.0`, member).status, 0)
    })

  it("is compared by number, not by text", () => {
    for (const version of ["22.13.0", "22.100.0", "23.0.0", "100.0.0"]) requireNode(version)
  })

  it("of a clone's scripts is looked at before anything is built", () => {
    const folder = mkdtempSync(join(tmpdir(), "wattest-node-"))
    try {
      mkdirSync(join(folder, "scripts"))
      for (const file of ["scripts/setup.mjs", ".nvmrc"]) cpSync(file, join(folder, file))
      for (const place of ["bin", "node_modules/.bin"]) mkdirSync(join(folder, place), { recursive: true })
      // npm installs nothing here: it stands for one that was told to leave optional packages out
      writeFileSync(join(folder, "bin/npm"), "#!/bin/sh\nexit 0\n", { mode: 0o755 })
      writeFileSync(join(folder, "bin/node"), '#!/bin/sh\necho "v20.20.2"\n', { mode: 0o755 })
      const setup = () =>
        spawnSync(process.execPath, ["scripts/setup.mjs", "contracts"], {
          cwd: folder,
          env: { PATH: [join(folder, "bin"), process.env.PATH].join(delimiter) },
          encoding: "utf8",
        })
      const refused = setup()
      assert.equal(refused.status, 2)
      assert.match(
        refused.stderr,
        /\nerror: a clone's scripts need Node\.js 24, and this machine gives them v20\.20\.2\nhint: /,
      )
      assert.doesNotMatch(refused.stderr, /compiling/)
      symlinkSync(resolve(process.execPath), join(folder, "node_modules/.bin/node"))
      assert.equal(setup().status, 0)
    } finally {
      rmSync(folder, { recursive: true })
    }
  })
})
