import assert from "node:assert/strict"
import { type ChildProcess, spawn } from "node:child_process"
import { once } from "node:events"
import { existsSync, mkdtempSync, readFileSync, rmSync, symlinkSync, writeFileSync } from "node:fs"
import { tmpdir } from "node:os"
import { join } from "node:path"
import {
  createTally,
  noJournal,
  openArchive,
  openJournal,
  type ProverPool,
  parseTallyFile,
  type RunArchive,
  readTerms,
  type TallyRequest,
} from "@wattest/prover"
import { AS_OF, createWorld, FROM, KEYS, TO, type World } from "@wattest/testkit/ledger/world"

const TERMS = readTerms({ model: "llama", unit: "token", boundary: "node", from: FROM, to: TO, asOf: AS_OF })

/** A pool that counts what it is asked for and proves nothing. */
function countingPool() {
  let asked = 0
  const prove: ProverPool["prove"] = () => {
    asked++
    return Promise.reject(new Error("nothing is proved here"))
  }
  return { asked: () => asked, pool: { prove, peakBytes: () => 0, close: () => {} } }
}

const proofsIn = (path: string) => (existsSync(path) ? readFileSync(path, "utf8").split('"proof"').length - 1 : 0)

async function until(holds: () => boolean, child: ChildProcess): Promise<void> {
  while (!holds()) {
    assert.equal(child.exitCode, null, "the command ended early")
    await new Promise((resolve) => setTimeout(resolve, 50))
  }
}

