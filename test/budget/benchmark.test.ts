import assert from "node:assert/strict"
import { execFile } from "node:child_process"
import { createHash } from "node:crypto"
import { once } from "node:events"
import { writeFileSync } from "node:fs"
import { createServer, type Server } from "node:http"
import type { AddressInfo } from "node:net"
import { join } from "node:path"
import { MAIN as ATTEST, archivedRuns, writeConfig } from "@wattest/testkit/attester/program"
import { meteredDevice } from "../attester/metered.ts"

const WATTEST = "cli/src/main.ts"

/** A server that speaks the OpenAI API: what it was asked, and how it answers. */
async function startModel() {
  const asked: { readonly path: string; readonly key: string | undefined; readonly body: Record<string, unknown> }[] =
    []
  const world = { asked, mode: "well" as "well" | "refusing" | "foreign" | "huge" }
  const answers = {
    well: (prompt: string) => ({
      choices: [{ message: { role: "assistant", content: prompt === "silence" ? " " : `re: ${prompt}` } }],
      usage: { prompt_tokens: 3, completion_tokens: 5 },
    }),
    refusing: () => ({ error: { message: "no such model" } }),
    foreign: () => ({ choices: [] }),
    huge: () => ({ choices: "x".repeat(9 * 1024 * 1024) }),
  }
  const server: Server = createServer(async (request, response) => {
    let text = ""
    for await (const piece of request.setEncoding("utf8")) text += piece
    const body = JSON.parse(text)
    asked.push({ path: request.url ?? "", key: request.headers.authorization, body })
    response.writeHead(world.mode === "refusing" ? 404 : 200, { "content-type": "application/json" })
    response.end(JSON.stringify(answers[world.mode](body.messages[0].content)))
  })
  server.listen(0, "127.0.0.1")
  await once(server, "listening")
  const url = `http://127.0.0.1:${(server.address() as AddressInfo).port}/v1`
  return { ...world, world, url, close: () => new Promise((resolve) => server.close(resolve)) }
}

