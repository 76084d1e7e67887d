import { keccak_256 } from "@noble/hashes/sha3.js"
import { utf8ToBytes } from "@noble/hashes/utils.js"
import { bigIntToBytes, concatBytes, fromHex, type Hex, toHex } from "../encoding/bytes.ts"

/** The registry that a device's signature is for: another chain or another contract makes another message. */
export type RegistryReference = { readonly chainId: number; readonly registry: Hex }

const word = (value: number | bigint) => bigIntToBytes(BigInt(value), 32)
const addressWord = (address: Hex) => concatBytes(new Uint8Array(12), fromHex(address, 20))
const domain = (name: string) => keccak_256(utf8ToBytes(name))

function head(name: string, { chainId, registry }: RegistryReference, device: Hex): Uint8Array {
  return concatBytes(domain(name), word(chainId), addressWord(registry), fromHex(device, 32))
}

/** What a device signs to submit roots: 32 bytes, PROTOCOL section 5; the layout is that of abi.encode. */
export function submissionMessage(
  target: RegistryReference,
  device: Hex,
  firstRun: bigint,
  roots: readonly Hex[],
): Uint8Array {
  // abi.encode puts the dynamic array behind the six words of its head: offset, length, items.
  const tail = concatBytes(word(6 * 32), word(roots.length), ...roots.map((root) => fromHex(root, 32)))
  return keccak_256(concatBytes(head("wattest.submission.v1", target, device), word(firstRun), tail))
}

/** What a device signs once in its life: the operator and voucher that it will belong to. */
export function enrolmentMessage(target: RegistryReference, device: Hex, operator: Hex, voucher: Hex): Uint8Array {
  return keccak_256(
    concatBytes(head("wattest.enrolment.v1", target, device), addressWord(operator), addressWord(voucher)),
  )
}

/** What a device signs at its end: no run after `lastRun` will ever be its. */
export function retirementMessage(target: RegistryReference, device: Hex, lastRun: bigint): Uint8Array {
  return keccak_256(concatBytes(head("wattest.retirement.v1", target, device), word(lastRun)))
}

/** The id of a ledger: keccak256(abi.encode(operator, voucher)). */
export function ledgerIdOf(operator: Hex, voucher: Hex): Hex {
  return toHex(keccak_256(concatBytes(addressWord(operator), addressWord(voucher))))
}
