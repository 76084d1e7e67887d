import assert from "node:assert/strict"
import {
  address,
  command,
  EXIT,
  file,
  group,
  lazy,
  list,
  optional,
  required,
  standard,
  toggle,
  UsageError,
  u64,
  whole,
} from "@wattest/command"
import { COMMON_EXITS, EXIT_MEANING } from "../../command/src/exit.ts"
import { play, told } from "./support.ts"

const ADDRESS = `0x${"ab".repeat(20)}`

const echo = command({
  summary: "say what was understood",
  operands: { file: required(file, "what to read"), others: list(file, "more of them") },
  options: {
    registry: required(address, "the registry", { environment: "WATTEST_REGISTRY", profile: "registry" }),
    count: standard(whole(1, 9), "3", "how often"),
    since: optional(u64, "from when on"),
    receipt: list(file, "a receipt"),
    yes: toggle("do not ask"),
  },
  rest: "COMMAND",
  examples: [`a.json --registry ${ADDRESS} -- true`],
  next: "registry enrol FILE",
  run: async ({ options, operands, rest }, { terminal, json }) => {
    const said = { ...options, since: options.since?.toString() ?? null, operands, rest, json }
    terminal.print(JSON.stringify(said))
    return options.count === 9 ? { exit: EXIT.failed } : options.count === 8 ? { next: null } : undefined
  },
})
const node = group({
  summary: "tests",
  commands: {
    echo,
    deep: lazy("further down", async () => group({ summary: "deeper", commands: { echo } })),
    broken: command({
      summary: "fail",
      operands: {},
      options: {},
      examples: [""],
      run: () => Promise.reject(new TypeError("undefined is not a function")),
    }),
    listing: command({
      summary: "refuse with lists",
      operands: {},
      options: {},
      examples: [""],
      run: () => Promise.reject(new UsageError("two:\n  a\nerror: b", "write\n  one\n  x\u001b[2J")),
    }),
  },
})
const say = (line: string, world = {}) => play({ node }, line.split(" ").filter(Boolean), world)
const GIVEN = `--registry ${ADDRESS}`

