import assert from "node:assert/strict"
import { existsSync, readdirSync, readFileSync, rmSync, truncateSync, writeFileSync } from "node:fs"
import { join } from "node:path"
import { Device, openKey } from "@wattest/attester"
import { attest, startAttest, until } from "@wattest/testkit/attester/program"
import { meteredDevice, TARGET } from "../metered.ts"

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

describe("a device that is killed", () => {
  const world = meteredDevice()

  /** Settles what is open, as every command does, and gives the roots. */
  const settle = async () => {
    const device = await Device.open(world.home, await openKey(world.home))
    await device.recover()
    await device.close()
    return { roots: [...device.state.roots] }
  }

  /** Starts metering, waits for some captures in the journal, and kills the process without warning. */
  async function interrupted(captures: number): Promise<string> {
    const { child, exit } = world.serve()
    await until("captures are stored", () => {
      const path = openJournalPath(world.home)
      return path !== undefined && durableCaptures(path) >= captures
    })
    child.kill("SIGKILL")
    await exit
    return openJournalPath(world.home) ?? ""
  }

  it("kill −9: the run is closed as interrupted with every durable capture", async () => {
    const path = await interrupted(5)
    const durable = durableCaptures(path)
    const { roots } = await settle()
    const [run] = world.runs()
    assert.equal(run?.statement.status, "interrupted")
    assert.equal(run?.statement.captures, closed(durable))
    assert.deepEqual(roots, [run?.root])
    assert.equal(openJournalPath(world.home), undefined)
  })

  it("kill −9 again and again, at any time: no number is used twice, no durable capture is lost", async function () {
    this.timeout(120_000)
    const rounds = process.env.WATTEST_DEPTH === "deep" ? 60 : 8
    for (let round = 0; round < rounds; round++) {
      const { child, exit } = world.serve()
      await new Promise((resolve) => setTimeout(resolve, 250 + ((round * 137) % 900)))
      child.kill("SIGKILL")
      await exit
      const path = openJournalPath(world.home)
      const durable = path === undefined ? null : durableCaptures(path)
      const before = world.runs().length
      attest("submit", "--home", world.home, ...TARGET)
      assertNumbers(world.home)
      if (durable !== null && durable > 0 && world.runs().length > before)
        assert.equal(world.runs().at(-1)?.statement.captures, closed(durable))
    }
    for (const { event } of events(world.home).filter(({ event }) => event === "void")) assert.equal(event, "void")
  })

  it("kill −9 in the middle of a replay", async () => {
    const rows = Array.from(
      { length: 4000 },
      (_, i) => `:::MLLOG {"key":"power_reading","time_ms":${i * 1000},"value":${500 + (i % 7)}}`,
    )
    const trace = join(world.folder, "long.txt")
    writeFileSync(trace, rows.join("\n"))
    const { child, exit } = startAttest(["replay", trace, "--home", world.home, "--interval", "1s"])
    await until("captures are stored", () => {
      const path = openJournalPath(world.home)
      return path !== undefined && durableCaptures(path) > 300
    })
    child.kill("SIGKILL")
    await exit
    const path = openJournalPath(world.home)
    if (path === undefined) return
    const durable = durableCaptures(path)
    await settle()
    const [run] = world.runs()
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
    assert.equal(world.runs()[0]?.statement.captures, closed(durable - 1))
  })

  it("a journal damaged in its middle makes the run void", async () => {
    const path = await interrupted(5)
    const text = readFileSync(path, "utf8")
    const at = Math.floor(text.length / 2)
    writeFileSync(path, `${text.slice(0, at)}${text[at] === "7" ? "8" : "7"}${text.slice(at + 1)}`)
    assert.deepEqual((await settle()).roots, [VOID])
    assert.deepEqual(world.runs(), [])
  })

  it("a journal that is gone makes the run void, and the next run takes the next number", async () => {
    rmSync(await interrupted(2))
    assert.deepEqual((await settle()).roots, [VOID])
    await interrupted(3)
    await settle()
    assert.equal(world.runs()[0]?.run, 1n)
    assertNumbers(world.home)
  })

  it("a stop between the archive and the log's line closes the run once", async () => {
    const path = await interrupted(4)
    const journal = readFileSync(path)
    const log = readFileSync(join(world.home, "device.journal"))
    const { roots } = await settle()
    // Back to the moment before the log's line: the archive is written, the journal is still there.
    writeFileSync(join(world.home, "device.journal"), log)
    writeFileSync(path, journal)
    assert.deepEqual((await settle()).roots, roots)
    assertNumbers(world.home)
  })
})
