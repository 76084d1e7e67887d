import { RecentMap, type RegistryAt, readDevice } from "@wattest/chain"
import type { DeviceKey, Hex, SignatureCheck } from "@wattest/protocol"
import { nodeSignatures } from "@wattest/protocol/node"
import { addDevice } from "../store/intake-store.ts"
import type { Db } from "../store/open.ts"
import { deviceById } from "../store/reads.ts"
import { onChain, RETRY_SECONDS, Refusal } from "./refusal.ts"

export type KnownDevices = {
  /** The check of an enrolled device's signatures; asks the chain the first time. Throws a Refusal. */
  checkOf(id: Hex, key: DeviceKey): Promise<SignatureCheck>
}

const MAX_CACHED_DEVICES = 20_000
const MAX_LOOKUPS = 64

export function createKnownDevices(db: Db, at: RegistryAt): KnownDevices {
  const checks = new RecentMap<Hex, SignatureCheck>(MAX_CACHED_DEVICES)
  let lookups = 0

  async function meet(id: Hex, key: DeviceKey): Promise<void> {
    if (lookups >= MAX_LOOKUPS)
      throw new Refusal("CHAIN_UNAVAILABLE", "too many unknown devices at once", {}, RETRY_SECONDS)
    lookups++
    try {
      await addEnrolled(db, at, id, key)
    } finally {
      lookups--
    }
  }

  return {
    async checkOf(id, key) {
      const cached = checks.get(id)
      if (cached) return cached
      const stored = await deviceById(db, id)
      if (stored) requireKey(id, stored, key)
      else await meet(id, key)
      const check = nodeSignatures(key)
      checks.set(id, check)
      return check
    },
  }
}

/** The id of a P-256 key may spell an Ed25519 key: whose key it is, the registry says and not the submission. */
function requireKey(
  id: Hex,
  enrolled: { readonly scheme: number; readonly key: Hex },
  { scheme, key }: DeviceKey,
): void {
  if (enrolled.scheme !== scheme || enrolled.key !== key)
    throw new Refusal("SIGNATURE_INVALID", `device ${id} is enrolled with another key`)
}

/** Remembers a device that a final block has enrolled: an enrolment that a reorganisation can undo promises nothing. */
async function addEnrolled(db: Db, { rpc, registry }: RegistryAt, id: Hex, key: DeviceKey): Promise<void> {
  const final = await onChain(() => readDevice(rpc, registry, id, "finalized"))
  if (final.state === "unknown") {
    const latest = await onChain(() => readDevice(rpc, registry, id, "latest"))
    if (latest.state === "unknown")
      throw new Refusal("ENROLMENT_MISSING", `device ${id} is not enrolled in the registry`)
    throw new Refusal("NOT_FINAL", `the enrolment of device ${id} is not in a final block yet`, {}, RETRY_SECONDS)
  }
  if (final.state === "withdrawn")
    throw new Refusal("DEVICE_WITHDRAWN", `the voucher withdrew its word for device ${id}`)
  requireKey(id, final, key)
  const { operator, voucher, nextRun, runs, through } = final
  await addDevice(db, { id, ...key, operator, voucher, finalRun: nextRun, runs, through })
}
