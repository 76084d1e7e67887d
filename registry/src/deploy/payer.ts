import type { Hex } from "@wattest/protocol"
import type { Account, Chain, PublicClient, TransactionReceipt, Transport, WalletClient } from "viem"

/** Sends from one account. Each call resolves once its transaction is in a block; nothing else uses the account meanwhile. */
export type Payer = {
  readonly address: Hex
  send(transaction: { readonly to: Hex; readonly data?: Hex; readonly value?: bigint }): Promise<TransactionReceipt>
}

/** An account that pays by an RPC endpoint. Its calls reject with what viem throws. */
export function createPayer(client: PublicClient, wallet: WalletClient<Transport, Chain, Account>): Payer {
  return {
    address: wallet.account.address,
    async send(transaction) {
      const hash = await wallet.sendTransaction(transaction)
      return client.waitForTransactionReceipt({ hash })
    },
  }
}
