import assert from "node:assert/strict"
import { execFileSync, spawnSync } from "node:child_process"
import { mkdtempSync, openSync, readFileSync, rmSync, writeFileSync } from "node:fs"
import { createServer } from "node:net"
import { tmpdir } from "node:os"
import { join } from "node:path"
import {
  type CommandError,
  confirm,
  explainError,
  grid,
  readDocument,
  readObject,
  rows,
  shellWord,
} from "@wattest/command"
import { createPublicClient, http } from "viem"

/** What libraries say in their own words, and nobody should have to read. */
const RAW =
  /ENOENT|EISDIR|EACCES|EADDRINUSE|ECONNREFUSED|Unexpected|Invalid URL|HTTP request failed|fetch failed|syscall/

async function failureOf(work: () => unknown): Promise<CommandError> {
  try {
    await work()
  } catch (error) {
    const explained = explainError(error)
    assert.ok(explained !== null, String(error))
    assert.doesNotMatch(`${explained.message} ${explained.hint}`, RAW)
    return explained
  }
  throw new Error("nothing failed")
}

/** A port of this machine on which nothing listens. */
async function deadPort(): Promise<number> {
  const server = createServer().listen(0, "127.0.0.1")
  await new Promise((resolve) => server.once("listening", resolve))
  const address = server.address()
  await new Promise((resolve) => server.close(resolve))
  return typeof address === "object" && address !== null ? address.port : 0
}

