import assert from "node:assert/strict"
import { mkdtempSync, rmSync, writeFileSync } from "node:fs"
import { tmpdir } from "node:os"
import { join } from "node:path"
import {
  type Group,
  groupOf,
  type Hex,
  type JobPlan,
  MAX_CERTIFICATE_RUNS,
  partDigest,
  type RunRecord,
} from "@wattest/protocol"
import type { RunArchive } from "../../prover/src/archive/run-archive.ts"
import { findLacks, type Lack, refuseLacks } from "../../prover/src/job/create-job.ts"
import { findParts, listParts, readPlans } from "../../prover/src/job/gather.ts"
import { Refusal } from "../../prover/src/refusal.ts"

const idOf = (n: number): Hex => `0x${n.toString(16).padStart(64, "0")}`
const [A, B] = [idOf(1), idOf(2)]
const JOB = "train"

type Told = { readonly status?: "continued" | "complete"; readonly group?: Group }

/** An archive with so many runs of each device, one after the other from 0; what is not told is a run without a job. */
const archiveOf = (devices: { readonly [device: Hex]: readonly Told[] }): RunArchive => ({
  findRecord: async (device, run) => {
    const { status = "complete", group } = devices[device]?.[Number(run)] ?? {}
    return { run, statement: { status, context: { ...(group && { group }) } } } as unknown as RunRecord
  },
  devices: async () => Object.keys(devices) as Hex[],
  runs: async (device) => (devices[device] ?? []).map((_, run) => BigInt(run)),
  record: () => assert.fail(),
  evidence: () => assert.fail(),
  findReceipt: () => assert.fail(),
})

const planOf = (part: number, devices: readonly Hex[], more: Partial<JobPlan> = {}): JobPlan => ({
  ...{ job: JOB, part, devices: [...devices], previous: null, ...more },
})
const FIRST = groupOf(planOf(0, [A, B]))
const SECOND = groupOf(planOf(1, [A], { previous: partDigest(FIRST) }))
const runsIn = async (...archives: readonly RunArchive[]) =>
  [...(await findParts(archives, JOB))].map(([part, { stretches }]) => [
    part,
    ...stretches.map(({ device, first, last }) => [device, first, last]),
  ])

describe("the runs of a job in archives", () => {
  it("are stretches, each until its device's job ends, another's run comes between, or a certificate is full", async () => {
    const [on, end]: readonly [Told, Told] = [{ status: "continued", group: FIRST }, { group: FIRST }]
    assert.deepEqual(await runsIn(archiveOf({ [B]: [on, end, end], [A]: [on, {}, on, on] })), [
      [0, [A, 0n, 0n], [A, 2n, 3n], [B, 0n, 1n], [B, 2n, 2n]],
    ])
    const most = BigInt(MAX_CERTIFICATE_RUNS)
    assert.deepEqual(await runsIn(archiveOf({ [A]: Array.from({ length: MAX_CERTIFICATE_RUNS + 1 }, () => on) })), [
      [0, [A, 0n, most - 1n], [A, most, most]],
    ])
  })

  it("are of this job alone, by part, and a device's of the first archive that has any", async () => {
    const other = groupOf(planOf(0, [A], { job: "other" }))
    const first = archiveOf({ [A]: [{ group: other }, { group: FIRST }, { group: SECOND }], [B]: [{ group: other }] })
    const second = archiveOf({ [A]: [{ group: FIRST }], [B]: [{ group: FIRST }] })
    assert.deepEqual(await runsIn(first, second), [
      [0, [A, 1n, 1n], [B, 0n, 0n]],
      [1, [A, 2n, 2n]],
    ])
  })

  it("name the same devices for one part", async () => {
    const archive = archiveOf({ [A]: [{ group: FIRST }], [B]: [{ group: groupOf(planOf(0, [B])) }] })
    await assert.rejects(findParts([archive], JOB), { code: "ARCHIVE_BROKEN", message: /part 0: device .*2, run 0/ })
  })
})

