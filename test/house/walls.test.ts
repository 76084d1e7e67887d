import assert from "node:assert/strict"
import { globSync, readFileSync } from "node:fs"
import { dirname, join, relative, resolve } from "node:path"
import { FLOORS, floorOf, roomOf } from "./floors.ts"
import { type Graph, graphOf, importsOf } from "./imports.ts"

const MEMBERS = FLOORS.flat()
const sourcesOf = (room: string) =>
  globSync(MEMBERS.includes(room) ? `${room}/{src,web}/**/*.ts` : `${room}/**/*.{ts,mjs}`, {
    exclude: ["**/node_modules/**"],
  })
const EVERYTHING = [...MEMBERS, "testkit", "scripts", "test"]

const TOOLS_OF_TESTS = /^(?:hardhat|mocha|@nomicfoundation\/)/

/** The rule that an import of a file breaks, or null. */
function breach(file: string, target: string): string | null {
  const from = roomOf(file)
  const to = target.startsWith(".") ? roomOf(relative(".", resolve(dirname(file), target))) : packageOf(target)
  if (MEMBERS.includes(from)) return breachOfMember(from, to, target)
  if (to === "test" && from !== "test") return "imports a test"
  if (to === "scripts" && from === "testkit") return "imports a script"
  if (to === "scripts" && isMain(join(dirname(file), target))) return "imports a script's main"
  return null
}

/** A workspace member's name, or null for what is not ours. */
const packageOf = (target: string) => /^@wattest\/([^/]+)/.exec(target)?.[1] ?? null

/** Every script's main stands directly in scripts/; its parts lie in folders, for their tests. */
const isMain = (path: string) => dirname(path) === "scripts"

function breachOfMember(from: string, to: string | null, target: string): string | null {
  if (target.startsWith(".")) return to === from ? null : "leaves its package"
  if (TOOLS_OF_TESTS.test(target)) return "is a tool of tests"
  if (to === null) return null
  return MEMBERS.includes(to) && floorOf(to) < floorOf(from) ? null : "is not of a lower floor"
}

const breachesIn = (file: string) =>
  importsOf(file).flatMap((target) => {
    const rule = breach(file, target)
    return rule === null ? [] : [`${file}: "${target}" ${rule}`]
  })

/** A circle of files that import each other, or null. */
function circleIn(graph: Graph): readonly string[] | null {
  const done = new Set<string>()
  const visit = (file: string, trail: readonly string[]): readonly string[] | null => {
    if (trail.includes(file)) return [...trail.slice(trail.indexOf(file)), file]
    if (done.has(file)) return null
    for (const next of graph.get(file) ?? []) {
      const circle = visit(next, [...trail, file])
      if (circle !== null) return circle
    }
    done.add(file)
    return null
  }
  for (const file of graph.keys()) {
    const circle = visit(file, [])
    if (circle !== null) return circle
  }
  return null
}

describe("the walls of the house", () => {
  for (const room of EVERYTHING)
    it(`${room} imports only what it may`, () => {
      const files = sourcesOf(room)
      assert.ok(files.length > 0)
      assert.deepEqual(files.flatMap(breachesIn), [])
    })

  it("sees a wall that is crossed", () => {
    assert.equal(breach("verifier/src/a.ts", "@wattest/relayer"), "is not of a lower floor")
    assert.equal(breach("verifier/src/a.ts", "@wattest/chain"), "is not of a lower floor", "its own floor")
    assert.equal(breach("relayer/src/a.ts", "@wattest/testkit/local/anvil"), "is not of a lower floor")
    assert.equal(breach("protocol/src/a.ts", "../../scripts/b.ts"), "leaves its package")
    assert.equal(breach("relayer/src/a.ts", "hardhat"), "is a tool of tests")
    assert.equal(breach("scripts/a.ts", "../test/b.ts"), "imports a test")
    assert.equal(breach("testkit/src/a.ts", "../../test/b.ts"), "imports a test")
    assert.equal(breach("testkit/src/a.ts", "../../scripts/keys/b.ts"), "imports a script")
    assert.equal(breach("test/house/a.ts", "../../scripts/pack.ts"), "imports a script's main")
    assert.equal(breach("scripts/a.ts", "./b.ts"), "imports a script's main")
    assert.equal(breach("test/a/b.ts", "@wattest/testkit/local/anvil"), null)
    assert.equal(breach("relayer/src/a.ts", "@wattest/chain"), null)
  })

  it("knows every workspace", () => {
    const { workspaces } = JSON.parse(readFileSync("package.json", "utf8")) as { workspaces: string[] }
    assert.deepEqual([...workspaces].sort(), [...MEMBERS, "testkit"].sort())
  })

  it("has no circle of files", () => {
    const files = EVERYTHING.flatMap(sourcesOf)
    assert.equal(circleIn(graphOf(files)), null)
  })

  it("sees a circle, however long", () => {
    const files = { a: ["b"], b: ["c", "d"], c: [], d: ["e"], e: ["b"] }
    assert.deepEqual(circleIn(new Map(Object.entries(files))), ["b", "d", "e", "b"])
    assert.equal(circleIn(new Map(Object.entries({ ...files, e: ["c"] }))), null)
    assert.deepEqual(circleIn(new Map([["a", ["a"]]])), ["a", "a"])
  })

  it("declares in each member what the member imports, and nothing else", () => {
    for (const member of [...MEMBERS, "testkit"]) {
      const manifest = JSON.parse(readFileSync(`${member}/package.json`, "utf8"))
      const declared = Object.keys({
        ...manifest.dependencies,
        ...manifest.optionalDependencies,
        ...manifest.peerDependencies,
        ...manifest.devDependencies,
        // What somebody installs beside it, who wants what it is for.
        ...manifest.peerDependencies,
      })
      const packages = sourcesOf(member)
        .flatMap(importsOf)
        .filter((target) => !target.startsWith(".") && !target.startsWith("node:"))
        .map((target) =>
          target
            .split("/")
            .slice(0, target.startsWith("@") ? 2 : 1)
            .join("/"),
        )
      assert.deepEqual([...new Set(packages)].sort(), declared.sort(), member)
    }
  })

  it("pins every dependency to one version", () => {
    for (const manifest of ["package.json", ...[...MEMBERS, "testkit"].map((member) => `${member}/package.json`)]) {
      const { dependencies, devDependencies, optionalDependencies } = JSON.parse(readFileSync(manifest, "utf8"))
      for (const [name, version] of Object.entries({ ...dependencies, ...devDependencies, ...optionalDependencies }))
        assert.match(version as string, /^\d+\.\d+\.\d+(-[\w.]+)?$/, `${manifest}: ${name}`)
    }
  })

  it("holds no suppression, no any, no unfinished mark", () => {
    const marks =
      /@ts-(?:ignore|expect-error|nocheck)|biome-ignore|\bas any\b|\bas unknown as\b|: any\b|\bTODO\b|\bFIXME\b/
    const rooms = [...MEMBERS, "testkit", "scripts", "contracts", "circuits"].join()
    const files = globSync(`{${rooms}}/**/*.{ts,mjs,sol,circom}`, {
      exclude: ["**/node_modules/**", "**/generated/**"],
    })
    assert.deepEqual(
      files.filter((file) => marks.test(readFileSync(file, "utf8"))),
      [],
    )
  })
})
