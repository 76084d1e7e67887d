import assert from "node:assert/strict"
import { type Certificate, encodeDocument, type MeteredSensor } from "@wattest/protocol"
import { portableSignatures } from "@wattest/protocol/portable"
import { p256Device } from "@wattest/testkit/conformance/keys"
import type { Labels } from "@wattest/testkit/conformance/readings"
import { type Story, tell } from "@wattest/testkit/conformance/story"
import { verifyCertificate } from "@wattest/verifier"
import { boundAs } from "../../scripts/generate/conformance/cases/metering.ts"
import { codeOf, failuresOf, judge, OFFLINE } from "./judging.ts"

const planned =
  (metering: readonly MeteredSensor[]) =>
  (given: Labels): Labels => ({ ...given, context: { ...given.context, metering } })

describe("verifyCertificate", () => {
  it("accepts an honest run and says what was proved", async () => {
    const result = await judge({})
    assert.deepEqual(failuresOf(result), {})
    assert.ok(result.verdict.status === "valid")
    const { claim } = result.verdict
    const numbers = Object.fromEntries(claim.quantities.map(({ id, value }) => [id, value]))
    // 0 to 70 s by the trapezoid rule over 400, 900, 1100, 1080, 1120, 1100, 900, 420 W; half of it on the board.
    assert.equal(numbers.energy, 66_100)
    assert.equal(numbers["mean-power"], 66_100 / 70)
    assert.equal(numbers["energy-per-work"], 66_100 / 10_500)
    assert.equal(numbers["accelerator-share"], 0.5)
    const { uncertaintyMillijoules } = claim.totals.registers
    assert.ok(uncertaintyMillijoules > 661_000n, "no less than the gain's one percent")
    const energy = claim.quantities.find(({ id }) => id === "energy")
    assert.equal(energy?.uncertainty, Number(uncertaintyMillijoules) / 1000)
    assert.equal(numbers.carbon, undefined, "nobody gave a factor")
  })

  it("leaves out numbers of registers that no sensor feeds", async () => {
    const numbersWith = async (metering: readonly MeteredSensor[]) => {
      const { verdict } = await judge({ labels: planned(metering) })
      assert.ok(verdict.status === "valid")
      const ids = verdict.claim.quantities.map(({ id }) => id)
      return ids.filter((id) => id === "idle-tax" || id === "accelerator-share")
    }
    const power = { method: "trapezoid", periodMs: 10_000, ratingWatts: "3200" } as const
    const energy = { ...power, sensor: "psu", role: "energy" } as const
    const board = { ...power, sensor: "gpu0", role: "accelerator", part: "0" } as const
    const occupancy = { sensor: "o", role: "occupancy", method: "hold" } as const
    assert.deepEqual(await numbersWith([energy]), [])
    assert.deepEqual(await numbersWith([energy, board]), ["accelerator-share"])
    assert.deepEqual(await numbersWith([energy, board, { ...occupancy, part: "1" }]), ["accelerator-share"])
    assert.deepEqual(await numbersWith([energy, board, { ...occupancy, part: "0" }]), ["idle-tax", "accelerator-share"])
    assert.deepEqual(await numbersWith([energy, board, occupancy]), ["idle-tax", "accelerator-share"])
  })

  it("takes shares from 0 to 1 only", async () => {
    const withShare = (share: string) =>
      planned([{ sensor: "psu", role: "energy", method: "trapezoid", periodMs: 10_000, share }])
    const allocated: Story = {
      statement: (given) => ({ ...given, energyGrade: "allocated" }),
      policy: (policy) => ({ ...policy, grades: { ...policy.grades, energy: "allocated" } }),
    }
    for (const share of ["0", "0.25", "1", "1.000"])
      assert.equal(codeOf(await judge({ ...allocated, labels: withShare(share) })), "valid", share)
    for (const share of ["-1", "-0.5", "1.0001", "2", "1e3", "5e-1"])
      assert.equal(codeOf(await judge(boundAs({}, withShare(share)))), "FIELD_MALFORMED", share)
  })

  it("accepts a device with a P-256 key, and a job of three runs", async () => {
    assert.equal(codeOf(await judge({ device: p256Device("device") })), "valid")
    const job = await judge({ runs: 3 })
    assert.equal(codeOf(job), "valid")
    assert.ok(job.verdict.status === "valid")
    assert.equal(job.verdict.claim.totals.registers.energyMillijoules, 3n * 66_100_000n)
  })

  it("says how much of its job a certificate holds, and has no energy to solution of less", async () => {
    const of = async (numbers: readonly bigint[], more: Story = {}) => {
      const certificate: Story["certificate"] = (given) => ({
        ...given,
        runs: given.runs.filter(({ run }) => numbers.includes(run)),
      })
      const { verdict } = await judge({ runs: 3, certificate, ...more })
      assert.ok(verdict.status === "valid")
      const { job, quantities } = verdict.claim
      return { ...job, solution: quantities.find(({ id }) => id === "energy-to-solution")?.value }
    }
    assert.deepEqual(await of([0n, 1n, 2n]), { extent: "whole", start: 0n, missing: "", solution: 198_300 })
    const after = "the job goes on after run 1"
    const before = "the job began with run 0, the certificate with 1"
    assert.deepEqual(await of([0n, 1n]), { extent: "part", start: 0n, missing: after, solution: undefined })
    assert.deepEqual(await of([1n, 2n]), { extent: "part", start: 0n, missing: before, solution: undefined })
    assert.deepEqual(await of([1n]), {
      ...{ extent: "part", start: 0n, solution: undefined },
      missing: `${before}; ${after}`,
    })
    const cut = await of([0n, 1n, 2n], {
      statement: (given, run) => (run === 2n ? { ...given, status: "interrupted" } : given),
    })
    assert.deepEqual(cut, { extent: "whole", start: 0n, missing: "", solution: undefined })
  })

  it("shows a job that was ended early and begun again under its name as what it is: another, with its own start", async () => {
    const again: Story = {
      runs: 3,
      labels: (given, run) => ({ ...given, context: { ...given.context, jobStart: run === 2n ? 2n : 0n } }),
      statement: (given, run) => ({ ...given, status: run === 0n ? "continued" : "complete" }),
    }
    assert.equal(codeOf(await judge(again)), "JOB_MISMATCH", "the two do not pass for one")
    const { verdict } = await judge({
      ...again,
      certificate: (given) => ({ ...given, runs: given.runs.filter(({ run }) => run === 2n) }),
    })
    assert.ok(verdict.status === "valid")
    const { job, labels, runs } = verdict.claim
    assert.deepEqual([job.extent, job.start, labels.context.job], ["whole", 2n, "job-1"])
    // What an auditor has to go by: the job began in run 2, and the chain has two runs of this device before it.
    assert.equal(runs[0]?.position, 2n)
  })

  it("refuses a job of which one run has another label than the report would show", async () => {
    const context = { workload: "another workload", job: "another job", modelDigest: `0x${"77".repeat(32)}` } as const
    const tags = { model: "small", unit: "sample", zone: "another zone", party: "another party" }
    for (const [name, value] of Object.entries({ ...context, ...tags })) {
      const relabel = <T extends { readonly context: object }>(labels: T): T =>
        name in tags ? { ...labels, [name]: value } : { ...labels, context: { ...labels.context, [name]: value } }
      const story: Story = {
        runs: 2,
        reading: ({ sources, ...capture }, run) => ({
          ...capture,
          sources: sources.opening && run === 1n ? { ...sources, opening: relabel(sources.opening) } : sources,
        }),
        statement: (given, run) => (run === 1n ? relabel(given) : given),
      }
      const result = await judge(story)
      assert.equal(codeOf(result), "JOB_MISMATCH", name)
    }
  })

  it("accepts one whether signatures are checked by the platform or portably", async () => {
    assert.equal(codeOf(await judge({}, { ...OFFLINE, signatures: portableSignatures })), "valid")
  })

  it("knows nothing of a block that the policy does not list, and says which checks are open", async () => {
    const result = await judge({
      policy: (policy) => ({ ...policy, chains: policy.chains.map((chain) => ({ ...chain, trustedBlocks: [] })) }),
    })
    assert.equal(result.verdict.status, "undetermined")
    assert.deepEqual(failuresOf(result), {
      "block-trusted": "TRUST_ROOT_MISSING",
      enrolment: "TRUST_ROOT_MISSING",
      vouch: "TRUST_ROOT_MISSING",
      "not-withdrawn": "TRUST_ROOT_MISSING",
      beacon: "TRUST_ROOT_MISSING",
    })
  })

  it("leaves the whole open where a demanded proof is absent, and valid where the policy waives it", async () => {
    const proof = { proof: ({ anchored }: NonNullable<Certificate["runs"][number]["proof"]>) => ({ anchored }) }
    assert.equal(codeOf(await judge(proof)), "PROOF_ABSENT")
    assert.equal(codeOf(await judge({ ...proof, policy: (policy) => ({ ...policy, require: [] }) })), "valid")
  })

  it("believes nobody under an empty policy", async () => {
    const result = await judge({ policy: (policy) => ({ ...policy, chains: [], vouchers: [] }) })
    assert.equal(result.verdict.status, "unaccepted")
    assert.equal(failuresOf(result).chain, "CHAIN_NOT_ACCEPTED")
    assert.equal(failuresOf(result).ledger, "VOUCHER_NOT_ACCEPTED")
  })

  it("ends in a verdict on bytes that are no certificate", async () => {
    const { policy } = tell({})
    for (const bytes of [new Uint8Array(0), Uint8Array.of(0xff), new TextEncoder().encode("{}"), encodeDocument([])]) {
      const result = await verifyCertificate(bytes, policy, OFFLINE)
      assert.equal(result.verdict.status, "invalid")
      assert.equal(result.checks.filter(({ verdict }) => verdict.status === "valid").length, 0)
    }
  })
})