describe("a command's table", () => {
  it("has values for what the reader has not refused, and for nothing else", () => {
    for (const slot of [required(u64, "a number"), standard(u64, "1", "a number")])
      assert.throws(() => slot.take([]), RangeError)
  })

  it("parses options, operands and what stands behind --, in any order", async () => {
    const { exit, stdout, stderr } = await say(
      `echo a --receipt r1 b ${GIVEN} --receipt=r2 --yes --since 7 -- run --help -x`,
    )
    assert.equal(exit, 0, stderr)
    assert.deepEqual(JSON.parse(stdout), {
      registry: ADDRESS,
      count: 3,
      since: "7",
      receipt: ["r1", "r2"],
      yes: true,
      operands: { file: "a", others: ["b"] },
      rest: ["run", "--help", "-x"],
      json: false,
    })
    assert.equal(stderr, "next: wattest registry enrol FILE\n")
  })

  it("says what to type next only to people, after success, and by the names that they use", async () => {
    assert.equal((await say(`echo a ${GIVEN} --json`)).stderr, "")
    assert.equal((await say(`echo a ${GIVEN} --count 9`)).stderr, "")
    assert.equal((await say(`echo a ${GIVEN} --count 8`)).stderr, "")
    assert.equal((await say(`echo a ${GIVEN} --count 9`)).exit, EXIT.failed)
    const alone = await play({ node, name: "wattest-attest" }, ["echo", "a", ...GIVEN.split(" ")])
    assert.equal(alone.stderr, "next: wattest-registry enrol FILE\n")
  })

  it("refuses in two lines what cannot be understood", async () => {
    const cases: readonly (readonly [line: string, error: string, hint: string])[] = [
      ["", "no command was given", "wattest --help"],
      ["ecko", 'there is no command "ecko"', "did you mean wattest echo?"],
      ["deep ehco", 'there is no command "ehco"', "did you mean wattest deep echo?"],
      ["paint", 'there is no command "paint"', "wattest --help"],
      ["--yes echo", "--yes stands before the command", "write wattest COMMAND --yes …"],
      [`echo ${GIVEN}`, "FILE is missing: what to read", "wattest echo --help"],
      [`echo a --registri ${ADDRESS}`, "there is no option --registri", "did you mean --registry?"],
      [`echo a ${GIVEN} --colour`, "there is no option --colour", "wattest echo --help"],
      [`echo a ${GIVEN} -y`, "there is no option -y", "wattest echo --help"],
      [`echo a ${GIVEN} ${GIVEN}`, "--registry is given twice", "give it once"],
      ["echo a --registry", "--registry has no value", "write --registry ADDRESS, or --registry=ADDRESS"],
      ["echo a --registry --yes", "--registry has no value", "write --registry ADDRESS, or --registry=ADDRESS"],
      [`echo a ${GIVEN} --yes=no`, '--yes takes no value, got "no"', "write --yes"],
      [`echo a ${GIVEN} --count 10`, '--count: "10" is above its bound', "write a number from 1 to 9"],
      [
        "echo a",
        "--registry is missing",
        "give --registry ADDRESS, or set WATTEST_REGISTRY, or write it into wattest.json (wattest init)",
      ],
    ]
    for (const [line, error, hint] of cases) {
      const { exit, stdout, stderr } = await say(line)
      assert.deepEqual({ exit, stdout, stderr }, { exit: EXIT.usage, stdout: "", stderr: told(error, hint) }, line)
    }
    const empty = await play({ node }, ["echo", "", ...GIVEN.split(" ")])
    assert.equal(empty.stderr, told('FILE: "" is empty', "is a variable of the shell unset?"))
  })

  it("names the place of a wrong value that nobody typed", async () => {
    const { stderr } = await say("echo a", { environment: { WATTEST_REGISTRY: "0x12" } })
    assert.match(stderr, /^error: WATTEST_REGISTRY: "0x12" is not an address\n/)
  })

  it("repeats no private key and no control character", async () => {
    const secret = "7c".repeat(32)
    const { stderr } = await say(`echo a --registry 0x${secret}`)
    assert.ok(!stderr.includes(secret), stderr)
    const painted = await play({ node }, ["echo\u001b[2J"])
    assert.ok(!painted.stderr.includes("\u001b"), painted.stderr)
  })

  it("prints help that names every option, operand, exit code and example, and the version", async () => {
    for (const line of ["echo --help", "echo -h", "deep echo --help", "echo a --nonsense -h"].slice(0, 3)) {
      const { exit, stdout } = await say(line)
      assert.equal(exit, 0)
      for (const word of [
        "--registry ADDRESS",
        "--count N",
        "--yes",
        "--json",
        "--help",
        "FILE",
        "OTHERS…",
        "-- COMMAND",
        ...COMMON_EXITS.map((name) => `  ${EXIT[name]}  ${EXIT_MEANING[name]}\n`),
        `${line.replace(/ --?h.*/, "")} a.json ${GIVEN} -- true\n`,
      ])
        assert.ok(stdout.includes(word), `${line}: ${word}`)
      assert.match(stdout, /the registry \[WATTEST_REGISTRY, else registry in wattest\.json\]/)
      assert.match(stdout, /how often \[3\]/)
      assert.match(stdout, /next: wattest registry enrol FILE/)
    }
    assert.match((await say("--help")).stdout, /echo +say what was understood\n +deep +further down/)
    assert.equal((await say("--version")).stdout, "wattest 0.1.0\n")
  })

  it("takes what is no name for the program's own command, where it has one, but neither help nor version", async () => {
    const alone = group({ summary: "tests", commands: { deep: node }, main: echo })
    const { exit, stdout } = await play({ node: alone }, ["a", ...GIVEN.split(" ")])
    assert.deepEqual([exit, JSON.parse(stdout).operands.file], [0, "a"])
    assert.equal((await play({ node: alone }, ["--version"])).stdout, "wattest 0.1.0\n")
    for (const help of ["--help", "-h"])
      assert.match((await play({ node: alone }, [help])).stdout, /^usage: wattest FILE .*\n.*\nusage: wattest COMMAND/s)
  })

  it("tells a fault of ours from a refusal, with what to report", async () => {
    const { exit, stderr } = await say("broken")
    assert.equal(exit, EXIT.fault)
    assert.match(stderr, /^error: this is a fault of ours.*\nhint: please report this: TypeError: undefined is not/)
  })

  it("keeps the indented lines of a message, and lets nothing in it pass for another one", async () => {
    const { stderr } = await say("listing")
    assert.equal(stderr, told("two:\n  a\\u{a}error: b", "write\n  one\n  x\\u{1b}[2J"))
  })
})
