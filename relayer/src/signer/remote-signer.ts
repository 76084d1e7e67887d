import { createRpc, RpcLie, rpcData } from "@wattest/chain"
import type { Hex } from "@wattest/protocol"
import {
  numberToHex,
  parseTransaction,
  recoverTransactionAddress,
  serializeTransaction,
  type TransactionSerializableEIP1559,
  type TransactionSerializedEIP1559,
} from "viem"
import type { TransactionSigner } from "./account.ts"

/**
 * An account whose key lies in a remote signer that speaks eth_signTransaction, as Web3Signer does. What comes back
 * is checked: the same transaction, signed by this address.
 */
export function createRemoteSigner(url: string, address: Hex, timeoutMs: number): TransactionSigner {
  const rpc = createRpc([url], timeoutMs)
  return {
    address,
    async signTransaction(transaction) {
      const signed = rpcData(
        await rpc.request("eth_signTransaction", [requestOf(transaction, address)]),
        "eth_signTransaction",
      )
      await assertSigned(signed, transaction, address)
      return signed
    },
  }
}

function requestOf(
  { to, data, nonce, gas, maxFeePerGas, maxPriorityFeePerGas, chainId }: TransactionSerializableEIP1559,
  from: Hex,
) {
  return {
    from,
    to,
    data,
    value: "0x0",
    nonce: numberToHex(nonce ?? 0),
    gas: numberToHex(gas ?? 0n),
    maxFeePerGas: numberToHex(maxFeePerGas ?? 0n),
    maxPriorityFeePerGas: numberToHex(maxPriorityFeePerGas ?? 0n),
    chainId: numberToHex(chainId),
  }
}

async function assertSigned(signed: Hex, asked: TransactionSerializableEIP1559, address: Hex): Promise<void> {
  const serializedTransaction = signed as TransactionSerializedEIP1559
  const { r: _r, s: _s, v: _v, yParity: _parity, ...unsigned } = parseTransaction(serializedTransaction)
  if (serializeTransaction({ ...unsigned, type: "eip1559" }) !== serializeTransaction(asked))
    throw new RpcLie("the remote signer signed another transaction than it was asked to")
  const signer = await recoverTransactionAddress({ serializedTransaction })
  if (signer.toLowerCase() !== address.toLowerCase())
    throw new RpcLie(`the remote signer signed as ${signer}, not as ${address}`)
}
