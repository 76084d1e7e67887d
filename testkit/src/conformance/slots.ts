import type { Hex } from "@wattest/protocol"
import { encodeAbiParameters, keccak256, toHex } from "viem"

/** The registry's storage by Solidity's own rule, apart from the codec that is under test. */

/** Where Solidity puts `mapping[a][b]…` of the variable in slot `place`; keys are padded to words. */
function entry(place: number, ...keys: readonly (Hex | bigint)[]): Hex {
  return keys.reduce(
    (slot: Hex, key) => keccak256(encodeAbiParameters([{ type: "uint256" }, { type: "bytes32" }], [BigInt(key), slot])),
    toHex(place, { size: 32 }),
  )
}

/** The word behind one. */
const next = (slot: Hex): Hex => toHex(BigInt.asUintN(256, BigInt(slot) + 1n), { size: 32 })
const pair = (slot: Hex): readonly [Hex, Hex] => [slot, next(slot)]

export const slotsOf = {
  vouch: (device: Hex, voucher: Hex) => pair(entry(0, device, voucher)),
  device: (device: Hex) => {
    const [ledger, state] = pair(entry(1, device))
    return [ledger, state, next(state)] as const
  },
  ledger: (ledger: Hex) => entry(3, ledger),
  member: (ledger: Hex, index: bigint) => entry(4, ledger, index),
  checkpoint: (ledger: Hex, index: bigint) => pair(entry(5, ledger, index)),
  suspicion: (ledger: Hex, index: bigint) => entry(6, ledger, index),
}

/** Slot `place` of a tally in the registry of claims, and slot `index` behind it where it is an array or a long text. */
export const placeInTally = (operator: Hex, number: bigint, place: number, index?: number): Hex => {
  const slot = toHex(BigInt(entry(0, operator, number)) + BigInt(place), { size: 32 })
  return index === undefined ? slot : toHex(BigInt(keccak256(slot)) + BigInt(index), { size: 32 })
}

/** Slot of a bound of a tally in the registry of claims. */
export const placeOfBound = (operator: Hex, number: bigint, index: bigint): Hex =>
  keccak256(encodeAbiParameters([{ type: "uint256" }, { type: "bytes32" }], [index, placeInTally(operator, number, 8)]))

/** A word of these fields, each with its width in bits, from the lowest bit. */
export const wordOf = (...fields: readonly (readonly [value: bigint | Hex, bits: number])[]): bigint =>
  fields.reduceRight((word, [value, bits]) => (word << BigInt(bits)) | BigInt(value), 0n)
