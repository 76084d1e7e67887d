import {
  type Asked,
  askedOf,
  type Boundary,
  type ContractProof,
  type Filters,
  foldSegment,
  GRADES,
  type Grade,
  type MetricName,
  metricNumber,
  type Opening,
  openingOf,
  originOf,
  REGISTERS,
  type Registers,
  type Segment,
  type Slot,
  type Statement,
  slotRoot,
} from "@wattest/protocol"
import { type Address, getAddress, type Hex, keccak256, toBytes } from "viem"
import { createChain } from "../contracts/chain.ts"
import { type Device, messages, p256Device } from "../contracts/device.ts"
import { prove, word } from "./proofs.ts"

const START = 2_000_000_000n

/** A chain with the registry of anchors and that of claims, and an operator with two vouchers. */
export async function createWorld() {
  const chain = await createChain()
  const { viem, registry } = chain
  const fold = await viem.deployContract("FoldVerifier")
  const bound = await viem.deployContract("BoundVerifier")
  const claims = await viem.deployContract("ClaimRegistry", [registry.address, fold.address, bound.address])
  const operator = chain.operator.account.address
  const ledgerId = (voucher: Address) => registry.read.ledgerId([operator, voucher])
  const wallets = [chain.voucher, chain.relayer]
  const ledgers = await Promise.all(
    wallets.map(async (wallet) => ({ wallet, id: await ledgerId(wallet.account.address) })),
  )
  const vouchers = ledgers.sort((a, b) => (a.id < b.id ? -1 : 1)).map(({ wallet }) => wallet)
  const [first, second] = vouchers
  if (!first || !second) throw new Error("the world has fewer than two vouchers")
  return { ...chain, claims, vouchers: [first, second] as const, fold, bound }
}

export type World = Awaited<ReturnType<typeof createWorld>>

/** The time of period i of the tests, each an hour. */
export const periodStart = (i: number) => START + BigInt(i) * 3600n

/** A device of the operator, vouched for and enrolled. */
export async function enrolDevice({ registry, operator }: World, voucher: World["voucher"]): Promise<Device> {
  const device = p256Device()
  const [owner, warrant] = [operator.account.address, voucher.account.address]
  await registry.write.vouch([device.id, owner, word(7)], { account: voucher.account })
  const place = messages({ chainId: 31337, registry: registry.address })
  await registry.write.enrol([2, device.key, warrant, device.sign(place.enrolment(device.id, owner, warrant))])
  return device
}

/** Anchors slots as runs of a device in one submission, at a time. */
export async function anchor(world: World, device: Device, { slots, time }: { slots: readonly Slot[]; time: bigint }) {
  const { registry, networkHelpers } = world
  const { nextRun } = await registry.read.deviceOf([device.id])
  const roots = slots.map((slot) => word(slotRoot(slot)))
  const message = messages({ chainId: 31337, registry: registry.address }).submission(device.id, nextRun, roots)
  await networkHelpers.time.setNextBlockTimestamp(time)
  await registry.write.submit([device.id, nextRun, roots, device.sign(message)])
}

/** A run's opening from the little that the tests vary; the same arguments give the same run. */
export function runOf(name: string, options: RunOptions = {}): Opening {
  const { registers = {}, model = "llama", unit = "token", boundary = "node", energyGrade = "measured" } = options
  const digest = BigInt(keccak256(toBytes(name))) >> 8n
  const values = Object.fromEntries(REGISTERS.map((register) => [register, registers[register] ?? 0n])) as Registers
  const statement: Statement = {
    ...{ registers: values, model, unit, boundary, energyGrade, zone: "", party: "" },
    ...{ startTimeMs: 1, endTimeMs: 2, lifetimeMillijoules: 3n, captures: 4, context: {} },
    status: "continued",
    workGrade: "declared",
  }
  return openingOf(statement, { origin: originOf(`0x${"11".repeat(32)}`, 0n), salt: digest, capturesRoot: digest })
}

type RunOptions = {
  readonly registers?: Partial<Registers>
  readonly model?: string
  readonly unit?: string
  readonly boundary?: Boundary
  readonly energyGrade?: Grade
}

export const FILTERS: Filters = {
  ...{ model: "llama", unit: "token", zone: "", party: "" },
  ...{ boundary: "node", energyGrade: "measured", workGrade: "declared" },
}

export const ASKED: Asked = askedOf(FILTERS)

/** Terms of a claim over some of the world's vouchers, as the contract takes them. */
export function termsOf(
  vouchers: readonly World["voucher"][],
  [from, to]: readonly [bigint, bigint],
  metric: MetricName,
  filters: Filters = FILTERS,
) {
  const { boundary, energyGrade, workGrade, ...tags } = filters
  return {
    vouchers: vouchers.map(({ account }) => getAddress(account.address)),
    ...{ from, to, metric: metricNumber(metric) },
    filters: {
      ...tags,
      boundary: Number(askedOf({ ...filters, boundary }).boundary),
      energyGrade: GRADES.indexOf(energyGrade),
      workGrade: GRADES.indexOf(workGrade),
    },
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
