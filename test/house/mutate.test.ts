import assert from "node:assert/strict"
import { execFileSync } from "node:child_process"
import {
  appendFileSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  readFileSync,
  realpathSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from "node:fs"
import { tmpdir } from "node:os"
import { dirname, join, resolve } from "node:path"
import { circomEdits } from "../../scripts/mutate/circom.ts"
import { createBaseline, createMemory, judgeMutant } from "../../scripts/mutate/court.ts"
import { createEquivalents } from "../../scripts/mutate/equivalents.ts"
import { createJudges } from "../../scripts/mutate/judges.ts"
import { applied, type Edit, isBound, mutantsOf } from "../../scripts/mutate/mutant.ts"
import { isBelow, scoreOf } from "../../scripts/mutate/report.ts"
import { openResults, type Result } from "../../scripts/mutate/results.ts"
import { scoresByMember, withScores } from "../../scripts/mutate/scores.ts"
import { solidityEdits } from "../../scripts/mutate/solidity.ts"
import { filesOf, MEMBERS, mutantsIn } from "../../scripts/mutate/sources.ts"
import { createTree } from "../../scripts/mutate/tree.ts"
import { runTests } from "../../scripts/mutate/trial.ts"
import { typescriptEdits } from "../../scripts/mutate/typescript.ts"

/** The changed lines of a text, as edits make them. */
const changes = (text: string, edits: readonly Edit[]) => mutantsOf("a", text, edits).map(({ after }) => after)
const typescript = (text: string) => changes(text, typescriptEdits("a.ts", text))

describe("the mutants of TypeScript", () => {
  it("move bounds, drop sides of conditions, and fix branches", () => {
    assert.deepEqual(typescript("if (a < 3 && b) f()"), [
      "if (false) f()",
      "if ((a < 3)) f()",
      "if ((b)) f()",
      "if (a <= 3 && b) f()",
      "if (a < 4 && b) f()",
      "if (a < 3 && b) void 0",
    ])
    assert.deepEqual(typescript("const x = a ? b : c"), ["const x = (b)", "const x = (c)"])
    assert.deepEqual(typescript("const x = !a"), ["const x = (a)"])
  })

  it("are bounds where a comparison moves by one or turns round", () => {
    const text = "if (a < 3 && b >= c) f(d + 1)"
    assert.deepEqual(changes(text, typescriptEdits("a.ts", text).filter(isBound)), [
      "if (a <= 3 && b >= c) f(d + 1)",
      "if (a < 3 && b > c) f(d + 1)",
    ])
  })

  it("leave inputs out of what is hashed, elements out of lists, and links out of chains", () => {
    assert.deepEqual(typescript("const h = sha256(join(a, b))"), [
      "const h = sha256(join(b))",
      "const h = sha256(join(a, ))",
    ])
    assert.deepEqual(typescript("const l = [a, b]"), ["const l = [b]", "const l = [a, ]"])
    assert.deepEqual(typescript("const l = a.filter(f)"), ["const l = a"])
  })

  it("ask for one random byte more, and for another constant", () => {
    assert.deepEqual(typescript("const s = randomBytes(48)"), ["const s = randomBytes(49)"])
    assert.deepEqual(typescript("const MOST = 10"), ["const MOST = 11"])
  })

  it("leave alone what no test can notice: types, messages, waits, and what is said to people", () => {
    for (const text of [
      "type A = { a: 1 }",
      'throw new Error("a" + b)',
      "const timeoutMs = 10",
      "console.log(a)",
      'const t = "a" + b',
    ])
      assert.deepEqual(typescript(text), [], text)
  })
})

describe("the mutants of contracts and circuits", () => {
  it("drop requirements and inputs of hashes, and move bounds", () => {
    const text = "contract A { function f(uint a) public { require(a < 3); x = keccak256(abi.encode(a, x)); } uint x; }"
    const all = mutantsOf("A.sol", text, solidityEdits("A.sol", text)).map((mutant) => applied(text, mutant))
    assert.ok(all.some((mutant) => !mutant.includes("require")))
    for (const part of ["a <= 3", "abi.encode(x)", "abi.encode(a)", "a < 4"])
      assert.ok(
        all.some((mutant) => mutant.includes(part)),
        part,
      )
  })

  it("drop constraints and checks", () => {
    const text = "template A() {\n  a <== b;\n  c === d;\n  Num2Bits(64)(x);\n  signal e <== LessThan(8)([a, b]);\n}"
    const all = changes(text, circomEdits(text))
    for (const line of ["a <-- b;", "Num2Bits(65)(x);", "signal e <== LessEqThan(8)([a, b]);"])
      assert.ok(all.includes(line), line)
    assert.equal(all.filter((line) => line === "").length, 2)
  })
})

describe("the names of mutants", () => {
  it("stay while other lines of their file change, and tell equal lines apart", () => {
    const ids = (text: string) => mutantsOf("a.ts", text, typescriptEdits("a.ts", text)).map(({ id }) => id)
    const [first, second] = ids("if (a) f()\nif (a) f()").filter((_, i) => i % 2 === 0)
    assert.notEqual(first, second)
    assert.equal(ids("let x\n\nif (a) f()")[0], first)
  })

  it("are of every member's files, and those that mean the same are told with a reason", () => {
    for (const member of ["protocol", "verifier", "contracts", "circuits"])
      assert.ok(filesOf(member).length > 5, member)
    const known: readonly { file: string; reason: string }[] = JSON.parse(
      readFileSync("scripts/mutate/equivalents.json", "utf8"),
    )
    const files = [...new Set(known.map(({ file }) => file))]
    assert.deepEqual(createEquivalents().stale(files.flatMap(mutantsIn)), [])
    for (const { file, reason } of known) assert.ok(reason.length > 20, file)
  })
})

describe("the judges of a file", function () {
  this.timeout(300_000)

  it("are all tests that come to it, nearest first, and none that only sees that a text changed", () => {
    const judges = createJudges()("relayer/src/sender/fees.ts").map(({ test }) => test)
    assert.equal(judges[0], "test/relayer/fees.test.ts")
    assert.ok(judges.includes("test/relayer/stuck.test.ts"))
    assert.ok(!judges.some((test) => /^test\/house\/(?!durable|power)/.test(test)))
  })

  it("are there for every source, whichever way a member opens its doors", () => {
    const judgesOf = createJudges()
    const lonely = MEMBERS.flatMap(filesOf).filter((file) => mutantsIn(file).length > 0 && judgesOf(file).length === 0)
    // started by names that are put together while they run
    assert.deepEqual(lonely.sort(), [
      "budget/src/main.ts",
      "verifier/src/desk/worker.ts",
      "verifier/src/node/capture-worker.ts",
    ])
  })

  it("are first those that are called after it, or after a folder in which it lies", () => {
    const first = (file: string) => createJudges()(file)[0]?.test
    assert.equal(first("verifier/src/report/page/frame.ts"), "test/verifier/claims/report.test.ts")
    assert.equal(first("contracts/lib/Groth16Batch.sol"), "contracts/test/Groth16Batch.t.sol")
    assert.equal(first("contracts/lib/Ed25519Columns.sol"), "test/contracts/ed25519.test.ts")
    assert.equal(first("contracts/lib/ClaimTerms.sol"), "test/claims/terms.test.ts")
    assert.equal(createJudges()("contracts/AnchorRegistry.sol")[1]?.test, "test/contracts/registry.test.ts")
    const ofSubject = createJudges()("verifier/src/gate/subject.ts").slice(0, 3)
    assert.ok(ofSubject.some(({ test }) => test === "test/verifier/conformance.test.ts"))
    const onCircuits = (file: string) =>
      createJudges()(`circuits/lib/${file}.circom`).map(({ test }) =>
        test.slice("test/circuits/".length, -".test.ts".length),
      )
    assert.deepEqual(onCircuits("run/pack").slice(0, 4), ["templates", "fold", "determinism", "oracle"])
    assert.deepEqual(onCircuits("open").slice(0, 2), ["mains", "oracle"])
    for (const file of ["fold", "run/pack"])
      for (const name of onCircuits(file)) assert(existsSync(`test/circuits/${name}.test.ts`), name)
  })
})

describe("the tree of a mutant", () => {
  const here = process.cwd()
  const root = mkdtempSync(join(realpathSync(tmpdir()), "wattest-mutate-tree-"))
  const put = (path: string, text: string) => {
    mkdirSync(dirname(join(root, path)), { recursive: true })
    writeFileSync(join(root, path), text)
  }
  before(() => {
    put("contracts/A.sol", "source")
    put("a.ts", "source")
    put(".gitignore", "artifacts\ncache\nbuild\nnode_modules\n")
    put("artifacts/A.json", "built")
    put("cache/compile-cache.json", JSON.stringify({ [join(root, "contracts/A.sol")]: "built" }))
    put("node_modules/package/index.js", "")
    put("circuits/lib/a.circom", "source")
    put("node_modules/circomlib/circuits/b.circom", "")
    put("build/circuits/a.r1cs", "built")
    execFileSync("git", ["init", "--quiet", root])
    process.chdir(root)
  })
  after(() => {
    process.chdir(here)
    rmSync(root, { recursive: true, force: true })
  })

  it("gets back what was built of a contract, under its own paths", () => {
    const tree = createTree(join(root, "build/tree"))
    const read = (path: string) => readFileSync(join(tree.root, path), "utf8")
    const compiled = JSON.stringify({ [join(tree.root, "contracts/A.sol")]: "built" })
    assert.equal(read("cache/compile-cache.json"), compiled)
    const build = (file: string) => {
      for (const path of [file, "artifacts/A.json", "artifacts/B.json", "cache/compile-cache.json"])
        tree.write(path, "mutant")
      tree.restore(file)
      return [read(file), read("artifacts/A.json"), existsSync(join(tree.root, "artifacts/B.json"))]
    }
    assert.deepEqual(build("a.ts"), ["source", "mutant", true], "of other sources nothing is built there")
    assert.deepEqual(build("contracts/A.sol"), ["source", "built", false])
    assert.equal(read("cache/compile-cache.json"), compiled)
    assert.equal(readFileSync("artifacts/A.json", "utf8"), "built")
  })

  it("gets back what was built of a circuit, and lets its compiler see what circuits include", () => {
    const tree = createTree(join(root, "build/tree"))
    // The compiler runs with its working folder as its whole world
    assert(realpathSync(join(tree.root, "node_modules/circomlib/circuits/b.circom")).startsWith(tree.root))
    for (const path of ["circuits/lib/a.circom", "build/circuits/a.r1cs"]) tree.write(path, "mutant")
    tree.restore("circuits/lib/a.circom")
    assert.equal(readFileSync(join(tree.root, "build/circuits/a.r1cs"), "utf8"), "built")
    assert.equal(readFileSync(join(tree.root, "circuits/lib/a.circom"), "utf8"), "source")
  })
})

describe("a mutant before its judges", function () {
  this.timeout(300_000)
  const root = mkdtempSync(join(tmpdir(), "wattest-mutate-"))
  const here = process.cwd()
  const tree = {
    root,
    write: (file: string, text: string) => writeFileSync(join(root, file), text),
    restore: (file: string) => writeFileSync(join(root, file), SOURCE),
  }
  const SOURCE = "export const isSmall = (n: number) => n < 3\n"
  const test = (name: string, body: string) =>
    writeFileSync(
      join(root, `test/${name}.test.ts`),
      `import assert from "node:assert/strict"\nimport { isSmall } from "../a.ts"\ndescribe("${name}", () => { it("holds", () => { ${body} }) })`,
    )

  before(() => {
    mkdirSync(join(root, "test"))
    mkdirSync(join(root, "build"))
    writeFileSync(join(root, "package.json"), '{ "type": "module" }')
    writeFileSync(join(root, "a.ts"), SOURCE)
    symlinkSync(resolve("node_modules"), join(root, "node_modules"))
    test("far", "assert.equal(isSmall(100), false); assert.equal(isSmall(0), true)")
    test("near", "assert.equal(isSmall(3), false); assert.equal(isSmall(2), true)")
    test("stuck", "for (let i = 0; !isSmall(3) === false; i++);")
    test("failing", "assert.fail()")
    process.chdir(root)
  })
  after(() => {
    process.chdir(here)
    rmSync(root, { recursive: true, force: true })
  })

  const tried = (...names: readonly string[]) => triedFor(Number.POSITIVE_INFINITY, ...names)
  const triedFor = async (limitMs: number, ...names: readonly string[]) => {
    const [mutant] = mutantsOf("a.ts", SOURCE, typescriptEdits("a.ts", SOURCE)).filter(({ after: line }) =>
      line.includes("<="),
    )
    assert.ok(mutant !== undefined)
    const judges = names.map((name, distance) => ({ test: `test/${name}.test.ts`, distance }))
    const world = { tree, baseline: createBaseline(), patienceSeconds: 30, deadline: Date.now() + limitMs }
    const judged = await judgeMutant(mutant, judges, world)
    assert.equal(readFileSync(join(root, "a.ts"), "utf8"), SOURCE)
    if (judged === null) return null
    const { fate, tests } = judged
    return [fate, ...tests.map((path) => path.slice("test/".length, -".test.ts".length))]
  }

  it("is killed by the one that tries the bound", async () =>
    assert.deepEqual(await tried("far", "near"), ["killed", "near"]))
  it("lives where nobody does", async () => assert.deepEqual(await tried("far"), ["lived", "far"]))
  it("is unreached where no test comes near, and unjudged where those that do fail anyway", async () => {
    assert.deepEqual(await tried(), ["unreached"])
    assert.deepEqual(await tried("failing"), ["unjudged"])
  })
  it("is not tried at all where the time was up first, whatever its tests would have said", async () => {
    assert.equal(await triedFor(0, "near"), null)
    assert.equal(await triedFor(3000, "stuck"), null)
  })
  it("is stopped where its tests never end", async () => assert.deepEqual(await tried("stuck"), ["timeout", "stuck"]))
})

describe("what became of mutants", () => {
  const folder = mkdtempSync(join(tmpdir(), "wattest-mutate-results-"))
  after(() => rmSync(folder, { recursive: true, force: true }))

  it("is kept while source and tests stand, and a line that a kill cut off is none", () => {
    const [path, source] = [join(folder, "results.ndjson"), join(folder, "a.ts")]
    writeFileSync(source, "1")
    openResults(path).add({ id: "x", file: source, fate: "killed", tests: [], judges: 3 })
    appendFileSync(path, '{"id":"y","fi')
    assert.equal(openResults(path).get("x")?.fate, "killed")
    assert.equal(openResults(path).get("y"), undefined)
    writeFileSync(source, "2")
    assert.equal(openResults(path).get("x"), undefined)
  })

  it("is a share of those that are programs, and what killed before is asked first", () => {
    const result = (fate: Result["fate"]) => ({
      id: fate,
      file: "a",
      fate,
      tests: [],
      judges: 0,
      state: "",
    })
    const score = scoreOf("a", 9, [
      result("killed"),
      result("timeout"),
      result("lived"),
      result("unreached"),
      result("unjudged"),
      result("unbuilt"),
    ])
    assert.deepEqual([score.tried, score.lived, score.percent], [4, 2, 50])
    const isFew = (killed: number, tried: number) => isBelow({ ...score, killed, timeouts: 0, tried }, 50)
    // P(at most 4 heads of 24) = 0.077 %, and at most 5: 0.33 %; nine tails: 0.2 %, and ten: 0.098 %
    assert.deepEqual(
      [isFew(4, 24), isFew(5, 24), isFew(0, 9), isFew(0, 10), isFew(0, 0)],
      [true, false, false, true, false],
    )
    assert.ok(isBelow({ ...score, killed: 23, timeouts: 0, tried: 24 }, 100) && !isBelow({ ...score, killed: 0 }, 0))
    const memory = createMemory()
    memory.note("a", "far")
    const order = memory.order("a", [
      { test: "near", distance: 0 },
      { test: "far", distance: 5 },
    ])
    assert.deepEqual(
      order.map(({ test }) => test),
      ["far", "near"],
    )
  })

  it("takes a test as nearer by each file of the member in which it killed, four at most", () => {
    const memory = createMemory()
    for (const name of ["a", "b", "c", "d", "e", "f"]) memory.note(`verifier/${name}`, "broad")
    const order = (file: string, distance: number) =>
      memory
        .order(file, [
          { test: "near", distance: 0 },
          { test: "broad", distance },
        ])
        .map(({ test }) => test)
    assert.deepEqual(order("verifier/x", 3), ["broad", "near"])
    assert.deepEqual(order("verifier/x", 5), ["near", "broad"])
    assert.deepEqual(order("chain/x", 3), ["near", "broad"])
  })

  it("stands by member in a document, between two marks", () => {
    const [first] = mutantsIn("chain/src/header.ts")
    const known = (id: string) =>
      id === first?.id
        ? { id, file: "chain/src/header.ts", fate: "killed" as const, tests: [], judges: 1, state: "" }
        : undefined
    const rows = scoresByMember({ known, equivalents: createEquivalents([]) }, "2026-01-31")
    const written = withScores("a\n<!-- scores -->\nold\n<!-- /scores -->\nb", rows)
    assert.match(written, /^a\n<!-- scores -->\n\| member +\| mutants \|.*\n\| -+ \| -+: \|/)
    assert.match(written, /\n\| chain +\| +\d+ \| +1 \| +1 \| +0 \| +– \| 80 % \| 2026-01-31 \|\n/, "no share of one")
    assert.match(written, /\n\| contracts +\| +\d+ \| +0 \| +0 \| +0 \| +– \| 95 % \| +– \|\n/)
    assert.ok(written.endsWith("|\n<!-- /scores -->\nb") && !written.includes("old"))
    assert.equal(withScores(written, rows), written)
    for (const unmarked of ["a", "<!-- scores -->", "<!-- /scores --><!-- scores -->"])
      assert.throws(() => withScores(unmarked, rows), /no <!-- scores -->/)
  })

  it("keep the better founded row of each member", () => {
    const row = (member: string, tried: number, day: string) => [member, 900, tried, tried, 0, "100.0 %", "95 %", day]
    const daysOf = (standing: number, fresh: number) => {
      const before = withScores("<!-- scores --><!-- /scores -->", [row("a", standing, "old"), row("b", 9, "old")])
      return withScores(before, [row("a", fresh, "new"), row("b", 8, "new")]).match(/old|new/g)
    }
    assert.deepEqual(daysOf(20, 19), ["old", "old"])
    assert.deepEqual(daysOf(20, 20), ["new", "old"], "of two that rest on as many the later one")
    assert.deepEqual(daysOf(500, 39), ["old", "old"])
    assert.deepEqual(daysOf(500, 40), ["new", "old"])
  })
})

describe("tests that judge a mutant", function () {
  this.timeout(120_000)
  const root = realpathSync(mkdtempSync(join(tmpdir(), "wattest-trial-")))
  before(() => {
    symlinkSync(resolve("node_modules"), join(root, "node_modules"))
    mkdirSync(join(root, "build"))
  })
  after(() => rmSync(root, { recursive: true }))

  async function outcomeOf(name: string, text: string) {
    const file = join(root, `${name}.test.mjs`)
    writeFileSync(file, `import assert from "node:assert/strict"\n${text}\n`)
    return runTests(root, [file], 30)
  }

  it("pass where none fails", async () => {
    assert.deepEqual(await outcomeOf("right", 'it("is so", () => assert.equal(1n, 1n))'), { kind: "passed" })
  })

  it("fail where one does, of numbers that no report can hold too", async () => {
    const { kind, ...rest } = await outcomeOf("wrong", 'it("is so", () => assert.equal(1, 2))')
    assert.deepEqual([kind, Object.values(rest)[1]], ["failed", "is so"])
    assert.equal((await outcomeOf("big", 'it("is so", () => assert.deepEqual({ a: 1n }, { a: 2n }))')).kind, "failed")
    assert.equal((await outcomeOf("none", "throw new Error()")).kind, "failed")
  })

  it("are cut short where they do not end", async () => {
    const file = join(root, "endless.test.mjs")
    writeFileSync(
      file,
      'it("is so", function () { this.timeout(0); return new Promise((done) => setTimeout(done, 60000)) })\n',
    )
    assert.deepEqual(await runTests(root, [file], 3), { kind: "timeout" })
  })
})
