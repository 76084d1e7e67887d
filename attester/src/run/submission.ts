import {
  type Boundary,
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

const MINUTE_MS = 60_000

/** End of the minute that holds a time, Unix seconds. */
const minuteOf = (timeMs: number) => Math.ceil(timeMs / MINUTE_MS) * 60

/**
 * How many of the runs that ended at these times are handed over together: all that ended in minutes that are over at
 * `nowMs`, at most 128, and none of a minute without the others. More than 128 of one minute go in parts.
 */
export function handedOver(endTimesMs: readonly number[], nowMs: number): number {
  const over = endTimesMs.findIndex((timeMs) => minuteOf(timeMs) * 1000 > nowMs)
  const ready = over < 0 ? endTimesMs.length : over
  if (ready <= MAX_SUBMISSION_ROOTS) return ready
  const next = minuteOf(endTimesMs[MAX_SUBMISSION_ROOTS] ?? 0)
  const whole = endTimesMs.findIndex((timeMs) => minuteOf(timeMs) === next)
  return whole === 0 ? MAX_SUBMISSION_ROOTS : whole
}

/**
 * Signs the roots of settled runs from `firstRun` on whose minutes are over at `nowMs`, at most 128 of them; null where there is
 * none. Signing the same runs again gives a submission that the registry takes as a repeat.
 */
export async function signSubmission(
  device: Device,
  target: RegistryReference,
  firstRun: bigint,
  nowMs: number,
): Promise<Submission | null> {
  const first = Number(firstRun)
  const count = handedOver(device.state.endTimesMs.slice(first), nowMs)
  if (count === 0) return null
  const roots = device.state.roots.slice(first, first + count)
  const through = minuteOf(device.state.endTimesMs[first + count - 1] ?? 0)
  const id = deviceIdOf(device.signer.device)
  const signature = toHex(await device.signer.sign(submissionMessage(target, id, { firstRun, roots, through })))
  return { ...target, device: device.signer.device, firstRun, roots, through, signature }
}

export const encodeSubmission = (submission: Submission): Uint8Array => encodeDocument(submission)

/** What the operator sends to the registry's `enrol`. */
export type SignedEnrolment = RegistryReference & {
  readonly scheme: number
  readonly key: Hex
  readonly device: Hex
  readonly operator: Hex
  readonly voucher: Hex
  readonly boundary: Boundary
  readonly evidence: Hex
  readonly signature: Hex
}

/**
 * Signs the device's one enrolment. It is durable before it is given out, and asking again for the same one gives it
 * again. Throws {@link EnrolledElsewhere} for another.
 */
export async function signEnrolment(device: Device, wanted: Omit<Enrolment, "signature">): Promise<SignedEnrolment> {
  const id = deviceIdOf(device.signer.device)
  if (device.state.enrolment === null) {
    const signature = toHex(await device.signer.sign(enrolmentMessage(wanted, id, wanted)))
    await device.record({ event: "enrolled", ...wanted, signature })
  }
  const { enrolment } = device.state
  const terms = ["chainId", "registry", "operator", "voucher", "boundary", "evidence"] as const
  const other = terms.find((name) => enrolment?.[name] !== wanted[name])
  if (enrolment === null || other !== undefined)
    throw new EnrolledElsewhere(
      `the device has signed its one enrolment: ${terms.map((name) => `${name} ${enrolment?.[name]}`).join(", ")}`,
    )
  return { ...device.signer.device, device: id, ...enrolment }
}

/** What anyone sends to the registry's `retire`. */
export type SignedRetirement = RegistryReference & {
  readonly device: Hex
  /** In all. */
  readonly runs: bigint
  readonly signature: Hex
}

/** Signs the device's end after its settled runs, if it had any; from then on it opens no run. */
export async function signRetirement(device: Device, target: RegistryReference): Promise<SignedRetirement> {
  const { roots, openRun, runsInAll } = device.state
  if (openRun !== null) throw new Error(`run ${openRun} is open: close it before the device retires`)
  const runs = runsInAll ?? BigInt(roots.length)
  if (runsInAll === null) await device.record({ event: "retired", runs })
  const id = deviceIdOf(device.signer.device)
  const signature = toHex(await device.signer.sign(retirementMessage(target, id, runs)))
  return { ...target, device: id, runs, signature }
}
