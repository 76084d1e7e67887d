import { keccak_256 } from "@noble/hashes/sha3.js"
import { utf8ToBytes } from "@noble/hashes/utils.js"
import { bigIntToBytes, concatBytes, fromHex, type Hex, toHex } from "../encoding/bytes.ts"
import { type Boundary, boundaryNumber } from "../run/statement.ts"

/** The registry that a device's signature is for: another chain or another contract makes another message. */
export type RegistryReference = { readonly chainId: number; readonly registry: Hex }

const word = (value: number | bigint) => bigIntToBytes(BigInt(value), 32)
const addressWord = (address: Hex) => concatBytes(new Uint8Array(12), fromHex(address, 20))
const domain = (name: string) => keccak_256(utf8ToBytes(name))

function head(name: string, { chainId, registry }: RegistryReference, device: Hex): Uint8Array {
  return concatBytes(domain(name), word(chainId), addressWord(registry), fromHex(device, 32))
}

/** Consecutive roots of a device, and the minute by whose end their runs had ended and no later one. */
export type RunRoots = { readonly firstRun: bigint; readonly roots: readonly Hex[]; readonly through: number }

/** What a device signs to submit roots: 32 bytes, PROTOCOL section 5; the layout is that of abi.encode. */
export function submissionMessage(target: RegistryReference, device: Hex, submitted: RunRoots): Uint8Array {
  const { firstRun, roots, through } = submitted
  // abi.encode puts the dynamic array behind the seven words of its head: offset, length, items.
  const tail = concatBytes(word(roots.length), ...roots.map((root) => fromHex(root, 32)))
  const values = concatBytes(word(firstRun), word(7 * 32), word(through), tail)
  return keccak_256(concatBytes(head("wattest.submission.v1", target, device), values))
}

/** The ledger that a device belongs to for life, where it meters, and the digest of the vouch document that says so. */
export type EnrolmentTerms = {
  readonly operator: Hex
  readonly voucher: Hex
  readonly boundary: Boundary
  readonly evidence: Hex
}

/** What a device signs once in its life. */
export function enrolmentMessage(target: RegistryReference, device: Hex, terms: EnrolmentTerms): Uint8Array {
  const { operator, voucher, boundary, evidence } = terms
  const values = concatBytes(word(boundaryNumber(boundary)), fromHex(evidence, 32))
  const ledger = concatBytes(addressWord(operator), addressWord(voucher))
  return keccak_256(concatBytes(head("wattest.enrolment.v1", target, device), ledger, values))
}

/** What a device signs at its end: it has `runs` runs in all. */
export function retirementMessage(target: RegistryReference, device: Hex, runs: bigint): Uint8Array {
  return keccak_256(concatBytes(head("wattest.retirement.v1", target, device), word(runs)))
}

/** The id of a ledger: keccak256(abi.encode(operator, voucher)). */
export function ledgerIdOf(operator: Hex, voucher: Hex): Hex {
  return toHex(keccak_256(concatBytes(addressWord(operator), addressWord(voucher))))
}
