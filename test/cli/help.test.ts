import assert from "node:assert/strict"
import { globSync, readFileSync } from "node:fs"
import { EVERY, EXIT, findNode, readTyped, type Slot, UsageError } from "@wattest/command"
import { EXIT_CODES } from "@wattest/verifier"
import { play } from "../command/support.ts"
import { everyCommand, type Leaf, NODE } from "./tree.ts"

/** Options as a help text names them, with whether they take a value. */
const optionsIn = (help: string) =>
  [...help.matchAll(/^ {2}--([a-z][a-z0-9-]*)( \S+)?/gm)].map(([, name = "", value]) => ({
    name,
    takes: value?.trim(),
  }))

const accepts = ({ command, words }: Leaf, args: readonly string[]): boolean => {
  try {
    readTyped(args, command, words.join(" "))
    return true
  } catch (error) {
    if (error instanceof UsageError) return false
    throw error
  }
}

const helpOf = async ({ words }: Leaf) => (await play({ node: NODE }, [...words, "--help"])).stdout

describe("help and parser", () => {
  let leaves: readonly Leaf[]
  before(async () => {
    leaves = await everyCommand()
    assert.ok(leaves.length > 25, `${leaves.length} commands`)
  })

  it("agree: every flag of every help runs", async () => {
    for (const leaf of leaves) {
      const flags = optionsIn(await helpOf(leaf)).filter(({ name }) => name !== "help")
      assert.ok(flags.length > 0, leaf.words.join(" "))
      const line = flags.flatMap(({ name, takes }) => [`--${name}`, ...(takes === undefined ? [] : ["x"])])
      const { exit, stdout, stderr } = await play({ node: NODE }, [...leaf.words, ...line, "--help"])
      assert.deepEqual([exit, stderr], [EXIT.done, ""], `${leaf.words.join(" ")} ${line.join(" ")}`)
      assert.match(stdout, /^usage: /)
    }
  })

  it("has lines that a terminal shows whole, and keeps the rows of what a command says of itself", async () => {
    for (const leaf of leaves)
      for (const line of (await helpOf(leaf)).split("\n"))
        if (!/^(usage:| {2}wattest )/.test(line)) assert.ok(line.length <= 110, `${leaf.words.join(" ")}: ${line}`)
    const serve = leaves.find(({ words }) => words.join(" ") === "relay serve") ?? assert.fail("no relay serve")
    const [, rows = ""] = /the profile:\n(.*?)\n\n/s.exec(await helpOf(serve)) ?? []
    assert.ok(rows.includes("WATTEST_RELAY_LOG"))
    for (const row of rows.split("\n")) assert.match(row, /^ {2}(\w+ +| {38})\S/)
  })

  it("agree: no command takes a flag that its help does not name", async () => {
    const names = [...new Set(leaves.flatMap(({ command }) => Object.keys({ ...command.options, ...EVERY })))]
    const invented = ["version", "verbose", "quiet", "no-json", "H", "url", "relay", "chain-id", "registry-address", ""]
    const letters = [..."abcdefgijklmnopqrstuvwxyz"].map((letter) => `-${letter}`)
    for (const leaf of leaves) {
      const named = optionsIn(await helpOf(leaf)).map(({ name }) => name)
      for (const name of [...names, ...invented].filter((name) => name !== "" && !named.includes(name)))
        assert.ok(!accepts(leaf, [`--${name}`]) && !accepts(leaf, [`--${name}=x`]), `${leaf.words.join(" ")} --${name}`)
      for (const letter of letters) assert.ok(!accepts(leaf, [letter]), `${leaf.words.join(" ")} ${letter}`)
    }
  })

  it("agree: examples are lines that the parser takes, and what comes next is a command", async () => {
    for (const { words, command } of leaves) {
      assert.ok(command.examples.length > 0, words.join(" "))
      for (const example of command.examples) {
        const args =
          example
            .split(/ [<>] /)[0]
            ?.split(" ")
            .filter(Boolean) ?? []
        assert.doesNotThrow(() => readTyped(args, command, words.join(" ")), `${words.join(" ")} ${example}`)
      }
      if (command.next === undefined) continue
      const { node } = await findNode({ name: "wattest", version: "", node: NODE }, command.next.split(" "))
      assert.equal(node.type, "command", command.next)
    }
  })

  it("say of an option the same wherever it is: its name in the environment and in the profile", () => {
    const known = new Map<string, string>()
    const sourceOf = ({ environment, profile }: Slot<unknown>) => `${environment ?? ""} ${profile ?? ""}`
    for (const { words, command } of leaves)
      for (const [name, slot] of Object.entries(command.options)) {
        if (slot.environment === undefined) continue
        assert.equal(sourceOf(slot), known.get(name) ?? sourceOf(slot), `${words.join(" ")} --${name}`)
        assert.equal(slot.environment, `WATTEST_${name.toUpperCase()}`)
        known.set(name, sourceOf(slot))
      }
  })

  it("name in their messages no option that does not exist", () => {
    const known = new Set([
      "version",
      ...leaves.flatMap(({ command }) => Object.keys({ ...command.options, ...EVERY })),
    ])
    // Sources, traces and the host's clock speak of the options of programs that are not ours; so do a page's style and V8's flags.
    const exclude = [
      "attester/src/{sources,time,traces}/**",
      "**/report/page/style.ts",
      "**/small-heap.ts",
      "**/claims/report-html.ts",
    ]
    const files = globSync("{command,chain,attester,verifier,relayer,registry,prover,cli}/src/**/*.ts", { exclude })
    assert.ok(files.length > 150, `${files.length}`)
    const unknown = files.flatMap((file) =>
      [...readFileSync(file, "utf8").matchAll(/(?<=["'`\s(])--([a-z][a-z0-9-]+)/g)]
        .map(([, name = ""]) => name)
        .filter((name) => !known.has(name))
        .map((name) => `${file}: --${name}`),
    )
    assert.deepEqual(unknown, [])
  })

  it("print in words of people: every option and operand says what it is", () => {
    for (const { words, command } of leaves)
      for (const [name, { help }] of Object.entries({ ...command.options, ...command.operands }))
        assert.match(help, /^[^.]{4,}[^.\s]$|^.*[^.]$/, `${words.join(" ")} ${name}`)
  })

  it("print that whole, in however many lines", async () => {
    const words = (text: string) => text.replace(/\s+/g, " ")
    for (const leaf of leaves) {
      const page = words(await helpOf(leaf))
      for (const { help } of Object.values({ ...leaf.command.options, ...leaf.command.operands }))
        assert.ok(page.includes(words(help)), `${leaf.words.join(" ")}: ${help}`)
    }
  })

  it("print no prose wider than a terminal's usual 110 columns", async () => {
    for (const leaf of leaves) {
      const lines = (await helpOf(leaf)).split("\n").filter((line) => !/^(?:usage:| {2}wattest )/.test(line))
      for (const line of lines) assert.ok(line.length <= 110, `${leaf.words.join(" ")}: ${line}`)
    }
  })

  it("name one version and one table of exit codes", async () => {
    for (const line of [["--version"], ["device", "--version"], ["verify", "--version"]])
      assert.equal((await play({ node: NODE }, line)).stdout, "wattest 0.1.0\n")
    assert.deepEqual(
      [
        EXIT_CODES.valid,
        EXIT_CODES.invalid,
        EXIT_CODES.usage,
        EXIT_CODES.undetermined,
        EXIT_CODES.fault,
        EXIT_CODES.unaccepted,
      ],
      [EXIT.done, EXIT.failed, EXIT.usage, EXIT.undetermined, EXIT.fault, EXIT.unaccepted],
    )
  })
})
