import { keccak_256 } from "@noble/hashes/sha3.js"
import { concatBytes, fromHex, type Hex, type StateProof, toHex } from "@wattest/protocol"
import { fetchHeader } from "../chain/blocks.ts"
import { blockParameter, type RegistryAt } from "../chain/registry.ts"
import { RpcLie, rpcArray, rpcData, rpcObject } from "../chain/rpc-values.ts"

/** Mappings of the registry's storage (docs/contracts.md). */
const VOUCHES_SLOT = 0
const DEVICES_SLOT = 1

const word = (value: number) => {
  const bytes = new Uint8Array(32)
  bytes[31] = value
  return bytes
}

/** Where Solidity puts `mapping[key]`: keccak256(key ‖ slot). */
const entrySlot = (key: Uint8Array, slot: Uint8Array) => keccak_256(concatBytes(key, slot))

/** The word `offset` places behind `slot`. */
const behind = (slot: Uint8Array, offset: number): Hex => {
  const value = (BigInt(toHex(slot)) + BigInt(offset)) % (1n << 256n)
  return `0x${value.toString(16).padStart(64, "0")}`
}

/** Slots that say who the device's voucher is, what it vouched and since when not, and whether the device retired. */
export function deviceSlots(device: Hex, voucher: Hex): [Hex, Hex, Hex, Hex] {
  const voucherWord = concatBytes(new Uint8Array(12), fromHex(voucher, 20))
  const vouch = entrySlot(voucherWord, entrySlot(fromHex(device, 32), word(VOUCHES_SLOT)))
  const state = entrySlot(fromHex(device, 32), word(DEVICES_SLOT))
  return [behind(vouch, 0), behind(vouch, 1), behind(state, 0), behind(state, 1)]
}

/** Proves the device's and its vouch's storage as of the finalized block (EIP-1186). Throws where the node cannot. */
export async function proveDeviceState({ rpc, registry }: RegistryAt, device: Hex, voucher: Hex): Promise<StateProof> {
  const header = await fetchHeader(rpc, "finalized")
  if (!header) throw new RpcLie("the node has no finalized block")
  const slots = deviceSlots(device, voucher)
  const answer = rpcObject(await rpc.request("eth_getProof", [registry, slots, blockParameter(header.number)]), "proof")
  const storage = rpcArray(answer.storageProof, "storageProof").map((entry) => rpcObject(entry, "storageProof"))
  const nodesOf = (value: unknown) => rpcArray(value, "proof").map((node) => rpcData(node, "proof node"))
  return {
    header: toHex(header.rlp),
    account: nodesOf(answer.accountProof),
    slots: slots.map((key, i) => ({ key, nodes: nodesOf(storage[i]?.proof) })),
  }
}
