import assert from "node:assert/strict"
import { execFileSync } from "node:child_process"
import { existsSync, globSync, readFileSync } from "node:fs"
import { dirname, join } from "node:path"

const PAGES = globSync(
  "{*.md,docs/**/*.md,{protocol,chain,attester,verifier,relayer,registry,prover,testkit,circuits,contracts,conformance}/*.md}",
)
const LINK = /\]\(([^)\s]+)\)/g
const manifest = JSON.parse(readFileSync("package.json", "utf8")) as { scripts: Record<string, string> }
const BINARIES = ["attester", "verifier", "relayer", "registry", "prover"].flatMap((member) =>
  Object.keys(JSON.parse(readFileSync(`${member}/package.json`, "utf8")).bin),
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
    this.timeout(120_000)
    const help = new Map<string, string>()
    for (const command of PAGES.flatMap(commandsOf)) {
      const binary = BINARIES.find((name) => new RegExp(`\\b${name}\\b`).test(command))
      if (binary === undefined) continue
      if (!help.has(binary))
        help.set(binary, execFileSync(join("node_modules/.bin", binary), ["--help"], { encoding: "utf8" }))
      const own = command.slice(command.indexOf(binary)).split(/ -- | \|/)[0] as string
      for (const [option] of own.matchAll(/--[a-z][\w-]*/g))
        assert.ok(help.get(binary)?.includes(option), `${binary} --help does not name ${option} of: ${command}`)
    }
  })

  it("would notice a dead link", () => assert.equal(anchorOf("7 Documents"), "7-documents"))
})
