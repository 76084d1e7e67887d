/** Where a log stands on its chain. */
export type Place = {
  readonly blockNumber: bigint
  /** Within the block. */
  readonly transactionIndex: number
  /** Within the receipt. */
  readonly logIndex: number
}

/** Logs come in the order of their blocks, then of the transactions, then of their receipt. */
export function comesBefore(one: Place, other: Place): boolean {
  if (one.blockNumber !== other.blockNumber) return one.blockNumber < other.blockNumber
  if (one.transactionIndex !== other.transactionIndex) return one.transactionIndex < other.transactionIndex
  return one.logIndex < other.logIndex
}
