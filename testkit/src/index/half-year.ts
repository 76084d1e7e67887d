import { ANCHORS_ABI as abi } from "@wattest/chain"
import { boundaryNumber, type Hex, ledgerIdOf } from "@wattest/protocol"
import { type Address, encodeFunctionData } from "viem"
import { type LocalChain, startChain } from "../ledger/local-chain.ts"
import { deployAnchors } from "../local/contracts.ts"
import { createDevice, EVIDENCE, randomRoots, type TestDevice } from "../relayer/devices.ts"

const DAY = 86_400
const VOID: Hex = `0x${"00".repeat(32)}`
const GAS = 7_000_000n
/** Of so many submissions one holds a void run. */
const VOIDS = 40

export type HalfYearPlan = {
  readonly devices: number
  readonly runs: number
  /** Days from the enrolment of all to now. */
  readonly days: number
  /** Days between two submissions of a device. */
  readonly every: number
}

type Submitted = { readonly day: number; readonly place: number; readonly count: number }

/** Which device tells on which day how many runs: staggered; the last falls silent after two thirds, the one before it at half. */
function submissionsOf({ devices, runs, days, every }: HalfYearPlan): readonly Submitted[] {
  const lastDay = (place: number) => (place === devices - 1 ? (days * 2) / 3 : place === devices - 2 ? days / 2 : days)
  const told = Array.from({ length: days * devices }, (_, i) => ({
    day: 1 + Math.floor(i / devices),
    place: i % devices,
  })).filter(({ day, place }) => (day + place) % every === 0 && day <= lastDay(place))
  const upTo = (i: number) => Math.floor((i * runs) / told.length)
  return told.map((each, i) => ({ ...each, count: upTo(i + 1) - upTo(i) }))
}

/**
 * Books as they come to look in months: a ledger whose devices tell their time every few days. The last is silent, the one
 * before it retired, and the first one's voucher took its word back for the last quarter. A second ledger has one young
 * device. The chain ends at `now`, Unix seconds.
 */
export async function tellHalfYear(plan: HalfYearPlan, now: number) {
  const begin = now - (now % DAY) - plan.days * DAY
  const chain = await startChain(begin)
  const registry = (await deployAnchors(chain.deploy)).toLowerCase() as Hex
  const [operator, voucher, second] = chain.accounts as [Address, Address, Address]
  const target = { chainId: 31337, registry }
  const send = senderTo(chain, registry)
  const enrol = async (device: TestDevice, by: Address) => {
    await send(by, "vouch", [device.id, operator, EVIDENCE])
    const { scheme, key } = device.deviceKey
    const signature = device.enrolment(target, operator, by)
    await send(operator, "enrol", [scheme, key, by, boundaryNumber("node"), EVIDENCE, signature])
  }
  const devices = Array.from({ length: plan.devices }, () => createDevice())
  const [first, retired] = [devices[0], devices.at(-2)] as [TestDevice, TestDevice]
  for (const device of devices) await enrol(device, voucher)
  const told = new Map<TestDevice, number>()
  let today = 0
  for (const [i, { day, place, count }] of submissionsOf(plan).entries()) {
    if (day > today) await chain.setTime(begin + day * DAY + 60)
    today = day
    const device = devices[place] as TestDevice
    const next = told.get(device) ?? 0
    const roots = i % VOIDS === VOIDS - 1 ? [VOID, ...randomRoots(count - 1)] : randomRoots(count)
    const { through, signature } = device.submission(target, next, roots, begin + day * DAY)
    await send(operator, "submit", [device.id, BigInt(next), roots, BigInt(through), signature])
    told.set(device, next + count)
  }
  const all = told.get(retired) ?? 0
  await send(operator, "retire", [retired.id, BigInt(all), retired.retirement(target, BigInt(all))])
  await send(voucher, "withdraw", [first.id, BigInt(begin + Math.floor(plan.days * 0.75) * DAY)])
  await enrol(createDevice(), second)
  await chain.setTime(now)
  await chain.client.mine({ blocks: 3 })
  const ids = devices.map(({ id }) => id)
  return { chain, registry, operator, voucher, ledger: ledgerIdOf(operator, voucher), devices: ids, stop: chain.stop }
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
