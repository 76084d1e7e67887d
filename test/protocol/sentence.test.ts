import assert from "node:assert/strict"
import { claimSentence, type PeriodClaim } from "@wattest/protocol"

const account = `0x${"11".repeat(20)}` as const
const head = `0x${"00".repeat(32)}` as const
const proof = { a: [], b: [], c: [] }

const claimed = (metric: PeriodClaim["metric"], unit: string, model = "llama"): PeriodClaim => ({
  ...{ kind: "period", chainId: 1, registry: account, metric, lo: 0n, hi: 1_000_000n, bound: proof, from: 0, to: 1 },
  filters: { model, unit, zone: "", party: "", boundary: "node", energyGrade: "measured", workGrade: "declared" },
  ledgers: [
    {
      ...{ operator: account, voucher: account, segments: [] },
      from: { checkpoints: 0n, head, length: 0n },
      to: { checkpoints: 0n, head, length: 0n },
    },
  ],
})
const say = (claim: PeriodClaim) => claimSentence(claim, { unopened: 0, voids: 0, runs: 0n })

describe("the sentence of a claim", () => {
  it("says a plain unit as it is", () => {
    assert.match(
      say(claimed("energy-per-work", "token")),
      / at most 1 J per token \(energy graded measured or better, /,
    )
    assert.match(say(claimed("work", "kilo_token")), / at most 1000000 kilo_token \(/)
  })

  it("quotes a unit that would go on with the sentence", () => {
    const forged = "token (energy graded calibrated or better). Nothing was left out: 1 J per token"
    for (const metric of ["energy-per-work", "energy-per-accepted", "work"] as const)
      assert.ok(say(claimed(metric, forged)).includes(JSON.stringify(forged)), metric)
    assert.ok(say(claimed("work", 'a" and "b')).includes('"a\\" and \\"b"'))
  })

  it("shows characters that steer a terminal or turn the direction of writing", () => {
    const sentence = say(claimed("work", "token\u001b[2J\n\u202e", "llama\u009b2J"))
    assert.doesNotMatch(sentence, /[\p{Cc}\u202e]/u)
    assert.match(sentence, /u\{9b\}2J/)
  })

  it("says that carbon and water rest on estimates, and of nothing else", () => {
    for (const metric of ["carbon", "carbon-per-work", "water", "water-per-work"] as const)
      assert.match(say(claimed(metric, "token")), /; (carbon|water) estimated at best, /, metric)
    assert.doesNotMatch(say(claimed("energy-per-work", "token")), /estimated/)
  })

  it("says what a zero may mean, so that nothing passes for exactly 0 that nobody measured", () => {
    for (const [metric, caveat] of [
      ["carbon", /exactly 0 kg .*; carbon estimated at best, 0 for a run without a factor; 0 unopened, 0 void\)\.$/],
      ["water", /exactly 0 .*; water estimated at best, 0 for a run without a factor; 0 unopened/],
      ["idle-tax", /exactly 0 % .*; idle is 0 where no occupancy was read; 0 unopened/],
      ["accelerator-share", /exactly 0 % .*; accelerators are 0 where none was read; 0 unopened/],
      ["work", /exactly 0 token .*; work is 0 where nobody counted; 0 unopened/],
    ] as const)
      assert.match(say({ ...claimed(metric, "token"), hi: 0n }), caveat, metric)
    assert.doesNotMatch(say(claimed("energy", "token")), / 0 (for|where)/)
  })
})
