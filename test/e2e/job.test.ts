import assert from "node:assert/strict"
import { mkdtempSync, rmSync } from "node:fs"
import { tmpdir } from "node:os"
import { join } from "node:path"
import { setTimeout as sleep } from "node:timers/promises"
import { Agent, createDevice, Device, openKey, parseAgentConfig, type WorkloadLabels } from "@wattest/attester"
import {
  type AnchorReceipt,
  bigIntToBytes,
  type Certificate,
  deviceIdOf,
  encodeDocument,
  type Hex,
  ledgerIdOf,
  type RunRecord,
  submissionMessage,
  toHex,
} from "@wattest/protocol"
import { nodeSignatures } from "@wattest/protocol/node"
import { createCertificate, openArchive } from "@wattest/prover"
import { archivedRuns, startMeter, type TestMeter, until } from "@wattest/testkit/attester/program"
import { buildBlock, events, type TestBlock } from "@wattest/testkit/conformance/chain"
import { ACCOUNTS } from "@wattest/testkit/conformance/keys"
import { POLICY_TEMPLATE, type Policy, verifyCertificate } from "@wattest/verifier"

const CHAIN_ID = 31337
const { registry, operator, voucher } = ACCOUNTS

const labels = (workload: string): WorkloadLabels => ({
  tags: { model: "llama", unit: "epoch", zone: "GB", site: "", party: "" },
  workload,
  job: `${workload}-1`,
  modelDigest: null,
  versions: {},
  task: null,
  qualityRule: "",
})

/** End of the minute in which the last of these runs ended, Unix seconds. */
const minuteOf = (records: readonly RunRecord[]) => Math.ceil((records.at(-1)?.statement.endTimeMs ?? 0) / 60_000) * 60

/** A block with the events that anchor these runs. */
function blockOf(device: Hex, records: readonly RunRecord[]): TestBlock {
  const ledger = ledgerIdOf(operator, voucher)
  const logs = records.map(({ run, root }) =>
    events.anchored(registry, ledger, device, run, [root, run, run + 1n, BigInt(minuteOf(records))]),
  )
  const timestamp = minuteOf(records)
  return buildBlock({ number: 100n, timestamp, receipts: [{ type: 2, status: 1, logs }] })
}

