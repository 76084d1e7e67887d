import assert from "node:assert/strict"
import type { Hex, Scope } from "@wattest/protocol"
import { PRESENTATION_CASES } from "../../scripts/generate/conformance/cases/presentation.ts"
import { acrossDocuments } from "../../verifier/src/desk/across/across.ts"
import { type Facts, NO_FACTS, type RunFact } from "../../verifier/src/desk/facts.ts"
import type { DeskKind } from "../../verifier/src/desk/files/kinds.ts"
import type { Judged } from "../../verifier/src/desk/row.ts"

const DEVICE: Hex = `0x${"11".repeat(32)}`
const OTHER: Hex = `0x${"22".repeat(32)}`
const rootOf = (name: number): Hex => `0x${name.toString(16).padStart(64, "0")}`

/** Run n of a device that takes 1 kWh an hour. */
const runOf = (n: number, change: Partial<RunFact> = {}): RunFact => ({
  ...{ device: DEVICE, run: BigInt(n), root: rootOf(n), startMs: n * 3_600_000, endMs: (n + 1) * 3_600_000 },
  ...{ energyMillijoules: 3_600_000_000n, lifetimeMillijoules: BigInt(n + 1) * 3_600_000_000n },
  ...{ broken: false, boundary: "node", vouchDocument: null, job: null, uses: [], ...change },
})

const shown = (facts: Partial<Facts>, kind: DeskKind = "certificate", name = "a.json"): Judged => ({
  row: { kind, name, sha256: null, bytes: 0, verdict: null, evidence: [], page: null, report: null },
  facts: { ...NO_FACTS, ...facts },
})

const found = (...judged: readonly Judged[]) => acrossDocuments(judged).map(({ code, detail }) => ({ code, detail }))
const codes = (...judged: readonly Judged[]) => found(...judged).map(({ code }) => code)
const runs = (...facts: readonly RunFact[]) =>
  facts.map((fact) => shown({ runs: [fact] }, "certificate", `${fact.run}`))

describe("what documents show together: runs", () => {
  it("nothing, where they go on from one to the next, in whatever order they are given", () => {
    assert.deepEqual(codes(...runs(runOf(2), runOf(0), runOf(1))), [])
    assert.deepEqual(codes(...runs(runOf(0), runOf(0, { device: OTHER }))), [])
    assert.deepEqual(codes(...runs(runOf(0), runOf(1, { lifetimeMillijoules: 7_200_000_001n }))), [], "floors")
  })

  it("one run twice, or two runs under one number", () => {
    assert.deepEqual(codes(...runs(runOf(0), runOf(0))), ["RUN_REPEATED"])
    assert.deepEqual(codes(...runs(runOf(0), runOf(0, { root: rootOf(9) }))), ["RUN_CONTRADICTED"])
  })

  it("time and energy that belong to no run, or to two", () => {
    assert.deepEqual(codes(...runs(runOf(0), runOf(1, { startMs: 3_600_001 }))), ["TIMES_BROKEN"])
    assert.deepEqual(codes(...runs(runOf(0), runOf(1, { startMs: 3_599_999 }))), ["TIMES_BROKEN"])
    assert.deepEqual(codes(...runs(runOf(0), runOf(1, { lifetimeMillijoules: 7_200_000_002n }))), ["LIFETIME_BROKEN"])
    assert.deepEqual(codes(...runs(runOf(0), runOf(1, { lifetimeMillijoules: 7_199_999_999n }))), ["LIFETIME_BROKEN"])
    assert.deepEqual(codes(...runs(runOf(0), runOf(1, { broken: true, lifetimeMillijoules: 3_600_000_000n }))), [])
  })

  it("runs that are missing, with the energy that they took", () => {
    const [missing] = found(...runs(runOf(0), runOf(4)))
    assert.equal(missing?.code, "RUNS_MISSING")
    assert.match(missing?.detail ?? "", /runs 1 to 3, 3 kWh in them/)
    const isBroken = { broken: true, lifetimeMillijoules: 3_600_000_000n }
    assert.match(found(...runs(runOf(0), runOf(2, isBroken)))[0]?.detail ?? "", /run 1, the books broke/)
    assert.deepEqual(codes(...runs(runOf(0), runOf(2, { lifetimeMillijoules: 7_199_999_999n }))), ["LIFETIME_BROKEN"])
    assert.deepEqual(codes(...runs(runOf(0), runOf(2, { startMs: 3_599_999 }))), ["TIMES_BROKEN"])
  })

  it("a device that meters at another boundary than before", () => {
    assert.deepEqual(codes(...runs(runOf(0), runOf(1, { boundary: "rack" }))), ["BOUNDARY_CHANGED"])
  })
})

