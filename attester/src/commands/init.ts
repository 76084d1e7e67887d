import { stat } from "node:fs/promises"
import { join } from "node:path"
import { parseArgs } from "node:util"
import { type DeviceKey, deviceIdOf } from "@wattest/protocol"
import { createKeyFile, SCHEME_NAMES, type SchemeName } from "../keys/file-key.ts"
import { KEY_FILES, openKey, readPin, type TokenReference, writeTokenReference } from "../keys/key-place.ts"
import { DEVICE_FILES } from "../run/device.ts"
import { createDeviceLog } from "../run/device-log.ts"
import { makeFolder } from "../store/durable.ts"
import { homeOf, print, UsageError } from "./home.ts"

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

export async function init(args: string[]): Promise<void> {
  const options = {
    home: { type: "string" },
    scheme: { type: "string", default: "ed25519" },
    "pkcs11-module": { type: "string" },
    token: { type: "string" },
    label: { type: "string", default: "wattest" },
    json: { type: "boolean" },
  } as const
  const { values } = parseArgs({ args, options })
  const scheme = SCHEME_NAMES.find((name) => name === values.scheme)
  if (scheme === undefined) throw new UsageError(`no scheme ${values.scheme}`, `use ${SCHEME_NAMES.join(" or ")}`)
  const { "pkcs11-module": module, token, label } = values
  if ((module === undefined) !== (token === undefined))
    throw new UsageError("a token needs --pkcs11-module and --token", "give both, or neither for a key file")
  const home = homeOf(values.home)
  const place = module === undefined || token === undefined ? {} : { token: { module, token, label } }
  const device = await createDevice(home, { scheme, ...place })
  const id = deviceIdOf(device)
  print(values.json, { device: id, ...device, home }, [
    `device    ${id}`,
    `scheme    ${device.scheme} (${scheme})`,
    `key       ${device.key}`,
    `folder    ${home}`,
    "",
    "For the voucher, once the device and its meter are checked:",
    `  registry.vouch(${id}, OPERATOR, EVIDENCE_DIGEST)`,
    "For the operator, afterwards:",
    `  wattest-attest enrol --home ${home} --operator OPERATOR --voucher VOUCHER --chain-id CHAIN --registry REGISTRY`,
    "  and send what it prints to registry.enrol",
  ])
}
