import assert from "node:assert/strict"
import {
  type Coverage,
  claimSentence,
  coverageSentence,
  type Filters,
  joinScopes,
  ledgerIdOf,
  METRICS,
  type MetricName,
  missingMs,
  NO_UPPER_BOUND,
  type Owner,
  type Scope,
  shareSentence,
} from "@wattest/protocol"

const account = `0x${"11".repeat(20)}` as const
const other = `0x${"22".repeat(20)}` as const

const scopeWith = (filters: Partial<Filters>, more: Partial<Scope> = {}): Scope => ({
  ...{ chainId: 1, registry: account, owners: [{ operator: account, voucher: account }] },
  filters: { model: "llama", unit: "token", zone: null, site: null, party: null, boundary: "node", ...filters },
  conditions: { energyGrade: "measured", workGrade: "declared", origin: "live", required: [] },
  ...{ from: 0, to: 86_400, asOf: 90_000, runs: 7n, unopened: 0, voids: 0 },
  ...more,
})
const say = (metric: MetricName, scope: Scope, bounds = { lo: 0n, hi: 1_000_000n }) =>
  claimSentence({ metric, measure: METRICS[metric], ...bounds }, scope)

describe("the sentence of a claim", () => {
  it("says which runs, when, of whom, what, and under which conditions", () => {
    assert.equal(
      say("energy-per-work", scopeWith({}, { voids: 1 })),
      `All runs (model "llama", metered at the node) that ended after 1970-01-01T00:00:00Z and not after 1970-01-02T00:00:00Z, among the 7 anchored before 1970-01-02T01:00:00Z in 1 ledger of operator ${account} (vouched for by ${account}) on chain 1, took, uncertainty added, at most 1 J per token (energy graded measured or better, work declared or better, metered live; 0 unopened, 1 void).`,
    )
  })

  it("tells runs without a label from runs with any", () => {
    assert.match(
      say("energy", scopeWith({ model: "" })),
      /^All runs \(no model, metered at the node, in any unit of work\)/,
    )
    assert.match(say("energy", scopeWith({ model: null })), /^All runs \(metered at the node, in any unit of work\)/)
  })

  it("says what was required of the runs, and that recorded ones are in", () => {
    const conditions = {
      energyGrade: "declared",
      workGrade: "declared",
      origin: "recorded",
      required: ["idle"],
    } as const
    const sentence = say("idle-tax", scopeWith({}, { conditions }))
    assert.match(sentence, /metered live or recorded elsewhere, each with idle; 0 unopened/)
  })

  it("says each kind of bound", () => {
    const scope = scopeWith({})
    assert.match(say("energy", scope, { lo: 5n, hi: 5n }), /exactly 0\.005 J /)
    assert.match(say("energy", scope, { lo: 5n, hi: NO_UPPER_BOUND }), /at least 0\.005 J /)
    assert.match(say("energy", scope, { lo: 1n, hi: 5n }), /between 0\.001 J and 0\.005 J /)
    assert.match(say("energy", scope, { lo: 0n, hi: NO_UPPER_BOUND }), /some amount /)
  })

  it("quotes a unit that would go on with the sentence", () => {
    const forged = "token (energy graded calibrated or better). Nothing was left out: 1 J per token"
    for (const metric of ["energy-per-work", "energy-per-accepted", "work"] as const)
      assert.ok(say(metric, scopeWith({ unit: forged })).includes(JSON.stringify(forged)), metric)
    assert.ok(say("work", scopeWith({ unit: 'a" and "b' })).includes('"a\\" and \\"b"'))
  })

  it("says of a ratio what it divides, and of which other runs where its divisor is theirs", () => {
    const measure = { ...METRICS.ratio, numerator: ["energyMillijoules"], denominator: ["itMillijoules"] } as const
    const [scope, over] = [scopeWith({}), scopeWith({ model: null })]
    const ratio = (other?: Scope) => claimSentence({ metric: "ratio", measure, lo: 1n, hi: 2n }, scope, other)
    assert.ok(ratio().includes(" (energyMillijoules over itMillijoules) ("))
    assert.equal(ratio(scope), ratio())
    assert.match(
      ratio(over),
      / \(energyMillijoules over itMillijoules of all runs \(.*\) that ended after .*\) \(energy /,
    )
  })

  it("names the scripts of labels that are not Latin", () => {
    const sentence = say("work", scopeWith({ unit: "t\u043eken", model: "ll\u0430ma" }))
    assert.ok(sentence.includes('model "ll\u0430ma" (letters of Latin and Cyrillic)'))
    assert.ok(sentence.includes("t\u043eken (letters of Latin and Cyrillic)"))
    assert.doesNotMatch(say("work", scopeWith({})), /letters of/)
  })

  it("shows characters that steer a terminal or turn the direction of writing", () => {
    const sentence = say("work", scopeWith({ unit: "token\u001b[2J\n\u202e", model: "llama\u009b2J" }))
    assert.doesNotMatch(sentence, /[\p{Cc}\u202e]/u)
    assert.match(sentence, /u\{9b\}2J/)
  })
})

describe("the sentence of a tally's coverage", () => {
  const coverage: Coverage = {
    ...{ expectedMs: 2n * 86_400_000n, meteredMs: 86_400_000n, blindPpm: 1_000n, broken: 2n },
    ...{ devices: 2, joined: 1, retired: 0, withdrawn: 1, neverEnrolled: 3n, unproven: 0n },
  }
  const day = scopeWith({}, { unopened: 1, voids: 2 })

  it("says what is missing in time and as a number of devices, and what became of the devices", () => {
    assert.equal(
      coverageSentence(coverage, day),
      `Metered for at least 1 device-day of 2 device-days expected (1 device-day missing, as if 1 device were off); blind for at most 0.1 % of the metered time; 2 void and 1 unopened of 7 runs; at most 2 runs before which the books were broken; 2 devices at this boundary, of which 1 joined, 0 retired and 1 were withdrawn in the period; 3 devices vouched for and never enrolled; all of it on the word of ${account}.`,
    )
  })

  it("says that nothing is missing where more was metered than expected, and what it does not know", () => {
    assert.match(coverageSentence({ ...coverage, expectedMs: 5n }, day), /\(none missing\)/)
    assert.equal(missingMs({ ...coverage, expectedMs: 5n }), 0n)
    const unknown = coverageSentence({ ...coverage, expectedMs: null, unproven: 4n }, day)
    assert.match(unknown, /how many were expected is not known, for the document proves nothing of 4 devices/)
  })
})

describe("the sentence of a share", () => {
  it("stands beside numbers of runs with labels alone", () => {
    const share = { lo: 100_000n, hi: 250_000n }
    const say = (filters: Partial<Filters>, given: typeof share | null = share) =>
      shareSentence(scopeWith({ model: null, ...filters }), given)
    for (const label of ["model", "zone", "site", "party"] as const)
      assert.equal(
        say({ [label]: "x" }),
        "These runs took at least 10 % and at most 25 % of all energy at this boundary.",
      )
    assert.equal(
      say({ model: "" }, { lo: 5n, hi: NO_UPPER_BOUND }),
      "These runs took at least 0.0005 % of all energy at this boundary.",
    )
    assert.match(say({ party: "x" }, null) ?? "", /is not shown/)
    assert.equal(say({}, null), null)
    assert.equal(shareSentence({ ...scopeWith({}), asOf: null }, null), null)
  })
})

describe("tallies together", () => {
  const january = scopeWith({}, { from: 0, to: 10, asOf: 11, runs: 3n, unopened: 1, voids: 2 })
  const february = scopeWith({}, { from: 10, to: 20, asOf: 25, runs: 4n })
  // The ledger of the second voucher has the lower id
  const elsewhere = { ...january, owners: [{ operator: account, voucher: other }] }
  const mismatch = { code: "CLAIM_PARTS_MISMATCH" }
  const idOf = ({ owners: [owner] }: Scope) => ledgerIdOf(owner?.operator ?? "0x", owner?.voucher ?? "0x")

  it("are of adjoining periods, as of the last", () => {
    const sum = joinScopes([january, february], "a")
    assert.deepEqual([sum.from, sum.to, sum.asOf, sum.runs, sum.unopened, sum.voids], [0, 20, 25, 7n, 1, 2])
  })

  it("are of disjoint ledgers in ascending order", () => {
    const orders = [
      [january, elsewhere],
      [elsewhere, january],
    ].map((parts) => {
      try {
        return joinScopes(parts, "a").owners.length
      } catch (error) {
        return (error as { code: string }).code
      }
    })
    assert.deepEqual(orders.sort(), [2, "CLAIM_PARTS_MISMATCH"])
  })

  it("are of ledgers that follow all of those before, in one period, of one operator and of at most 64", () => {
    const voucherOf = (i: number) => `0x${i.toString(16).padStart(40, "0")}` as const
    const ascending = Array.from({ length: 65 }, (_, i) => ({ operator: account, voucher: voucherOf(i + 1) })).toSorted(
      (a, b) => (ledgerIdOf(a.operator, a.voucher) < ledgerIdOf(b.operator, b.voucher) ? -1 : 1),
    )
    const of = (...owners: Scope["owners"]): Scope => ({ ...january, owners })
    const [low, middle, high] = ascending as [Owner, Owner, Owner]
    assert.deepEqual(joinScopes([of(low), of(middle), of(high)], "a").owners, [low, middle, high])
    assert.throws(() => joinScopes([of(low), of(high), of(middle)], "a"), mismatch)
    assert.throws(() => joinScopes([of(low, high), of(middle)], "a"), mismatch)
    assert.throws(() => joinScopes([of(low), of(low)], "a"), mismatch)
    assert.equal(joinScopes([of(...ascending.slice(0, 63)), of(...ascending.slice(63, 64))], "a").owners.length, 64)
    assert.throws(() => joinScopes([of(...ascending.slice(0, 63)), of(...ascending.slice(63))], "a"), mismatch)
  })

  it("are as of the latest where their ledgers differ", () => {
    const [first, second] = [january, elsewhere].toSorted((a, b) => (idOf(a) < idOf(b) ? -1 : 1)) as [Scope, Scope]
    for (const [one, two] of [
      [25, 26],
      [26, 25],
    ])
      assert.equal(
        joinScopes(
          [
            { ...first, asOf: one ?? 0 },
            { ...second, asOf: two ?? 0 },
          ],
          "a",
        ).asOf,
        26,
      )
  })

  it("are nothing else", () => {
    const refused: readonly (readonly Scope[])[] = [
      [january],
      [january, january],
      [february, january],
      [january, { ...february, from: 11 }],
      [january, { ...february, from: 9 }],
      [january, { ...february, owners: elsewhere.owners }],
      [january, { ...february, filters: { ...february.filters, model: null } }],
      [january, { ...february, conditions: { ...february.conditions, origin: "recorded" } }],
      [january, { ...february, chainId: 2 }],
      [january, { ...february, asOf: null }],
      [january, { ...january, owners: [{ operator: other, voucher: other }] }],
    ]
    for (const parts of refused) assert.throws(() => joinScopes(parts, "a"), mismatch)
  })
})