describe("a job of several runs, from the agent to the verdict", () => {
  let home: string
  let meter: TestMeter
  let device: Device
  let agent: Agent
  before(async () => {
    home = join(mkdtempSync(join(tmpdir(), "wattest-")), "device")
    await createDevice(home, { scheme: "ed25519" })
    meter = await startMeter()
    device = await Device.open(home, await openKey(home))
    const source = {
      ...{ kind: "json", id: "pdu", url: meter.url, periodMs: 50, covers: "node" },
      accuracy: { gainLimit: 0.01, origin: "test" },
      time: { at: "/timeMs", format: "unix-ms" },
      values: [{ at: "/energy", name: "energy", quantity: "energy", unit: "mJ" }],
    }
    const config = parseAgentConfig({ boundary: "node", intervalMs: 50, sources: [source] })
    const quiet = { beacon: () => null, closed: () => undefined, say: () => undefined }
    // A host that has slept goes on in the next run: here twice within the job.
    let sleptMs = 0
    const clocks = {
      wallMs: () => Date.now() + sleptMs,
      runningMs: () => performance.now(),
      upMs: () => performance.now() + sleptMs,
    }
    const plan = { ...config, vouch: null }
    agent = await Agent.start({ ...config, device, plan, idle: labels("idle"), clocks, ...quiet })
    const train = await agent.startRun(labels("train"))
    for (const _ of ["once", "again"]) {
      const before = agent.status.run
      await sleep(300)
      sleptMs += 2500
      meter.shiftMs = sleptMs
      await until("the job goes on", () => agent.status.run !== null && agent.status.run !== before)
    }
    await train.stop()
    for (const _ of ["once", "again"]) {
      const short = await agent.startRun(labels("evaluate"))
      await sleep(60)
      await short.stop()
    }
    await agent.startRun(labels("cut off"))
    await agent.close()
    await device.close()
  })
  after(async () => {
    await meter.close()
    rmSync(join(home, ".."), { recursive: true })
  })

  const runsOf = (workload: string) =>
    archivedRuns(home).filter(({ statement }) => statement.context.workload === workload)

  /** The certificate of runs A to B, with receipts of a chain that the policy trusts, and what becomes of it. */
  async function certify(firstRun: bigint, lastRun: bigint, edit = (given: Certificate): unknown => given) {
    const signer = await openKey(home)
    const records = archivedRuns(home)
    const id = deviceIdOf(signer.device)
    const roots = records.map(({ root }) => root)
    const submitted = { firstRun: 0n, roots, through: minuteOf(records) }
    const signature = toHex(await signer.sign(submissionMessage({ chainId: CHAIN_ID, registry }, id, submitted)))
    await signer.close()
    const block = blockOf(id, records)
    const receipts = async (_: Hex, run: bigint): Promise<AnchorReceipt> => ({
      submission: { chainId: CHAIN_ID, registry, device: signer.device, ...submitted, signature },
      anchor: {
        ...{ chainId: CHAIN_ID, registry, operator, voucher, transactionIndex: 0, logIndex: Number(run) },
        ...{ blockNumber: block.number, position: run, anchoredAt: block.timestamp },
        head: toHex(bigIntToBytes(run + 1n, 32)),
      },
      proof: { anchored: block.proveReceipt(0) },
    })
    const archive = openArchive(device.archive)
    const certificate = await createCertificate({ archive, receipts, device: id, firstRun, lastRun })
    const trustedBlocks = [{ number: block.number, hash: block.hash }]
    const chain = { chainId: CHAIN_ID, registries: [registry], trustedBlocks, rpcs: [], checkpoints: null }
    const policy: Policy = { ...POLICY_TEMPLATE, chains: [chain], vouchers: [voucher], require: [] }
    return verifyCertificate(encodeDocument(edit(certificate)), policy, { signatures: nodeSignatures, chain: null })
  }

  async function extentOf(...range: Parameters<typeof certify>) {
    const { verdict, findings } = await certify(...range)
    if (verdict.status !== "valid") return verdict.code
    const { job, quantities } = verdict.claim
    const named = findings.some(({ code }) => code === "JOB_PART" || code === "JOB_EXTENT_UNKNOWN")
    assert.equal(named, job.extent !== "whole")
    return [job.extent, job.start, quantities.some(({ id }) => id === "energy-to-solution")]
  }

  it("marks the job's first run in each of its runs, and its end in the last alone", () => {
    const runs = runsOf("train")
    assert.ok(runs.length >= 3)
    const start = runs[0]?.run
    assert.ok(runs.every(({ statement }) => statement.context.jobStart === start))
    assert.deepEqual(
      runs.map(({ statement }) => statement.status),
      runs.map((_, i) => (i + 1 < runs.length ? "continued" : "complete")),
    )
    const [idle] = archivedRuns(home)
    assert.deepEqual([idle?.statement.context.jobStart, idle?.statement.context.workload], [0n, "idle"])
  })

  it("is whole with all runs, and a part without the first or the last", async () => {
    const [first, ...rest] = runsOf("train").map(({ run }) => run)
    const last = rest.at(-1)
    assert.ok(first !== undefined && last !== undefined)
    assert.deepEqual(await extentOf(first, last), ["whole", first, true])
    assert.deepEqual(await extentOf(first, last - 1n), ["part", first, false])
    assert.deepEqual(await extentOf(first + 1n, last), ["part", first, false])
    assert.deepEqual(await extentOf(first + 1n, first + 1n), ["part", first, false])
  })

  it("does not become whole by what an operator writes into it, nor by the run beside it", async () => {
    const [first = 0n, second = 0n, ...rest] = runsOf("train").map(({ run }) => run)
    const last = rest.at(-1) ?? 0n
    const ended = (given: Certificate) => ({
      ...given,
      runs: given.runs.map((run) => ({ ...run, statement: { ...run.statement, status: "complete" } })),
    })
    const begun = (given: Certificate) => ({
      ...given,
      runs: given.runs.map((run) => {
        const context = { ...run.statement.context, jobStart: second }
        const { opening, ...sources } = run.firstCapture.sources
        const firstCapture = { ...run.firstCapture, sources: { ...sources, opening: { ...opening, context } } }
        return { ...run, statement: { ...run.statement, context }, firstCapture }
      }),
    })
    assert.equal(await extentOf(first, first, ended), "ROOT_NOT_SUBMITTED")
    assert.equal(await extentOf(second, last, begun), "CAPTURE_NOT_INCLUDED")
    assert.equal(await extentOf(first, last + 1n), "JOB_MISMATCH")
  })

  it("is another job where it was ended and begun again under its name: each has its own start", async () => {
    const runs = runsOf("evaluate")
    const starts = [...new Set(runs.map(({ statement }) => statement.context.jobStart))]
    assert.equal(starts.length, 2)
    const [first = 0n, second = 0n] = starts
    const endOf = (start: bigint) => runs.findLast(({ statement }) => statement.context.jobStart === start)?.run ?? 0n
    assert.deepEqual(await extentOf(first, endOf(first)), ["whole", first, true])
    assert.deepEqual(await extentOf(second, endOf(second)), ["whole", second, true])
    assert.equal(await extentOf(first, endOf(second)), "JOB_MISMATCH")
  })

  it("is interrupted where the agent was stopped under it, and has no energy to solution", async () => {
    const runs = runsOf("cut off")
    assert.equal(runs.at(-1)?.statement.status, "interrupted")
    const [first, last] = [runs[0]?.run ?? 0n, runs.at(-1)?.run ?? 0n]
    assert.deepEqual(await extentOf(first, last), ["whole", first, false])
  })
})
