import { ponder } from "ponder:registry"
import { anchors, devices, enrolments, ledgers, retirements, vouches, withdrawals } from "ponder:schema"
import { encodeAbiParameters, keccak256, zeroHash } from "viem"

/** The pair that owns a ledger names it. */
const ledgerOf = ({ operator, voucher }) =>
  keccak256(encodeAbiParameters([{ type: "address" }, { type: "address" }], [operator, voucher]))

const placeOf = ({ id, block, log }) => ({
  ...{ id, block: Number(block.number), log: log.logIndex, time: Number(block.timestamp) },
})

async function noteLedger(db, { operator, voucher }) {
  const id = ledgerOf({ operator, voucher })
  await db
    .insert(ledgers)
    .values({ id, operator, voucher, length: 0, head: zeroHash, devices: 0 })
    .onConflictDoNothing()
  return id
}

for (const [revision, name] of ["Vouched", "Revised"].entries())
  ponder.on(`Registry:${name}`, async ({ event, context: { db } }) => {
    const { device, operator, voucher, evidence } = event.args
    await db.insert(vouches).values({ ...placeOf(event), device, operator, voucher, evidence, revision })
    await noteLedger(db, event.args)
  })

ponder.on("Registry:Enrolled", async ({ event, context: { db } }) => {
  const { device, operator, voucher, scheme, key, boundary, evidence } = event.args
  const place = placeOf(event)
  await db.insert(enrolments).values({ ...place, device, operator, voucher, scheme, key, boundary, evidence })
  const id = await noteLedger(db, event.args)
  await db.update(ledgers, { id }).set((row) => ({ devices: row.devices + 1 }))
  await db.insert(devices).values({
    ...{ id: device, operator, voucher, boundary, enrolled: place.time, runs: 0, through: 0 },
    ...{ anchored: null, retired_runs: null, withdrawn_since: null },
  })
})

ponder.on("Registry:Anchored", async ({ event, context: { db } }) => {
  const { ledger, device, root, head } = event.args
  const [position, run, through] = [event.args.position, event.args.run, event.args.through].map(Number)
  const place = placeOf(event)
  const row = { ledger, device, root, head, position, run, through, transaction_hash: event.transaction.hash }
  await db.insert(anchors).values({ ...place, ...row })
  await db.update(ledgers, { id: ledger }).set((before) => ({ length: before.length + 1, head }))
  await db.update(devices, { id: device }).set((before) => ({ runs: before.runs + 1, through, anchored: place.time }))
})

ponder.on("Registry:Withdrawn", async ({ event, context: { db } }) => {
  const { device, operator, voucher } = event.args
  const since = Number(event.args.since)
  await db.insert(withdrawals).values({ ...placeOf(event), device, operator, voucher, since })
  const joined = await db.find(devices, { id: device })
  if (joined?.voucher === voucher.toLowerCase())
    await db.update(devices, { id: device }).set({ withdrawn_since: since })
})

ponder.on("Registry:Retired", async ({ event, context: { db } }) => {
  const { device } = event.args
  const runs = Number(event.args.runs)
  await db.insert(retirements).values({ ...placeOf(event), device, runs })
  await db.update(devices, { id: device }).set({ retired_runs: runs })
})
