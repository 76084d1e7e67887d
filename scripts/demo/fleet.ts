import type { Hex } from "@wattest/protocol"
import type { Device, RunPlan } from "@wattest/testkit/ledger/archive"
import { LedgerOnChain } from "@wattest/testkit/ledger/ledger"
import { type LocalChain, startChain } from "@wattest/testkit/ledger/local-chain"
import { deployAnchors } from "@wattest/testkit/local/contracts"

/** Unix seconds of the first midnight, and of the one three days later. */
export const FROM = Date.UTC(2026, 2, 2) / 1000
const DAYS = 3
const DAY = 86_400
export const TO = FROM + DAYS * DAY

export const DEVICES = 5
/** The device that is off, and the day whose first shift it sleeps through. */
const OFF = { device: 3, day: 1 }

const SHIFT = DAY / 3
/** A node's power and what it delivers in each shift of eight hours, from midnight on. */
const SHIFTS = [
  { watts: 2400, tokensPerSecond: 20_000 },
  { watts: 5200, tokensPerSecond: 60_000 },
  { watts: 4100, tokensPerSecond: 42_000 },
] as const

function planOf(device: number, startsAt: number, { watts, tokensPerSecond }: (typeof SHIFTS)[number]): RunPlan {
  // No two nodes take quite the same; each sensor answers nothing for two seconds of a shift.
  const energyMillijoules = BigInt(SHIFT * watts * (1000 + 5 * device))
  const workUnits = BigInt(SHIFT * tokensPerSecond)
  const registers = { energyMillijoules, uncertaintyMillijoules: energyMillijoules / 100n, workUnits }
  return {
    ...{ model: "sample-8b", unit: "token", zone: "DE", fed: ["work"], captures: 1 },
    ...{ energyGrade: "simulated", workGrade: "simulated", origin: "recorded" },
    ...{ startTimeMs: startsAt * 1000, endTimeMs: (startsAt + SHIFT) * 1000 },
    registers: { ...registers, blindMilliseconds: 2000n },
  }
}

const dayOf = (device: number, day: number): readonly RunPlan[] =>
  SHIFTS.flatMap((shift, i) => {
    const isOff = device === OFF.device && day === OFF.day && i === 0
    return isOff ? [] : [planOf(device, FROM + day * DAY + i * SHIFT, shift)]
  })

export type Fleet = {
  readonly chain: LocalChain
  readonly registry: Hex
  readonly ledger: LedgerOnChain
  readonly runs: number
}

/** Five enrolled devices on a chain of their own, whose days are anchored after each midnight; all is final. */
export async function meterFleet(archive: string): Promise<Fleet> {
  const chain = await startChain(FROM - 3600)
  const [operator = "0x", voucher = "0x"] = chain.accounts
  const registry = await deployAnchors(chain.deploy)
  const ledger = new LedgerOnChain(chain, registry, { operator, voucher, archive })
  const devices: Device[] = []
  for (let i = 0; i < DEVICES; i++) devices.push(await ledger.enrol())
  let runs = 0
  for (let day = 0; day < DAYS; day++)
    for (const [i, device] of devices.entries()) {
      const plans = dayOf(i, day)
      await ledger.anchor(device, FROM + (day + 1) * DAY + 90 + i, plans)
      runs += plans.length
    }
  await chain.client.mine({ blocks: 3, interval: 60 })
  return { chain, registry, ledger, runs }
}
