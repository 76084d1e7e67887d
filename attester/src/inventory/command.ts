import { join } from "node:path"
import { type Context, UsageError } from "@wattest/command"
import { deviceIdOf, encodeVouch, UNPROVEN_CHANNELS, type VouchDocument, vouchDigest } from "@wattest/protocol"
import { readAgentConfig } from "../agent/config.ts"
import { openDeviceKey, print } from "../commands/home.ts"
import { DEVICE_FILES, readVouch } from "../store/device-folder.ts"
import { writeDurably } from "../store/durable.ts"
import { takeInventory } from "./inventory.ts"

/** A document in a few lines, for whoever is to give his word for it. */
export function describeVouch(document: VouchDocument): readonly string[] {
  const { boundary, sensors, metering, accelerators } = document
  const roles = (id: string) => metering.filter(({ sensor }) => sensor === id).map(({ role }) => role)
  return [
    `boundary  ${boundary}`,
    ...sensors.map(({ id, channel, serial, ratingWatts }) => {
      const rated = ratingWatts === undefined ? "no rating known" : `at most ${ratingWatts} W`
      const way = UNPROVEN_CHANNELS.includes(channel) ? `${channel}: declared at best` : channel
      return `sensor    ${id}: ${roles(id).join(", ")}, ${rated}, ${way}, ${serial === "" ? "no serial" : serial}`
    }),
    ...accelerators.map(({ sku, count }) => `boards    ${count} of ${sku === "" ? "no known make" : sku}`),
    `evidence  ${vouchDigest(document)}`,
  ]
}

type Options = { readonly home: string; readonly config: string; readonly revise: boolean }

/** Writes the device's vouch document from what its configuration meters with now. */
export async function inventory({ home, config, revise }: Options, context: Context): Promise<undefined> {
  const path = join(home, DEVICE_FILES.vouch)
  const signer = await openDeviceKey(home)
  const device = deviceIdOf(signer.device)
  await signer.close()
  const previous = await readVouch(path, device)
  if (previous !== null && !revise)
    throw new UsageError(
      `${path} is there already`,
      `with --revise a new document takes its place; its voucher then types ${context.spell(`registry revise ${device} EVIDENCE`)}`,
    )
  const document = await takeInventory(await readAgentConfig(config), { device, previous })
  await writeDurably(path, [encodeVouch(document)])
  print(context, { path, evidence: vouchDigest(document), document }, describeVouch(document))
  if (!context.json)
    context.terminal.say(`wrote ${path}; runs name it from the next start on, once their voucher has put it on chain`)
}