describe("the benchmark", function () {
  this.timeout(120_000)
  const device = meteredDevice()
  let model: Awaited<ReturnType<typeof startModel>>
  let prompts = ""
  const texts = ["one", "two", "silence", "four"]
  beforeEach(async () => {
    model = await startModel()
    prompts = join(device.folder, "prompts.txt")
    writeFileSync(prompts, `one\n\n{"prompt": "two"}\nsilence\nfour\nnever asked\n`)
  })
  afterEach(() => model.close())

  const command = (...more: string[]) => [
    ...["benchmark", "--url", model.url, "--model", "tiny", "--prompts", prompts],
    ...["--count", "4", "--repetitions", "2", ...more],
  ]
  const run = (args: readonly string[], env: NodeJS.ProcessEnv = {}) =>
    new Promise<{ exit: number; stdout: string; stderr: string }>((resolve) => {
      execFile(process.execPath, args, { env: { ...process.env, ...env } }, (error, stdout, stderr) =>
        resolve({ exit: error === null ? 0 : Number(error.code), stdout, stderr }),
      )
    })
  async function serving<T>(use: (endpoint: string) => Promise<T>): Promise<T> {
    writeConfig(device.config, device.meter, { port: 0 })
    const served = device.serve()
    await device.metering(served)
    try {
      return await use(join(device.home, "endpoint.json"))
    } finally {
      await device.stop(served)
    }
  }
  const workloads = () => archivedRuns(device.home).filter(({ statement }) => statement.context.workload !== "idle")

  it("asks every prompt in each repetition, each a run that says what was asked", async () => {
    const flags = ["--own-runs", "--max-tokens", "16", "--preset", "ai-energy-score", "--json"]
    const told = await serving(async (endpoint) => {
      const args = [WATTEST, ...command(...flags, "--endpoint", endpoint)]
      const { exit, stdout, stderr } = await run(args, { OPENAI_API_KEY: "sesame" })
      assert.equal(exit, 0, stderr)
      return JSON.parse(stdout)
    })
    assert.deepEqual(
      model.asked.map(({ body }) => (body.messages as { content: string }[])[0]?.content),
      [...texts, ...texts],
    )
    const [first] = model.asked
    assert.deepEqual([first?.path, first?.key], ["/v1/chat/completions", "Bearer sesame"])
    assert.deepEqual([first?.body.model, first?.body.max_tokens, first?.body.stream], ["tiny", 16, false])
    const digest = createHash("sha256")
      .update(texts.map((text) => `${text}\n`).join(""))
      .digest("hex")
    assert.equal(told.promptsDigest, digest)
    assert.match(told.differs[0], /^4 prompts; the protocol asks for 1000$/)
    assert.match(told.differs[1], /^2 repetitions; the protocol asks for 10$/)
    const runs = workloads().filter(({ statement }) => statement.model === "tiny")
    assert.equal(runs.length, 2)
    for (const [i, { statement, run: number }] of runs.entries()) {
      const { unit, registers, context } = statement
      assert.deepEqual([unit, registers.workUnits, registers.acceptedUnits], ["query", 4n, 3n])
      assert.deepEqual([context.workload, context.qualityRule], ["AI Energy Score", "the answer is not empty"])
      assert.equal(context.versions.prompts, `4 of sha256:${digest}`)
      assert.equal(context.versions.repetition, `${i + 1} of 2`)
      assert.equal(told.repetitions[i].run, String(number))
      assert.deepEqual([told.repetitions[i].queries, told.repetitions[i].completionTokens], [4, 20])
    }
  })

  it("counts within the run of device run, and says what it did", async () => {
    const outer = [ATTEST, "run", "--home", device.home, "--config", device.config]
    const labels = ["--unit", "query", "--model", "tiny", "--", process.execPath, WATTEST]
    const { exit, stdout, stderr } = await serving(() => run([...outer, ...labels, ...command()]))
    assert.equal(exit, 0, stderr)
    assert.match(stdout, /^AI Energy Score \(huggingface/)
    assert.match(stdout, / {2}2: 4 queries, 3 answered, 20 tokens/)
    assert.match(stdout, /differs from the protocol:\n {2}- 4 prompts/)
    const measured = archivedRuns(device.home).find(({ statement }) => statement.model === "tiny")
    assert.equal(measured?.statement.registers.workUnits, 8n)
    assert.equal(measured?.statement.registers.acceptedUnits, 6n)
  })

  it("ends at what is not answered, and leaves no complete run of it", async () => {
    const said = await serving(async (endpoint) => {
      const found: string[] = []
      for (const mode of ["refusing", "foreign", "huge"] as const) {
        model.world.mode = mode
        const { exit, stderr } = await run([WATTEST, ...command("--own-runs", "--endpoint", endpoint)])
        assert.equal(exit, 1, stderr)
        found.push(stderr)
      }
      const silent = [WATTEST, ...command("--endpoint", endpoint)].map((word) =>
        word === model.url ? "http://127.0.0.1:9/v1" : word,
      )
      assert.equal((await run(silent)).exit, 3)
      return found
    })
    assert.match(said[0] ?? "", /refuses with 404: no such model\nhint/)
    assert.match(said[1] ?? "", /answers without choices\[0\]/)
    assert.match(said[2] ?? "", /answers more than/)
    const runs = workloads().filter(({ statement }) => statement.model === "tiny")
    assert.deepEqual(
      runs.map(({ statement }) => statement.status),
      ["interrupted", "interrupted", "interrupted"],
    )
  })

  it("refuses too few prompts, a prompt that is none, and to run unmetered", async () => {
    const at = ["--endpoint", join(device.home, "nobody.json")]
    writeFileSync(at[1] ?? "", '{"url":"http://127.0.0.1:9","token":"none"}')
    const few = await run([WATTEST, ...command(...at).map((word) => (word === "4" ? "6" : word))])
    assert.deepEqual([few.exit, /has 5 prompts, 6 are asked for/.test(few.stderr)], [2, true])
    const nowhere = await run([WATTEST, ...command("--endpoint", prompts)])
    assert.deepEqual([nowhere.exit, /tells of no local endpoint/.test(nowhere.stderr)], [2, true])
    writeFileSync(prompts, `{"text": "one"}\n`)
    const foreign = await run([WATTEST, ...command(...at)])
    assert.deepEqual([foreign.exit, /line 1 is no object with a prompt/.test(foreign.stderr)], [2, true])
    const unmetered = await run([WATTEST, ...command()], { WATTEST_ENDPOINT: "" })
    assert.deepEqual([unmetered.exit, /--endpoint is missing/.test(unmetered.stderr)], [2, true])
  })
})
