import assert from "node:assert/strict"
import { inspect } from "node:util"
import {
  deviceSlots,
  encodePresentation,
  FIELD_ORDER,
  type Hex,
  memberSlot,
  type PeriodTally,
  type Presentation,
  type RejectCode,
  toHex,
  vouchSlots,
} from "@wattest/protocol"
import { nodeSignatures } from "@wattest/protocol/node"
import {
  createBound,
  createJoin,
  createTally,
  noJournal,
  openArchive,
  openLedgerReader,
  readTerms,
  type TallyFile,
  type WrittenBound,
  type WrittenTerms,
} from "@wattest/prover"
import { AS_OF, createWorld, FROM, KEYS, TO, type World } from "@wattest/testkit/ledger/world"
import { artifactOf } from "@wattest/testkit/local/contracts"
import { POLICY_TEMPLATE, type Policy, type UnacceptedCode, verifyPresentation } from "@wattest/verifier"
import { keccak256 } from "viem"
import { segmentOf, tallyOf, withBound, withSegment, withSegments, withState, withTally, word } from "./edits.ts"

const REQUEST: WrittenTerms = {
  ...{ model: "llama", unit: "token", boundary: "node" },
  ...{ from: FROM, to: TO, asOf: AS_OF },
}
const PER_TOKEN: WrittenBound = { metric: "joules-per-token", atMost: "0.0505" }

