import { existsSync, globSync, readFileSync } from "node:fs"
import { basename, dirname, join, normalize } from "node:path"
import { WHOLE_CIRCUITS } from "./built.ts"

/** Tests that notice any change, whatever it means: that a mutant dies by them says nothing of the rule it breaks. */
const BLIND = ["test/house/!(durable|power).test.ts", "test/e2e/start.test.ts", "test/page/**"]

const IMPORT = /\b(?:from |import |import\()["']([^"'\n]+)["']/g
/** A path of a source in a text: a process or a worker that is started from it. */
const STARTED = /["'`/]([\w./-]+\.ts)["'`]/g

/** A test file, and how many imports lie between it and the source that it may judge. */
export interface Judge {
  readonly test: string
  readonly distance: number
}

/**
 * The tests that may notice a change of a file: all that import it, over however many files, or start a process that
 * does; nearest first, and among these those of the same name. Paths are relative to the root.
 */
export function createJudges(): (file: string) => readonly Judge[] {
  const tests = globSync("test/**/*.test.ts", { exclude: BLIND }).sort()
  const reached = new Map(tests.map((test) => [test, reach(test)]))
  const inSolidity = globSync("contracts/test/*.t.sol").sort()
  return (file) => {
    if (file.endsWith(".sol"))
      return [...inSolidity, ...tests.filter(onContracts)]
        .map((test) => ({ test, distance: farness(test, file) }))
        .sort((a, b) => a.distance - b.distance)
    if (file.endsWith(".circom")) return judgesOfCircuit(file)
    const kinship = kinshipWith(file)
    return tests
      .flatMap((test) => {
        const distance = reached.get(test)?.get(file)
        return distance === undefined ? [] : [{ test, distance: distance - kinship(test) }]
      })
      .sort((a, b) => a.distance - b.distance || a.test.localeCompare(b.test))
  }
}

const onContracts = (test: string) => /^test\/(?:contracts|claims)\//.test(test)
/** A test that bears the contract's name comes first, then those that bear a part of it, then those that use it. */
function farness(test: string, file: string): number {
  const contract = basename(file, ".sol")
  const name = basename(test)
    .replace(/\.(?:t\.sol|test\.ts)$/, "")
    .toLowerCase()
  if (contract.toLowerCase() === name) return 0
  if (contract.toLowerCase().includes(name)) return 1
  return textOf(test).includes(contract) ? 2 : 3
}

/** Who compiles a template, quick ones first; then who needs a whole circuit, which is built anew for these alone. */
const CIRCUIT_JUDGES = ["templates", "fold", "determinism", "oracle", "mains"]
const WHOLE_CIRCUIT_JUDGES = ["mains", "oracle", "determinism", "fold"]

function judgesOfCircuit(file: string): readonly Judge[] {
  const names = WHOLE_CIRCUITS.includes(basename(file, ".circom")) ? WHOLE_CIRCUIT_JUDGES : CIRCUIT_JUDGES
  return names.map((name, distance) => ({ test: `test/circuits/${name}.test.ts`, distance }))
}

const EXPORTED = /^export (?:async )?(?:function\*?|const|class) (\w+)/gm

/** What a test starts that takes seconds, whatever it asks of it. */
const SLOW = /\b(?:start[A-Z]\w+|createChain|createWorld|spawn|spawnSync|execFile|execFileSync)\b/

/**
 * What a test and a source have in common, in their paths and in the names that the test uses: so many imports less. Of two
 * that are as near the quicker one comes first; those of the whole house import everything and come last.
 */
function kinshipWith(file: string): (test: string) => number {
  const [member = "", ...rooms] = file.replace(/\.ts$/, "").split("/")
  const stem = rooms.pop() ?? ""
  const own = anyOf(exportsOf(file))
  const ofImporters = anyOf(importersOf(file).flatMap(exportsOf))
  return (test) => {
    const [, owner = "", ...testRooms] = test.replace(/\.test\.ts$/, "").split("/")
    const sameName = testRooms.at(-1) === stem ? 3 : 0
    // A test may be called after a folder: report.test.ts is near to all of report/page.
    const sameRooms = 2 * rooms.filter((room) => testRooms.includes(room)).length
    const said = textOf(test)
    const used = own.test(said) ? 3 : ofImporters.test(said) ? 1 : 0
    const speaksOf = said.split(stem).length > OFTEN ? 1 : 0
    return (
      sameName +
      sameRooms +
      used +
      speaksOf +
      (owner === member ? 1 : 0) +
      (test === CONFORMANCE && member === "verifier" ? 4 : 0) -
      (SLOW.test(said) ? 2 : 0) -
      (owner === "house" ? 4 : 0)
    )
  }
}

/** Whether a text uses one of these names; of none, nothing does. */
const anyOf = (names: readonly string[]) => (names.length === 0 ? /$^/ : new RegExp(`\\b(?:${names.join("|")})\\b`))

/** It has a case for each rule of the verifier and names none of its files. */
const CONFORMANCE = "test/verifier/conformance.test.ts"

/** A test that says a file's name so often is about what the file does. */
const OFTEN = 5

const texts = new Map<string, string>()

function textOf(path: string): string {
  const text = texts.get(path) ?? readFileSync(path, "utf8")
  texts.set(path, text)
  return text
}

const exportsOf = (file: string): readonly string[] =>
  [...textOf(file).matchAll(EXPORTED)].map((match) => match[1] as string)

/** Files that take something from one, among all that the tests come to: its own folder's door is none. */
const importersOf = (file: string): readonly string[] =>
  [...neighbours].flatMap(([from, next]) => (from.includes("/src/") && next.includes(file) ? [from] : []))

/** Each file that a test comes to, with the length of the shortest way. */
function reach(test: string): ReadonlyMap<string, number> {
  const found = new Map([[test, 0]])
  for (const [file, distance] of found)
    for (const next of neighboursOf(file)) if (!found.has(next)) found.set(next, distance + 1)
  return found
}

const neighbours = new Map<string, readonly string[]>()

function neighboursOf(file: string): readonly string[] {
  const known = neighbours.get(file)
  if (known !== undefined) return known
  const text = textOf(file)
  const named = [...text.matchAll(IMPORT)].map((match) => match[1] as string)
  const started = [...text.matchAll(STARTED)].map((match) => match[1] as string)
  const next = [...named.map((name) => imported(file, name)), ...started.map((path) => startedFrom(file, path))]
  const result = next.filter((path) => path !== null)
  neighbours.set(file, result)
  return result
}

const fileAt = (path: string) => (path.endsWith(".ts") && existsSync(path) ? normalize(path) : null)

function imported(file: string, name: string): string | null {
  if (name.startsWith(".")) return fileAt(join(dirname(file), name))
  const [, member, rest] = /^@wattest\/([^/]+)(?:\/(.+))?$/.exec(name) ?? []
  if (member === undefined) return null
  const { exports: open } = JSON.parse(readFileSync(join(member, "package.json"), "utf8"))
  // One door alone is written without its name.
  const doors = typeof open === "string" ? { ".": open } : open
  const target = rest === undefined ? doors?.["."] : (doors?.[`./${rest}`] ?? doors?.["./*"]?.replace("*", rest))
  return typeof target === "string" ? fileAt(join(member, target)) : null
}

const startedFrom = (file: string, path: string) => fileAt(join(dirname(file), path)) ?? fileAt(path)
