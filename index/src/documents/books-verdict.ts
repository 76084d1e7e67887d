import type { Hex } from "@wattest/protocol"
import { partsOf } from "@wattest/store"
import type { Policy } from "@wattest/verifier"
import type { Db } from "../store/open.ts"
import type { JudgedDocument } from "./judged.ts"

/** What the books say against a document that the judge found valid. */
export type Objection = Pick<JudgedDocument, "status" | "code" | "detail">

const RUNS = 200

/** Every run that a document shows stands in the books with its root, and no withdrawal voids it. */
async function againstRuns({ kysely }: Db, runs: JudgedDocument["rests"]["runs"]): Promise<Objection | null> {
  for (const part of partsOf(runs, RUNS)) {
    const rows = await kysely
      .selectFrom("anchors")
      .innerJoin("devices", "devices.id", "anchors.device")
      .select(["device", "run", "root", "time", "withdrawn_since"])
      .where(({ eb, or, and }) =>
        or(part.map(({ device, run }) => and([eb("device", "=", device), eb("run", "=", run)]))),
      )
      .execute()
    for (const { device, run, root } of part) {
      const row = rows.find((found) => found.device === device && found.run === run)
      const named = `run ${run} of device ${device}`
      if (row === undefined)
        return { status: "undetermined", code: "NOT_FINALIZED", detail: `the books have no ${named} yet` }
      if (row.root !== root)
        return { status: "invalid", code: "ROOT_NOT_ANCHORED", detail: `the books have another root of ${named}` }
      if (row.withdrawn_since !== null && row.withdrawn_since <= row.time)
        return {
          status: "invalid",
          code: "VOUCH_WITHDRAWN",
          detail: `${named}: withdrawn from ${row.withdrawn_since} on`,
        }
    }
  }
  return null
}

/** No withdrawal voids an anchor that a claim folded. */
async function againstTallies({ kysely }: Db, tallies: JudgedDocument["rests"]["tallies"]): Promise<Objection | null> {
  for (const { ledgers, from, asOf } of tallies) {
    const row = await kysely
      .selectFrom("devices")
      .innerJoin("anchors", "anchors.device", "devices.id")
      .select(["devices.id", "anchors.time"])
      .where("devices.ledger", "in", ledgers)
      .where("withdrawn_since", "is not", null)
      .whereRef("withdrawn_since", "<=", "anchors.time")
      .where("anchors.time", ">=", from)
      .where("anchors.time", "<", asOf)
      .limit(1)
      .executeTakeFirst()
    if (row !== undefined)
      return { status: "invalid", code: "CLAIM_SUSPECT", detail: `device ${row.id}: its anchor of ${row.time} is void` }
  }
  return null
}

/** A vouch document is in force or was: a voucher whom the policy believes put its digest on the chain. */
async function againstVouch(
  { kysely }: Db,
  { device, evidence }: { readonly device: Hex; readonly evidence: Hex },
  { vouchers }: Policy,
): Promise<Objection | null> {
  const rows = await kysely
    .selectFrom("vouches")
    .select("voucher")
    .where("device", "=", device)
    .where("evidence", "=", evidence)
    .execute()
  if (rows.length === 0)
    return { status: "undetermined", code: "NOT_FINALIZED", detail: `no vouch in the books names ${evidence}` }
  const believed = rows.some(({ voucher }) => vouchers.includes(voucher))
  if (believed) return null
  return { status: "unaccepted", code: "VOUCHER_NOT_ACCEPTED", detail: `voucher ${rows[0]?.voucher}` }
}

/** What the books say against a document; null: nothing. Of one that is not valid they say nothing. */
export async function objectionTo(
  db: Db,
  { status, rests }: JudgedDocument,
  policy: Policy,
): Promise<Objection | null> {
  if (status !== "valid") return null
  const { runs, tallies, vouch } = rests
  if (vouch !== null) return againstVouch(db, vouch, policy)
  return (await againstRuns(db, runs)) ?? (await againstTallies(db, tallies))
}
