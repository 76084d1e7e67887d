import { stat } from "node:fs/promises"
import { join } from "node:path"
import { type Context, UsageError } from "@wattest/command"
import { type DeviceKey, deviceIdOf } from "@wattest/protocol"
import { createKeyFile } from "../keys/file-key.ts"
import { KEY_FILES, openKey, readPin, type TokenReference, writeTokenReference } from "../keys/key-place.ts"
import type { SchemeName } from "../keys/scheme-names.ts"
import { createDeviceLog } from "../run/device-log.ts"
import { DEVICE_FILES } from "../store/device-folder.ts"
import { makeFolder } from "../store/durable.ts"
import { print } from "./home.ts"

/** Where the new key is to be: a file in the folder, or a token. */
export type NewKey = { readonly scheme: SchemeName; readonly token?: TokenReference }

/** Makes a device in a folder: its key and the beginning of its log. */
export async function createDevice(home: string, { scheme, token }: NewKey): Promise<DeviceKey> {
  await makeFolder(home)
  for (const name of Object.values(KEY_FILES))
    if (await stat(join(home, name)).catch(() => null))
      throw new UsageError(`${home} holds a device already`, "give another --home; a device keeps its key for life")
  if (token === undefined) await createKeyFile(join(home, KEY_FILES.key), scheme)
  else {
    const { createTokenKey } = await import("../keys/token-key.ts")
    await createTokenKey({ ...token, pin: readPin() }, scheme)
    await writeTokenReference(home, token)
  }
  const signer = await openKey(home)
  await createDeviceLog(join(home, DEVICE_FILES.log), signer.device)
  await signer.close()
  return signer.device
}

export type InitOptions = {
  readonly home: string
  readonly scheme: SchemeName
  readonly "pkcs11-module": string | undefined
  readonly token: string | undefined
  readonly label: string
}

export async function init(options: InitOptions, context: Context): Promise<undefined> {
  const { home, scheme, "pkcs11-module": module, token, label } = options
  if ((module === undefined) !== (token === undefined))
    throw new UsageError("a token needs --pkcs11-module and --token", "give both, or neither for a key file")
  const place = module === undefined || token === undefined ? {} : { token: { module, token, label } }
  const device = await createDevice(home, { scheme, ...place })
  const id = deviceIdOf(device)
  print(context, { device: id, ...device, home }, [
    `device    ${id}`,
    `scheme    ${device.scheme} (${scheme})`,
    `key       ${device.key}`,
    `folder    ${home}`,
  ])
  const vouch = context.spell(`registry vouch ${id} OPERATOR EVIDENCE`)
  if (!context.json) context.terminal.say(`for the voucher, once device and meter are checked: ${vouch}`)
}
