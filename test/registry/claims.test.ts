import assert from "node:assert/strict"
import { claims, describeClaim, describeClaims } from "../../registry/src/commands/claims.ts"

const OPERATOR = `0x${"11".repeat(20)}` as const

const TALLY = {
  terms: {
    ...{ vouchers: [], from: 0n, to: 1n, asOf: 2n },
    ...{ filters: { asked: 0, boundary: 1 }, conditions: { energyGrade: 0, workGrade: 0, origin: 0, required: 0 } },
  },
  bounds: [],
}

const STATE = { openedAt: 1n, closedAt: 0n, runs: 7n, parts: [], unopened: 2, voids: 1, suspect: false }

/** A node that answers so many tallies at once and fails with `fault` where it is asked for more; `asked` notes all. */
function nodeOf(count: number, most: number, fault: Error) {
  const asked: (readonly [bigint, bigint])[] = []
  const readContract = async ({ functionName, args }: { functionName: string; args: readonly bigint[] }) => {
    if (functionName === "tallyCount") return BigInt(count)
    const [, offset = 0n, limit = 0n] = args
    asked.push([offset, limit])
    if (limit > BigInt(most)) throw fault
    return Array.from({ length: Math.max(0, Math.min(count - Number(offset), Number(limit))) }, () => TALLY)
  }
  return { asked, target: { client: { readContract }, address: OPERATOR } as never }
}

describe("an operator's tallies", () => {
  const busy = new Error("the response is too large")

  it("are asked of the node fewer at a time where it cannot answer as many, and none is left out", async () => {
    const { asked, target } = nodeOf(20, 5, busy)
    const found = await claims(target, OPERATOR)
    assert.deepEqual(
      found.map(({ number }) => number),
      Array.from({ length: 20 }, (_, i) => i),
    )
    assert.deepEqual(asked.slice(0, 4), [
      [0n, 16n],
      [0n, 8n],
      [0n, 4n],
      [4n, 16n],
    ])
  })

  it("are not asked for again where the contract refuses, or one alone is too many", async () => {
    const refusing = nodeOf(20, 0, new Error("execution reverted"))
    await assert.rejects(claims(refusing.target, OPERATOR), /reverted/)
    assert.equal(refusing.asked.length, 1)
    const silent = nodeOf(20, 0, busy)
    await assert.rejects(claims(silent.target, OPERATOR), busy)
    assert.deepEqual(silent.asked.at(-1), [0n, 1n])
  })

  it("are refused of a node that shows fewer than it counts", async () => {
    const { target } = nodeOf(2, 16, busy)
    const lying = {
      ...(target as object),
      client: {
        readContract: async ({ functionName }: { functionName: string }) => (functionName === "tallyCount" ? 2n : []),
      },
    }
    await assert.rejects(claims(lying as never, OPERATOR), /counts 2 tallies and shows 0/)
  })

  it("are told to people with the vouchers of their ledgers; an open one says nothing yet", async () => {
    const vouchers = [`0x${"Ab".repeat(20)}`, `0x${"cd".repeat(20)}`]
    const closing = { meteredAtLeast: 86_400_000n, blindAtMost: 500_000n, brokenAtMost: 1n }
    const told = async (change: object) => {
      const tally = { ...TALLY, terms: { ...TALLY.terms, vouchers }, ...STATE, closing, ...change }
      const readContract = async ({ functionName }: { functionName: string }) =>
        functionName === "tallyCount" ? 1n : [tally]
      const [claim] = await claims({ client: { readContract }, address: OPERATOR } as never, OPERATOR)
      return describeClaim(claim ?? assert.fail())
    }
    const known = [
      "  vouched for by  0xabababababababababababababababababababab, 0xcdcdcdcdcdcdcdcdcdcdcdcdcdcdcdcdcdcdcdcd\n",
      "  folded          7 runs of 2 ledgers: 2 not looked into, 1 lost\n",
    ]
    const proved = ["at least 1 device-day\n", "at most 50 %\n", "at most 1 run\n"]
    const [open, closed] = [await told({}), await told({ closedAt: 2n })]
    assert.match(closed, /^tally 0 {11}proved 1970-01-01T00:00:02Z\n/)
    for (const line of [...known, ...proved]) assert.ok(closed.includes(line), `${line}${closed}`)
    const bound = { metric: 0, numeratorMask: 0, denominatorMask: 0, strict: true, denominator: 0, lo: 0n, hi: 7000n }
    const bounds = [bound, { ...bound, strict: false, denominator: 3 }]
    const filters = { model: "llama", unit: "", zone: "", site: "", party: "", asked: 1, boundary: 2 }
    const conditions = { ...TALLY.terms.conditions, workGrade: 4, origin: 1 }
    const terms = { ...{ vouchers, from: 60n, to: 120n, asOf: 180n }, filters, conditions }
    const whole = await told({ terms, closedAt: 2n, bounds, parts: [4n, 5n], suspect: true })
    assert.deepEqual(whole.split("\n"), [
      "tally 0           proved 1970-01-01T00:00:02Z",
      "  bound           energy at most 7 J",
      "  bound           energy over tally 3 at most 7 J (or no run counts at all)",
      '  runs            all with model "llama", metered at the node, in any unit of work',
      "  ended           after 1970-01-01T00:01:00Z and not after 1970-01-01T00:02:00Z, anchored before 1970-01-01T00:03:00Z",
      ...proved.map((line, i) => `  ${["metered", "blind", "broken"][i]?.padEnd(16)}${line.trim()}`),
      ...known.slice(0, 1).map((line) => line.trimEnd()),
      "  conditions      energy calibrated or better, work declared or better, live or recorded",
      ...known.slice(1).map((line) => line.trimEnd()),
      "  joins           tallies 4, 5",
      "  suspect         yes: a voucher's withdrawal voids anchors that were folded",
      "",
    ])
    assert.ok(closed.endsWith("  suspect         no\n"))
    assert.equal(describeClaims([]), "no claims\n")
    assert.match(open, /^tally 0 {11}open since 1970-01-01T00:00:01Z: it says nothing\n/)
    for (const line of known) assert.ok(open.includes(line), `${line}${open}`)
    for (const line of proved) assert.ok(!open.includes(line), `${line}${open}`)
  })

  it("are none of an operator who has none, and nothing is listed", async () => {
    const { asked, target } = nodeOf(0, 16, busy)
    assert.deepEqual([await claims(target, OPERATOR), asked], [[], []])
  })
})
