import { readFileSync } from "node:fs"
import type { Target } from "./target.ts"
import { parseAddress, UsageError } from "./values.ts"

/** A signed message that a device gave out. It must be for this registry, or the contract would refuse it for a fee. */
export function readSigned(path: string | undefined, { chainId, address }: Target): Record<string, unknown> {
  if (path === undefined) throw new UsageError("no file named", "wattest-attest enrol and retire print one")
  const value: unknown = JSON.parse(readFileSync(path, "utf8"))
  if (value === null || typeof value !== "object") throw new UsageError(`${path} holds no object`, "sign it again")
  const signed = value as Record<string, unknown>
  const registry = parseAddress("registry", signed.registry)
  if (Number(signed.chainId) !== chainId || registry.toLowerCase() !== address.toLowerCase())
    throw new UsageError(
      `${path} is signed for registry ${registry} on chain ${signed.chainId}, this is ${address} on chain ${chainId}`,
      "sign for this registry, or name the other one",
    )
  return signed
}
