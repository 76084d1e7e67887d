import assert from "node:assert/strict"
import { existsSync, globSync, readFileSync } from "node:fs"
import { dirname, join } from "node:path"
import { NODE } from "@wattest/cli/cli"
import { findNode, readTyped } from "@wattest/command"

const PAGES = globSync(
  "{*.md,docs/**/*.md,{protocol,command,cli,chain,attester,verifier,relayer,registry,prover,testkit,circuits,contracts,conformance}/*.md}",
)
const LINK = /\]\(([^)\s]+)\)/g
const manifest = JSON.parse(readFileSync("package.json", "utf8")) as { scripts: Record<string, string> }
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

const ROOMS: { readonly [binary: string]: readonly string[] } = {
  wattest: [],
  "wattest-attest": ["device"],
  "wattest-relay": ["relay"],
  "wattest-registry": ["registry"],
  "wattest-prove": ["prove"],
  "wattest-verify": ["verify"],
}

/** The words of `wattest` in a line of a shell, without pipes, redirections and remarks; help and ellipses are no lines. */
function typedIn(line: string): readonly (readonly string[])[] {
  const [own = ""] = line.split(/ [|#>&]|\s#/)
  const [, binary = "", rest = ""] = /(?:^|\s)(wattest(?:-[a-z]+)?)((?:\s.*)?)$/.exec(own) ?? []
  const room = ROOMS[binary]
  if (room === undefined || /…$|--help|--version/.test(own.trim())) return []
  return [[...room, ...rest.split(/\s+/).filter(Boolean)]]
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

  it("show only lines that the command's own parser takes", async () => {
    const lines = PAGES.flatMap(commandsOf).flatMap((line) => typedIn(line).map((words) => ({ line, words })))
    assert.ok(lines.length > 20, `${lines.length}`)
    for (const { line, words } of lines) {
      const { node, path, args } = await findNode({ name: "wattest", version: "", node: NODE }, words)
      assert.equal(node.type, "command", line)
      if (node.type === "command") assert.doesNotThrow(() => readTyped(args, node, path), line)
    }
  })

  it("would notice an option that a command does not have", async () => {
    const [words = []] = typedIn("npx wattest-verify policy init --chain 1 --colour | cat")
    assert.deepEqual(words, ["verify", "policy", "init", "--chain", "1", "--colour"])
    const { node, path, args } = await findNode({ name: "wattest", version: "", node: NODE }, words)
    assert.throws(() => node.type === "command" && readTyped(args, node, path), /there is no option --colour/)
  })

  it("would notice a dead link", () => assert.equal(anchorOf("7 Documents"), "7-documents"))
})
