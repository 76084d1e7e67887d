import { readdir } from "node:fs/promises"
import { join } from "node:path"
import {
  type AgentConfig,
  createDevice,
  DEVICE_FILES,
  Device,
  describeVouch,
  openKey,
  readAgentConfig,
  type SignedEnrolment,
  signEnrolment,
  takeInventory,
} from "@wattest/attester"
import {
  type Context,
  confirm,
  createDurably,
  type Hex,
  jsonLine,
  type KeyReference,
  rows,
  UsageError,
} from "@wattest/command"
import {
  type Boundary,
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
  readonly config: string | undefined
  readonly boundary: Boundary | undefined
  readonly origin: Origin
  readonly key: KeyReference
  readonly yes: boolean
}

/** What is enrolled: the options with the configuration, and the boundary that one of the two says. */
type Enrolling = Omit<EnrolOptions, "config" | "boundary"> & {
  readonly config: AgentConfig | null
  readonly boundary: Boundary
}

async function readOptions(options: EnrolOptions): Promise<Enrolling> {
  const { config: path, origin } = options
  if (path !== undefined && origin === "recorded")
    throw new UsageError("a device that replays traces meters with nothing", "leave out --config, and give --boundary")
  const config = path === undefined ? null : await readAgentConfig(path)
  const boundary = options.boundary ?? config?.boundary
  if (boundary === undefined)
    throw new UsageError("nothing says what the device meters", "give --config FILE, or --boundary alone")
  if (config !== null && config.boundary !== boundary)
    throw new UsageError(`${path} meters ${config.boundary}, not ${boundary}`, "give one of --config and --boundary")
  return { ...options, config, boundary }
}

/** A word for the key and where it meters. It names no sensor, so no run can claim that its inventory is whole. */
const bareWord = (device: Hex, { boundary, origin }: Enrolling): VouchDocument => ({
  ...{ mediaType: VOUCH_TYPE, device, boundary, origin, site: "" },
  ...{ sensors: [], metering: [], accelerators: [], previous: null },
  validFrom: Math.floor(Date.now() / 1000),
})

const vouchFor = (device: Hex, options: Enrolling): Promise<VouchDocument> | VouchDocument =>
  options.config === null ? bareWord(device, options) : takeInventory(options.config, { device, previous: null })

/** The document that lies in the device's folder, else one that is written there now: its runs name it. */
async function documentOf({ vouch, signer }: Device, options: Enrolling, context: Context): Promise<VouchDocument> {
  const { home, boundary, origin } = options
  const path = join(home, DEVICE_FILES.vouch)
  if (vouch === null) {
    const written = await vouchFor(deviceIdOf(signer.device), options)
    createDurably(path, encodeVouch(written))
    for (const line of describeVouch(written)) context.terminal.say(line)
    context.terminal.say(`wrote ${path}: what you vouch for; keep it, the chain holds its SHA-256 alone`)
    return written
  }
  if (vouch.boundary !== boundary || vouch.origin !== origin)
    throw new UsageError(
      `${path} vouches for ${vouch.origin} runs at the boundary ${vouch.boundary}`,
      `give --boundary ${vouch.boundary} --origin ${vouch.origin}, or another document`,
    )
  return vouch
}

/** The evidence of a device: what its voucher put on chain, else the document of an operator who is the voucher too. */
async function evidenceFor(target: Target, device: Device, options: Enrolling, context: Context): Promise<Hex> {
  const { operator, voucher } = options
  const id = deviceIdOf(device.signer.device)
  const given = await evidenceOf(target, id, voucher)
  if (given !== null) return given
  if (voucher !== operator)
    throw new UsageError(
      `${voucher} has not vouched for device ${id} yet`,
      `the voucher types: ${context.spell(`registry vouch ${id} ${operator} EVIDENCE`)}`,
    )
  return vouchDigest(await documentOf(device, options, context))
}

/** The device's enrolment, signed; the device is made where the folder holds none. */
async function signedBy(target: Target, options: Enrolling, context: Context): Promise<SignedEnrolment> {
  const { home, chain: chainId, registry, operator, voucher, boundary } = options
  const names = await readdir(home).catch(() => [] as string[])
  if (!names.includes(DEVICE_FILES.log)) {
    await createDevice(home, { scheme: "ed25519" })
    context.terminal.say(`made a device in ${home}`)
  }
  const device = await Device.open(home, await openKey(home))
  try {
    // A device signs one enrolment in its life; its voucher may have revised the evidence since.
    const evidence = device.state.enrolment?.evidence ?? (await evidenceFor(target, device, options, context))
    return await signEnrolment(device, { chainId, registry, operator, voucher, boundary, evidence })
  } finally {
    await device.close()
  }
}

/** From a folder to an enrolled device. Asked again, it goes on where it stopped. */
export async function enrolDevice(given: EnrolOptions, context: Context): Promise<undefined> {
  const options = await readOptions(given)
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
