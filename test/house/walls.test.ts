import assert from "node:assert/strict"
import { globSync, readFileSync } from "node:fs"
import { dirname, relative, resolve } from "node:path"

/** Who may import whom among the workspace members; everything else of ours is out of reach for a package. */
const MAY_IMPORT: Record<string, readonly string[]> = {
  protocol: [],
  attester: ["protocol"],
  relayer: ["protocol"],
  verifier: ["protocol"],
  prover: ["protocol", "verifier"],
}

const IMPORT = /\b(?:from |import |import\()["']([^"'\n]+)["']/g
const sourcesOf = (member: string) => globSync(`${member}/{src,web}/**/*.{ts,tsx}`)
const importsOf = (file: string) => [...readFileSync(file, "utf8").matchAll(IMPORT)].map((match) => match[1] as string)

/** The rule that an import breaks, or null. */
function breach(member: string, file: string, target: string): string | null {
  if (target.startsWith(".")) {
    const away = relative(member, resolve(dirname(file), target))
    return away.startsWith("..") ? "leaves its package" : null
  }
  if (/^hardhat|^mocha/.test(target)) return "is a tool of tests"
  const ours = /^@wattest\/([^/]+)/.exec(target)?.[1]
  return ours !== undefined && !(MAY_IMPORT[member] ?? []).includes(ours) ? "crosses a wall" : null
}

describe("the walls of the house", () => {
  for (const member of Object.keys(MAY_IMPORT))
    it(`${member} imports only what it may`, () => {
      const files = sourcesOf(member)
      assert.ok(files.length > 0)
      const found = files.flatMap((file) =>
        importsOf(file).flatMap((target) => {
          const rule = breach(member, file, target)
          return rule === null ? [] : [`${file}: "${target}" ${rule}`]
        }),
      )
      assert.deepEqual(found, [])
    })

  it("sees a wall that is crossed", () => {
    assert.equal(breach("verifier", "verifier/src/a.ts", "@wattest/relayer"), "crosses a wall")
    assert.equal(breach("protocol", "protocol/src/a.ts", "../../scripts/b.ts"), "leaves its package")
    assert.equal(breach("relayer", "relayer/src/a.ts", "hardhat"), "is a tool of tests")
    assert.equal(breach("relayer", "relayer/src/a.ts", "@wattest/protocol"), null)
  })

  it("declares in each member what the member imports", () => {
    for (const member of Object.keys(MAY_IMPORT)) {
      const { dependencies = {}, optionalDependencies = {} } = JSON.parse(
        readFileSync(`${member}/package.json`, "utf8"),
      )
      const declared = Object.keys({ ...dependencies, ...optionalDependencies })
      const packages = sourcesOf(member)
        .flatMap(importsOf)
        .filter((target) => !target.startsWith(".") && !target.startsWith("node:"))
        .map((target) =>
          target
            .split("/")
            .slice(0, target.startsWith("@") ? 2 : 1)
            .join("/"),
        )
      assert.deepEqual(
        [...new Set(packages)].filter((name) => !declared.includes(name)),
        [],
        member,
      )
    }
  })

  it("pins every dependency to one version", () => {
    for (const manifest of ["package.json", ...Object.keys(MAY_IMPORT).map((member) => `${member}/package.json`)]) {
      const { dependencies, devDependencies, optionalDependencies } = JSON.parse(readFileSync(manifest, "utf8"))
      for (const [name, version] of Object.entries({ ...dependencies, ...devDependencies, ...optionalDependencies }))
        assert.match(version as string, /^\d+\.\d+\.\d+(-[\w.]+)?$/, `${manifest}: ${name}`)
    }
  })

  it("holds no suppression, no any, no unfinished mark", () => {
    const marks = /@ts-(?:ignore|expect-error|nocheck)|biome-ignore|\bas any\b|: any\b|\bTODO\b|\bFIXME\b/
    const files = globSync(
      "{protocol,attester,relayer,prover,verifier,scripts,contracts,circuits}/**/*.{ts,mjs,sol,circom}",
      {
        exclude: ["**/node_modules/**", "**/generated/**"],
      },
    )
    assert.deepEqual(
      files.filter((file) => marks.test(readFileSync(file, "utf8"))),
      [],
    )
  })
})