describe("the parts of a job", () => {
  const list = async (devices: { readonly [device: Hex]: readonly Told[] }, ...plans: readonly JobPlan[]) =>
    listParts(JOB, await findParts([archiveOf(devices)], JOB), plans)
  const devicesOf = async (...asked: Parameters<typeof list>) => (await list(...asked)).map(({ devices }) => devices)

  it("are listed by the runs of all devices, or by the part's own plan", async () => {
    const whole = { [B]: [{ group: FIRST }], [A]: [{ group: FIRST }, { group: SECOND }] }
    assert.deepEqual(await devicesOf(whole), [[A, B], [A]])
    const half = { [A]: [{ group: FIRST }] }
    assert.deepEqual(await devicesOf(half, planOf(0, [B, A])), [[A, B]])
    assert.deepEqual(await devicesOf({}, planOf(0, [B]), planOf(0, [A], { job: "other" })), [[B]])
    for (const plan of [[], [planOf(0, [A, idOf(3)])], [planOf(0, [A, B], { job: "other" })], [planOf(1, [A, B])]])
      await assert.rejects(list(half, ...plan), { code: "JOB_INCOMPLETE", message: /part 0: 1 of 2 devices/ })
  })

  it("are one after the other, and there is one at least", async () => {
    await assert.rejects(list({}), { code: "ARCHIVE_MISSING" })
    await assert.rejects(list({}, planOf(0, [A], { job: "other" })), { code: "ARCHIVE_MISSING" })
    await assert.rejects(list({ [A]: [{ group: SECOND }] }), {
      code: "JOB_INCOMPLETE",
      message: /part 0: 0 of unknown/,
    })
    const astray = groupOf(planOf(1, [A]))
    await assert.rejects(list({ [A]: [{ group: FIRST }, { group: astray }], [B]: [{ group: FIRST }] }), {
      ...{ code: "ARCHIVE_BROKEN", message: /part 1 does not follow part 0/ },
    })
  })
})

describe("the plans of a job", () => {
  let folder: string
  before(() => {
    folder = mkdtempSync(join(tmpdir(), "wattest-plans-"))
  })
  after(() => rmSync(folder, { recursive: true }))

  it("are read from files and folders, none of a folder that has too many, and nothing longer than a plan can be", async () => {
    const [own, long, other] = ["own.json", "long.json", "other.json"].map((name) => join(folder, name))
    writeFileSync(own ?? "", JSON.stringify(planOf(0, [A, B])))
    writeFileSync(other ?? "", "{}")
    writeFileSync(long ?? "", JSON.stringify(planOf(0, [B])).padEnd(2 ** 24 + 1))
    assert.deepEqual(await readPlans([folder]), [planOf(0, [A, B])])
    assert.deepEqual(await readPlans([own ?? ""]), [planOf(0, [A, B])])
    await assert.rejects(readPlans([long ?? ""]), /is too long for the plan of a job's part/)
    await assert.rejects(readPlans([other ?? ""]), { code: "FIELD_MISSING" })
    assert.equal((await readPlans([folder], 3)).length, 1)
    await assert.rejects(readPlans([folder], 2), /3 files, and a folder of plans has at most 2/)
  })
})

describe("what a job's document lacks", () => {
  const missing = new Refusal("RECEIPT_MISSING", "none", "later")

  it("is each device without a run, and each run without a receipt; whatever else fails is not taken for that", async () => {
    const archive = archiveOf({})
    const parts = [{ group: FIRST, devices: [A, B], stretches: [{ device: A, archive, first: 3n, last: 5n }] }]
    const lacks = (error: Error) =>
      findLacks({
        ...{ job: JOB, parts, vouchDocuments: [], failedParts: [] },
        receipts: () => async (_, run) => (run === 4n ? Promise.reject(error) : ({} as never)),
      })
    assert.deepEqual(
      (await lacks(missing)).map(({ part, device, run }) => [part, device, run]),
      [
        [0, B, null],
        [0, A, 4n],
      ],
    )
    await assert.rejects(lacks(new Refusal("SOURCE_UNREACHABLE", "gone", "ask another")), {
      code: "SOURCE_UNREACHABLE",
    })
  })

  it("is refused, naming twenty, but for parts that are given up", () => {
    const lack = (part: number, run: bigint | null = 7n): Lack => ({ part, device: A, run, why: "it is away" })
    refuseLacks([], [])
    refuseLacks([lack(1), lack(1)], [0, 1])
    const said = (lacks: readonly Lack[], failed: readonly number[] = []) => {
      try {
        refuseLacks(lacks, failed)
      } catch (error) {
        assert.ok(error instanceof Refusal && error.code === "JOB_INCOMPLETE")
        return `${error.message}\n${error.hint}`
      }
      return assert.fail("nothing was refused")
    }
    assert.match(said([lack(0), lack(1, null)], [0]), /: part 1, device 0x0+1: it is away\n.* --accept-failed 1$/)
    assert.match(said([lack(0)]), /part 0, device 0x0+1, run 7: it is away\n/)
    const many = (count: number) => said(Array.from({ length: count }, () => lack(0)))
    assert.doesNotMatch(many(20), /more/)
    assert.match(many(21), /and 1 more\n/)
  })
})
