import assert from "node:assert/strict"
import { ANCHORS_ABI } from "@wattest/chain"
import type { Hex } from "@wattest/protocol"
import { type BooksStory, START, tellBooks } from "@wattest/testkit/index/story"
import { MOST_OVERLAPS } from "../../index/src/store/refresh-tallies.ts"
import type { BoundRow, TallyRow, WithdrawalRow } from "../../index/src/store/schema.ts"
import { cursorOf, take } from "../../index/src/store/take.ts"
import { eventsOf, writeEvents } from "../../index/src/watch/events.ts"
import { createDeliveries } from "../../index/src/watch/hooks.ts"
import { openBooks } from "./books.ts"
import { SECRET, startReceiver } from "./receiver.ts"

const [NODE, ALL] = [2, 1_000n]

/** Times around everything that the story's devices did after they joined: `b` ends at START + 30, `c` retires. */
const EDGES = [-20_000, -9_990, 0, 29, 30, 31, 59, 60, 120, 180, 600, 1200].map((offset) => START + offset)
const AS_OF = [START + 1, START + 120, START + 5000]

describe("what an index says of claims", function () {
  this.timeout(120_000)
  let story: BooksStory
  let books: Awaited<ReturnType<typeof openBooks>>
  let receiver: Awaited<ReturnType<typeof startReceiver>>

  before(async () => {
    story = await tellBooks()
    receiver = await startReceiver()
    books = await openBooks(story, [story.chain.url])
    await books.indexer.look()
  })
  after(async () => {
    await books.close()
    await receiver.stop()
    await story.stop()
  })

  const closed = (number: number, more: Partial<TallyRow> = {}): TallyRow => ({
    ...{ operator: story.first.operator, number, vouchers: `${story.first.voucher} ${story.other.voucher}`, parts: "" },
    ...{ opens: START, ends: START + 600, as_of: START + 700, boundary: "node", required: "", origin: "any" },
    ...{ model: null, unit: null, zone: null, site: null, party: null, energy_grade: "metered", work_grade: "metered" },
    ...{
      runs: 5,
      unopened: 0,
      voids: 0,
      closed: START + 900,
      metered_at_least: 0,
      blind_at_most: 0,
      broken_at_most: 0,
    },
    ...{ expected: null, behind: null, suspect: 0, block: 1, log: number, time: START },
    ...more,
  })
  const bound = (number: number, lo: string, hi: string): BoundRow => ({
    ...{ operator: story.first.operator, number, place: 0, metric: "energy", unit: "mJ", lo, hi },
    ...{ denominator: number, strict: 0, sentence: "" },
  })

  /** Takes what a block changed of tallies, as the indexer does. */
  async function takeClaims(
    tallies: readonly TallyRow[],
    bounds: readonly BoundRow[] = [],
    withdrawals: readonly WithdrawalRow[] = [],
  ): Promise<void> {
    const after = (await cursorOf(books.db))?.number ?? 0
    const end = { number: after + 1, hash: `0x${"ab".repeat(32)}` as Hex }
    const blocks = [{ ...end, time: START + 5000 }]
    const none = { vouches: [], enrolments: [], anchors: [], retirements: [] }
    const isTaken = await take(
      books.db,
      { ...none, blocks, tallies, bounds, withdrawals },
      { after, end },
      (trx, taken) => writeEvents(trx, eventsOf([], taken), { number: end.number, time: START + 5000 }),
    )
    assert.ok(isTaken)
  }

  it("counts expected time and devices behind as the contract does, over every period", async () => {
    const joined = await books.db.kysely.selectFrom("devices").select("enrolled").execute()
    const edges = [...new Set([...EDGES, ...joined.map(({ enrolled }) => enrolled)])].sort((a, b) => a - b)
    const periods = edges.flatMap((opens, i) => edges.slice(i + 1).map((ends) => ({ opens, ends })))
    const plans = periods.flatMap((period) => AS_OF.map((as_of) => ({ ...period, as_of })))
    await takeClaims(plans.map((plan, i) => closed(100 + i, plan)))
    const rows = await books.db.kysely.selectFrom("tallies").selectAll().where("number", ">=", 100).execute()
    assert.equal(rows.length, plans.length)
    const ask = (functionName: "expectedTime" | "behind", ledger: Hex, from: readonly bigint[]) =>
      story.chain.client.readContract({
        ...{ address: story.registry, abi: ANCHORS_ABI, functionName },
        args: [ledger, NODE, ...from, 0n, ALL] as never,
      })
    const seen = new Set<string>()
    for (const { opens, ends, as_of, expected, behind } of rows) {
      let [time, count] = [0n, 0]
      for (const { id } of [story.first, story.other]) {
        time += (await ask("expectedTime", id, [opens, ends].map(BigInt))) as bigint
        count += ((await ask("behind", id, [ends, as_of].map(BigInt))) as readonly unknown[]).length
      }
      assert.deepEqual([expected, behind], [Number(time) * 1000, count], `${opens - START} to ${ends - START}`)
      seen.add(`${expected} ${behind}`)
    }
    assert.ok(seen.size > 20, "the periods tell devices apart")
  })

  it("tells a webhook once of a claim that became suspect, and of one that contradicts another", async () => {
    const { operator } = story.first
    const kinds = ["suspect-claim", "contradiction"] as const
    const hooks = [{ url: receiver.url, secret: SECRET, kinds, operator }]
    const deliveries = await createDeliveries({ db: books.db, hooks, nowMs: Date.now })
    const told = async () => {
      while (await deliveries.step());
      return receiver.heard.splice(0).map(({ body }) => JSON.parse(body) as { kind: string; number: number })
    }
    await takeClaims([closed(0), closed(1)], [bound(0, "10", "20"), bound(1, "20", "30")])
    assert.deepEqual(await told(), [], "bounds that meet can both be true")
    await takeClaims([closed(2)], [bound(2, "31", "40")])
    const contradictions = await told()
    assert.deepEqual(
      contradictions.map(({ kind, number }) => [kind, number]),
      [0, 1].map(() => ["contradiction", 2]),
    )
    await takeClaims([closed(1, { suspect: 1 })])
    await takeClaims([closed(1, { suspect: 1 }), closed(2)])
    const suspects = await told()
    assert.deepEqual(
      suspects.map(({ kind, number }) => [kind, number]),
      [["suspect-claim", 1]],
    )
  })

  it("tells of one happening once, and of another in any part of it beside", async () => {
    const one = {
      kind: "silence",
      operator: "0x1",
      ledger: "0x2",
      device: "0x3",
      number: 4,
      detail: { since: 5 },
    } as const
    const others = [
      ...[{ kind: "withdrawal" }, { operator: "0x9" }, { ledger: "0x9" }, { device: "0x9" }, { number: 9 }],
      ...[{ detail: { since: 9 } }, { detail: { place: 5 } }],
    ] as const
    const drafts = [one, ...others.map((other) => ({ ...one, ...other }))]
    const count = async () =>
      (await books.db.kysely.selectFrom("events").select("id").where("operator", "in", ["0x1", "0x9"]).execute()).length
    for (const met of [1, 2]) {
      const place = { number: met, time: START }
      await books.db.kysely.transaction().execute((trx) => writeEvents(trx, drafts, place))
      assert.equal(await count(), drafts.length)
    }
  })

  it("expects less of a tally when a device is withdrawn for a time within it", async () => {
    const { a } = story.devices
    const { operator, voucher } = story.first
    const vouchers = voucher
    const expected = async () =>
      (
        await books.db.kysely
          .selectFrom("tallies")
          .select("expected")
          .where("number", "in", [30_000, 30_001])
          .orderBy("number")
          .execute()
      ).map((row) => row.expected ?? 0)
    await takeClaims([closed(30_000, { vouchers }), closed(30_001, { vouchers: story.other.voucher })])
    const [before = 0, elsewhere] = await expected()
    const withdrawn = { device: a.id, voucher, operator, since: START + 100, time: START + 5000 }
    await takeClaims([], [], [{ ...withdrawn, block: 1, log: 99_999 }])
    assert.deepEqual(await expected(), [before - 500_000, elsewhere])
    // The earliest word of its own voucher counts, in whatever order they come.
    const later = [{ since: START + 50 }, { since: START + 200 }, { since: START, voucher: story.other.voucher }]
    for (const [i, other] of later.entries()) {
      await takeClaims([], [], [{ ...withdrawn, ...other, block: 1, log: 100_000 + i }])
      assert.deepEqual(await expected(), [before - 550_000, elsewhere])
    }
  })

  it("notes so many overlaps of a number and no more, those that contradict it first", async () => {
    const numbers = Array.from({ length: MOST_OVERLAPS + 20 }, (_, i) => 10_000 + i)
    const elsewhere = { model: "alone" }
    const last = numbers.at(-1) ?? 0
    await takeClaims(
      numbers.map((number) => closed(number, elsewhere)),
      numbers.map((number) => (number === last ? bound(number, "10", "20") : bound(number, "21", "30"))),
    )
    await takeClaims([closed(20_000, elsewhere)], [bound(20_000, "21", "30")])
    const rows = await books.db.kysely.selectFrom("claim_overlaps").selectAll().where("number", "=", 20_000).execute()
    assert.equal(rows.length, MOST_OVERLAPS)
    const contradicted = rows.filter(({ contradicts }) => contradicts === 1)
    assert.deepEqual(
      contradicted.map(({ other_number }) => other_number),
      [last],
    )
  })
})
