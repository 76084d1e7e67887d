import assert from "node:assert/strict"
import { inspect } from "node:util"
import {
  activityIn,
  deviceSlots,
  encodePresentation,
  FIELD_ORDER,
  type Hex,
  memberSlot,
  type PeriodClaim,
  type Presentation,
  type RejectCode,
  toHex,
} from "@wattest/protocol"
import { nodeSignatures } from "@wattest/protocol/node"
import { createPresentation, openArchive, openLedgerReader, readTerms, type WrittenTerms } from "@wattest/prover"
import { createWorld, FROM, KEYS, TO, type World } from "@wattest/testkit/ledger/world"
import { POLICY_TEMPLATE, type Policy, type UnacceptedCode, verifyPresentation } from "@wattest/verifier"
import { keccak256 } from "viem"
import { proveStorage } from "../../../verifier/src/chain/state.ts"
import { claimOf, cutShort, segmentOf, withClaim, withSegment, withSegments, withState, word } from "./edits.ts"

const REQUEST: WrittenTerms = {
  metric: "joules-per-token",
  model: "llama",
  boundary: "node",
  atMost: "0.0505",
  from: `${FROM}`,
  to: `${TO}`,
}

describe("a presentation", function () {
  this.timeout(300_000)
  let world: World
  let large: Presentation
  let share: Presentation

  const prove = (ledgers: readonly Hex[], written: Partial<WrittenTerms> = {}) => {
    const { reader, registry, archive, pool } = world
    const terms = readTerms({ ...REQUEST, ...written })
    return createPresentation({
      reader,
      registry,
      ledgers,
      archives: [openArchive(archive)],
      terms,
      unopened: 0,
      keys: KEYS,
      pool,
    })
  }

  before(async () => {
    world = await createWorld()
    large = await prove([world.large.id])
    share = await prove([world.small.id], { metric: "ledger-share", atMost: "75", atLeast: "75" })
  })
  after(() => world.stop())

  /** A policy that believes what the test made: nothing more. */
  function policyFor({ claims }: Presentation, change: Partial<Policy> = {}): Policy {
    const headers = claims.flatMap((claim) =>
      claim.kind === "period" ? claim.ledgers.map(({ state }) => state?.header) : [],
    )
    const trustedBlocks = headers.flatMap((header) => {
      const number = header && world.finalNumber
      return header && number !== undefined ? [{ number, hash: keccak256(header) }] : []
    })
    return {
      ...POLICY_TEMPLATE,
      chains: [{ chainId: 31337, registries: [world.registry], trustedBlocks, rpcs: [], checkpoints: null }],
      vouchers: [world.large.voucher, world.small.voucher],
      claims: { verificationKeys: [], developmentKeys: true, unopenedRuns: 0 },
      ...change,
    }
  }

  const verify = (document: Presentation, policy = policyFor(document)) =>
    verifyPresentation(encodePresentation(document), policy, { signatures: nodeSignatures, chain: null })

  async function refused(document: Presentation, code: RejectCode, policy = policyFor(large)) {
    const { verdict } = await verify(document, policy)
    assert.equal(verdict.status, "invalid", inspect(verdict))
    assert.equal(verdict.status === "invalid" && verdict.code, code, inspect(verdict))
  }

  async function unaccepted(document: Presentation, code: UnacceptedCode, policy = policyFor(large)) {
    const { verdict } = await verify(document, policy)
    assert.equal(verdict.status === "unaccepted" && verdict.code, code, inspect(verdict))
  }

  it("holds for every run of the period, and says so in a sentence", async () => {
    const { verdict, checks } = await verify(large)
    assert.equal(verdict.status, "valid", inspect(checks))
    const [claim] = verdict.status === "valid" ? verdict.claim : []
    assert.equal(claim?.runs, 37n)
    assert.equal(claim?.voids, 1)
    assert.match(
      claim?.sentence ?? "",
      /^All runs \(model "llama", metered at the node\) among the 37 anchored from 2027-01-15T08:00:00Z/,
    )
    assert.match(
      claim?.sentence ?? "",
      /took, uncertainty added, at most 0\.0505 J per token \(.*; 0 unopened, 1 void\)\.$/,
    )
    assert.match(claim?.limits ?? "", /^It does not speak of operators' other addresses/)
  })

  it("of a share has two chains over the same runs", async () => {
    const { verdict } = await verify(share)
    assert.equal(verdict.status, "valid", inspect(verdict))
    assert.match(verdict.status === "valid" ? (verdict.claim[0]?.sentence ?? "") : "", /exactly 75 %/)
  })

  it("lists the devices that were silent before the period's end, or says of how many it does not know", async () => {
    assert.deepEqual(
      (await verify(large)).findings.map(({ code }) => code),
      ["RUNS_VOID"],
    )
    const { findings } = await verify(share)
    assert.deepEqual(
      findings.map(({ code, device, ledger }) => [code, device, ledger]),
      [["DEVICE_SILENT", world.mute.id, world.small.id]],
    )
    for (const missing of [memberSlot(world.small.id, 1n), ...deviceSlots(world.mute.id)]) {
      const lacking = withState(share, ({ slots }) => ({ slots: slots.filter(({ key }) => key !== missing) }))
      const { verdict, findings: found } = await verify(lacking)
      assert.equal(verdict.status, "valid")
      assert.deepEqual(
        found.map(({ code, detail }) => [code, detail]),
        [["DEVICES_UNPROVEN", "1 of 2 devices"]],
      )
    }
  })

  it("proves as many devices as it is asked to, in the order of enrolment", async () => {
    for (const [devices, known] of [
      [0, []],
      [1, [world.b.id]],
      [5, [world.b.id, world.mute.id]],
    ] as const) {
      const { state } = await world.reader.period(world.small.id, FROM, TO, devices)
      const { slots } = proveStorage(state, world.registry)
      const activity = activityIn((slot) => slots.get(slot) ?? null, world.small.id, TO)
      assert.equal(activity.devices, 2n)
      assert.deepEqual(
        activity.known.map(({ device }) => device),
        known,
      )
    }
  })

  it("stays undetermined without proofs of its ends, or with a block that nobody trusts", async () => {
    const bare = withClaim(large, (claim) => ({
      ...claim,
      ledgers: claim.ledgers.map(({ state: _, ...ledger }) => ledger),
    }))
    assert.deepEqual((await verify(bare)).verdict.status, "undetermined")
    const policy = policyFor(large)
    const blind = { ...policy, chains: policy.chains.map((chain) => ({ ...chain, trustedBlocks: [] })) }
    const { verdict } = await verify(large, blind)
    assert.equal(verdict.status === "undetermined" && verdict.code, "TRUST_ROOT_MISSING")
  })

  it("is refused when a segment is dropped, repeated, reordered or of another ledger", async () => {
    await refused(
      withSegments(large, ([first]) => (first ? [first] : [])),
      "CLAIM_SEGMENTS_BROKEN",
    )
    await refused(
      withSegments(large, ([, second]) => (second ? [second] : [])),
      "CLAIM_SEGMENTS_BROKEN",
    )
    await refused(
      withSegments(large, (all) => [...all, ...all]),
      "CLAIM_SEGMENTS_BROKEN",
    )
    await refused(
      withSegments(large, (all) => all.toReversed()),
      "CLAIM_SEGMENTS_BROKEN",
    )
    await refused(
      withSegments(large, ([, second]) => (second ? [segmentOf(share), second] : [])),
      "CLAIM_SEGMENTS_BROKEN",
    )
  })

  it("is refused when a segment of another ledger is fitted into the chain", async () => {
    const { headFrom, headTo, cFrom, cTo, length } = segmentOf(large)
    await refused(
      withSegment(large, { ...segmentOf(share), headFrom, headTo, cFrom, cTo, length }),
      "CLAIM_PROOF_INVALID",
    )
  })

  it("is refused when the ends are not the chain's for that period", async () => {
    for (const [from, to] of [
      [0, 1],
      [1, 0],
      [-1, 0],
      [0, 10_000],
    ] as const) {
      const moved = withClaim(large, (claim) => ({ ...claim, from: claim.from + from, to: claim.to + to }))
      await refused(moved, "CLAIM_PERIOD_MISMATCH")
    }
    await refused(cutShort(large), "CLAIM_PROOF_INVALID")
  })

  it("is refused when the storage proof is of another block, slot or contract", async () => {
    const other = claimOf(share).ledgers[0]?.state
    const changes: Parameters<typeof withState>[1][] = [
      ({ slots }) => ({ slots: slots.slice(1) }),
      ({ slots }) => ({ slots: slots.map((slot, i) => ({ ...slot, nodes: slots[i ^ 1]?.nodes ?? [] })) }),
      ({ account }) => ({ account: account.slice(0, -1) }),
      () => ({ slots: other?.slots ?? [] }),
    ]
    for (const change of changes) await refused(withState(large, change), "STATE_PROOF_INVALID")
  })

  it("is refused when a filter or grade is another than was proved", async () => {
    const withFilters = (filters: Partial<PeriodClaim["filters"]>) =>
      withClaim(large, (claim) => ({ ...claim, filters: { ...claim.filters, ...filters } }))
    for (const filters of [
      { model: "other" },
      { model: "" },
      { unit: "sample" },
      { zone: "DE" },
      { party: "x" },
      { boundary: "rack" },
    ] as const)
      await refused(withFilters(filters), "CLAIM_PROOF_INVALID")
    await refused(withFilters({ energyGrade: "calibrated" }), "CLAIM_PROOF_INVALID")
    await refused(withFilters({ workGrade: "measured" }), "CLAIM_PROOF_INVALID")
    await refused(withFilters({ unit: "" }), "CLAIM_METRIC_MISMATCH")
  })

  it("is refused when the chain of accumulators is broken", async () => {
    const { cTo } = segmentOf(large)
    await refused(withSegment(large, { cFrom: cTo }), "CLAIM_SEGMENTS_BROKEN")
    await refused(withSegment(large, { cTo: word(7n) }), "CLAIM_SEGMENTS_BROKEN")
    const all = claimOf(large).ledgers[0]?.segments ?? []
    const joined = withSegments(large, () =>
      all.map((segment, i) => ({ ...segment, ...(i === 0 ? { cTo: word(7n) } : { cFrom: word(7n) }) })),
    )
    await refused(joined, "CLAIM_PROOF_INVALID")
  })

  it("is refused with another verification key, and with development keys unless they are allowed", async () => {
    const { keys } = large
    const { bound, fold } = keys
    if (!fold) throw new Error("no key")
    await unaccepted({ ...large, keys: { ...keys, bound: { ...bound, delta: bound.gamma } } }, "CLAIM_KEY_NOT_ACCEPTED")
    await refused({ ...large, keys: { bound: fold, fold: bound } }, "CLAIM_PROOF_INVALID")
    const policy = policyFor(large)
    await unaccepted(large, "CLAIM_KEY_NOT_ACCEPTED", {
      ...policy,
      claims: { ...policy.claims, developmentKeys: false },
    })
    await refused({ ...large, keys: { bound } }, "FIELD_MISSING")
  })

  it("is refused when bounds or metric are others than were proved", async () => {
    await refused(
      withClaim(large, (claim) => ({ ...claim, hi: claim.hi - 1n })),
      "CLAIM_PROOF_INVALID",
    )
    await refused(
      withClaim(large, (claim) => ({ ...claim, lo: 1n })),
      "CLAIM_PROOF_INVALID",
    )
    await refused(
      withClaim(large, (claim) => ({ ...claim, metric: "energy-per-accepted" })),
      "CLAIM_PROOF_INVALID",
    )
    await refused(
      withClaim(large, (claim) => ({ ...claim, metric: "ledger-share" })),
      "CLAIM_METRIC_MISMATCH",
    )
    await refused(
      withClaim(large, (claim) => ({ ...claim, lo: claim.hi + 1n })),
      "CLAIM_METRIC_MISMATCH",
    )
  })

  it("is refused with public signals swapped, or with one beyond the field's order", async () => {
    const { headFrom, headTo, cFrom, cTo } = segmentOf(large)
    await refused(withSegment(large, { headFrom: headTo, headTo: headFrom }), "CLAIM_SEGMENTS_BROKEN")
    await refused(withSegment(large, { cFrom: cTo, cTo: cFrom }), "CLAIM_SEGMENTS_BROKEN")
    await refused(withSegment(large, { cTo: word(BigInt(cTo) + FIELD_ORDER) }), "NUMBER_OUT_OF_RANGE")
    await refused(
      withClaim(large, (claim) => ({ ...claim, hi: claim.hi + FIELD_ORDER })),
      "NUMBER_OUT_OF_RANGE",
    )
  })

  it("is refused when unopened runs are hidden, void ones denied, or more is left closed than the policy allows", async () => {
    await refused(withSegment(large, { voids: 0 }), "CLAIM_PROOF_INVALID")
    await refused(withSegment(large, { voids: 0, unopened: 1 }), "CLAIM_UNOPENED")
    const { registry, archive, pool, reader } = world
    const terms = readTerms({ ...REQUEST, metric: "energy", atMost: "10 kJ", model: "llama" })
    const closed = await createPresentation({
      ...{ reader, registry, ledgers: [world.small.id], archives: [openArchive(`${archive}/none`)] },
      ...{ terms, unopened: 2, keys: KEYS, pool },
    })
    await refused(closed, "CLAIM_UNOPENED")
    const policy = policyFor(closed)
    const lenient = { ...policy, claims: { ...policy.claims, unopenedRuns: 2 } }
    assert.equal((await verify(closed, lenient)).verdict.status, "valid")
    await refused(withSegment(closed, { unopened: 0 }), "CLAIM_PROOF_INVALID", lenient)
  })

  it("says how many runs of a ledger are void, where proofs show it", async () => {
    const { findings } = await verify(large)
    assert.deepEqual(
      findings.map(({ code, ledger, detail }) => [code, ledger, detail]),
      [["RUNS_VOID", world.large.id, "1 of 37 runs"]],
    )
    assert.deepEqual((await verify(withSegment(large, { voids: 2 }))).findings, [])
  })

  it("is refused over ledgers that the policy does not expect, repeats or misses", async () => {
    const policy = policyFor(large)
    await unaccepted(large, "VOUCHER_NOT_ACCEPTED", { ...policy, vouchers: [world.small.voucher] })
    const { operator } = world.large
    const expected = [world.large, world.small].map(({ voucher }) => ({ operator, voucher }))
    await refused(large, "CLAIM_LEDGER_MISSING", { ...policy, ledgers: expected })
    const others = [{ ...world.large, operator: toHex(new Uint8Array(20)) }]
    await unaccepted(large, "LEDGER_NOT_ACCEPTED", { ...policy, ledgers: others })
    await refused(
      withClaim(large, (claim) => ({ ...claim, ledgers: [...claim.ledgers, ...claim.ledgers] })),
      "CLAIM_LEDGERS_UNORDERED",
    )
    const withoutRegistry = policy.chains.map((chain) => ({ ...chain, registries: [] }))
    await unaccepted(large, "REGISTRY_NOT_ACCEPTED", { ...policy, chains: withoutRegistry })
    await unaccepted(large, "CHAIN_NOT_ACCEPTED", { ...policy, chains: [] })
    await refused(
      withClaim(large, (claim) => ({ ...claim, registry: toHex(new Uint8Array(20)) })),
      "STATE_PROOF_INVALID",
    )
  })

  it("is refused when its grades are worse than the policy accepts", async () => {
    const policy = policyFor(large)
    await unaccepted(large, "GRADE_NOT_ACCEPTED", { ...policy, grades: { energy: "calibrated", work: "simulated" } })
    await unaccepted(large, "GRADE_NOT_ACCEPTED", { ...policy, grades: { energy: "simulated", work: "measured" } })
  })

  it("is suspect once a voucher withdrew its word from before the period's end", async () => {
    await world.large.withdraw(world.a, TO - 1)
    await world.chain.client.mine({ blocks: 3 })
    const reader = await openLedgerReader(world.chain.url, world.registry)
    const { state } = await reader.period(world.large.id, FROM, TO, 1)
    const later = withClaim(large, (claim) => ({
      ...claim,
      ledgers: claim.ledgers.map((ledger) => ({ ...ledger, state })),
    }))
    await refused(later, "CLAIM_SUSPECT")
  })
})
