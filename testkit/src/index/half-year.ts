import { ANCHORS_ABI as abi } from "@wattest/chain"
import { boundaryNumber, type Hex, ledgerIdOf } from "@wattest/protocol"
import { type Address, encodeFunctionData } from "viem"
import { type LocalChain, startChain } from "../ledger/local-chain.ts"
import { deployAnchors } from "../local/contracts.ts"
import { createDevice, EVIDENCE, randomRoots, type TestDevice } from "../relayer/devices.ts"

const DAY = 86_400
const VOID: Hex = `0x${"00".repeat(32)}`
const GAS = 7_000_000n

export type HalfYearPlan = {
  readonly devices: number
  readonly runs: number
  /** Days from the enrolment of all to now. */
  readonly days: number
  /** Days between two submissions of a device. */
  readonly every: number
}

type Member = { readonly device: TestDevice; runs: number }

/**
 * Books as they come to look in months: a ledger whose devices tell their time every few days, staggered. Of them the last
 * falls silent after two thirds, the one before it is retired at half, and one's voucher takes its word back for the last
 * quarter; every fortieth submission holds a void run. A second ledger has one young device. Ends today, at `now`.
 */
export async function tellHalfYear(plan: HalfYearPlan, now: number) {
  const begin = now - (now % DAY) - plan.days * DAY
  const chain = await startChain(begin)
  const registry = (await deployAnchors(chain.deploy)).toLowerCase() as Hex
  const [operator, voucher, second] = chain.accounts as [Address, Address, Address]
  const target = { chainId: 31337, registry }
  const send = senderTo(chain, registry)
  const members = Array.from({ length: plan.devices }, (): Member => ({ device: createDevice(), runs: 0 }))
  const enrol = async ({ device }: Member, by: Address) => {
    await send(by, "vouch", [device.id, operator, EVIDENCE])
    const { scheme, key } = device.deviceKey
    const signature = device.enrolment(target, operator, by)
    await send(operator, "enrol", [scheme, key, by, boundaryNumber("node"), EVIDENCE, signature])
  }
  for (const member of members) await enrol(member, voucher)
  const steps = Math.floor(plan.days / plan.every)
  const each = Math.max(1, Math.round(plan.runs / (plan.devices * steps)))
  let left = plan.runs
  let told = 0
  for (let day = 1; day <= plan.days; day++) {
    const midnight = begin + day * DAY
    await chain.setTime(midnight + 60)
    for (const [i, member] of members.entries()) {
      const isQuiet =
        (i === plan.devices - 1 && day > (plan.days * 2) / 3) || (i === plan.devices - 2 && day > plan.days / 2)
      if ((day + i) % plan.every !== 0 || isQuiet || left === 0) continue
      const count = Math.min(each, left, 128)
      const roots = randomRoots(count)
      if (++told % 40 === 0) roots[0] = VOID
      const { through, signature } = member.device.submission(target, member.runs, roots, midnight)
      await send(operator, "submit", [member.device.id, BigInt(member.runs), roots, BigInt(through), signature])
      member.runs += count
      left -= count
    }
  }
  const [lost] = members
  const retired = members.at(-2)
  if (retired !== undefined)
    await send(operator, "retire", [
      retired.device.id,
      BigInt(retired.runs),
      retired.device.retirement(target, BigInt(retired.runs)),
    ])
  if (lost !== undefined)
    await send(voucher, "withdraw", [lost.device.id, BigInt(begin + Math.floor(plan.days * 0.75) * DAY)])
  await enrol({ device: createDevice(), runs: 0 }, second)
  await chain.setTime(now)
  await chain.client.mine({ blocks: 3 })
  return {
    chain,
    registry,
    operator,
    ledger: ledgerIdOf(operator, voucher),
    devices: members.map(({ device }) => device.id),
    stop: chain.stop,
  }
}

/** Sends a call to the registry in a block of its own. Throws where it is reverted. */
function senderTo({ client }: LocalChain, registry: Hex) {
  return async (account: Address, functionName: string, args: readonly unknown[]): Promise<void> => {
    const data = encodeFunctionData({ abi, functionName, args } as never)
    const hash = await client.sendUnsignedTransaction({ from: account, to: registry, data, gas: GAS } as never)
    const { status } = await client.waitForTransactionReceipt({ hash, pollingInterval: 5 })
    if (status !== "success") throw new Error(`${functionName} was reverted`)
  }
}
