import { RpcLie } from "@wattest/chain"

/** Reads what a node gave by what throws on anything else than the contract's form. Throws RpcLie, which says `what` it is not. */
export function held<T>(what: string, read: () => T): T {
  try {
    return read()
  } catch {
    throw new RpcLie(`it is no ${what}`)
  }
}
