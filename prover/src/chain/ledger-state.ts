import type { Hex, PeriodEnd, StateProof } from "@wattest/protocol"
import { activityIn, checkpointSlots, ledgerSlot, memberSlot } from "@wattest/verifier"
import { Refusal } from "../refusal.ts"
import { encodeHeader } from "./block-header.ts"
import { ask, HINT, lower, type Session } from "./session.ts"

/** Slots of one question to a node, and of a ledger's proof. */
const MAX_ASKED = 128
const MAX_SLOTS = 1024

type Slots = Map<Hex, { readonly value: bigint; readonly nodes: readonly Hex[] }>

/** Adds what is asked for and not there yet, as far as a proof has room. Gives the account's proof. */
async function addSlots({ client, registry }: Session, at: Hex, slots: Slots, wanted: readonly Hex[]) {
  const fresh = [...new Set(wanted)].filter((key) => !slots.has(key)).slice(0, MAX_SLOTS - slots.size)
  let account: readonly Hex[] = []
  for (let i = 0; i < fresh.length; i += MAX_ASKED) {
    const keys = fresh.slice(i, i + MAX_ASKED)
    const proof = await ask("eth_getProof", client.request({ method: "eth_getProof", params: [registry, keys, at] }))
    account = proof.accountProof.map(lower)
    for (const [n, key] of keys.entries()) {
      const slot = proof.storageProof[n]
      if (slot === undefined) throw new Refusal("SOURCE_UNREACHABLE", `eth_getProof: slot ${key} is absent`, HINT)
      slots.set(key, { value: BigInt(slot.value), nodes: slot.proof.map(lower) })
    }
  }
  return account
}

/** The slots that a verifier lacks when it asks which devices were silent. */
function missingIn(slots: Slots, ledger: Hex, to: number): readonly Hex[] {
  const missing: Hex[] = []
  activityIn(
    (slot) => {
      const known = slots.get(slot)
      if (known === undefined) missing.push(slot)
      return known?.value ?? null
    },
    ledger,
    to,
  )
  return missing
}

/** A ledger's part of a period that ends at `to`, and how many of its devices are to be proved. */
type LedgerPart = {
  readonly ledger: Hex
  readonly ends: readonly PeriodEnd[]
  readonly to: number
  readonly devices: number
}

/**
 * The storage of the registry that a verifier will look at: the ledger's counters, the checkpoints around both ends, and
 * what says when its first devices, in the order of enrolment, last anchored a run before the period's end.
 */
export async function proveLedger(session: Session, { ledger, ends, to, devices }: LedgerPart): Promise<StateProof> {
  const at = `0x${(session.final.number ?? 0n).toString(16)}` as const
  const checkpoints = ends.flatMap((end) => (end.checkpoints === 0n ? [0n] : [end.checkpoints - 1n, end.checkpoints]))
  const slots: Slots = new Map()
  const around = checkpoints.flatMap((index) => checkpointSlots(ledger, index))
  const account = await addSlots(session, at, slots, [ledgerSlot(ledger), ...around])
  const { devices: enrolled } = activityIn((slot) => slots.get(slot)?.value ?? null, ledger, to)
  const length = Math.min(Number(enrolled), devices)
  const members = Array.from({ length }, (_, i) => memberSlot(ledger, BigInt(i)))
  await addSlots(session, at, slots, members)
  // What is beyond the devices or the slots of one proof stays unproven, and the verifier says so.
  for (let wanted = missingIn(slots, ledger, to); slots.size < MAX_SLOTS; wanted = missingIn(slots, ledger, to)) {
    const fresh = wanted.filter((slot) => slot !== memberSlot(ledger, BigInt(length)))
    if (fresh.length === 0) break
    await addSlots(session, at, slots, fresh)
  }
  const block = await ask(
    "eth_getBlockByNumber",
    session.client.request({ method: "eth_getBlockByNumber", params: [at, false] }),
  )
  if (block === null) throw new Refusal("SOURCE_UNREACHABLE", `block ${at} is gone`, HINT)
  const proven = [...slots].map(([key, { nodes }]) => ({ key, nodes }))
  return { header: encodeHeader(block), account, slots: proven }
}
