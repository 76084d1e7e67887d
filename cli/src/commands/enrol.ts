import { readdir, writeFile } from "node:fs/promises"
import { join } from "node:path"
import { createDevice, DEVICE_FILES, Device, openKey, type SignedEnrolment, signEnrolment } from "@wattest/attester"
import { type Context, confirm, type Hex, jsonLine, type KeyReference, rows, UsageError } from "@wattest/command"
import {
  type Boundary,
  type DeviceKey,
  deviceIdOf,
  encodeVouch,
  type Origin,
  VOUCH_TYPE,
  type VouchDocument,
  vouchDigest,
} from "@wattest/protocol"
import {
  assertGenuine,
  connect,
  enrolment,
  evidenceOf,
  REGISTRY,
  send,
  show,
  type Target,
  vouch,
} from "@wattest/registry"

export type EnrolOptions = {
  readonly home: string
  readonly rpc: string
  readonly chain: number
  readonly registry: Hex
  readonly operator: Hex
  readonly voucher: Hex
  readonly boundary: Boundary
  readonly origin: Origin
  readonly key: KeyReference
  readonly yes: boolean
}

/** A word for the key and where it meters. It names no sensor, so no run can claim that its inventory is whole. */
const vouchFor = (device: Hex, { boundary, origin }: EnrolOptions): VouchDocument => ({
  ...{ mediaType: VOUCH_TYPE, device, boundary, origin, site: "" },
  ...{ sensors: [], metering: [], accelerators: [], previous: null },
  validFrom: Math.floor(Date.now() / 1000),
})

/**
 * The evidence of a device: what its voucher put on chain, else the digest of the document that an operator who is the
 * voucher too writes down now. It stays beside the key, because the digest alone shows nothing to anybody.
 */
async function evidenceFor(target: Target, key: DeviceKey, options: EnrolOptions, context: Context): Promise<Hex> {
  const { home, operator, voucher } = options
  const device = deviceIdOf(key)
  const given = await evidenceOf(target, device, voucher)
  if (given !== null) return given
  if (voucher !== operator)
    throw new UsageError(
      `${voucher} has not vouched for device ${device} yet`,
      `the voucher types: ${context.spell(`registry vouch ${device} ${operator} EVIDENCE`)}`,
    )
  const path = join(home, DEVICE_FILES.vouch)
  const written = vouchFor(device, options)
  await writeFile(path, encodeVouch(written))
  context.terminal.say(`wrote ${path}: what you vouch for; keep it, the chain holds its SHA-256 alone`)
  return vouchDigest(written)
}

/** The device's enrolment, signed; the device is made where the folder holds none. */
async function signedBy(target: Target, options: EnrolOptions, context: Context): Promise<SignedEnrolment> {
  const { home, chain: chainId, registry, operator, voucher, boundary } = options
  const names = await readdir(home).catch(() => [] as string[])
  if (!names.includes(DEVICE_FILES.log)) {
    await createDevice(home, { scheme: "ed25519" })
    context.terminal.say(`made a device in ${home}`)
  }
  const device = await Device.open(home, await openKey(home))
  try {
    // A device signs one enrolment in its life; its voucher may have revised the evidence since.
    const evidence =
      device.state.enrolment?.evidence ?? (await evidenceFor(target, device.signer.device, options, context))
    return await signEnrolment(device, { chainId, registry, operator, voucher, boundary, evidence })
  } finally {
    await device.close()
  }
}

/** From a folder to an enrolled device. Asked again, it goes on where it stopped. */
export async function enrolDevice(options: EnrolOptions, context: Context): Promise<undefined> {
  const target = await connect(options, context)
  await assertGenuine(target, REGISTRY)
  const signed = await signedBy(target, options, context)
  const { device, operator, voucher, boundary, evidence } = signed
  const { state } = await show(target, device)
  if (state === "unknown") {
    const write = enrolment(signed)
    if (!options.yes) await confirm(context.terminal, write.consequence)
    const isVouched = (await evidenceOf(target, device, voucher)) !== null
    if (!isVouched) await send(target, vouch(device, operator, evidence), options.key)
    await send(target, write, options.key)
  }
  const said = { device, operator, voucher, boundary, evidence, state: state === "unknown" ? "active" : state }
  context.terminal.print(context.json ? jsonLine(said) : rows(Object.entries(said)))
}
