import { enrolmentMessage, type Hex, ledgerIdOf, type RunRecord, submissionMessage } from "@wattest/protocol"
import type { Address } from "viem"
import { artifactOf } from "../local/contracts.ts"
import { type Device, newDevice, type RunPlan, writeRun } from "./archive.ts"
import type { LocalChain } from "./local-chain.ts"

const ANCHORS = () => artifactOf("AnchorRegistry")

/** A ledger on a real chain, its devices, and the archive of their runs. */
export class LedgerOnChain {
  readonly chain: LocalChain
  readonly registry: Address
  readonly operator: Address
  readonly voucher: Address
  readonly archive: string
  readonly id: Hex
  readonly #next = new Map<Hex, bigint>()

  constructor(chain: LocalChain, registry: Address, owner: { operator: Address; voucher: Address; archive: string }) {
    this.chain = chain
    this.registry = registry
    this.operator = owner.operator
    this.voucher = owner.voucher
    this.archive = owner.archive
    this.id = ledgerIdOf(owner.operator, owner.voucher)
  }

  get target() {
    return { chainId: 31337, registry: this.registry }
  }

  async enrol(): Promise<Device> {
    const device = newDevice()
    const { abi } = ANCHORS()
    const vouch = { abi, functionName: "vouch", args: [device.id, this.operator, `0x${"07".repeat(32)}`] }
    await this.chain.write(this.voucher, this.registry, vouch)
    const signature = device.sign(enrolmentMessage(this.target, device.id, this.operator, this.voucher))
    const enrol = { abi, functionName: "enrol", args: [device.key.scheme, device.key.key, this.voucher, signature] }
    await this.chain.write(this.operator, this.registry, enrol)
    return device
  }

  /** Writes runs into the archive and anchors them in one submission at this block time; null is a void run. */
  async anchor(
    device: Device,
    time: number,
    plans: readonly (RunPlan | null)[],
  ): Promise<readonly (RunRecord | null)[]> {
    const first = this.#next.get(device.id) ?? 0n
    const records = plans.map(
      (plan, i) => plan && writeRun(this.archive, device, first + BigInt(i), { captures: 1, ...plan }),
    )
    const roots = records.map((record): Hex => record?.root ?? `0x${"00".repeat(32)}`)
    const signature = device.sign(submissionMessage(this.target, device.id, first, roots))
    await this.chain.setTime(time)
    const submit = { abi: ANCHORS().abi, functionName: "submit", args: [device.id, first, roots, signature] }
    await this.chain.write(this.operator, this.registry, submit)
    this.#next.set(device.id, first + BigInt(plans.length))
    return records
  }

  async withdraw(device: Device, since: number): Promise<void> {
    const withdraw = { abi: ANCHORS().abi, functionName: "withdraw", args: [device.id, since] }
    await this.chain.write(this.voucher, this.registry, withdraw)
  }
}
