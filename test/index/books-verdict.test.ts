import assert from "node:assert/strict"
import { type Db, openIndex } from "@wattest/index"
import type { Hex } from "@wattest/protocol"
import { POLICY_TEMPLATE } from "@wattest/verifier"
import { objectionTo } from "../../index/src/documents/books-verdict.ts"
import type { Rests } from "../../index/src/documents/judged.ts"

const hex = (digit: string, bytes = 32): Hex => `0x${digit.repeat(2 * bytes)}`
const [DEVICE, LEDGER, ROOT, EVIDENCE, OPERATOR, VOUCHER] = [
  ...[hex("d"), hex("1"), hex("a"), hex("e")],
  ...[hex("7", 20), hex("8", 20)],
] as const
const ANCHORED = 1000
const NOTHING: Rests = { runs: [], tallies: [], vouch: null }

describe("what the books say against a document", () => {
  let db: Db
  before(async () => {
    db = await openIndex({ file: ":memory:" })
    const place = { block: 1, log: 0, time: ANCHORED }
    const owners = { ledger: LEDGER, operator: OPERATOR, voucher: VOUCHER }
    const marks = { retired_runs: null, withdrawn_since: null, ended: null, silent_since: null, told_silent: null }
    const device = { id: DEVICE, ...owners, boundary: "node", enrolled: 1, runs: 1, through: 60, anchored: ANCHORED }
    const run = { device: DEVICE, run: 0, root: ROOT, ledger: LEDGER, position: 0, head: ROOT, through: 60 }
    const vouch = { device: DEVICE, voucher: VOUCHER, operator: OPERATOR, evidence: EVIDENCE, revision: 1 }
    await db.kysely
      .insertInto("devices")
      .values({ ...device, ...marks })
      .execute()
    await db.kysely
      .insertInto("anchors")
      .values({ ...run, ...place, transaction_hash: hex("f") })
      .execute()
    await db.kysely
      .insertInto("vouches")
      .values({ ...vouch, ...place })
      .execute()
  })
  after(() => db.kysely.destroy())

  const codeOf = async (
    rests: Partial<Rests>,
    given: { readonly withdrawn?: number | null; readonly policy?: object } = {},
  ) => {
    const { withdrawn = null, policy = {} } = given
    await db.kysely.updateTable("devices").set({ withdrawn_since: withdrawn }).execute()
    const judged = { kind: "certificate", status: "valid", code: null, detail: null, facts: null } as const
    return (await objectionTo(db, { ...judged, rests: { ...NOTHING, ...rests } }, { ...POLICY_TEMPLATE, ...policy }))
      ?.code
  }
  const runs = [{ device: DEVICE, run: 0, root: ROOT }]
  const tally = (from: number, asOf: number) => ({ tallies: [{ ledgers: [LEDGER], from, asOf }] })

  it("is nothing of a run that stands there, and of another one that it does not, or is another", async () => {
    assert.equal(await codeOf({ runs }), undefined)
    assert.equal(await codeOf({ runs: [{ device: DEVICE, run: 1, root: ROOT }] }), "NOT_FINALIZED")
    assert.equal(await codeOf({ runs: [{ device: hex("c"), run: 0, root: ROOT }] }), "NOT_FINALIZED")
    assert.equal(await codeOf({ runs: [{ device: DEVICE, run: 0, root: hex("b") }] }), "ROOT_NOT_ANCHORED")
  })

  it("is that a withdrawal from the anchor's time on, or from earlier, voids a run and every tally over it", async () => {
    for (const [withdrawn, isVoid] of [
      [ANCHORED - 1, true],
      [ANCHORED, true],
      [ANCHORED + 1, false],
    ] as const) {
      assert.equal(await codeOf({ runs }, { withdrawn }), isVoid ? "VOUCH_WITHDRAWN" : undefined)
      assert.equal(await codeOf(tally(1, 9999), { withdrawn }), isVoid ? "CLAIM_SUSPECT" : undefined)
    }
    const folded = (from: number, asOf: number) => codeOf(tally(from, asOf), { withdrawn: 1 })
    assert.deepEqual(
      [await folded(ANCHORED, ANCHORED + 1), await folded(ANCHORED + 1, 9999), await folded(1, ANCHORED)],
      ["CLAIM_SUSPECT", undefined, undefined],
    )
    const other = { tallies: [{ ledgers: [hex("2")], from: 1, asOf: 9999 }] }
    assert.equal(await codeOf(other, { withdrawn: 1 }), undefined)
  })

  it("is that a vouch is nobody's whom the policy believes, or stands nowhere", async () => {
    const vouch = { device: DEVICE, evidence: EVIDENCE, revision: 1 }
    assert.equal(await codeOf({ vouch }, { policy: { vouchers: [VOUCHER] } }), undefined)
    assert.equal(await codeOf({ vouch }, { policy: { vouchers: [OPERATOR] } }), "VOUCHER_NOT_ACCEPTED")
    for (const other of [
      { ...vouch, device: hex("c") },
      { ...vouch, evidence: hex("c") },
    ])
      assert.equal(await codeOf({ vouch: other }), "NOT_FINALIZED")
  })
})
