import assert from "node:assert/strict"
import { execFileSync } from "node:child_process"
import { once } from "node:events"
import { cpSync, existsSync, mkdirSync, readdirSync, readFileSync, rmSync, truncateSync, writeFileSync } from "node:fs"
import { createServer } from "node:http"
import type { AddressInfo } from "node:net"
import { join } from "node:path"
import { deviceIdOf, fromHex, parseDocument, type Submission, submission, submissionMessage } from "@wattest/protocol"
import { nodeSignatures } from "@wattest/protocol/node"
import {
  archivedRuns,
  attest,
  createMeteredDevice,
  discard,
  startAttest,
  type TestMeter,
  until,
  writeConfig,
} from "@wattest/testkit/attester/program"
import { Agent } from "../../attester/src/agent/agent.ts"
import { parseAgentConfig } from "../../attester/src/agent/config.ts"
import { openKeyFile } from "../../attester/src/keys/file-key.ts"
import { openKey } from "../../attester/src/keys/key-place.ts"
import { Device } from "../../attester/src/run/device.ts"

const REGISTRY = `0x${"11".repeat(20)}` as const
const TARGET = ["--chain", "31337", "--registry", REGISTRY]
const VOID = `0x${"00".repeat(32)}`

type Event = { event: string; run?: string; root?: string }
const events = (home: string): Event[] =>
  readFileSync(join(home, "device.journal"), "utf8")
    .trimEnd()
    .split("\n")
    .map((line) => JSON.parse(line.slice(9)))

/** Numbers are taken once and upwards, and each run ends once before the next begins. */
function assertNumbers(home: string): void {
  let next = 0
  let open: string | undefined
  for (const { event, run } of events(home)) {
    if (event === "opened") {
      assert.equal(open, undefined)
      assert.equal(run, String(next++))
      open = run
    }
    if (event === "closed" || event === "void") {
      assert.equal(run, open)
      open = undefined
    }
  }
}

const openJournalPath = (home: string): string | undefined => {
  const [name] = existsSync(join(home, "runs")) ? readdirSync(join(home, "runs")) : []
  return name === undefined ? undefined : join(home, "runs", name)
}

const durableCaptures = (path: string): number =>
  readFileSync(path, "utf8")
    .split("\n")
    .slice(0, -1)
    .filter((line) => line.slice(9, 11) === "C ").length

/** Recovery adds a last capture, which says where the books stand; capture 0 does so already. */
const closed = (durable: number): number => (durable > 1 ? durable + 1 : durable)

