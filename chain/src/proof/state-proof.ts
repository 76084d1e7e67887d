import { deviceSlots, type Hex, type StateProof, toHex, vouchSlots } from "@wattest/protocol"
import { fetchHeader } from "../blocks.ts"
import { blockParameter, type RegistryAt } from "../registry.ts"
import { RpcLie, rpcArray, rpcData, rpcObject } from "../rpc/values.ts"

/**
 * Proves who the device's voucher is, what it vouched and since when not, and the device's ledger, place and service, as of the
 * finalized block (EIP-1186). Throws where the node cannot.
 */
export async function proveDeviceState({ rpc, registry }: RegistryAt, device: Hex, voucher: Hex): Promise<StateProof> {
  const header = await fetchHeader(rpc, "finalized")
  if (!header) throw new RpcLie("the node has no finalized block")
  const slots = [...vouchSlots(device, voucher), ...deviceSlots(device)]
  const answer = rpcObject(await rpc.request("eth_getProof", [registry, slots, blockParameter(header.number)]), "proof")
  const storage = rpcArray(answer.storageProof, "storageProof").map((entry) => rpcObject(entry, "storageProof"))
  const nodesOf = (value: unknown) => rpcArray(value, "proof").map((node) => rpcData(node, "proof node"))
  return {
    header: toHex(header.rlp),
    account: nodesOf(answer.accountProof),
    slots: slots.map((key, i) => ({ key, nodes: nodesOf(storage[i]?.proof) })),
  }
}
