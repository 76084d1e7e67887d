import {
  check,
  type DeviceExtract,
  type Extract,
  type Hex,
  type LedgerExtract,
  ledgerIdOf,
  parseAnchored,
  type RunExtract,
  readDeviceStanding,
  readLedgerStanding,
  readWordFor,
  type SlotRead,
} from "@wattest/protocol"
import type { BlockHeader } from "../chain/header.ts"
import { withCode } from "../chain/proof.ts"
import { logAt, proveReceipt } from "../chain/receipt.ts"
import { checkSlots, proveStorage, readSlot } from "../chain/state.ts"

/** Every named value that storage has is the one that the extract says. */
function holdAgainst(said: { readonly [name: string]: unknown }, held: { readonly [name: string]: unknown }): void {
  for (const [name, value] of Object.entries(held))
    check(said[name] === value, "EXTRACT_MISMATCH", `${name}: the registry has ${value}, the extract ${said[name]}`)
}

function checkDevice(extract: DeviceExtract, read: SlotRead): void {
  const { ledger, ...standing } = readDeviceStanding(read, extract)
  const expected = ledgerIdOf(extract.operator, extract.voucher)
  check(ledger === expected, "EXTRACT_MISMATCH", `the device is enrolled in ledger ${ledger}, not ${expected}`)
  holdAgainst(extract, standing)
}

const checkLedger = (extract: LedgerExtract, read: SlotRead) => holdAgainst(extract, readLedgerStanding(read, extract))
const checkWord = (extract: RunExtract, read: SlotRead) => holdAgainst(extract, readWordFor(read, extract))

/** The registry's storage holds what is said, by exactly the slots that say it. Gives the block of that storage. */
export function checkStorage(extract: Extract): BlockHeader {
  const storage = proveStorage(extract.state, extract.registry)
  const needed: Hex[] = []
  const read = (slot: Hex) => {
    needed.push(slot)
    return readSlot(storage, slot)
  }
  if (extract.kind === "device") checkDevice(extract, read)
  else if (extract.kind === "ledger") checkLedger(extract, read)
  else checkWord(extract, read)
  checkSlots(storage, needed)
  return storage.header
}

/** The registry's event anchors the run as the extract says. Gives the block that holds it; null: the extract is of no run. */
export function checkAnchor(extract: Extract): BlockHeader | null {
  if (extract.kind !== "run") return null
  return withCode("ANCHOR_PROOF_INVALID", `run ${extract.run}`, () => {
    const receipt = proveReceipt(extract.anchored)
    const { number, timestamp } = receipt.header
    const event = parseAnchored(logAt(receipt, extract.logIndex, extract.registry))
    const held = {
      ...{ blockNumber: Number(number), anchoredAt: timestamp, transactionIndex: extract.anchored.index },
      ...{ device: event.device, run: Number(event.run), position: Number(event.position), head: event.head },
      through: Number(event.through),
    }
    const said: { readonly [name: string]: unknown } = extract
    for (const [name, value] of Object.entries(held))
      check(said[name] === value, "ANCHOR_MISMATCH", `${name}: the event has ${value}, the extract ${said[name]}`)
    const ledger = ledgerIdOf(extract.operator, extract.voucher)
    check(event.ledger === ledger, "ANCHOR_MISMATCH", `the event is of ledger ${event.ledger}, not ${ledger}`)
    check(event.root === extract.root, "ROOT_NOT_ANCHORED", `the anchored root is ${event.root}`)
    return receipt.header
  })
}
