import type { Hex } from "@wattest/protocol"
import { concat, getContractAddress, keccak256, padHex, toBytes } from "viem"
import { type Contracts, contractOf } from "./contracts.ts"

/**
 * The deterministic deployment proxy: salt and creation code go in, CREATE2 comes out. It stands at this address on every
 * chain that anybody set it up on, since nobody has the key of the transaction that made it.
 */
export const FACTORY = {
  address: "0x4e59b44847b379578588920ca78fbf26c0b4956c",
  codeHash: "0x2fa86add0aed31f33a762c9d88e807c475bd51d0f52bd0955754b2608f7e4989",
  /** Sends that transaction, and pays for it. */
  maker: "0x3fab184622dc19b6109349b94811493bf2a45362",
  costWei: 10n ** 16n,
  /** Its signature is all 2s, so it has one sender, whom no key belongs to. */
  transaction:
    "0xf8a58085174876e800830186a08080b853604580600e600039806000f350fe7fffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffe03601600081602082378035828234f58015156039578182fd5b8082525050506014600cf31ba02222222222222222222222222222222222222222222222222222222222222222a02222222222222222222222222222222222222222222222222222222222222222",
} as const satisfies { readonly [part: string]: Hex | bigint }

/** Part of every address: who deploys the same code with it gets the same contracts. */
const SALT = keccak256(toBytes("wattest.registry.v1"))

/** A contract to be, with the data of the transaction that makes it. */
export type Planned = { readonly name: string; readonly address: Hex; readonly data: Hex }

/** Where each of these contracts will be on every chain, and how it comes to be there. */
export function planOf(contracts: Contracts, names: readonly string[]): readonly Planned[] {
  const planned = new Map<string, Planned>()
  for (const name of names) {
    const { creation, immutables } = contractOf(contracts, name)
    const args = immutables.map(({ contract }) => padHex(planned.get(contract)?.address as Hex, { size: 32 }))
    const bytecode = concat([creation, ...args])
    const place = { from: FACTORY.address, salt: SALT, bytecode, opcode: "CREATE2" } as const
    const address = getContractAddress(place).toLowerCase() as Hex
    planned.set(name, { name, address, data: concat([SALT, bytecode]) })
  }
  return [...planned.values()]
}
