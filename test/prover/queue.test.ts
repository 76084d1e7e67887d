import assert from "node:assert/strict"
import { type ChildProcess, spawn } from "node:child_process"
import { randomUUID } from "node:crypto"
import { once } from "node:events"
import { cpSync, mkdtempSync, rmSync, truncateSync, writeFileSync } from "node:fs"
import { tmpdir } from "node:os"
import { join } from "node:path"
import { boundInput, boundPublic, EMPTY_ACCUMULATION, METRICS, NO_UPPER_BOUND } from "@wattest/protocol"
import {
  type Board,
  createProverPool,
  createQueuePool,
  newWorkerKey,
  openBoard,
  type ProverPool,
  type QueuePoolSettings,
  readVerificationKey,
  seal,
  unseal,
  type WorkerKey,
} from "@wattest/prover"
import { freePort } from "@wattest/testkit/local/processes"
import { type Postgres, startPostgres } from "@wattest/testkit/storage/postgres"
import { checkProofs } from "@wattest/verifier"
import pg from "pg"

const KEYS = "build/circuits"
const HEARTBEAT = 10
/** A blind that is recognized wherever it is written in the open. */
const BLIND = 987_654_321_000_000n

const inputOf = (i: number) => {
  const end = { ...EMPTY_ACCUMULATION, blind: BLIND + BigInt(i) }
  const bounds = { lo: 0n, hi: NO_UPPER_BOUND }
  return boundInput({ numerator: end, denominator: end }, { measure: METRICS.broken, isStrict: false, bounds })
}