describe("a presentation", function () {
  this.timeout(600_000)
  let world: World
  let tally: TallyFile
  let large: Presentation
  let small: TallyFile

  const proveTally = (ledgers: readonly Hex[], written: Partial<WrittenTerms> = {}, archive = world.archive) => {
    const { reader, registry, pool } = world
    return createTally({
      ...{ reader, registry, ledgers, archives: [openArchive(archive)], terms: readTerms({ ...REQUEST, ...written }) },
      ...{ unopened: archive === world.archive ? 0 : 2, keys: KEYS, pool, journal: noJournal() },
    })
  }
  const bounded = (file: TallyFile, written: WrittenBound, over?: TallyFile) =>
    createBound({ file, written, keys: KEYS, pool: world.pool, ...(over ? { over } : {}) })

  before(async () => {
    world = await createWorld()
    tally = await proveTally([world.large.id])
    large = (await bounded(tally, PER_TOKEN)).document
    small = await proveTally([world.small.id])
  })
  after(() => world.stop())

  /** A policy that believes what the test made: nothing more. */
  function policyFor({ tallies }: Presentation, change: Partial<Policy> = {}): Policy {
    const headers = tallies.flatMap((item) =>
      item.kind === "period" ? item.ledgers.map(({ state }) => state?.header) : [],
    )
    const trustedBlocks = [...new Set(headers)].flatMap((header) => {
      const number = header && world.finalNumber
      return header && number !== undefined ? [{ number, hash: keccak256(header) }] : []
    })
    return {
      ...POLICY_TEMPLATE,
      chains: [{ chainId: 31337, registries: [world.registry], trustedBlocks, rpcs: [], checkpoints: null }],
      vouchers: [world.large.voucher, world.small.voucher],
      claims: { ...POLICY_TEMPLATE.claims, developmentKeys: true },
      ...change,
    }
  }
  const lenient = (document: Presentation, change: Partial<Policy["claims"]> = { missingPercent: 100 }) => {
    const policy = policyFor(document)
    return { ...policy, claims: { ...policy.claims, ...change } }
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

  async function claimsOf(document: Presentation, policy = policyFor(document)) {
    const { verdict, checks } = await verify(document, policy)
    assert.equal(verdict.status, "valid", inspect(checks))
    return verdict.status === "valid" ? verdict.claim : []
  }

  it("holds for every run that ends in the period, and says so in two sentences and for machines", async () => {
    const [claim] = await claimsOf(large)
    assert.match(
      claim?.sentence ?? "",
      /^All runs \(model "llama", metered at the node\) that ended after 2027-01-15T08:00:00Z and not after 2027-01-15T08:17:00Z, among the 37 anchored before/,
    )
    assert.match(
      claim?.sentence ?? "",
      /took, uncertainty added, at most 0\.0505 J per token \(energy graded measured or better, work declared or better, metered live; 0 unopened, 1 void\)\.$/,
    )
    assert.match(
      claim?.completeness ?? "",
      /^Metered for at least 0\.01181 device-days of 0\.01181 device-days expected \(none missing\); blind for at most 0 % of the metered time; 1 void and 0 unopened of 37 runs; at most 0 runs before which the books were broken; 1 device at this boundary/,
    )
    assert.match(claim?.limits ?? "", /^It does not speak of operators' other addresses/)
    assert.equal(claim?.block?.number, world.finalNumber)
    assert.ok((claim?.block?.timestamp ?? 0) >= AS_OF)
    const { scope, coverage, bound } = claim ?? {}
    assert.deepEqual([scope?.runs, scope?.voids, scope?.unopened], [37n, 1, 0])
    assert.deepEqual([bound?.lo, bound?.hi], [0n, 50_500n])
    assert.deepEqual([coverage?.expectedMs, coverage?.meteredMs, coverage?.unproven], [1_020_000n, 1_020_000n, 0n])
  })

  it("has as many numbers of one tally as were proved of it, among them its share of the ledger", async () => {
    const both = await bounded(await bounded(small, { metric: "energy", atMost: "303 J" }), {
      ...{ metric: "ledger-share", atMost: "75", atLeast: "75" },
    })
    assert.equal(both.document.tallies.length, 1)
    const claims = await claimsOf(both.document, lenient(both.document))
    assert.match(claims[0]?.sentence ?? "", /at most 303 J /)
    assert.match(claims[1]?.sentence ?? "", /took a share of all energy of exactly 75 %/)
  })

  it("says what time is missing, and is not accepted where it is more than the policy allows", async () => {
    const { document } = await bounded(small, { metric: "energy", atMost: "303 J" })
    await unaccepted(document, "TIME_MISSING", policyFor(document))
    const [claim] = await claimsOf(document, lenient(document, { missingPercent: 50 }))
    assert.match(
      claim?.completeness ?? "",
      /of 0\.02361 device-days expected \(0\.01181 device-days missing, as if 1 device were off\)/,
    )
    await unaccepted(document, "TIME_MISSING", lenient(document, { missingPercent: 49 }))
  })

  it("expects of devices what the registry itself expects", async () => {
    for (const [{ id }, file, seconds] of [
      [world.large, tally, 1_020n],
      [world.small, small, 2_040n],
    ] as const) {
      const { document } = await bounded(file, { metric: "runs", atLeast: "1" })
      const [claim] = await claimsOf(document, lenient(document))
      const args = [id, 2, BigInt(FROM), BigInt(TO), 0n, 10n]
      const read = {
        abi: artifactOf("AnchorRegistry").abi,
        address: world.registry,
        functionName: "expectedTime",
        args,
      }
      assert.equal(await world.chain.client.readContract(read), seconds)
      assert.equal(claim?.coverage?.expectedMs, seconds * 1000n)
    }
  })

  it("is undetermined where the time of a device is not proved, and says so where the policy does not ask", async () => {
    const { document } = await bounded(small, { metric: "energy", atMost: "303 J" })
    const { id, voucher } = world.small
    const missing = [memberSlot(id, 1n), ...deviceSlots(world.mute.id).slice(1), vouchSlots(world.mute.id, voucher)[0]]
    for (const slot of missing) {
      const lacking = withState(document, ({ slots }) => ({ slots: slots.filter(({ key }) => key !== slot) }))
      const { verdict } = await verify(lacking)
      assert.equal(verdict.status === "undetermined" && verdict.code, "PROOF_ABSENT", slot)
      const [claim] = await claimsOf(lacking, lenient(lacking))
      assert.match(
        claim?.completeness ?? "",
        /how many were expected is not known, for the document proves nothing of 1 device/,
      )
    }
  })

  it("lists the devices that were silent before the period's end, and void runs", async () => {
    assert.deepEqual(
      (await verify(large)).findings.map(({ code, detail }) => [code, detail]),
      [
        ["RUNS_VOID", "1 of 37 runs"],
        ["SHARE_UNSTATED", "no bound of ledger-share"],
      ],
    )
    const { document } = await bounded(small, { metric: "energy", atMost: "303 J" })
    assert.deepEqual(
      (await verify(document)).findings.map(({ code, device, ledger }) => [code, device, ledger]),
      [...[world.b, world.mute].map(({ id }) => ["DEVICE_SILENT", id, world.small.id]), ["SHARE_UNSTATED", null, null]],
    )
    assert.deepEqual((await verify(withSegment(large, { voids: 2 }))).findings, [])
  })

  it("joins disjoint ledgers, and its sum is the one that was proved", async () => {
    const joined = await createJoin({ files: [small, tally], keys: KEYS, pool: world.pool })
    const { document } = await bounded(joined, { metric: "energy", atMost: "3333 J" })
    assert.deepEqual(
      document.tallies.map(({ kind }) => kind),
      ["period", "period", "join"],
    )
    const [claim] = await claimsOf(document, lenient(document))
    assert.match(claim?.sentence ?? "", /among the 39 anchored before .* in 2 ledgers of operator/)
    assert.deepEqual([claim?.coverage?.meteredMs, claim?.block?.number], [2_040_000n, world.finalNumber])
    const last = document.tallies[2]
    if (last?.kind !== "join") throw new Error("no join")
    const withJoin = (change: Partial<typeof last>) => ({
      ...document,
      tallies: [...document.tallies.slice(0, 2), { ...last, ...change }],
    })
    await refused(withJoin({ parts: [0, 0] }), "CLAIM_PARTS_MISMATCH", lenient(document))
    await refused(withJoin({ parts: [1, 0] }), "CLAIM_PARTS_MISMATCH", lenient(document))
    await refused(withJoin({ parts: [0, 2] }), "CLAIM_PARTS_MISMATCH", lenient(document))
    await refused(withJoin({ accumulator: word(7n) }), "CLAIM_PROOF_INVALID", lenient(document))
  })

  it("divides what was chosen of one tally by what was chosen of another", async () => {
    const ratio = { metric: "ratio", numerator: ["energyMillijoules"], denominator: ["energyMillijoules"] }
    const { document } = await bounded(small, { ...ratio, atMost: "0.1", atLeast: "0.1" }, tally)
    const [claim] = await claimsOf(document, lenient(document))
    assert.match(
      claim?.sentence ?? "",
      /had a quotient of exactly 0\.1 \(energyMillijoules over energyMillijoules of all runs/,
    )
    await refused(withBound(document, { tally: 1, over: 0 }), "CLAIM_PROOF_INVALID", lenient(document))
    await refused(withBound(document, { metric: "energy" }), "CLAIM_METRIC_MISMATCH", lenient(document))
    await refused(withBound(document, { over: 5 }), "CLAIM_METRIC_MISMATCH", lenient(document))
  })

  it("stays undetermined without proofs of its ends, or with a block that nobody trusts", async () => {
    const bare = withTally(large, (item) => ({
      ...item,
      ledgers: item.ledgers.map(({ state: _, ...ledger }) => ledger),
    }))
    assert.deepEqual((await verify(bare)).verdict.status, "undetermined")
    const policy = policyFor(large)
    const blind = { ...policy, chains: policy.chains.map((chain) => ({ ...chain, trustedBlocks: [] })) }
    const { verdict } = await verify(large, blind)
    assert.equal(verdict.status === "undetermined" && verdict.code, "TRUST_ROOT_MISSING")
  })

  it("is refused when a segment is dropped, repeated or of another ledger", async () => {
    await refused(
      withSegments(large, () => []),
      "CLAIM_SEGMENTS_BROKEN",
    )
    await refused(
      withSegments(large, (all) => [...all, ...all]),
      "CLAIM_SEGMENTS_BROKEN",
    )
    await refused(
      withSegments(large, () => [segmentOf(small.document)]),
      "CLAIM_SEGMENTS_BROKEN",
    )
    const { headFrom, headTo, cFrom, cTo, length } = segmentOf(large)
    const fitted = { ...segmentOf(small.document), headFrom, headTo, cFrom, cTo, length }
    await refused(withSegment(large, fitted), "CLAIM_PROOF_INVALID")
  })

  it("is refused when its times are others than were proved", async () => {
    const refusedAt = (change: Partial<PeriodTally>, code: RejectCode) =>
      refused(
        withTally(large, (item) => ({ ...item, ...change })),
        code,
      )
    for (const change of [{ from: FROM + 1 }, { to: TO - 1 }, { from: FROM - 1 }, { from: FROM + 400 }])
      await refusedAt(change, "CLAIM_PROOF_INVALID")
    for (const change of [{ asOf: AS_OF + 10_000 }, { asOf: TO }, { asOf: TO + 1 }, { from: TO }])
      await refusedAt(change, "CLAIM_PERIOD_MISMATCH")
  })

  it("is refused when the storage proof is of another block, slot or contract", async () => {
    const other = tallyOf(small.document).ledgers[0]?.state
    const changes: Parameters<typeof withState>[1][] = [
      ({ slots }) => ({ slots: slots.slice(1) }),
      ({ slots }) => ({ slots: slots.map((slot, i) => ({ ...slot, nodes: slots[i ^ 1]?.nodes ?? [] })) }),
      ({ account }) => ({ account: account.slice(0, -1) }),
      () => ({ slots: other?.slots ?? [] }),
    ]
    for (const change of changes) await refused(withState(large, change), "STATE_PROOF_INVALID")
  })

  it("is refused when a filter or condition is another than was proved", async () => {
    const withFilters = (filters: Partial<PeriodTally["filters"]>) =>
      withTally(large, (item) => ({ ...item, filters: { ...item.filters, ...filters } }))
    const withConditions = (conditions: Partial<PeriodTally["conditions"]>) =>
      withTally(large, (item) => ({ ...item, conditions: { ...item.conditions, ...conditions } }))
    for (const filters of [
      { model: "other" },
      { model: null },
      { model: "" },
      { unit: "sample" },
      { zone: "DE" },
      { zone: "" },
      { site: "" },
      { party: "x" },
      { boundary: "rack" },
    ] as const)
      await refused(withFilters(filters), "CLAIM_PROOF_INVALID")
    await refused(withConditions({ energyGrade: "calibrated" }), "CLAIM_PROOF_INVALID")
    await refused(withConditions({ workGrade: "measured" }), "CLAIM_PROOF_INVALID")
    await refused(withConditions({ required: ["idle"] }), "CLAIM_PROOF_INVALID")
    await unaccepted(withConditions({ origin: "recorded" }), "ORIGIN_NOT_ACCEPTED")
    await refused(withFilters({ unit: null }), "CLAIM_METRIC_MISMATCH")
    await refused(withFilters({ unit: "" }), "CLAIM_METRIC_MISMATCH")
  })

  it("is refused when the chain of accumulators is broken", async () => {
    const { cTo } = segmentOf(large)
    await refused(withSegment(large, { cFrom: cTo }), "CLAIM_SEGMENTS_BROKEN")
    await refused(withSegment(large, { cTo: word(7n) }), "CLAIM_PROOF_INVALID")
  })

  it("is refused with another verification key, and with development keys unless they are allowed", async () => {
    const { keys } = large
    const { bound, fold } = keys
    if (!fold || !bound) throw new Error("no key")
    await unaccepted({ ...large, keys: { ...keys, bound: { ...bound, delta: bound.gamma } } }, "CLAIM_KEY_NOT_ACCEPTED")
    await refused({ ...large, keys: { bound: fold, fold: bound } }, "CLAIM_PROOF_INVALID")
    await unaccepted(large, "CLAIM_KEY_NOT_ACCEPTED", lenient(large, { developmentKeys: false }))
    await refused({ ...large, keys: { bound } }, "FIELD_MISSING")
  })

  it("is refused when bounds or metric are others than were proved", async () => {
    await refused(withBound(large, { hi: 50_499n }), "CLAIM_PROOF_INVALID")
    await refused(withBound(large, { lo: 1n }), "CLAIM_SOURCE_MISSING")
    await refused(withBound(large, { metric: "energy-per-accepted" }), "CLAIM_PROOF_INVALID")
    await refused(withBound(large, { metric: "idle-tax" }), "CLAIM_SOURCE_MISSING")
    await refused(withBound(large, { metric: "ratio" }), "CLAIM_METRIC_MISMATCH")
    await refused(withBound(large, { lo: 50_501n }), "CLAIM_METRIC_MISMATCH")
  })

  it("is refused when metered, blind or broken are others than were proved", async () => {
    const withClosing = (change: Partial<PeriodTally["closing"]>) =>
      withTally(large, (item) => ({ ...item, closing: { ...item.closing, ...change } }))
    await refused(withClosing({ meteredAtLeast: 1_020_001n }), "CLAIM_PROOF_INVALID")
    await refused(withClosing({ blindAtMost: 1n }), "CLAIM_PROOF_INVALID")
    await refused(withClosing({ brokenAtMost: 1n }), "CLAIM_PROOF_INVALID")
    const { proofs } = tallyOf(large).closing
    await refused(withClosing({ proofs: proofs.toReversed() }), "CLAIM_PROOF_INVALID")
  })

  it("is refused with public signals swapped, or with one beyond the field's order", async () => {
    const { headFrom, headTo, cFrom, cTo } = segmentOf(large)
    await refused(withSegment(large, { headFrom: headTo, headTo: headFrom }), "CLAIM_SEGMENTS_BROKEN")
    await refused(withSegment(large, { cFrom: cTo, cTo: cFrom }), "CLAIM_SEGMENTS_BROKEN")
    await refused(withSegment(large, { cTo: word(BigInt(cTo) + FIELD_ORDER) }), "NUMBER_OUT_OF_RANGE")
    await refused(withBound(large, { hi: 50_500n + FIELD_ORDER }), "NUMBER_OUT_OF_RANGE")
  })

  it("is refused when unopened runs are hidden, void ones denied, or more is left closed than the policy allows", async () => {
    await refused(withSegment(large, { voids: 0 }), "CLAIM_PROOF_INVALID")
    await refused(withSegment(large, { voids: 0, unopened: 1 }), "CLAIM_UNOPENED")
    const closed = (await proveTally([world.small.id], {}, `${world.archive}/none`)).document
    const policy = lenient(closed, { unopenedRuns: 2, missingPercent: 100 })
    assert.equal((await verify(closed, policy)).verdict.status, "valid")
    await refused(closed, "CLAIM_UNOPENED")
    await refused(withSegment(closed, { unopened: 0 }), "CLAIM_PROOF_INVALID", policy)
  })

  it("is refused over ledgers that the policy does not expect, repeats or misses", async () => {
    const policy = policyFor(large)
    await unaccepted(large, "VOUCHER_NOT_ACCEPTED", { ...policy, vouchers: [world.small.voucher] })
    const { operator } = world.large
    const expected = [world.large, world.small].map(({ voucher }) => ({ operator, voucher }))
    await refused(large, "CLAIM_LEDGER_MISSING", { ...policy, ledgers: expected })
    const others = [{ ...world.large, operator: toHex(new Uint8Array(20)) }]
    await unaccepted(large, "LEDGER_NOT_ACCEPTED", { ...policy, ledgers: others })
    const twice = withTally(large, (item) => ({
      ...item,
      ledgers: [...item.ledgers, ...item.ledgers.map((ledger) => ({ ...ledger, segments: [], asOf: ledger.from }))],
    }))
    await refused(twice, "CLAIM_LEDGERS_UNORDERED")
    const withoutRegistry = policy.chains.map((chain) => ({ ...chain, registries: [] }))
    await unaccepted(large, "REGISTRY_NOT_ACCEPTED", { ...policy, chains: withoutRegistry })
    await unaccepted(large, "CHAIN_NOT_ACCEPTED", { ...policy, chains: [] })
  })

  it("is not accepted when its grades are worse, or its sensors and beacons less shown, than the policy asks", async () => {
    const policy = policyFor(large)
    await unaccepted(large, "GRADE_NOT_ACCEPTED", { ...policy, grades: { energy: "calibrated", work: "simulated" } })
    await unaccepted(large, "GRADE_NOT_ACCEPTED", { ...policy, grades: { energy: "simulated", work: "measured" } })
    await unaccepted(large, "INVENTORY_NOT_SHOWN", { ...policy, books: { ...policy.books, inventory: true } })
    await unaccepted(large, "BEACONS_NOT_SHOWN", { ...policy, books: { ...policy.books, beacons: true } })
  })

  it("is suspect once a voucher's withdrawal voids an anchor that was folded, and only then", async () => {
    const stateAfter = async (since: number) => {
      await world.large.withdraw(world.a, since)
      await world.chain.client.mine({ blocks: 3 })
      const reader = await openLedgerReader(world.chain.url, world.registry)
      const { state } = await reader.period(world.large.id, { from: FROM, to: TO }, AS_OF, 1)
      return withState(large, () => state)
    }
    const after = await verify(await stateAfter(AS_OF))
    assert.notEqual(after.verdict.status === "invalid" && after.verdict.code, "CLAIM_SUSPECT")
    await refused(await stateAfter(AS_OF - 1), "CLAIM_SUSPECT")
  })
})