describe("what goes wrong on a device", () => {
  let folder: string
  let home: string
  let config: string
  let meter: TestMeter
  beforeEach(async () => {
    ;({ folder, home, config, meter } = await createMeteredDevice())
  })
  afterEach(() => discard({ folder, meter }))

  const serve = () => startAttest(["serve", "--home", home, "--config", config])
  /** Settles what is open, as every command does, and gives the roots. */
  const settle = async () => {
    const device = await Device.open(home, await openKey(home))
    await device.recover()
    await device.close()
    return { roots: [...device.state.roots] }
  }

  /** Starts metering, waits for some captures in the journal, and kills the process without warning. */
  async function interrupted(captures: number): Promise<string> {
    const { child, exit } = serve()
    await until("captures are stored", () => {
      const path = openJournalPath(home)
      return path !== undefined && durableCaptures(path) >= captures
    })
    child.kill("SIGKILL")
    await exit
    return openJournalPath(home) ?? ""
  }

  it("kill −9: the run is closed as interrupted with every durable capture", async () => {
    const path = await interrupted(5)
    const durable = durableCaptures(path)
    const { roots } = await settle()
    const [run] = archivedRuns(home)
    assert.equal(run?.statement.status, "interrupted")
    assert.equal(run?.statement.captures, closed(durable))
    assert.deepEqual(roots, [run?.root])
    assert.equal(openJournalPath(home), undefined)
  })

  it("kill −9 again and again, at any time: no number is used twice, no durable capture is lost", async function () {
    this.timeout(120_000)
    const rounds = process.env.WATTEST_DEPTH === "deep" ? 60 : 8
    for (let round = 0; round < rounds; round++) {
      const { child, exit } = serve()
      await new Promise((resolve) => setTimeout(resolve, 250 + ((round * 137) % 900)))
      child.kill("SIGKILL")
      await exit
      const path = openJournalPath(home)
      const durable = path === undefined ? null : durableCaptures(path)
      const before = archivedRuns(home).length
      attest("submit", "--home", home, ...TARGET)
      assertNumbers(home)
      if (durable !== null && durable > 0 && archivedRuns(home).length > before)
        assert.equal(archivedRuns(home).at(-1)?.statement.captures, closed(durable))
    }
    for (const { event } of events(home).filter(({ event }) => event === "void")) assert.equal(event, "void")
  })

  it("kill −9 in the middle of a replay", async () => {
    const rows = Array.from(
      { length: 4000 },
      (_, i) => `:::MLLOG {"key":"power_reading","time_ms":${i * 1000},"value":${500 + (i % 7)}}`,
    )
    const trace = join(folder, "long.txt")
    writeFileSync(trace, rows.join("\n"))
    const { child, exit } = startAttest(["replay", trace, "--home", home, "--interval", "1s"])
    await until("captures are stored", () => {
      const path = openJournalPath(home)
      return path !== undefined && durableCaptures(path) > 300
    })
    child.kill("SIGKILL")
    await exit
    const path = openJournalPath(home)
    if (path === undefined) return
    const durable = durableCaptures(path)
    await settle()
    const [run] = archivedRuns(home)
    assert.equal(run?.statement.captures, durable)
    assert.equal(run?.statement.status, "interrupted")
  })

  it("a torn last record is dropped", async () => {
    const path = await interrupted(5)
    const durable = durableCaptures(path)
    const text = readFileSync(path, "utf8")
    // Cut within the last capture's record, as a loss of power does.
    const at = text.lastIndexOf(" C 0x")
    truncateSync(path, at + 40)
    await settle()
    assert.equal(archivedRuns(home)[0]?.statement.captures, closed(durable - 1))
  })

  it("a journal damaged in its middle makes the run void", async () => {
    const path = await interrupted(5)
    const text = readFileSync(path, "utf8")
    const at = Math.floor(text.length / 2)
    writeFileSync(path, `${text.slice(0, at)}${text[at] === "7" ? "8" : "7"}${text.slice(at + 1)}`)
    assert.deepEqual((await settle()).roots, [VOID])
    assert.deepEqual(archivedRuns(home), [])
  })

  it("a journal that is gone makes the run void, and the next run takes the next number", async () => {
    rmSync(await interrupted(2))
    assert.deepEqual((await settle()).roots, [VOID])
    await interrupted(3)
    await settle()
    assert.equal(archivedRuns(home)[0]?.run, 1n)
    assertNumbers(home)
  })

  it("a stop between the archive and the log's line closes the run once", async () => {
    const path = await interrupted(4)
    const journal = readFileSync(path)
    const log = readFileSync(join(home, "device.journal"))
    const { roots } = await settle()
    // Back to the moment before the log's line: the archive is written, the journal is still there.
    writeFileSync(join(home, "device.journal"), log)
    writeFileSync(path, journal)
    assert.deepEqual((await settle()).roots, roots)
    assertNumbers(home)
  })

  it("a full disk: captures wait, nothing is lost when there is room again", async function () {
    const disk = join(folder, "disk")
    mkdirSync(disk)
    try {
      execFileSync("mount", ["-t", "tmpfs", "-o", "size=512k", "tmpfs", disk], { stdio: "ignore" })
    } catch {
      process.stderr.write("      skipped: a small disk cannot be mounted here\n")
      this.skip()
    }
    try {
      cpSync(home, join(disk, "device"), { recursive: true })
      home = join(disk, "device")
      const { child, exit, said } = serve()
      await until("it meters", () => said().includes("metering"))
      assert.throws(() => writeFileSync(join(disk, "filler"), Buffer.alloc(1 << 20)), /ENOSPC/)
      await until("the full disk is noticed", () => said().includes("ENOSPC"))
      rmSync(join(disk, "filler"))
      const path = openJournalPath(home) ?? ""
      const before = durableCaptures(path)
      await until("captures are stored again", () => durableCaptures(path) > before + 3)
      child.kill("SIGTERM")
      assert.equal(await exit, 0, said())
      const [run] = archivedRuns(home)
      assert.equal(run?.statement.status, "complete")
      assert.equal(run?.statement.energyGrade, "measured")
    } finally {
      execFileSync("umount", ["-l", disk])
    }
  })

  it("a clock that is set back by an hour: time never falls and the run says so", async () => {
    const device = await Device.open(home, await openKeyFile(join(home, "key.pem")))
    let shiftMs = 0
    const running = () => performance.now()
    const clocks = { wallMs: () => Date.now() + shiftMs, runningMs: running, upMs: running }
    const agentConfig = parseAgentConfig(JSON.parse(readFileSync(config, "utf8")))
    const tags = { model: "", unit: "", zone: "", site: "", party: "" }
    const about = { job: "", modelDigest: null, versions: {}, task: null, qualityRule: "" }
    const labels = { tags, workload: "idle", ...about }
    const agent = await Agent.start({
      ...agentConfig,
      device,
      plan: { ...agentConfig, vouch: null },
      clock: async () => "informative",
      idle: labels,
      beacon: () => null,
      closed: () => undefined,
      say: () => undefined,
      clocks,
    })
    await new Promise((resolve) => setTimeout(resolve, 400))
    shiftMs = -3_600_000
    meter.shiftMs = shiftMs
    await new Promise((resolve) => setTimeout(resolve, 600))
    const run = await agent.startRun({ ...labels, workload: "after" })
    await new Promise((resolve) => setTimeout(resolve, 300))
    await run.stop()
    await agent.close()
    await device.close()
    const runs = archivedRuns(home)
    const times = runs.flatMap(({ evidence }) => evidence.map(({ timeMs }) => timeMs))
    assert.deepEqual(
      times,
      times.toSorted((a, b) => a - b),
    )
    const clocksSeen = new Set(runs[0]?.evidence.map(({ gauges }) => gauges.clock))
    assert.deepEqual([...clocksSeen], ["informative", "unsynchronised"])
    assert.ok((times.at(-1) ?? 0) - (times[0] ?? 0) < 30_000)
  })

  /** A relayer's doors: takes submissions, has no receipts, and may know of a device's runs. */
  async function startRelayer(nextRun?: string) {
    const taken: Submission[] = []
    const server = createServer(async (request, response) => {
      if (request.url === "/v1/beacon")
        return response.end(
          JSON.stringify({ number: "7", hash: `0x${"ab".repeat(32)}`, timestamp: Math.floor(Date.now() / 1000) }),
        )
      if (request.url?.startsWith("/v1/devices/") && nextRun !== undefined)
        return response.end(JSON.stringify({ nextRun: "0", expectedRun: nextRun }))
      if (request.method === "GET") return response.writeHead(404).end("{}")
      const chunks: Buffer[] = []
      for await (const chunk of request) chunks.push(chunk)
      taken.push(parseDocument(Buffer.concat(chunks), submission, 1 << 20))
      response.writeHead(202).end("{}")
    })
    server.listen(0, "127.0.0.1")
    await once(server, "listening")
    const url = `http://127.0.0.1:${(server.address() as AddressInfo).port}`
    return { url, taken, close: () => new Promise((resolve) => server.closeAllConnections() ?? server.close(resolve)) }
  }
  const withRelayer = (url: string) =>
    writeConfig(config, meter, { relayer: { url, chainId: 31337, registry: REGISTRY } })

  it("a relayer that is away: runs are kept and handed over when it is back, with a beacon from then on", async () => {
    withRelayer("http://127.0.0.1:9")
    for (const _ of [1, 2]) {
      const { child, exit, said } = serve()
      await until("it meters", () => said().includes("metering"))
      child.kill("SIGTERM")
      assert.equal(await exit, 0)
      assert.match(said(), /relayer: /)
    }
    const relayer = await startRelayer()
    try {
      withRelayer(relayer.url)
      const { child, exit, said } = serve()
      const handedOver = () => relayer.taken.flatMap(({ roots }) => roots)
      await until("the runs are handed over", () => handedOver().length >= 2, 90_000)
      child.kill("SIGTERM")
      assert.equal(await exit, 0, said())
      const runs = archivedRuns(home)
      assert.deepEqual(
        handedOver(),
        runs.slice(0, handedOver().length).map(({ root }) => root),
      )
      for (const given of relayer.taken) {
        const { device, firstRun, roots, through, signature } = given
        const message = submissionMessage({ chainId: 31337, registry: REGISTRY }, deviceIdOf(device), given)
        assert.ok(nodeSignatures(device)(fromHex(signature), message))
        // The minute in which its last run ended, and it is over.
        const last = runs[Number(firstRun) + roots.length - 1]
        assert.equal(through, 60 * Math.ceil((last?.statement.endTimeMs ?? 0) / 60_000))
        assert.ok(through * 1000 <= Date.now())
      }
      assert.deepEqual(
        runs.map(({ statement }) => statement.context.beacon?.number ?? null),
        [null, null, 7n],
      )
    } finally {
      await relayer.close()
    }
  }).timeout(150_000)

  it("an old disk image is refused where the relayer knows the next run's number", async () => {
    const copy = join(folder, "copy")
    cpSync(home, copy, { recursive: true })
    await interrupted(2)
    await settle()
    const relayer = await startRelayer("1")
    try {
      rmSync(home, { recursive: true })
      cpSync(copy, home, { recursive: true })
      withRelayer(relayer.url)
      const { exit, said } = serve()
      assert.equal(await exit, 1)
      assert.match(said(), /an old copy was restored/)
      assert.deepEqual(
        events(home).map(({ event }) => event),
        ["made"],
      )
    } finally {
      await relayer.close()
    }
  })
})