describe("messages", () => {
  const folder = mkdtempSync(join(tmpdir(), "wattest-messages-"))
  const at = (name: string, content?: string | Uint8Array) => {
    if (content !== undefined) writeFileSync(join(folder, name), content)
    return join(folder, name)
  }
  after(() => rmSync(folder, { recursive: true }))

  it("say in words what the system says of a path", async () => {
    const absent = await failureOf(() => readFileSync(at("absent")))
    assert.deepEqual([absent.message, absent.exit], [`${at("absent")}: there is no such file or folder`, 2])
    const directory = await failureOf(() => readFileSync(folder))
    assert.match(directory.message, /folder, not a file/)
    const beneath = await failureOf(() => readFileSync(join(at("plain", "x"), "y")))
    assert.match(beneath.message, /a part of this path is a file/)
    const twice = await failureOf(() => writeFileSync(at("plain"), "x", { flag: "wx" }))
    assert.match(twice.message, /exists already/)
    const long = await failureOf(() => openSync(at("x".repeat(300)), "r"))
    assert.match(long.message, /too long/)
  })

  it("say where nobody answers, by fetch, by viem and by a socket", async () => {
    const port = await deadPort()
    const url = `http://127.0.0.1:${port}`
    const fetched = await failureOf(() => fetch(url))
    assert.deepEqual([fetched.message, fetched.exit], [`127.0.0.1:${port}: nothing listens there`, 3])
    const client = createPublicClient({ transport: http(url, { retryCount: 0 }) })
    const asked = await failureOf(() => client.getChainId())
    assert.deepEqual([asked.message, asked.exit], [`${url}: nothing listens there`, 3])
    const late = await failureOf(() => Promise.reject(AbortSignal.abort(new DOMException("x", "TimeoutError")).reason))
    assert.deepEqual([late.message, late.exit], ["the other side: no answer in time", 3])
    const server = createServer().listen(0, "127.0.0.1")
    await new Promise((resolve) => server.once("listening", resolve))
    const held = Object(server.address()).port
    const taken = await failureOf(
      () => new Promise((_, reject) => createServer().once("error", reject).listen(held, "127.0.0.1")),
    )
    assert.deepEqual([taken.message, taken.exit], [`127.0.0.1:${held} is in use already`, 2])
    server.close()
  })

  it("explain no fault of ours away", () => {
    for (const error of [new TypeError("x is undefined"), new Error("?"), "thrown text", null, undefined])
      assert.equal(explainError(error), null)
    const circle = new Error("circle")
    circle.cause = circle
    assert.equal(explainError(circle), null)
  })

  it("find a document between the words around it, from a file of people or of machines", () => {
    const value = { a: "1", b: ["}", "{"] }
    for (const text of [
      JSON.stringify(value),
      `${JSON.stringify(value, null, 2)}\n`,
      `for the operator:\n\n${JSON.stringify(value)}\nnext: type this\n`,
      `words\r\n  ${JSON.stringify(value, null, 2)}\r\n`,
    ])
      assert.deepEqual(readObject(at("doc", text), 1000, "an enrolment"), value)
  })

  it("say what a file is that is no document of ours", async () => {
    const cases: readonly (readonly [content: string | Uint8Array, message: RegExp])[] = [
      ["", /is empty, not an enrolment$/],
      [" \r\n\t", /is empty/],
      ["%PDF-1.7 {}", /is a PDF/],
      [new Uint8Array([0x50, 0x4b, 3, 4, 123, 125]), /zip archive/],
      [new Uint8Array([0x1f, 0x8b, 8]), /compressed by gzip/],
      ["\ufeff{}", /byte order mark/],
      [new Uint8Array([0xff, 0xfe, 0x7b, 0]), /UTF-16/],
      ["hello", /is not an enrolment/],
      ["[1]", /is not an enrolment/],
      ['{"a": ', /is not an enrolment|no whole JSON/],
      ['{"a": {}', /no whole JSON/],
      [`{"a":"${"x".repeat(1000)}"}`, /is too long for an enrolment/],
    ]
    for (const [content, message] of cases) {
      const { message: said, exit } = await failureOf(() => readObject(at("foreign", content), 1000, "an enrolment"))
      assert.match(said, message)
      assert.equal(exit, 2)
    }
    assert.equal(new TextDecoder().decode(readDocument(at("doc", "{}\n"), 2 + 1, "x")), "{}")
  })

  it("ask before what is final, and take nothing but yes", async () => {
    const said: string[] = []
    const terminal = (answer: string | null) => ({
      print: () => {},
      say: (line: string) => void said.push(line),
      ask: async () => answer,
    })
    await confirm(terminal("yes"), "the end")
    assert.deepEqual(said, ["this is final: the end"])
    assert.equal((await failureOf(() => confirm(terminal("y"), "the end"))).exit, 1)
    assert.equal((await failureOf(() => confirm(terminal(null), "the end"))).exit, 2)
  })

  it("line up what belongs together, and let no label steer the terminal", () => {
    const paint = "x\u001b[2J"
    assert.equal(
      rows([
        ["a", "1"],
        ["long", paint],
      ]),
      "a     1\nlong  x\\u{1b}[2J\n",
    )
    assert.equal(
      grid(
        ["run", "state"],
        [
          ["7", "closed"],
          ["12", "void"],
        ],
      ),
      "run  state\n7    closed\n12   void\n",
    )
  })

  it("give a command's words as a shell reads them, and as they are where it needs no help", () => {
    const words = ["a b", "it's", "s3://bucket/a?endpoint=http://127.0.0.1:1&region=x", '$HOME `id` "', "~", "x;*", ""]
    for (const word of words)
      assert.equal(execFileSync("sh", ["-c", `printf %s ${shellWord(word)}`], { encoding: "utf8" }), word)
    for (const word of ["run-1.json", "/a/b_c", "s3://b/c", "operator:1"]) assert.equal(shellWord(word), word)
    assert.equal(shellWord("a\u001b[31m"), "'a\\u{1b}[31m'")
  })

  it("take what is typed, and say that a question was broken off, not that the network is silent", () => {
    const asked = `import { explainError, processTerminal } from "@wattest/command"
      for (const stream of [process.stdin, process.stderr]) stream.isTTY = true
      try { console.log("answer:", await processTerminal.ask("name? ")) } catch (error) { console.log(explainError(error)?.message) }`
    const typed = (input: string) => {
      const options = { cwd: import.meta.dirname, input, encoding: "utf8", timeout: 30_000 } as const
      return spawnSync(process.execPath, ["--input-type=module", "-e", asked], options).stdout
    }
    assert.match(typed(" Ada \n"), /^answer: Ada$/m)
    for (const key of ["\u0003", "\u0004"]) assert.match(typed(key), /^the question was broken off$/m)
  })
})