describe("what documents show together: meters", () => {
  const digest = rootOf(77)
  const vouch = shown(
    { vouches: [{ digest, device: DEVICE, sensors: [{ id: "psu", serial: "PDU-17" }] }] },
    "vouch",
    "v",
  )
  const metered = (device: Hex, n: number, share = 1, role = "energy") =>
    runOf(n, { device, vouchDocument: digest, uses: [{ sensor: "psu", role, share }] })

  it("a shared one, by a vouch document that lies beside the certificates", () => {
    assert.deepEqual(codes(vouch, ...runs(metered(DEVICE, 0), metered(OTHER, 0))), ["SENSOR_SHARED"])
  })

  it("none where times, roles or boundaries are apart, or shares add up to 1", () => {
    assert.deepEqual(codes(vouch, ...runs(metered(DEVICE, 0), metered(OTHER, 1))), [])
    assert.deepEqual(codes(vouch, ...runs(metered(DEVICE, 0), metered(OTHER, 0, 1, "it"))), [])
    assert.deepEqual(codes(vouch, ...runs(metered(DEVICE, 0), { ...metered(OTHER, 0), boundary: "rack" })), [])
    assert.deepEqual(codes(vouch, ...runs(metered(DEVICE, 0, 0.7), metered(OTHER, 0, 0.3))), [])
    assert.deepEqual(codes(vouch, ...runs(metered(DEVICE, 0, 0.7), metered(OTHER, 0, 0.300001))), ["SENSOR_SHARED"])
  })
})

describe("what documents show together: papers beside certificates", () => {
  const receipt = (roots: readonly Hex[], firstRun = 0n) =>
    shown({ receipts: [{ device: DEVICE, firstRun, roots }] }, "receipt", "r")

  it("a receipt with the same root, with another one, or of other runs", () => {
    assert.deepEqual(codes(receipt([rootOf(0), rootOf(1)]), ...runs(runOf(1))), [])
    assert.deepEqual(codes(receipt([rootOf(0), rootOf(9)]), ...runs(runOf(1))), ["RECEIPT_DIFFERS"])
    assert.deepEqual(codes(receipt([rootOf(1)], 2n), ...runs(runOf(1))), ["RECEIPT_UNUSED"])
  })

  it("a vouch document that no run names", () => {
    const vouch = shown({ vouches: [{ digest: rootOf(7), device: DEVICE, sensors: [] }] }, "vouch", "v")
    assert.deepEqual(codes(vouch, ...runs(runOf(0))), ["VOUCH_UNUSED"])
    assert.deepEqual(codes(vouch, ...runs(runOf(0, { vouchDocument: rootOf(7) }))), [])
  })
})

