import assert from "node:assert/strict"
import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs"
import { tmpdir } from "node:os"
import { join, resolve } from "node:path"
import { boundInput, EMPTY_ACCUMULATION, METRICS, NO_UPPER_BOUND } from "@wattest/protocol"
import { createQueuePool, newWorkerKey, openBoard, type ProverPool } from "@wattest/prover"
import { freePort, run } from "@wattest/testkit/local/processes"
import { noSlurm, SLURM } from "@wattest/testkit/local/slurm"
import { skip } from "@wattest/testkit/skip"
import { startPostgres } from "@wattest/testkit/storage/postgres"

const KEYS = resolve("build/circuits")
const PROOFS = 4

const inputOf = (blind: number) => {
  const end = { ...EMPTY_ACCUMULATION, blind: BigInt(blind) }
  const bounds = { lo: 0n, hi: NO_UPPER_BOUND }
  return boundInput({ numerator: end, denominator: end }, { measure: METRICS.broken, isStrict: false, bounds })
}

/** A launcher that makes no proof by itself. */
const nobody: ProverPool = {
  prove: () => Promise.reject(new Error("the launcher was to make none")),
  peakBytes: () => 0,
  close: () => {},
}

/** The array that docs/claims.md shows, on this machine's files and of its size: what is not there fails. */
function exampleFor(folder: string): string {
  const [, example = ""] = /```bash\n(#!.*?)```/s.exec(readFileSync("docs/claims.md", "utf8")) ?? []
  const changes = [
    ["0-15", "0-2"],
    ["=8 ", "=1 "],
    ["8G", "512M"],
    ["$HOME", folder],
    ["/shared/keys", KEYS],
    ["10min", "10s"],
  ] as const
  return changes.reduce((text, [from, to]) => {
    assert.ok(text.includes(from), from)
    return text.replace(from, () => to)
  }, example)
}

describe("the workers of an array of Slurm", function () {
  this.timeout(240_000)

  it(`make what lies in the database, as the page shows, and end well (${noSlurm() ?? "Slurm"})`, async function () {
    if (noSlurm() !== null) return skip(this, `${noSlurm()}`, "deep")
    const folder = mkdtempSync(join(tmpdir(), "wattest-array-"))
    mkdirSync(join(folder, "slurm"))
    const postgres = await startPostgres()
    const databaseUrl = await postgres.createDatabase("queue")
    const key = await newWorkerKey()
    writeFileSync(join(folder, "worker.key"), `${key.identity}\n`)
    writeFileSync(join(folder, "array.sh"), exampleFor(folder))
    const board = await openBoard({ databaseUrl, folder: KEYS })
    try {
      const pool = createQueuePool({ board, folder: KEYS, recipients: [key.recipient], own: nobody })
      const proofs = Promise.all(Array.from({ length: PROOFS }, (_, i) => pool.prove("bound", inputOf(i + 1))))
      const ports = await Promise.all([0, 1, 2].map(async () => `${await freePort()}`))
      const command = ["sbatch", "--wait", `--output=${folder}/%a.txt`, join(folder, "array.sh")]
      const PATH = `${resolve("node_modules/.bin")}:${process.env.PATH}`
      const env = { PATH, WATTEST_DATABASE: databaseUrl }
      const { exit, stderr } = await run([SLURM, join(folder, "slurm"), ...ports, ...command], { env })
      assert.equal(exit, 0, stderr)
      const said = [0, 1, 2].map((i) => readFileSync(join(folder, `${i}.txt`), "utf8"))
      const made = said.map((text) => Number(/^proofs +(\d+)$/m.exec(text)?.[1]))
      assert.equal(
        made.reduce((sum, one) => sum + one),
        PROOFS,
        said.join(""),
      )
      assert.equal((await proofs).length, PROOFS)
    } finally {
      await board.stop()
      await postgres.stop()
      rmSync(folder, { recursive: true })
    }
  })
})
