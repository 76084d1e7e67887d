import { createHash } from "node:crypto"
import { readdir } from "node:fs/promises"
import { createDevice, DEVICE_FILES, Device, openKey, type SignedEnrolment, signEnrolment } from "@wattest/attester"
import { type Context, confirm, type Hex, jsonLine, type KeyReference, rows, UsageError } from "@wattest/command"
import { encodeDocument } from "@wattest/protocol"
import { assertGenuine, connect, enrolment, REGISTRY, send, show, type Target, vouch, vouched } from "@wattest/registry"

export type EnrolOptions = {
  readonly home: string
  readonly rpc: string
  readonly chain: number
  readonly registry: Hex
  readonly operator: Hex
  readonly voucher: Hex
  readonly key: KeyReference
  readonly yes: boolean
}

/** The device's enrolment, signed; the device is made where the folder holds none. */
async function signedBy(options: EnrolOptions, { terminal }: Context): Promise<SignedEnrolment> {
  const { home, chain: chainId, registry, operator, voucher } = options
  const names = await readdir(home).catch(() => [] as string[])
  if (!names.includes(DEVICE_FILES.log)) {
    await createDevice(home, { scheme: "ed25519" })
    terminal.say(`made a device in ${home}`)
  }
  const device = await Device.open(home, await openKey(home))
  try {
    return await signEnrolment(device, { chainId, registry, operator, voucher })
  } finally {
    await device.close()
  }
}

/** Gives the voucher's word where the voucher is who types, and asks for it where it is somebody else. */
async function vouchFor(target: Target, signed: SignedEnrolment, options: EnrolOptions, context: Context) {
  const { device, operator, voucher } = signed
  if (await vouched(target, device, voucher)) return
  // A voucher who is the operator too has nothing to show but what the device signed.
  const evidence = `0x${createHash("sha256").update(encodeDocument(signed)).digest("hex")}` as const
  if (voucher !== operator)
    throw new UsageError(
      `${voucher} has not vouched for device ${device} yet`,
      `the voucher types: ${context.spell(`registry vouch ${device} ${operator} EVIDENCE`)}`,
    )
  await send(target, vouch(device, operator, evidence), options.key)
}

/** From a folder to an enrolled device. Asked again, it goes on where it stopped. */
export async function enrolDevice(options: EnrolOptions, context: Context): Promise<undefined> {
  const target = await connect(options, context)
  await assertGenuine(target, REGISTRY)
  const signed = await signedBy(options, context)
  const { state } = await show(target, signed.device)
  if (state === "unknown") {
    const write = enrolment(signed)
    if (!options.yes) await confirm(context.terminal, write.consequence)
    await vouchFor(target, signed, options, context)
    await send(target, write, options.key)
  }
  const { device, operator, voucher } = signed
  const said = { device, operator, voucher, state: state === "unknown" ? "active" : state }
  context.terminal.print(context.json ? jsonLine(said) : rows(Object.entries(said)))
}
