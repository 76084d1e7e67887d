import assert from "node:assert/strict"
import { readdirSync, readFileSync, statSync } from "node:fs"
import { join } from "node:path"

/** All that an auditor gets with the verifier, and how much it may take on disk. A change here is a decision. */
const PACKAGES = ["@noble/curves", "@noble/hashes", "@wattest/protocol", "@wattest/verifier"]
const RECORDED_KIB = { libraries: 2_228, ours: 490 }

type Manifest = { readonly license: string; readonly dependencies?: { readonly [name: string]: string } }

const folderOf = (name: string) =>
  name.startsWith("@wattest/") ? name.slice("@wattest/".length) : `node_modules/${name}`
const manifestOf = (name: string) => JSON.parse(readFileSync(join(folderOf(name), "package.json"), "utf8")) as Manifest

function closureOf(name: string, found = new Set<string>()): ReadonlySet<string> {
  if (found.has(name)) return found
  found.add(name)
  for (const dependency of Object.keys(manifestOf(name).dependencies ?? {})) closureOf(dependency, found)
  return found
}

function kibibytes(folder: string): number {
  const entries = readdirSync(folder, { recursive: true, withFileTypes: true })
  const bytes = entries
    .filter((entry) => entry.isFile())
    .map((entry) => statSync(join(entry.parentPath, entry.name)).size)
  return bytes.reduce((sum, size) => sum + size, 0) / 1024
}

describe("what installing the verifier brings", () => {
  it("is these packages and no other, at exact versions, none under the GPL", () => {
    assert.deepEqual([...closureOf("@wattest/verifier")].sort(), PACKAGES)
    for (const name of PACKAGES) {
      const { license, dependencies = {} } = manifestOf(name)
      assert.doesNotMatch(license, /GPL/, name)
      for (const version of Object.values(dependencies)) assert.match(version, /^\d+\.\d+\.\d+$/)
    }
  })

  it("is as large as recorded, within a fifth", () => {
    const libraries = kibibytes(folderOf("@noble/curves")) + kibibytes(folderOf("@noble/hashes"))
    const ours = kibibytes("protocol/src") + kibibytes("verifier/src")
    for (const [actual, recorded] of [
      [libraries, RECORDED_KIB.libraries],
      [ours, RECORDED_KIB.ours],
    ] as const)
      assert.ok(Math.abs(actual - recorded) < recorded / 5, `${actual.toFixed(0)} KiB, recorded ${recorded} KiB`)
  })
})
