import { stat } from "node:fs/promises"
import { join } from "node:path"
import { parseArgs } from "node:util"
import { type DeviceKey, deviceIdOf } from "@wattest/protocol"
import { createKeyFile, openKeyFile, SCHEME_NAMES } from "../keys/file-key.ts"
import { DEVICE_FILES } from "../run/device.ts"
import { createDeviceLog } from "../run/device-log.ts"
import { makeFolder } from "../store/durable.ts"
import { homeOf, print, UsageError } from "./home.ts"

/** Makes a device in a folder: its key and the beginning of its log. */
export async function createDevice(home: string, scheme: (typeof SCHEME_NAMES)[number]): Promise<DeviceKey> {
  await makeFolder(home)
  const path = join(home, DEVICE_FILES.key)
  if (await stat(path).catch(() => null))
    throw new UsageError(`${home} holds a device already`, "give another --home; a device keeps its key for life")
  await createKeyFile(path, scheme)
  const signer = await openKeyFile(path)
  await createDeviceLog(join(home, DEVICE_FILES.log), signer.device)
  return signer.device
}

export async function init(args: string[]): Promise<void> {
  const options = {
    home: { type: "string" },
    scheme: { type: "string", default: "ed25519" },
    json: { type: "boolean" },
  } as const
  const { values } = parseArgs({ args, options })
  const scheme = SCHEME_NAMES.find((name) => name === values.scheme)
  if (scheme === undefined) throw new UsageError(`no scheme ${values.scheme}`, `use ${SCHEME_NAMES.join(" or ")}`)
  const home = homeOf(values.home)
  const device = await createDevice(home, scheme)
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
