import {
  activityIn,
  checkpointSlots,
  type Hex,
  ledgerSlot,
  memberSlot,
  type PeriodEnd,
  type SlotRead,
  type StateProof,
  servicesIn,
  suspicionSlot,
  toHex,
  unpackLedger,
} from "@wattest/protocol"
import type { Header } from "../header.ts"
import { blockParameter, type RegistryAt } from "../registry.ts"
import { RpcLie, rpcArray, rpcData, rpcObject, rpcQuantity } from "../rpc/values.ts"

/** Slots of one question to a node, and of a ledger's proof. */
const MAX_ASKED = 128
const MAX_SLOTS = 1024

type Slots = Map<Hex, { readonly value: bigint; readonly nodes: readonly Hex[] }>

const nodesOf = (value: unknown) => rpcArray(value, "proof").map((node) => rpcData(node, "proof node"))

/** Adds what is asked for and not there yet, as far as a proof has room. Gives the account's proof. */
async function addSlots({ rpc, registry }: RegistryAt, block: number, slots: Slots, wanted: readonly Hex[]) {
  const fresh = [...new Set(wanted)].filter((key) => !slots.has(key)).slice(0, MAX_SLOTS - slots.size)
  let account: readonly Hex[] = []
  for (let i = 0; i < fresh.length; i += MAX_ASKED) {
    const keys = fresh.slice(i, i + MAX_ASKED)
    const proof = rpcObject(await rpc.request("eth_getProof", [registry, keys, blockParameter(block)]), "eth_getProof")
    const storage = rpcArray(proof.storageProof, "storageProof")
    account = nodesOf(proof.accountProof)
    for (const [n, key] of keys.entries()) {
      const slot = rpcObject(storage[n], `slot ${key}`)
      slots.set(key, { value: rpcQuantity(slot.value, `slot ${key}`), nodes: nodesOf(slot.proof) })
    }
  }
  return account
}

/** The storage of a contract as of the final block: these slots. */
export async function proveSlots(at: RegistryAt, final: Header, wanted: readonly Hex[]): Promise<StateProof> {
  const slots: Slots = new Map()
  const account = await addSlots(at, final.number, slots, wanted)
  return stateProof(final, account, slots)
}

/**
 * What a reading of a contract's storage gives as of a block, with the proof of exactly the slots that it read, in that
 * order. Slots that are not known yet read as 0. The values are the node's word until somebody follows the proof. Throws
 * RpcLie where they lead on and on: no reading of ours looks at more than 1,024 slots.
 */
export async function proveReading<T>(
  at: RegistryAt,
  block: Header,
  reading: (read: SlotRead) => T,
): Promise<{ readonly value: T; readonly state: StateProof }> {
  const slots: Slots = new Map()
  for (let account: readonly Hex[] = []; ; ) {
    const missing: Hex[] = []
    const value = reading((slot) => {
      const known = slots.get(slot)
      if (known === undefined) missing.push(slot)
      return known?.value ?? 0n
    })
    if (missing.length === 0) return { value, state: stateProof(block, account, slots) }
    if (slots.size === MAX_SLOTS) throw new RpcLie(`storage of ${at.registry}: more than ${MAX_SLOTS} slots to be read`)
    account = await addSlots(at, block.number, slots, missing)
  }
}

function stateProof(final: Header, account: readonly Hex[], slots: Slots): StateProof {
  return { header: toHex(final.rlp), account, slots: [...slots].map(([key, { nodes }]) => ({ key, nodes })) }
}

/** The slots that a verifier lacks when it asks which devices were silent, and for how long each was to meter. */
function missingIn(slots: Slots, { ledger, voucher, to }: LedgerPart): readonly Hex[] {
  const missing: Hex[] = []
  const read = (slot: Hex) => {
    const known = slots.get(slot)
    if (known === undefined) missing.push(slot)
    return known?.value ?? null
  }
  servicesIn(read, ledger, voucher)
  activityIn(read, ledger, to)
  return missing
}

/** A ledger's part of a tally over a period that ends at `to`, and how many of its devices are to be proved. */
type LedgerPart = {
  readonly ledger: Hex
  readonly voucher: Hex
  readonly ends: readonly PeriodEnd[]
  readonly to: number
  readonly devices: number
}

/**
 * The storage of the registry, as of the final block, that a verifier will look at: the ledger's counters and suspicions, the checkpoints around both ends, and
 * what says when its first devices, in the order of enrolment, last anchored a run before the period's end and were to meter.
 */
export async function proveLedger(at: RegistryAt, final: Header, part: LedgerPart): Promise<StateProof> {
  const { ledger, ends, devices } = part
  const checkpoints = ends.flatMap((end) => (end.checkpoints === 0n ? [0n] : [end.checkpoints - 1n, end.checkpoints]))
  const slots: Slots = new Map()
  const around = checkpoints.flatMap((index) => checkpointSlots(ledger, index))
  const account = await addSlots(at, final.number, slots, [ledgerSlot(ledger), ...around])
  const { devices: enrolled, suspicions } = unpackLedger(slots.get(ledgerSlot(ledger))?.value ?? 0n)
  const length = Math.min(Number(enrolled), devices)
  const members = Array.from({ length }, (_, i) => memberSlot(ledger, BigInt(i)))
  const suspicious = Array.from({ length: Number(suspicions) }, (_, i) => suspicionSlot(ledger, BigInt(i)))
  await addSlots(at, final.number, slots, [...suspicious, ...members])
  // What is beyond the devices or the slots of one proof stays unproven, and the verifier says so.
  for (let wanted = missingIn(slots, part); slots.size < MAX_SLOTS; wanted = missingIn(slots, part)) {
    const fresh = wanted.filter((slot) => slot !== memberSlot(ledger, BigInt(length)))
    if (fresh.length === 0) break
    await addSlots(at, final.number, slots, fresh)
  }
  return stateProof(final, account, slots)
}
