import { type Hex, type StateProof, toHex, vouchSlots } from "@wattest/protocol"
import { fetchHeader } from "../blocks.ts"
import { blockParameter, type RegistryAt } from "../registry.ts"
import { RpcLie, rpcArray, rpcData, rpcObject } from "../rpc/values.ts"

/**
 * Proves for which operator a voucher vouches for a device, and since when not, as of the finalized block (EIP-1186): one
 * slot, since a document holds no more than it needs. Throws where the node cannot.
 */
export async function proveVouch({ rpc, registry }: RegistryAt, device: Hex, voucher: Hex): Promise<StateProof> {
  const header = await fetchHeader(rpc, "finalized")
  if (!header) throw new RpcLie("the node has no finalized block")
  const slots = vouchSlots(device, voucher).slice(0, 1)
  const answer = rpcObject(await rpc.request("eth_getProof", [registry, slots, blockParameter(header.number)]), "proof")
  const storage = rpcArray(answer.storageProof, "storageProof").map((entry) => rpcObject(entry, "storageProof"))
  const nodesOf = (value: unknown) => rpcArray(value, "proof").map((node) => rpcData(node, "proof node"))
  return {
    header: toHex(header.rlp),
    account: nodesOf(answer.accountProof),
    slots: slots.map((key, i) => ({ key, nodes: nodesOf(storage[i]?.proof) })),
  }
}