describe("what documents show together: claims", () => {
  const recorded = PRESENTATION_CASES.find(({ name }) => name === "presentation-valid")?.presentation?.document
  const tally = recorded?.tallies.find(({ kind }) => kind === "period")
  assert.ok(tally?.kind === "period")
  const base: Scope = {
    ...{ chainId: tally.chainId, registry: tally.registry, owners: tally.ledgers, filters: tally.filters },
    ...{ conditions: tally.conditions, from: 0, to: 86_400, asOf: 90_000, runs: 5n, unopened: 0, voids: 0 },
  }
  const claim = (change: Partial<Scope>, name: string) =>
    shown({ claims: [{ metric: "energy", scope: { ...base, ...change } }] }, "presentation", name)

  it("an overlap, and what the difference is about", () => {
    const [overlap] = found(claim({}, "a"), claim({ to: 82_800 }, "b"))
    assert.equal(overlap?.code, "CLAIMS_OVERLAP")
    assert.match(overlap?.detail ?? "", /1970-01-01 23:00:00 UTC to 1970-01-02 00:00:00 UTC/)
    const wider = claim({ filters: { ...base.filters, model: null } }, "c")
    assert.match(found(claim({}, "a"), wider)[0]?.detail ?? "", /runs of another model/)
  })

  it("an overlap among 512 documents, and none with those beyond", () => {
    const apart = (count: number) => Array.from({ length: count }, (_, i) => claim({ from: i, to: i + 1 }, `${i}`))
    const wide = claim({ from: 0, to: 2 }, "wide")
    assert.deepEqual(codes(...apart(511), wide), ["CLAIMS_OVERLAP", "CLAIMS_OVERLAP"])
    assert.deepEqual(codes(...apart(512), wide), [])
  })

  it("none where they are apart in time, label, ledger or boundary, or about the same", () => {
    const [owner] = base.owners
    assert.ok(owner)
    assert.deepEqual(codes(claim({}, "a"), claim({}, "b")), [])
    assert.deepEqual(codes(claim({}, "a"), claim({ from: 86_400, to: 90_000 }, "b")), [])
    assert.deepEqual(codes(claim({}, "a"), claim({ to: 1, filters: { ...base.filters, model: "other" } }, "b")), [])
    assert.deepEqual(codes(claim({}, "a"), claim({ to: 1, owners: [{ ...owner, voucher: owner.operator }] }, "b")), [])
    assert.deepEqual(codes(claim({}, "a"), claim({ to: 1, filters: { ...base.filters, boundary: "gpu" } }, "b")), [])
    assert.deepEqual(codes(claim({}, "a"), claim({ to: 1, chainId: base.chainId + 1 }, "b")), [])
    assert.deepEqual(codes(claim({}, "a"), claim({ to: 1, registry: owner.operator }, "b")), [])
  })
})

describe("what documents show together: jobs", () => {
  const job = { id: "llama", part: 1 }
  const inJob = (n: number, part = 1) => runOf(n, { job: { id: "llama", part } })
  const jobOf = (name: string, parts: number, sha256: string, ...facts: readonly RunFact[]): Judged => {
    const judged = shown({ runs: facts, jobs: [{ id: "llama", parts }] }, "job", name)
    return { ...judged, row: { ...judged.row, sha256 } }
  }
  const jobCodes = (...judged: readonly Judged[]) => codes(...judged).filter((code) => code.includes("JOB"))

  it("one run in two jobs, but not one document twice", () => {
    assert.deepEqual(jobCodes(jobOf("a", 2, "0x1", inJob(0)), jobOf("b", 2, "0x2", inJob(0))), ["RUN_IN_TWO_JOBS"])
    assert.deepEqual(jobCodes(jobOf("a", 2, "0x1", inJob(0)), jobOf("b", 2, "0x1", inJob(0))), [])
    assert.deepEqual(jobCodes(jobOf("a", 2, "0x1", inJob(0)), jobOf("b", 2, "0x2", inJob(1))), [])
  })

  it("a certificate whose job is not there, is there, or was cut short", () => {
    const alone = shown({ runs: [runOf(0, { job })] }, "certificate", "c")
    assert.deepEqual(jobCodes(alone), ["JOB_NOT_SHOWN"])
    assert.deepEqual(jobCodes(alone, jobOf("a", 2, "0x1", inJob(0))), [])
    assert.deepEqual(jobCodes(alone, jobOf("a", 1, "0x1", inJob(5, 0))), ["JOB_CUT_SHORT"])
    assert.deepEqual(jobCodes(shown({ runs: [runOf(0)] })), [])
  })
})