describe("proofs by workers of a database", function () {
  this.timeout(300_000)
  let postgres: Postgres
  let url: string
  let database: pg.Client
  let folder: string
  let key: WorkerKey
  const boards: Board[] = []
  const workers: ChildProcess[] = []

  before(async () => {
    folder = mkdtempSync(join(tmpdir(), "wattest-queue-"))
    postgres = await startPostgres()
    url = await postgres.createDatabase("queue")
    key = await newWorkerKey()
    writeFileSync(join(folder, "worker.key"), `# of a test\n${key.identity}\n`)
    await launch()
    database = new pg.Client({ connectionString: url })
    await database.connect()
  })
  afterEach(async () => {
    for (const worker of workers.splice(0)) worker.kill("SIGKILL")
    await database.query("DELETE FROM wattest_prover.job")
  })
  after(async () => {
    await database.end()
    for (const board of boards) await board.stop()
    await postgres.stop()
    rmSync(folder, { recursive: true })
  })

  const jobs = async () =>
    (
      await database.query<{ id: string; state: string; data: unknown; retry_count: number }>(
        "SELECT id, state::text, data, retry_count FROM wattest_prover.job WHERE name LIKE 'proofs-%'",
      )
    ).rows

  /** A pool without workers of its own machine, unless one is given. */
  const nobody: ProverPool = {
    prove: () => Promise.reject(new Error("the launcher was to make none")),
    peakBytes: () => 0,
    close: () => {},
  }
  async function launch(more: Partial<QueuePoolSettings> = {}): Promise<ProverPool> {
    const board = await openBoard({ databaseUrl: url, folder: KEYS, heartbeatSeconds: HEARTBEAT })
    boards.push(board)
    return createQueuePool({ board, folder: KEYS, recipients: [key.recipient], own: nobody, ...more })
  }

  /** A worker process of one proof at a time; `proved` is how many it said it made. */
  function work(...more: readonly string[]) {
    const child = spawn(
      process.execPath,
      ["prover/src/main.ts", "worker", "--identity", join(folder, "worker.key"), "--processes", "1", ...more],
      { env: { ...process.env, WATTEST_DATABASE: url } },
    )
    let said = ""
    child.stderr.on("data", (text) => {
      said += text
    })
    workers.push(child)
    return { child, said: () => said, proved: () => said.split("bound: ").length - 1 }
  }

  async function until(holds: () => boolean | Promise<boolean>): Promise<void> {
    while (!(await holds())) await new Promise((resolve) => setTimeout(resolve, 50))
  }
  const isPosted = () => until(async () => (await jobs()).some(({ state }) => state === "created"))
  const isActive = async () => (await jobs()).some(({ state }) => state === "active")

  it("are kept for a day where nobody makes them, also in a queue that was made to keep them longer", async () => {
    await launch()
    await database.query("UPDATE wattest_prover.queue SET retention_seconds = 1209600, deletion_seconds = 1209600")
    const pool = await launch()
    pool.prove("bound", inputOf(1)).catch(() => {})
    await isPosted()
    const kept =
      "SELECT extract(epoch FROM keep_until - created_on)::int AS unmade, deletion_seconds AS made FROM wattest_prover.job"
    assert.deepEqual((await database.query(kept)).rows, [{ unmade: 86_400, made: 86_400 }])
    await database.query("DELETE FROM wattest_prover.job")
    pool.close()
  })

  it("say, where none comes back, whether anybody is at them", async () => {
    const said: string[] = []
    const pool = await launch({ silenceMs: 0, onTrouble: (what) => said.push(what) })
    pool.prove("bound", inputOf(1)).catch(() => {})
    await isPosted()
    await until(() => said.some((line) => / came back for 0 seconds, 1 wait: is a worker running/.test(line)))
    await database.query("UPDATE wattest_prover.job SET state = 'active', heartbeat_on = now()")
    await until(() => said.some((line) => / came back for 0 seconds: workers are at 1, 0 wait/.test(line)))
    pool.close()
  })

  it("lie encrypted in it, are made, verified and gone, though one worker is killed and one suspended", async () => {
    const port = await freePort()
    const pool = await launch()
    let resolved = 0
    const all = Promise.all(
      Array.from({ length: 10 }, async (_, i) => {
        const proof = await pool.prove("bound", inputOf(i))
        resolved++
        return proof
      }),
    )
    await until(async () => (await jobs()).length === 10)
    const stolen = JSON.stringify(await jobs())
    assert.ok(!stolen.includes(`${BLIND}`.slice(0, 8)), "a thief of the database reads no opening")

    const killed = work()
    await until(isActive)
    killed.child.kill("SIGKILL")
    await once(killed.child, "exit")
    const suspended = work()
    await until(async () => (await jobs()).filter(({ state }) => state === "active").length === 2)
    suspended.child.kill("SIGSTOP")
    const last = work("--metrics", `${port}`, "--host", "127.0.0.2")
    const proofs = await all
    assert.equal(resolved, 10)
    const bound = readVerificationKey(KEYS, "bound")
    checkProofs(
      proofs.map((proof, i) => ({ key: bound, publicSignals: boundPublic(inputOf(i)), proof, label: `${i}` })),
    )
    await until(async () => (await jobs()).length === 0)
    const metrics = await (await fetch(`http://127.0.0.2:${port}/metrics`)).text()
    assert.match(metrics, new RegExp(`wattest_prover_proofs_total\\{circuit="bound"\\} ${last.proved()}`))

    suspended.child.kill("SIGCONT")
    const ended = once(suspended.child, "exit")
    suspended.child.kill("SIGTERM")
    await ended
    assert.deepEqual(await jobs(), [], "what came too late counts for nothing")
    assert.ok(last.proved() + suspended.proved() >= 10)
    last.child.kill("SIGINT")
    const [code] = await once(last.child, "exit")
    assert.equal(code, 130, last.said())
  })

  it("count for two launchers of one job, and do not where they are of another input or no proof at all", async () => {
    const local = createProverPool({ folder: KEYS, processes: 1 })
    const other = await local.prove("bound", inputOf(100))
    const liar = await openBoard({ databaseUrl: url, folder: KEYS })
    boards.push(liar)
    const lies = [{ proof: other }, { proof: { a: [] } }, {}]
    let told = 0
    await liar.work(1, async (sealed) => {
      const lie = lies[told++]
      if (lie !== undefined) return lie
      const { circuit, input } = await unseal(sealed, key.identity)
      return { proof: await local.prove(circuit, input) }
    })
    const [first, second] = [await launch(), await launch()]
    const input = inputOf(0)
    const [a, b] = await Promise.all([first.prove("bound", input), second.prove("bound", input)])
    assert.ok(told > lies.length)
    const bound = readVerificationKey(KEYS, "bound")
    for (const proof of [a, b]) checkProofs([{ key: bound, publicSignals: boundPublic(input), proof, label: "it" }])
    local.close()
    await liar.stop()
  })

  it("lie there without their inputs once they are made or given up, also where the launcher is gone", async () => {
    const board = await openBoard({ databaseUrl: url, folder: KEYS })
    boards.push(board)
    const ids = [randomUUID(), randomUUID(), randomUUID()]
    for (const id of ids) await board.post(id, "sealed")
    const [made, failed, active] = ids
    const set = "UPDATE wattest_prover.job SET state = $2, heartbeat_on = now() WHERE id = $1"
    await database.query(set, [failed, "failed"])
    await database.query(set, [active, "active"])
    await board.work(1, async () => ({ proof: "of the input" }))
    await until(async () => (await jobs()).some(({ id, data }) => id === made && JSON.stringify(data) === "{}"))
    assert.deepEqual(
      new Map((await jobs()).map(({ id, state, data }) => [id, { state, data }])),
      new Map([
        [made, { state: "completed", data: {} }],
        [failed, { state: "failed", data: {} }],
        [active, { state: "active", data: { sealed: "sealed" } }],
      ]),
    )
    assert.deepEqual((await board.look([made ?? ""])).ended, [{ id: made, output: { proof: "of the input" } }])
    await board.stop()
  })

  it("are not read where their text is longer than 8,192 characters", async () => {
    const board = await openBoard({ databaseUrl: url, folder: KEYS })
    boards.push(board)
    const id = randomUUID()
    await board.post(id, "sealed")
    const looked = async (characters: number) => {
      const text = "UPDATE wattest_prover.job SET state = 'completed', output = to_jsonb(repeat('x', $1::int))"
      // with its two quotes
      await database.query(text, [characters - 2])
      return (await board.look([id])).ended.map(({ output }) => output === null)
    }
    assert.deepEqual([await looked(8192), await looked(8193)], [[false], [true]])
    await board.stop()
  })

  it("are made by the launcher at last where all that the database says of one is untrue", async () => {
    const own = createProverPool({ folder: KEYS, processes: 1 })
    const said: string[] = []
    const pool = await launch({ own, onTrouble: (what) => said.push(what) })
    const proof = pool.prove("bound", inputOf(200))
    assert.equal(await Promise.race([pool.prove("bound", inputOf(200)).then(() => 1), isPosted()]), undefined)
    for (const untrue of [
      "UPDATE wattest_prover.job SET state = 'failed'",
      "UPDATE wattest_prover.job SET state = 'cancelled'",
      "DELETE FROM wattest_prover.job",
      `UPDATE wattest_prover.job SET state = 'completed', output = to_jsonb(repeat('x', ${2 ** 24}))`,
      "UPDATE wattest_prover.job SET state = 'completed', output = '[null]'",
    ]) {
      await isPosted()
      assert.equal((await jobs()).length, 1, "one proof lies there once, however often it was asked for")
      await database.query(untrue)
    }
    const bound = readVerificationKey(KEYS, "bound")
    checkProofs([{ key: bound, publicSignals: boundPublic(inputOf(200)), proof: await proof, label: "it" }])
    assert.deepEqual(said, ["bound: the workers bring no proof of it; it is made here"])
    pool.close()
  })

  it("are put up anew where they lie too long, and made by the launcher at last, whoever the database says is at them", async () => {
    const own = createProverPool({ folder: KEYS, processes: 1 })
    const said: string[] = []
    const pool = await launch({ own, restMs: 1000, onTrouble: (what) => said.push(what) })
    const began = performance.now()
    let isMade = false
    const proof = pool.prove("bound", inputOf(250)).finally(() => {
      isMade = true
    })
    const posts = new Set<string>()
    while (!isMade) {
      const { rows } = await database.query<{ created: string }>(
        `UPDATE wattest_prover.job SET state = 'active', started_on = now() + interval '1 year', heartbeat_on = now() + interval '1 year'
          WHERE name LIKE 'proofs-%' RETURNING created_on::text AS created`,
      )
      for (const { created } of rows) posts.add(created)
      await new Promise((resolve) => setTimeout(resolve, 100))
    }
    const bound = readVerificationKey(KEYS, "bound")
    checkProofs([{ key: bound, publicSignals: boundPublic(inputOf(250)), proof: await proof, label: "it" }])
    assert.ok(performance.now() - began > 5000, "five times, a second each")
    assert.equal(posts.size, 5)
    assert.deepEqual(said, ["bound: the workers bring no proof of it; it is made here"])
    pool.close()
  })

  it("wait for a database that fails, and are refused where it goes on to", async () => {
    const said: string[] = []
    const pool = await launch({ onTrouble: (what) => said.push(what) })
    const proof = pool.prove("bound", inputOf(300))
    await isPosted()
    await database.query("ALTER TABLE wattest_prover.job RENAME TO away")
    await until(() => said.length === 1)
    await database.query(
      "SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE datname = 'queue' AND pid <> pg_backend_pid()",
    )
    await database.query("ALTER TABLE wattest_prover.away RENAME TO job")
    const worker = work("--idle", "2s")
    await proof
    // The turn that brought the proof says so when it is through
    await until(() => said.length === 2)
    assert.match(said[0] ?? "", /queue's database: .*does not exist; it is tried again/)
    assert.equal(said[1], "the queue's database answers again")
    const [code] = await once(worker.child, "exit")
    assert.equal(code, 0, "nothing was left to prove")

    const hasty = await launch({ patienceMs: 1000 })
    const lost = hasty.prove("bound", inputOf(301))
    await isPosted()
    await database.query("ALTER TABLE wattest_prover.job RENAME TO away")
    await assert.rejects(lost, { code: "SOURCE_UNREACHABLE" })
    await database.query("ALTER TABLE wattest_prover.away RENAME TO job")
  })

  it("go back to the queue at once where a worker is told to end, and another makes them", async () => {
    const pool = await launch()
    const proof = pool.prove("bound", inputOf(400))
    const moved = work("--idle", "10min")
    await until(isActive)
    moved.child.kill("SIGTERM")
    const [code] = await once(moved.child, "exit")
    assert.equal(code, 143, moved.said())
    assert.match(moved.said(), /1 in the making: handed back/)
    assert.deepEqual(
      (await jobs()).map(({ state }) => state),
      ["retry"],
    )
    work()
    await proof
  })

  it("are for no worker whose page of metrics has no place: it ends and says so", async () => {
    const { port } = new URL(url)
    const worker = work("--metrics", port)
    const [code] = await once(worker.child, "exit")
    assert.deepEqual([code, worker.said().includes(`127.0.0.1:${port} is in use already`)], [2, true], worker.said())
  })

  it("are not for a worker without keys, with keys that do not belong together, or with other ones", async () => {
    const refused = async (keys: string, said: RegExp) => {
      const worker = work("--keys", keys)
      const [code] = await once(worker.child, "exit")
      assert.equal(code, 1, worker.said())
      assert.match(worker.said(), said)
    }
    await refused(join(folder, "nowhere"), /keys are not there: there is no .*fold\.wasm/)
    const copy = (name: string, changed: "vkey.json" | "all") => {
      const keys = join(folder, name)
      cpSync(KEYS, keys, { recursive: true, filter: (path) => !/\.(r1cs|sym|log)$/.test(path) })
      for (const ending of changed === "all" ? ["zkey", "wasm", "vkey.json"] : [changed])
        cpSync(join(KEYS, `open.${ending}`), join(keys, `join.${ending}`))
      return keys
    }
    await refused(copy("mixed", "vkey.json"), /do not belong together: .*join\.zkey is not of join\.vkey\.json/)
    truncateSync(join(folder, "mixed", "fold.zkey"), 1000)
    await refused(join(folder, "mixed"), /fold\.zkey: a proving key that is cut off/)
    const pool = await launch()
    pool.prove("bound", inputOf(500)).catch(() => {})
    await isPosted()
    await refused(copy("other", "all"), /1 wait for other keys than those in .*other/)
    pool.close()
  })

  it("are refused where no worker can read them, or no database answers", async () => {
    const stranger = await newWorkerKey()
    const sealed = await seal("bound", inputOf(0), [key.recipient])
    await assert.rejects(unseal(sealed, stranger.identity))
    assert.equal((await unseal(sealed, key.identity)).circuit, "bound")
    await assert.rejects(unseal("A".repeat(2 ** 21), key.identity), /too long/)
    await assert.rejects(seal("bound", inputOf(0), ["age1nobody"]), { code: "INPUT_INVALID" })
    const nowhere = `postgres://wattest@127.0.0.1:${await freePort()}/x`
    await assert.rejects(openBoard({ databaseUrl: nowhere, folder: KEYS }), { code: "SOURCE_UNREACHABLE" })
  })
})
