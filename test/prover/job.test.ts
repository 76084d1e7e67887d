import assert from "node:assert/strict"
import { type ChildProcess, execFileSync, spawn } from "node:child_process"
import { once } from "node:events"
import {
  appendFileSync,
  chmodSync,
  chownSync,
  existsSync,
  lstatSync,
  mkdirSync,
  mkdtempSync,
  readFileSync,
  rmSync,
  statfsSync,
  statSync,
  symlinkSync,
  truncateSync,
  writeFileSync,
} from "node:fs"
import { hostname, tmpdir } from "node:os"
import { join } from "node:path"
import type { Hex } from "@wattest/protocol"
import {
  createTally,
  noJournal,
  openArchive,
  openJournal,
  type ProverPool,
  parseTallyFile,
  Refusal,
  type RunArchive,
  readTerms,
  type TallyRequest,
} from "@wattest/prover"
import { AS_OF, createWorld, FROM, KEYS, TO, type World } from "@wattest/testkit/ledger/world"
import { skip } from "@wattest/testkit/skip"

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

  /** The command `tally`: two folds and three bounds over the large ledger, one fold less over the small one. */
  function start(out: string, { ledger = world.large.id, node = [] }: { ledger?: Hex; node?: string[] } = {}) {
    const child = spawn(process.execPath, [
      ...[...node, "prover/src/main.ts", "tally", "--rpc", world.chain.url, "--registry", world.registry],
      ...["--ledger", ledger, "--archive", world.archive, "--from", `${FROM}`, "--to", `${TO}`],
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
    // Nothing is kept of it: the next attempt is of what is final then
    const path = join(folder, "refused.part")
    const journal = openJournal(path)
    const terms = { ...TERMS, asOf: null }
    await assert.rejects(createTally({ ...requestOf(pool), reader, terms, journal }), refused)
    journal.close()
    assert.deepEqual([asked(), existsSync(path)], [0, false])
    // The same ledger with that run shown as unopened goes as far as its first proof
    const begun = openJournal(path)
    const rest = { reader, unopened: 1, terms, journal: begun }
    await assert.rejects(createTally({ ...requestOf(pool), ...rest }), /nothing is proved here/)
    assert.ok(asked() > 0)
    assert.equal(begun.asOf(1), reader.finalTime)
    begun.end()
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
    assert.throws(nowhere, { code: "JOB_STOPPED", message: /there is no such file or folder/ })
    const stopped = {
      ...noJournal(),
      blind: () => {
        throw new Refusal("JOB_STOPPED", "the disk is full", "make room")
      },
    }
    await assert.rejects(createTally({ ...requestOf(pool), journal: stopped }), { code: "JOB_STOPPED" })
    assert.equal(asked(), 0)
  })

  describe("is refused, and what is there stays as it is,", () => {
    let path: string
    /** The first lines of a job. */
    let text: string
    before(() => {
      path = join(folder, "foreign.part")
      const own = openJournal(path)
      own.blind(0)
      own.close()
      text = readFileSync(path, "utf8")
    })
    beforeEach(() => {
      rmSync(path, { force: true })
      writeFileSync(path, text, { mode: 0o600 })
    })
    function assertRefused(message: RegExp): void {
      const before = lstatSync(path)
      assert.throws(() => openJournal(path), { code: "JOB_STOPPED", message })
      const { ino, size, mode } = lstatSync(path)
      assert.deepEqual({ ino, size, mode }, { ino: before.ino, size: before.size, mode: before.mode })
      assert.equal(existsSync(`${path}.lock`), false)
    }

    it("where strangers may read or write it", () => {
      for (const mode of [0o604, 0o602]) {
        chmodSync(path, mode)
        assertRefused(/open to other accounts/)
      }
      chmodSync(path, 0o660)
      openJournal(path).close()
    })

    it("where it is a link, a pipe or a folder", () => {
      const target = join(folder, "target")
      writeFileSync(target, text, { mode: 0o600 })
      for (const make of [
        () => symlinkSync(target, path),
        () => symlinkSync(join(folder, "dangling"), path),
        () => execFileSync("mkfifo", [path]),
        () => mkdirSync(path),
      ]) {
        rmSync(path, { recursive: true, force: true })
        make()
        assertRefused(/is no plain file/)
      }
      rmSync(path, { recursive: true })
      assert.equal(readFileSync(target, "utf8"), text)
      assert.equal(existsSync(join(folder, "dangling")), false)
    })

    it("where it is of another account", function () {
      if (process.getuid?.() !== 0) skip(this, "only root can give a file away", "elsewhere")
      chownSync(path, 12_345, 12_345)
      assertRefused(/belongs to another account/)
    })

    it("where it is no job, one of another version, or larger than any", () => {
      for (const other of ["half a download", `\n${text}`, text.replace(".v1+", ".v2+")]) {
        writeFileSync(path, other)
        assertRefused(/no job of this version/)
        assert.equal(readFileSync(path, "utf8"), other)
      }
      writeFileSync(path, text)
      truncateSync(path, 64 * 2 ** 20 + 1)
      assertRefused(/more than 67108864 bytes/)
    })
  })

  it("goes on wherever its file was cut off, and draws no blind from a line that holds none", () => {
    const path = join(folder, "cut.part")
    const first = openJournal(path)
    const blinds = [0, 1, 2].map(first.blind)
    first.close()
    const text = readFileSync(path, "utf8")
    for (let length = 0; length <= text.length; length++) {
      writeFileSync(path, text.slice(0, length))
      const cut = openJournal(path)
      const drawn = [0, 1, 2].map(cut.blind)
      cut.close()
      const again = openJournal(path)
      assert.deepEqual([0, 1, 2].map(again.blind), drawn, `cut at ${length}`)
      again.close()
    }
    const order = "21888242871839275222246405745257275088548364400416034343698204186575808495617"
    for (const bad of ["5x", "-5", order, 5, null, ["5"]]) {
      const [header, ...lines] = text.split("\n")
      writeFileSync(path, [header, JSON.stringify({ blinds: [bad] }), "7", "null", ...lines].join("\n"))
      const journal = openJournal(path)
      assert.deepEqual([0, 1, 2].map(journal.blind), blinds, String(bad))
      journal.close()
    }
    openJournal(path).end()
  })

  it("makes a proof anew where the one that was kept does not hold", async () => {
    const journal = openJournal(join(folder, "false.part"))
    const other = {
      a: ["0x01", "0x02"],
      b: [
        ["0x01", "0x02"],
        ["0x01", "0x02"],
      ],
      c: ["0x01", "0x02"],
    }
    const word = (digit: string) => `0x${digit.padStart(64, "0")}`
    const proof = JSON.parse(JSON.stringify(other).replaceAll(/0x0(\d)/g, (_, digit: string) => word(digit)))
    let made = 0
    const prove = async () => {
      made++
      return proof
    }
    const how = (holds: boolean) => ({ prove, holds: async () => holds })
    for (const holds of [true, true, false]) await journal.keep({ x: 1n }, how(holds))
    assert.equal(made, 3, "within a job each is made once, and nothing of it is asked twice")
    journal.close()
    const again = openJournal(join(folder, "false.part"))
    await again.keep({ x: 1n }, how(true))
    assert.equal(made, 3)
    await again.keep({ x: 1n }, how(false))
    assert.equal(made, 4)
    again.end()
  })

  it("keeps what it is told first, through a line that was cut short", () => {
    const path = join(folder, "told.part")
    const first = openJournal(path)
    const blinds = [first.blind(1), first.blind(0)]
    first.begin(7)
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

  it("is of the process on another machine that holds it, until somebody who knows better removes its lock", () => {
    const path = join(folder, "far.part")
    const lock = `${path}.lock`
    writeFileSync(lock, `${process.pid} elsewhere`)
    for (const _ of [1, 2])
      assert.throws(() => openJournal(path), {
        code: "JOB_STOPPED",
        message: new RegExp(`process ${process.pid} of elsewhere works on it`),
        hint: `wait until it ends; if it is gone, remove ${lock}`,
      })
    assert.ok(existsSync(lock))
    rmSync(lock)
    openJournal(path).end()
    for (const nobody of ["", "half a lo", `${process.pid} ${hostname()}`, "x".repeat(600)]) {
      writeFileSync(lock, nobody)
      openJournal(path).end()
    }
    assert.equal(existsSync(lock), false)
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

  /** Kills its process just after it made something durable: what a line says is on the disk, or a document has its name. */
  const KILLED_AT_EACH_STEP = `data:text/javascript,${encodeURIComponent(`
    import { createRequire, syncBuiltinESMExports } from "node:module"
    const require = createRequire("file:///")
    const kill = () => process.kill(process.pid, "SIGKILL")
    const [fs, promises] = [require("node:fs"), require("node:fs/promises")]
    const { fsyncSync } = fs
    const { rename } = promises
    fs.fsyncSync = (file) => { fsyncSync(file); kill() }
    promises.rename = async (from, to) => { await rename(from, to); kill() }
    syncBuiltinESMExports()
  `)}`

  it("makes no proof twice, and keeps its blinds, though it is killed after every single step", async () => {
    const out = join(folder, "stepwise.tally.json")
    const kept = `${out}.part`
    const steps: string[] = []
    const small = { ledger: world.small.id }
    while (!existsSync(out)) {
      assert.ok(steps.length < 10, steps.join("\n--\n"))
      const { child, said } = start(out, { ...small, node: ["--import", KILLED_AT_EACH_STEP] })
      const [code, signal] = await once(child, "close")
      assert.deepEqual([code, signal], [null, "SIGKILL"], said())
      const [before = "", now] = [steps.at(-1), readFileSync(kept, "utf8")]
      assert.ok(now.startsWith(before), "what was kept stays")
      steps.push(now)
    }
    // The file's name; its first line with the blind; a fold and three bounds; and the document's name
    assert.deepEqual(
      steps.map((text) => text.split("\n").length - 1),
      [0, 2, 3, 4, 5, 6, 6],
    )
    const document = readFileSync(out)
    const { child, said } = start(out, small)
    const [code] = await once(child, "close")
    assert.equal(code, 0, said())
    assert.deepEqual(readFileSync(out), document, "every proof and every blind is what it was")
    assert.equal(existsSync(kept) || existsSync(`${kept}.lock`), false)
  })

  it("says that its disk is full, loses nothing that was proved, and goes on when there is room", async function () {
    const disk = join(folder, "disk")
    mkdirSync(disk)
    try {
      execFileSync("mount", ["-t", "tmpfs", "-o", "size=64k", "tmpfs", disk], { stdio: "ignore" })
    } catch {
      skip(this, "a small disk cannot be mounted here")
    }
    try {
      const out = join(disk, "full.tally.json")
      const kept = `${out}.part`
      const seed = openJournal(kept)
      seed.blind(0)
      seed.close()
      // A line that means nothing, so that the second proof of some 800 bytes runs into the end of a page of 4,096
      appendFileSync(kept, `${JSON.stringify({ note: "x".repeat(2500) })}\n`)
      const free = () => statfsSync(disk).bavail * statfsSync(disk).bsize
      // A page is left for the lock
      writeFileSync(join(disk, "filler"), Buffer.alloc(free() - 4096))
      const small = { ledger: world.small.id }
      const full = start(out, small)
      const [failed] = await once(full.child, "close")
      assert.equal(failed, 1, full.said())
      assert.match(full.said(), /error: .*full\.tally\.json\.part: the disk is full\nhint: make room/)
      assert.equal(existsSync(out), false)
      assert.equal(statSync(kept).size, 4096, "a line was cut off where the disk ended")
      assert.ok(!readFileSync(kept, "utf8").endsWith("\n") && proofsIn(kept) > 1)
      const [, blinds, , folded] = readFileSync(kept, "utf8").split("\n")
      rmSync(join(disk, "filler"))
      const resumed = start(out, small)
      await until(() => statSync(kept).size > 4096, resumed.child)
      const [, sameBlinds, , sameFolded] = readFileSync(kept, "utf8").split("\n")
      assert.deepEqual([sameBlinds, sameFolded], [blinds, folded])
      const [code] = await once(resumed.child, "close")
      assert.equal(code, 0, resumed.said())
      const [tally] = parseTallyFile(readFileSync(out)).document.tallies
      const proof = tally?.kind === "period" ? tally.ledgers[0]?.segments[0]?.proof : undefined
      assert.deepEqual(JSON.parse(folded ?? "").proof.a, proof?.a, "the fold was not proved again")
    } finally {
      execFileSync("umount", ["-l", disk])
    }
  })
})
