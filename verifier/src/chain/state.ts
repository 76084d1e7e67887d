import { keccak_256 } from "@noble/hashes/sha3.js"
import {
  check,
  decodeRlp,
  fromHex,
  type Hex,
  type RejectCode,
  rlpToNumber,
  type StateProof,
  toHex,
  unpackVouch,
  type VouchState,
  vouchSlots,
} from "@wattest/protocol"
import { type BlockHeader, parseHeader } from "./header.ts"
import { withCode } from "./proof.ts"
import { trieValue } from "./trie.ts"

const CODE: RejectCode = "STATE_PROOF_INVALID"

/** Storage of one contract as of one block: slots by key, as numbers. */
export type ProvenStorage = {
  readonly header: BlockHeader
  readonly slots: ReadonlyMap<Hex, bigint>
  /** Keccak-256 of the contract's code, immutables included. */
  readonly codeHash: Hex
}

/** The storage root and code hash of an account: after nonce and balance (yellow paper, 4.1). */
function rootsOf(account: Uint8Array, code: RejectCode): readonly [storage: Hex, code: Hex] {
  const items = decodeRlp(account)
  check(!(items instanceof Uint8Array) && items.length === 4, code, "the account does not have four fields")
  const [storage, digest] = items.slice(2).map((item) => {
    check(item instanceof Uint8Array && item.length === 32, code, "the storage root or the code hash is no digest")
    return toHex(item)
  })
  return [storage ?? "0x", digest ?? "0x"]
}

/**
 * Follows an account proof and its slots (EIP-1186). Whether the header is a block of the chain is another check.
 * Throws `code`.
 */
export function proveStorage(proof: StateProof, contract: Hex, code: RejectCode = CODE): ProvenStorage {
  return withCode(code, "state", () => {
    const { header, account, slots } = proof
    const block = parseHeader(header)
    const key = keccak_256(fromHex(contract, 20))
    const state = trieValue({ root: block.stateRoot, key, nodes: account, code })
    check(state !== null, code, `the state has no account ${contract}`)
    const [root, codeHash] = rootsOf(state, code)
    const values = slots.map(({ key: slot, nodes }): readonly [Hex, bigint] => {
      const value = trieValue({ root, key: keccak_256(fromHex(slot, 32)), nodes, code })
      return [slot, value === null ? 0n : rlpToNumber(decodeRlp(value))]
    })
    const known = new Map(values)
    check(known.size === slots.length, code, "a slot is proved twice")
    return { header: block, slots: known, codeHash }
  })
}

/** A slot's value; 0 where the proof shows that nothing is stored. Throws STATE_PROOF_INVALID where it shows neither. */
export function readSlot({ slots }: ProvenStorage, key: Hex): bigint {
  const value = slots.get(key)
  check(value !== undefined, CODE, `slot ${key} is not in the proof`)
  return value
}

/** The proof is of exactly these slots, in this order: one spelling. Throws `code`. */
export function checkSlots({ slots }: ProvenStorage, needed: readonly Hex[], code: RejectCode = CODE): void {
  const shown = [...slots.keys()]
  const isExact = shown.length === needed.length && shown.every((key, i) => key === needed[i])
  check(isExact, code, `${shown.length} slots, where ${needed.length} are needed in their order`)
}

/** Reads a vouch from proven storage. Throws STATE_PROOF_INVALID where another slot than its own was proved, or none. */
export function readVouch(storage: ProvenStorage, device: Hex, voucher: Hex): VouchState {
  const [slot] = vouchSlots(device, voucher)
  checkSlots(storage, [slot])
  return unpackVouch(readSlot(storage, slot))
}
