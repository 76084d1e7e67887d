import {
  type Boundary,
  boundaryNumber,
  enrolmentMessage,
  type Hex,
  ledgerIdOf,
  type RunRecord,
  submissionMessage,
} from "@wattest/protocol"
import type { Address } from "viem"
import { artifactOf } from "../local/contracts.ts"
import { type Device, newDevice, type RunPlan, writeRun } from "./archive.ts"
import type { LocalChain } from "./local-chain.ts"

const ANCHORS = () => artifactOf("AnchorRegistry")
/** Digest of the devices' vouch document. */
const EVIDENCE: Hex = `0x${"07".repeat(32)}`

/** A ledger on a real chain, its devices, and the archive of their runs. */
export class LedgerOnChain {
  readonly chain: LocalChain
  readonly registry: Address
  readonly operator: Address
  readonly voucher: Address
  readonly archive: string
  readonly id: Hex
  readonly #next = new Map<Hex, bigint>()
  readonly #ends = new Map<Hex, number>()

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

  async enrol(boundary: Boundary = "node"): Promise<Device> {
    const device = newDevice()
    const { abi } = ANCHORS()
    const { operator, voucher } = this
    const vouch = { abi, functionName: "vouch", args: [device.id, operator, EVIDENCE] }
    await this.chain.write(voucher, this.registry, vouch)
    const terms = { operator, voucher, boundary, evidence: EVIDENCE }
    const signature = device.sign(enrolmentMessage(this.target, device.id, terms))
    const { scheme, key } = device.key
    const args = [scheme, key, voucher, boundaryNumber(terms.boundary), EVIDENCE, signature]
    await this.chain.write(operator, this.registry, { abi, functionName: "enrol", args })
    return device
  }

  /**
   * Writes runs into the archive and anchors them in one submission at this block time; null is a void run. They end evenly
   * between `since` and the whole minute before the anchor, the first one begins where the device's last one ended.
   */
  async anchor(
    device: Device,
    time: number,
    plans: readonly (RunPlan | null)[],
    since = time - 600,
  ): Promise<readonly (RunRecord | null)[]> {
    const first = this.#next.get(device.id) ?? 0n
    const through = time - (time % 60)
    let startTimeMs = this.#ends.get(device.id) ?? since * 1000
    const records = plans.map((plan, i) => {
      if (plan === null) return null
      const endTimeMs = since * 1000 + Math.floor(((i + 1) * (through - since) * 1000) / plans.length)
      const record = writeRun(this.archive, device, first + BigInt(i), { captures: 1, startTimeMs, endTimeMs, ...plan })
      startTimeMs = endTimeMs
      return record
    })
    this.#ends.set(device.id, startTimeMs)
    const roots = records.map((record): Hex => record?.root ?? `0x${"00".repeat(32)}`)
    const signature = device.sign(submissionMessage(this.target, device.id, { firstRun: first, roots, through }))
    await this.chain.setTime(time)
    const submit = { abi: ANCHORS().abi, functionName: "submit", args: [device.id, first, roots, through, signature] }
    await this.chain.write(this.operator, this.registry, submit)
    this.#next.set(device.id, first + BigInt(plans.length))
    return records
  }

  async withdraw(device: Device, since: number): Promise<void> {
    const withdraw = { abi: ANCHORS().abi, functionName: "withdraw", args: [device.id, since] }
    await this.chain.write(this.voucher, this.registry, withdraw)
  }
}
