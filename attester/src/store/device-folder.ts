import { readFile } from "node:fs/promises"
import { type Hex, parseVouch, type VouchDocument } from "@wattest/protocol"

/** Names within a device's folder. */
export const DEVICE_FILES = {
  log: "device.journal",
  runs: "runs",
  stands: "stands",
  archive: "archive",
  endpoint: "endpoint.json",
  socket: "endpoint.sock",
  jobs: "jobs",
  told: "told",
  vouch: "vouch.json",
} as const

/** The vouch document that the device was given; null for none. Throws where it is another device's. */
export async function readVouch(path: string, device: Hex): Promise<VouchDocument | null> {
  let bytes: Uint8Array
  try {
    bytes = await readFile(path)
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === "ENOENT") return null
    throw error
  }
  const document = parseVouch(bytes)
  if (document.device !== device) throw new Error(`${path} is the vouch document of ${document.device}`)
  return document
}
