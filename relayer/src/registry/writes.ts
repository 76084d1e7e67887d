import { readFileSync } from "node:fs"
import type { Hex } from "viem"
import { ABI, parseAddress, parseBytes, parseUint64, type Target, UsageError } from "./target.ts"

/** A call that changes the registry, and in words what cannot be undone about it. */
export type Write = {
  readonly call:
    | { functionName: "vouch"; args: [Hex, Hex, Hex] }
    | { functionName: "withdraw"; args: [Hex, bigint] }
    | { functionName: "enrol"; args: [number, Hex, Hex, Hex] }
    | { functionName: "retire"; args: [Hex, bigint, Hex] }
  readonly consequence: string
}

/** A signed message that a device gave out. It must be for this registry, or the contract would refuse it for a fee. */
function readSigned(path: string | undefined, { chainId, address }: Target): Record<string, unknown> {
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

const date = (seconds: bigint) => new Date(Number(seconds) * 1000).toISOString()

/** Reads a command's operands. `since` is that of --since. */
export async function parseWrite(target: Target, [command, ...operands]: string[], since?: string): Promise<Write> {
  const [first, second, third] = operands
  switch (command) {
    case "vouch": {
      const args: [Hex, Hex, Hex] = [
        parseBytes("DEVICE", first, 32),
        parseAddress("OPERATOR", second),
        parseBytes("EVIDENCE", third, 32),
      ]
      return {
        call: { functionName: "vouch", args },
        consequence: `you vouch for ${args[0]} once: it can be withdrawn, not changed`,
      }
    }
    case "withdraw": {
      const from = since === undefined ? (await target.client.getBlock()).timestamp : parseUint64("--since", since)
      const consequence = `nothing of ${first} from ${date(from)} on is valid, for ever; the time can only move earlier`
      return { call: { functionName: "withdraw", args: [parseBytes("DEVICE", first, 32), from] }, consequence }
    }
    case "enrol": {
      const { scheme, key, voucher, signature } = readSigned(first, target)
      if (scheme !== 1 && scheme !== 2) throw new UsageError(`scheme ${scheme} is neither 1 nor 2`, "sign it again")
      const bytes = parseBytes("key", key, scheme === 1 ? 32 : 64)
      const args: [number, Hex, Hex, Hex] = [
        scheme,
        bytes,
        parseAddress("voucher", voucher),
        parseBytes("signature", signature, 64),
      ]
      return {
        call: { functionName: "enrol", args },
        consequence: `key ${bytes} belongs to your ledger with voucher ${args[2]} for ever`,
      }
    }
    default: {
      const { device, lastRun, signature } = readSigned(first, target)
      const args: [Hex, bigint, Hex] = [
        parseBytes("device", device, 32),
        parseUint64("lastRun", lastRun),
        parseBytes("signature", signature, 64),
      ]
      return { call: { functionName: "retire", args }, consequence: `${args[0]} ends with run ${args[1]}, for ever` }
    }
  }
}

/** Simulates, so that a refusal costs nothing, then sends and waits for one block. Answers the transaction. */
export async function send(target: Target, { call }: Write): Promise<Hex> {
  const wallet = target.wallet()
  const { request } = await target.client.simulateContract({
    ...call,
    address: target.address,
    abi: ABI,
    account: wallet.account,
  } as never)
  const hash = await wallet.writeContract(request as never)
  const { status } = await target.client.waitForTransactionReceipt({ hash })
  if (status !== "success") throw new Error(`transaction ${hash} reverted`)
  return hash
}
