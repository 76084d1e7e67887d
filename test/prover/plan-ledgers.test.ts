import assert from "node:assert/strict"
import { mkdtempSync, rmSync } from "node:fs"
import { tmpdir } from "node:os"
import { join } from "node:path"
import { askedOf, type Hex, runFolder, SEGMENT_RUNS, type Totals, totalOf } from "@wattest/protocol"
import { newDevice, type RunPlan, START_MS, writeRun } from "@wattest/testkit/ledger/archive"
import { openArchive } from "../../prover/src/archive/run-archive.ts"
import type { AnchoredRun, LedgerPeriod } from "../../prover/src/chain/ledger-reader.ts"
import { openSegments, planLedgers } from "../../prover/src/claims/plan-ledgers.ts"
import { readTerms } from "../../prover/src/claims/terms.ts"

const VOID: Hex = `0x${"00".repeat(32)}`
const FROM = START_MS / 1000
const TERMS = readTerms({ boundary: "node", model: "llama", unit: "token", from: FROM, to: FROM + 3600 })

describe("a tally's plan", () => {
  const device = newDevice()
  let folder = ""
  beforeEach(() => {
    folder = mkdtempSync(join(tmpdir(), "wattest-plan-"))
  })
  afterEach(() => rmSync(folder, { recursive: true }))

  /** A run of so many mJ that is in the archive, as it is anchored. */
  const archived = (run: bigint, energyMillijoules: bigint, plan: RunPlan = {}): AnchoredRun => {
    const { root } = writeRun(folder, device, run, { ...plan, registers: { energyMillijoules } })
    return { device: device.id, run, root }
  }
  const voidRun = (run: bigint): AnchoredRun => ({ device: device.id, run, root: VOID })
  const sourceOf = (...ledgers: readonly (readonly AnchoredRun[])[]) => ({
    periods: ledgers.map((runs) => ({ runs, from: { head: VOID } }) as unknown as LedgerPeriod),
    archives: [openArchive(folder)],
    asked: askedOf(TERMS.filters, TERMS.conditions, TERMS),
  })
  const lose = (run: bigint) => rmSync(join(folder, runFolder(device.id, run)), { recursive: true })

  it("is each ledger's runs in segments, with the totals up to the end of each", async () => {
    const many = Array.from({ length: SEGMENT_RUNS }, (_, i) => voidRun(BigInt(i)))
    const [counted, other, last] = [archived(100n, 7n), archived(101n, 20n, { model: "gpt" }), archived(102n, 500n)]
    const source = sourceOf([...many, counted, other], [last])
    const plan = await planLedgers(source, 0)
    assert.deepEqual(
      plan.segments.map(({ ledger, first, counts, totals }) => [
        ...[ledger, first, counts.length, counts.voids, counts.unopened],
        ...[totalOf(totals, "energyMillijoules"), totalOf(totals, "allEnergyMillijoules")],
      ]),
      [
        [0, 0, SEGMENT_RUNS, SEGMENT_RUNS, 0, 0n, 0n],
        [0, SEGMENT_RUNS, 2, 0, 0, 7n, 27n],
        [1, 0, 1, 0, 0, 507n, 527n],
      ],
    )
    assert.deepEqual([plan.runs, plan.counted, plan.totals], [SEGMENT_RUNS + 3, 2, plan.segments.at(-1)?.totals])
    const opened: Totals[] = []
    for await (const { to } of openSegments(source, plan, (i) => BigInt(i) + 1n)) opened.push(to.totals)
    assert.deepEqual(
      opened,
      plan.segments.map(({ totals }) => totals),
    )
  })

  it("is refused for runs that no archive opens, beyond those that may be missing; a void run has nothing to open", async () => {
    const source = sourceOf([archived(0n, 7n), archived(1n, 7n), voidRun(2n)])
    lose(1n)
    await assert.rejects(planLedgers(source, 0), {
      code: "OPENINGS_MISSING",
      message: /1 of the period's runs: .*\/1$/,
    })
    const { segments, runs, counted } = await planLedgers(source, 1)
    assert.deepEqual([segments[0]?.counts.unopened, runs, counted], [1, 3, 1])
  })

  it("is refused for runs that it counts and its conditions exclude, and for no others", async () => {
    const worse = { energyGrade: "estimated" } as const
    const good = archived(0n, 7n)
    const apart = archived(1n, 7n, { ...worse, model: "gpt" })
    assert.equal((await planLedgers(sourceOf([good, apart]), 0)).counted, 1)
    await assert.rejects(planLedgers(sourceOf([good, archived(2n, 7n, worse)]), 0), {
      ...{ code: "CONDITION_FAILED", message: /1 counted runs have ENERGY_GRADE_WORSE: .*\/2$/ },
      ...{ hint: /allow them with --energy-grade; or count fewer/ },
    })
  })

  it("is refused where an archive says another thing than the chain, or than when it was planned", async () => {
    const [first, second] = [archived(0n, 7n), archived(1n, 7n)]
    const broken = { code: "ARCHIVE_BROKEN" }
    await assert.rejects(planLedgers(sourceOf([{ ...first, root: second.root }]), 0), broken)
    const source = sourceOf([first, second])
    const plan = await planLedgers(source, 1)
    lose(1n)
    const changed = { ...broken, message: /changed since the tally was planned/ }
    await assert.rejects(openSegments(source, plan, () => 1n).next(), changed)
  })
})
