import {
  deviceIdOf,
  encodeDocument,
  enrolmentMessage,
  type Hex,
  MAX_SUBMISSION_ROOTS,
  type RegistryReference,
  retirementMessage,
  type Submission,
  submissionMessage,
  toHex,
} from "@wattest/protocol"
import type { Device } from "./device.ts"
import type { Enrolment } from "./device-log.ts"

/** The device has signed an enrolment already: it signs one in its life. */
export class EnrolledElsewhere extends Error {
  override readonly name = "EnrolledElsewhere"
}

/**
 * Signs the roots of settled runs from `firstRun` on, at most 128 of them; null where there is none. Signing the same
 * runs again gives a submission that the registry takes as a repeat.
 */
export async function signSubmission(
  device: Device,
  target: RegistryReference,
  firstRun: bigint,
): Promise<Submission | null> {
  const roots = device.state.roots.slice(Number(firstRun), Number(firstRun) + MAX_SUBMISSION_ROOTS)
  if (roots.length === 0) return null
  const id = deviceIdOf(device.signer.device)
  const signature = toHex(await device.signer.sign(submissionMessage(target, id, firstRun, roots)))
  return { ...target, device: device.signer.device, firstRun, roots, signature }
}

export const encodeSubmission = (submission: Submission): Uint8Array => encodeDocument(submission)

/** What the operator sends to the registry's `enrol`. */
export type SignedEnrolment = RegistryReference & {
  readonly scheme: number
  readonly key: Hex
  readonly device: Hex
  readonly operator: Hex
  readonly voucher: Hex
  readonly signature: Hex
}

/**
 * Signs the device's one enrolment. It is durable before it is given out, and asking again for the same one gives it
 * again. Throws {@link EnrolledElsewhere} for another.
 */
export async function signEnrolment(device: Device, wanted: Omit<Enrolment, "signature">): Promise<SignedEnrolment> {
  const { chainId, registry, operator, voucher } = wanted
  const id = deviceIdOf(device.signer.device)
  const before = device.state.enrolment
  if (before === null) {
    const signature = toHex(await device.signer.sign(enrolmentMessage({ chainId, registry }, id, operator, voucher)))
    await device.record({ event: "enrolled", chainId, registry, operator, voucher, signature })
  }
  const { enrolment } = device.state
  const same = (name: keyof typeof wanted) => enrolment?.[name] === wanted[name]
  if (enrolment === null || !(["chainId", "registry", "operator", "voucher"] as const).every(same))
    throw new EnrolledElsewhere(
      `the device has signed its one enrolment, for operator ${before?.operator} and voucher ${before?.voucher} in registry ${before?.registry} on chain ${before?.chainId}`,
    )
  return { ...device.signer.device, device: id, chainId, registry, operator, voucher, signature: enrolment.signature }
}

/** What anyone sends to the registry's `retire`. */
export type SignedRetirement = RegistryReference & {
  readonly device: Hex
  readonly lastRun: bigint
  readonly signature: Hex
}

/** Signs the device's end after its last settled run; from then on it opens no run. */
export async function signRetirement(device: Device, target: RegistryReference): Promise<SignedRetirement> {
  const { roots, openRun, retiredAfter } = device.state
  if (openRun !== null) throw new Error(`run ${openRun} is open: close it before the device retires`)
  if (roots.length === 0) throw new Error("the device has no run yet: a retirement names its last run")
  const lastRun = retiredAfter ?? BigInt(roots.length) - 1n
  if (retiredAfter === null) await device.record({ event: "retired", lastRun })
  const id = deviceIdOf(device.signer.device)
  const signature = toHex(await device.signer.sign(retirementMessage(target, id, lastRun)))
  return { ...target, device: id, lastRun, signature }
}
