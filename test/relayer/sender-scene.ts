import type { Header, Rpc, View } from "@wattest/chain"
import type { Hex } from "@wattest/protocol"
import { createDevice, documentOf, randomRoots, type TestDevice } from "@wattest/testkit/relayer/devices"
import { privateKeyToAccount } from "viem/accounts"
import { createIntake } from "../../relayer/src/http/intake.ts"
import { addDevice } from "../../relayer/src/store/intake-store.ts"
import type { Db } from "../../relayer/src/store/open.ts"

export const REGISTRY: Hex = `0x${"11".repeat(20)}`
export const VOUCHER: Hex = `0x${"77".repeat(20)}`
export const TARGET = { chainId: 7, registry: REGISTRY }
export const FEES = { maxFee: 20, maxTip: 2 }
/** Unix seconds up to which queued submissions tell. */
export const THROUGH = 1_000_000_020
const LIMITS = { perDevicePerSecond: 100, perDeviceBurst: 100, backlog: 1000, promiseSeconds: 100 }

export const signer = privateKeyToAccount(`0x${"17".repeat(32)}`)

export const viewAt = (number: number, { gasLimit = 10_000_000n, reorganisations = 0 } = {}): View => {
  const [hash, time]: readonly [Hex, number] = [`0x${"00".repeat(32)}`, 4_000_000_000]
  const head: Header = {
    ...{ number, hash, parentHash: hash, receiptsRoot: hash, logsBloom: new Uint8Array(), time, gasLimit },
    ...{ baseFee: 1, rlp: new Uint8Array() },
  }
  return { tip: head, finalized: head, reorganisations, isCurrent: true }
}

/** Queues a submission of a run for each of so many new devices. */
export async function queueRuns(db: Db, rpc: Rpc, count: number): Promise<readonly TestDevice[]> {
  const intake = createIntake({ db, rpc, ...TARGET, promiser: signer, limits: LIMITS, backlog: () => 0, accepted() {} })
  const devices = Array.from({ length: count }, () => createDevice())
  for (const device of devices) {
    const { id, deviceKey } = device
    const known = { id, ...deviceKey, operator: VOUCHER, voucher: VOUCHER, finalRun: 0, runs: null, through: 0 }
    await addDevice(db, known)
    await intake.submit(documentOf(device.submission(TARGET, 0, randomRoots(1), THROUGH)))
  }
  return devices
}