describe("a tally's job", function () {
  this.timeout(300_000)
  let world: World
  let folder: string
  before(async () => {
    world = await createWorld()
    folder = mkdtempSync(join(tmpdir(), "wattest-job-"))
  })
  after(async () => {
    await world.stop()
    rmSync(folder, { recursive: true })
  })

  const requestOf = (pool: ProverPool): TallyRequest => ({
    ...{ reader: world.reader, registry: world.registry, ledgers: [world.large.id], unopened: 0, keys: KEYS, pool },
    ...{ archives: [openArchive(world.archive)], terms: TERMS, journal: noJournal() },
  })

  /** The command `tally` over the large ledger: two folds and three bounds. */
  function start(out: string): { readonly child: ChildProcess; readonly said: () => string } {
    const child = spawn(process.execPath, [
      ...["prover/src/main.ts", "tally", "--rpc", world.chain.url, "--registry", world.registry],
      ...["--ledger", world.large.id, "--archive", world.archive, "--from", `${FROM}`, "--to", `${TO}`],
      ...["--model", "llama", "--unit", "token", "--boundary", "node", "--as-of", `${AS_OF}`],
      ...["--keys", KEYS, "--processes", "1", "--out", out],
    ])
    let text = ""
    child.stderr.on("data", (chunk) => {
      text += chunk
    })
    return { child, said: () => text }
  }

  it("asks for no proof where a ledger of 131,073 runs lacks one opening", async () => {
    const { asked, pool } = countingPool()
    const period = await world.reader.period(world.large.id, TERMS, AS_OF, 0)
    const lost = { device: world.a.id, run: 0n, root: `0x${"00".repeat(32)}` } as const
    const runs = [
      ...Array.from({ length: 131_072 }, () => lost),
      { ...lost, run: 99n, root: `0x${"01".repeat(32)}` },
    ] as const
    const reader = { ...world.reader, period: async () => ({ ...period, runs }) }
    const refused = { code: "OPENINGS_MISSING", message: /has 1 of .*\/99$/ }
    await assert.rejects(createTally({ ...requestOf(pool), reader }), refused)
    assert.equal(asked(), 0)
    // The same ledger with that run shown as unopened goes as far as its first proof
    await assert.rejects(createTally({ ...requestOf(pool), reader, unopened: 1 }), /nothing is proved here/)
    assert.ok(asked() > 0)
  })

  it("asks for no proof of a segment whose archive changed since it was planned", async () => {
    const { asked, pool } = countingPool()
    const whole = openArchive(world.archive)
    const found: string[] = []
    const losing: RunArchive = {
      ...whole,
      findRecord: async (device, run) => {
        const isAgain = found.includes(`${device}/${run}`)
        found.push(`${device}/${run}`)
        return isAgain && run === 7n ? null : whole.findRecord(device, run)
      },
    }
    const refused = { code: "ARCHIVE_BROKEN", message: /changed since the tally was planned/ }
    await assert.rejects(createTally({ ...requestOf(pool), archives: [losing] }), refused)
    assert.equal(asked(), 0)
    // Every run is read once for the plan; none but the first segment's is read again before it is refused
    assert.equal(new Set(found).size, 36)
  })

  it("asks for no proof where the job cannot be written", async () => {
    const { asked, pool } = countingPool()
    const nowhere = () => openJournal(join(folder, "nowhere", "x.part"))
    assert.throws(nowhere, { code: "JOB_STOPPED", message: /ENOENT/ })
    const path = join(folder, "full.part")
    symlinkSync("/dev/full", path)
    const full = openJournal(path)
    await assert.rejects(createTally({ ...requestOf(pool), journal: full }), { code: "JOB_STOPPED", message: /ENOSPC/ })
    assert.equal(asked(), 0)
  })

  it("keeps what it is told first, through a line that was cut short", () => {
    const path = join(folder, "told.part")
    const first = openJournal(path)
    const blinds = [first.blind(1), first.blind(0)]
    assert.equal(first.asOf(7), 7)
    first.close()
    writeFileSync(path, `${readFileSync(path, "utf8")}{"blinds":["5`)
    const second = openJournal(path)
    assert.deepEqual([second.blind(1), second.blind(0)], blinds)
    const drawn = second.blind(2)
    second.close()
    const third = openJournal(path)
    assert.equal(third.asOf(8), 7)
    assert.equal(third.blind(2), drawn)
    third.end()
    assert.equal(existsSync(path) || existsSync(`${path}.lock`), false)
  })

  it("is of one process at a time, and of the next one once that was killed", async () => {
    const path = join(folder, "shared.part")
    const script = `import("@wattest/prover").then(({ openJournal }) => { openJournal(${JSON.stringify(path)}).blind(0); setInterval(() => {}, 1000) })`
    const child = spawn(process.execPath, ["--input-type=module", "-e", script], { stdio: "ignore" })
    await until(() => existsSync(path), child)
    assert.throws(() => openJournal(path), {
      code: "JOB_STOPPED",
      message: new RegExp(`process ${child.pid} works on it`),
    })
    child.kill("SIGKILL")
    await once(child, "exit")
    openJournal(path).end()
  })

  it("loses the proofs in flight and no other when its process is killed", async () => {
    const out = join(folder, "killed.tally.json")
    const kept = `${out}.part`
    const first = start(out)
    await until(() => proofsIn(kept) > 0, first.child)
    first.child.kill("SIGKILL")
    await once(first.child, "exit")
    assert.equal(existsSync(out), false)
    const [before, proofs] = [readFileSync(kept, "utf8"), proofsIn(kept)]
    assert.ok(proofs < 5, "it was killed too late to show anything")

    const second = start(out)
    await until(() => proofsIn(kept) === 4, second.child)
    assert.ok(readFileSync(kept, "utf8").startsWith(before), "what was kept stays")
    second.child.kill("SIGKILL")
    await once(second.child, "exit")

    const third = start(out)
    const [code] = await once(third.child, "close")
    assert.equal(code, 0, third.said())
    const [tally] = parseTallyFile(readFileSync(out)).document.tallies
    const proved =
      tally?.kind === "period" ? tally.ledgers[0]?.segments.map(({ proof }) => JSON.stringify(proof.a)) : []
    const [folded] = /"proof":\{"a":(\[[^\]]*\])/.exec(before)?.slice(1) ?? []
    assert.ok(proved?.includes(folded ?? ""), "the proof from before both kills is in the tally")
    assert.equal(existsSync(kept) || existsSync(`${kept}.lock`), false)
  })
})
