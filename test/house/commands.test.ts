import assert from "node:assert/strict"
import { execFileSync } from "node:child_process"
import { readFileSync } from "node:fs"
import { FLOORS } from "./floors.ts"

const MAIN = `#!/usr/bin/env node
import { requireNode } from "@wattest/protocol/runtime"

requireNode()
const { run } = await import("./cli.ts")
process.exitCode = await run(process.argv.slice(2))
`

type Manifest = {
  readonly bin?: { readonly [name: string]: string }
  readonly exports: { readonly [name: string]: string }
}
const manifestOf = (member: string) => JSON.parse(readFileSync(`${member}/package.json`, "utf8")) as Manifest
const members = FLOORS.flat().filter((member) => manifestOf(member).bin !== undefined)

/** What a program prints that does only this. */
const outputOf = (program: string) =>
  execFileSync(process.execPath, ["--input-type=module", "-e", program, "x"], { encoding: "utf8", stdio: "pipe" })

describe("the commands", () => {
  it("are nine", () => assert.equal(members.length, 9))

  for (const member of members) {
    const name = `@wattest/${member}/cli`

    it(`${member}: the program looks at its Node, then runs run(argv)`, () => {
      assert.equal(readFileSync(`${member}/src/main.ts`, "utf8"), MAIN)
      assert.deepEqual(Object.values(manifestOf(member).bin ?? {}), ["./src/main.ts"])
    })

    it(`${member}: nothing runs on import, and run answers with an exit code`, () => {
      assert.equal(outputOf(`await import("${name}")`), "")
      const said = outputOf(`const { run } = await import("${name}"); console.log(await run(["--help"]))`)
      assert.match(said, /^usage: /)
      assert.match(said, /\n0\n$/)
    })
  }
})
