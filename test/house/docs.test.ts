import assert from "node:assert/strict"
import { execFileSync } from "node:child_process"
import { existsSync, globSync, readFileSync } from "node:fs"
import { dirname, join } from "node:path"
import { FLOORS } from "./floors.ts"

const PAGES = globSync(`{*.md,docs/**/*.md,{${FLOORS.flat().join()},testkit,circuits,contracts,conformance}/*.md}`)
const LINK = /\]\(([^)\s]+)\)/g
const manifest = JSON.parse(readFileSync("package.json", "utf8")) as { scripts: Record<string, string> }
const BINARIES = FLOORS.flat().flatMap((member) =>
  Object.keys(JSON.parse(readFileSync(`${member}/package.json`, "utf8")).bin ?? {}),
)

/** GitHub's anchor of a heading. */
const anchorOf = (heading: string) =>
  heading
    .toLowerCase()
    .replace(/[^\p{L}\p{N} _-]/gu, "")
    .replaceAll(" ", "-")

function brokenLinks(page: string): string[] {
  const links = [...readFileSync(page, "utf8").matchAll(LINK)].map((match) => match[1] as string)
  return links.filter((link) => {
    if (/^[a-z]+:/.test(link)) return false
    const [path = "", anchor] = link.split("#")
    const target = path === "" ? page : join(dirname(page), path)
    if (!existsSync(target)) return true
    if (anchor === undefined) return false
    const headings = [...readFileSync(target, "utf8").matchAll(/^#+ (.*)$/gm)].map((match) =>
      anchorOf(match[1] as string),
    )
    return !headings.includes(anchor)
  })
}

/** Command lines of a page's shell blocks, continuation lines joined. */
function commandsOf(page: string): string[] {
  const blocks = [...readFileSync(page, "utf8").matchAll(/```sh\n([\s\S]*?)```/g)].map((match) => match[1] as string)
  return blocks.flatMap((block) => block.replaceAll("\\\n", " ").split("\n"))
}

const helps = new Map<string, string>()

/** What a command says of itself with --help: the innermost one that these words name. */
function helpOf(binary: string, words: readonly string[]): string {
  const path: string[] = []
  const ask = () => {
    const key = [binary, ...path].join(" ")
    const said =
      helps.get(key) ?? execFileSync(join("node_modules/.bin", binary), [...path, "--help"], { encoding: "utf8" })
    helps.set(key, said)
    return said
  }
  let help = ask()
  for (const word of words) {
    const commands = help.slice(help.indexOf("commands:"))
    if (!help.includes("commands:") || !new RegExp(`^ {2}${word} `, "m").test(commands)) break
    path.push(word)
    help = ask()
  }
  return help
}

describe("the documents", () => {
  it("are there", () => assert.ok(PAGES.includes("README.md") && PAGES.includes(join("docs", "protocol.md"))))

  for (const page of PAGES) it(`${page}: every link leads somewhere`, () => assert.deepEqual(brokenLinks(page), []))

  it("name only npm scripts that exist", () => {
    const named = PAGES.flatMap((page) =>
      [...readFileSync(page, "utf8").matchAll(/\bnpm run ([\w:-]+)/g)].map((match) => match[1] as string),
    )
    assert.deepEqual(
      [...new Set(named)].filter((name) => manifest.scripts[name] === undefined),
      [],
    )
  })

  it("name only options that the command's own help names", function () {
    this.timeout(300_000)
    let named = 0
    const unknown: string[] = []
    for (const line of PAGES.flatMap(commandsOf)) {
      const binary = BINARIES.find((name) => new RegExp(`(?:^|[\\s/])${name}(?=\\s|$)`).test(line))
      if (binary === undefined) continue
      const own = line.slice(line.indexOf(binary)).split(/ -- | \|/)[0] as string
      const words = own.split(" ").slice(1)
      const help = helpOf(binary, words)
      for (const [option] of own.matchAll(/--[a-z][\w-]*/g)) {
        named++
        if (!new RegExp(`${option}(?![\\w-])`).test(help)) unknown.push(`${option}: ${own}`)
      }
    }
    assert.deepEqual(unknown, [])
    assert.ok(named > 50)
  })

  it("would notice an option that another command has", () => {
    assert.match(helpOf("wattest-prove", ["certificate"]), /--archive/)
    assert.doesNotMatch(helpOf("wattest-prove", ["publish"]), /--archive/)
  })

  it("would notice a dead link", () => assert.equal(anchorOf("7 Documents"), "7-documents"))
})
