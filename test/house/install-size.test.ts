import assert from "node:assert/strict"
import { readdirSync, readFileSync, statSync } from "node:fs"
import { join } from "node:path"

/** All that somebody gets with a member, and how much it may take on disk. A change here is a decision. */
const RECORDED = {
  verifier: {
    packages: ["@noble/curves", "@noble/hashes", "@wattest/command", "@wattest/protocol", "@wattest/verifier"],
    kibibytes: { libraries: 2_228, ours: 1_060 },
  },
  registry: {
    packages: [
      ...["@adraffy/ens-normalize", "@noble/ciphers", "@noble/curves", "@noble/hashes"],
      ...["@scure/base", "@scure/bip32", "@scure/bip39", "@wattest/chain", "@wattest/client", "@wattest/command"],
      ...["@wattest/protocol", "@wattest/registry", "abitype", "eventemitter3", "isows", "ox", "viem", "ws"],
    ],
    kibibytes: { libraries: 53_600, ours: 862 },
  },
} as const

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

const isOurs = (name: string) => name.startsWith("@wattest/")

describe("what installing a member brings", () => {
  for (const [member, { packages, kibibytes: recorded }] of Object.entries(RECORDED)) {
    const found = [...closureOf(`@wattest/${member}`)].sort()

    it(`${member}: these packages and no other, at exact versions, none under the GPL`, () => {
      assert.deepEqual(found, packages)
      for (const name of packages) {
        const { license, dependencies = {} } = manifestOf(name)
        assert.doesNotMatch(license, /GPL/, name)
        if (isOurs(name)) for (const version of Object.values(dependencies)) assert.match(version, /^\d+\.\d+\.\d+$/)
      }
    })

    it(`${member}: as large as recorded, within a fifth`, () => {
      const sum = (names: readonly string[], folder: (name: string) => string) =>
        names.reduce((total, name) => total + kibibytes(folder(name)), 0)
      const libraries = sum(
        found.filter((name) => !isOurs(name)),
        folderOf,
      )
      const ours = sum(found.filter(isOurs), (name) => `${folderOf(name)}/src`)
      for (const [actual, expected] of [
        [libraries, recorded.libraries],
        [ours, recorded.ours],
      ] as const)
        assert.ok(Math.abs(actual - expected) < expected / 5, `${actual.toFixed(0)} KiB, recorded ${expected} KiB`)
    })
  }
})
