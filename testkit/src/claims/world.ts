import {
  type Asked,
  askedOf,
  type Boundary,
  type Conditions,
  type ContractProof,
  contractConditions,
  contractFilters,
  type Fed,
  type Filters,
  foldSegment,
  type Grade,
  type Opening,
  openingOf,
  REGISTERS,
  type Registers,
  runIdentity,
  type Segment,
  type Slot,
  type Statement,
  slotRoot,
} from "@wattest/protocol"
import { type Address, getAddress, type Hex, keccak256, toBytes } from "viem"
import { createChain } from "../contracts/chain.ts"
import { type Device, messages, p256Device } from "../contracts/device.ts"
import { prove, word } from "./proofs.ts"

const START = 2_000_000_040n

/** A chain with the registry of anchors and that of claims, and an operator with two vouchers. */
export async function createWorld() {
  const chain = await createChain()
  const { viem, registry, arithmetic } = chain
  const claims = await viem.deployContract("ClaimRegistry", [registry.address, arithmetic[2]])
  const operator = chain.operator.account.address
  const ledgerId = (voucher: Address) => registry.read.ledgerId([operator, voucher])
  const wallets = [chain.voucher, chain.relayer]
  const ledgers = await Promise.all(
    wallets.map(async (wallet) => ({ wallet, id: await ledgerId(wallet.account.address) })),
  )
  const vouchers = ledgers.sort((a, b) => (a.id < b.id ? -1 : 1)).map(({ wallet }) => wallet)
  const [first, second] = vouchers
  if (!first || !second) throw new Error("the world has fewer than two vouchers")
  return { ...chain, claims, vouchers: [first, second] as const }
}

export type World = Awaited<ReturnType<typeof createWorld>>

/** The time of period i of the tests, each an hour; a whole minute. */
export const periodStart = (i: number) => START + BigInt(i) * 3600n

/** A device of the operator, vouched for and enrolled. */
export async function enrolDevice({ registry, operator }: World, voucher: World["voucher"]): Promise<Device> {
  const device = p256Device()
  const [owner, warrant] = [operator.account.address, voucher.account.address]
  await registry.write.vouch([device.id, owner, word(7)], { account: voucher.account })
  const place = messages({ chainId: 31337, registry: registry.address })
  const signature = device.sign(place.enrolment(device.id, owner, warrant))
  await registry.write.enrol([2, device.key, warrant, 2, word(7), signature])
  return device
}

/** Anchors slots as runs of a device in one submission, at a time; its books reach to the whole minute before. */
export async function anchor(world: World, device: Device, { slots, time }: { slots: readonly Slot[]; time: bigint }) {
  const { registry, networkHelpers } = world
  const { member } = await registry.read.deviceOf([device.id])
  const roots = slots.map((slot) => word(slotRoot(slot)))
  const through = time - (time % 60n)
  const place = messages({ chainId: 31337, registry: registry.address })
  const message = place.submission(device.id, member.nextRun, roots, through)
  await networkHelpers.time.setNextBlockTimestamp(time)
  await registry.write.submit([device.id, member.nextRun, roots, through, device.sign(message)])
}

/** What all sources feed in the runs of tests, unless said otherwise. */
export const FED: readonly Fed[] = ["accelerator", "idle", "work", "accepted", "carbon", "water"]

/** A run's opening from the little that the tests vary; the same arguments give the same run. */
export function runOf(name: string, options: RunOptions = {}): Opening {
  const { registers = {}, endsAt = periodStart(1) + 60n, seconds = 60n, ...rest } = options
  const digest = BigInt(keccak256(toBytes(name))) >> 8n
  const values = Object.fromEntries(REGISTERS.map((register) => [register, registers[register] ?? 0n])) as Registers
  const statement: Statement = {
    ...{ registers: values, model: "llama", unit: "token", zone: "", site: "", party: "" },
    ...{ startTimeMs: Number(endsAt - seconds) * 1000, endTimeMs: Number(endsAt) * 1000 },
    ...{ lifetimeMillijoules: 3n, captures: 4, context: {}, boundary: "node", energyGrade: "measured" },
    ...{ status: "continued", workGrade: "declared", origin: "live", fed: FED, broken: false },
    ...rest,
  }
  return openingOf(statement, { identity: runIdentity(`0x${"11".repeat(32)}`, 0n), salt: digest, capturesRoot: digest })
}

export type RunOptions = {
  readonly registers?: Partial<Registers>
  readonly model?: string
  readonly unit?: string
  readonly boundary?: Boundary
  readonly energyGrade?: Grade
  readonly broken?: boolean
  readonly fed?: readonly Fed[]
  /** Unix seconds. */
  readonly endsAt?: bigint
  readonly seconds?: bigint
}

export const FILTERS: Filters = {
  ...{ model: "llama", unit: "token", zone: null, site: null, party: null },
  boundary: "node",
}
export const CONDITIONS: Conditions = {
  ...{ energyGrade: "measured", workGrade: "declared", origin: "live" },
  required: FED,
}

export const PERIOD = [periodStart(1), periodStart(2)] as const
/** The hour after the period is for late anchors. */
export const AS_OF = periodStart(3)

export type Asking = {
  readonly filters?: Filters
  readonly conditions?: Conditions
  readonly period?: readonly [bigint, bigint]
  readonly asOf?: bigint
}

/** What segments of a tally with these terms prove. */
export function askedWith({ filters = FILTERS, conditions = CONDITIONS, period = PERIOD }: Asking = {}): Asked {
  const [from, to] = period
  return askedOf(filters, conditions, { from: Number(from), to: Number(to) })
}

export const ASKED: Asked = askedWith()

/** Terms of a tally over some of the world's vouchers, as the contract takes them. */
export function termsOf(vouchers: readonly World["voucher"][], asking: Asking = {}) {
  const { filters = FILTERS, period = PERIOD, asOf = AS_OF } = asking
  const asked = askedWith(asking)
  return {
    vouchers: vouchers.map(({ account }) => getAddress(account.address)),
    ...{ from: period[0], to: period[1], asOf },
    filters: contractFilters(filters, asked),
    conditions: contractConditions(asked),
  }
}

/** A proven segment as the contract takes it, and where the next one starts. */
export async function proveSegment(...args: Parameters<typeof foldSegment>) {
  const segment = foldSegment(...args)
  return { segment, call: callOf(segment, await prove("fold", segment.input)) }
}

export function callOf({ counts, headTo, input }: Segment, proof: ContractProof): SegmentCall {
  return { ...counts, head: word(headTo), accumulator: input.cTo, proof }
}

export type SegmentCall = {
  readonly length: number
  readonly unopened: number
  readonly voids: number
  readonly head: Hex
  readonly accumulator: bigint
  readonly proof: ContractProof
}
