import { type Hex, toHex } from "viem"
import { mnemonicToAccount } from "viem/accounts"

/** Anvil's accounts by index: public knowledge, worth nothing anywhere else. */
export const accountOf = (index: number) =>
  mnemonicToAccount("test test test test test test test test test test test junk", { addressIndex: index })

const keyOf = (index: number): Hex => toHex(accountOf(index).getHdKey().privateKey as Uint8Array)

/** Who is who in the demonstration. */
export const LOCAL_KEYS = { deployer: keyOf(0), operator: keyOf(1), voucher: keyOf(2), relayer: keyOf(3) } as const

export const LOCAL_CHAIN_ID = 31337
