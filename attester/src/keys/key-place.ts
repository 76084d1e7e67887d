import { join } from "node:path"
import { readSecret } from "@wattest/command"
import { encodeCanonicalJson, parseCanonicalJson, shape } from "@wattest/protocol"
import { writeDurably } from "../store/durable.ts"
import { openPrivate, refuseShared } from "../store/private.ts"
import { openKeyFile } from "./file-key.ts"
import type { Signer } from "./signer.ts"

/** Names of a device's folder that say where its key is: the key itself, or the token that holds it. */
export const KEY_FILES = { key: "key.pem", token: "token.json" } as const

const tokenPlace = shape.object({ module: shape.text(), token: shape.text(64), label: shape.text(64) })
export type TokenReference = shape.TypeOf<typeof tokenPlace>

/** The token's PIN is never in the device's folder: WATTEST_PIN, or the file that WATTEST_PIN_FILE names. */
export function readPin(): string {
  const { WATTEST_PIN: pin, WATTEST_PIN_FILE: file } = process.env
  if (pin) return pin
  if (file) return readSecret(file)
  throw new Error("the token needs its PIN: set WATTEST_PIN or WATTEST_PIN_FILE")
}

export async function writeTokenReference(home: string, reference: TokenReference): Promise<void> {
  await writeDurably(join(home, KEY_FILES.token), [encodeCanonicalJson(reference)])
}

async function readReference(home: string): Promise<Uint8Array | null> {
  const file = await openPrivate(join(home, KEY_FILES.token)).catch((error: NodeJS.ErrnoException) => {
    if (error.code === "ENOENT") return null
    throw error
  })
  return file === null ? null : file.readFile().finally(() => file.close())
}

/**
 * Opens the device's key where its folder says it is. The PKCS#11 binding is loaded for tokens alone. Throws NotPrivate
 * where others could put another key there.
 */
export async function openKey(home: string): Promise<Signer> {
  await refuseShared(home)
  const bytes = await readReference(home)
  if (bytes === null) return openKeyFile(join(home, KEY_FILES.key))
  const reference = tokenPlace(parseCanonicalJson(bytes, 1 << 16), KEY_FILES.token)
  const { openTokenKey } = await import("./token-key.ts")
  return openTokenKey({ ...reference, pin: readPin() })
}
