import { createPrivateKey, createPublicKey, generateKeyPairSync, type KeyObject, sign } from "node:crypto"
import { open } from "node:fs/promises"
import { dirname } from "node:path"
import { syncFolder } from "@wattest/archive"
import { type DeviceKey, SCHEMES, toHex } from "@wattest/protocol"
import { nodeSignatures } from "@wattest/protocol/node"
import { openPrivate } from "../store/private.ts"
import type { SchemeName } from "./scheme-names.ts"
import type { Signer } from "./signer.ts"

/** A key file that cannot be used; the message says why and what to do. */
export class KeyFileError extends Error {
  override readonly name = "KeyFileError"
}

/** Makes a key and writes it as PKCS#8 (PEM) with mode 0600. Throws where the file exists: a device has one key. */
export async function createKeyFile(path: string, scheme: SchemeName): Promise<void> {
  const { privateKey } =
    scheme === "ed25519" ? generateKeyPairSync("ed25519") : generateKeyPairSync("ec", { namedCurve: "P-256" })
  const file = await open(path, "wx", 0o600)
  try {
    await file.writeFile(privateKey.export({ type: "pkcs8", format: "pem" }))
    await file.sync()
  } finally {
    await file.close()
  }
  await syncFolder(dirname(path))
}

function publicKeyOf(key: KeyObject): DeviceKey {
  const { crv, x = "", y = "" } = createPublicKey(key).export({ format: "jwk" })
  const bytes = (text: string) => Buffer.from(text, "base64url")
  if (crv === "Ed25519") return { scheme: SCHEMES.ed25519, key: toHex(bytes(x)) }
  if (crv === "P-256") return { scheme: SCHEMES.p256, key: toHex(Buffer.concat([bytes(x), bytes(y)])) }
  throw new KeyFileError("the key is neither Ed25519 nor P-256")
}

/** Opens a PKCS#8 key file. Throws {@link KeyFileError}, or NotPrivate where others may read it or it is a link. */
export async function openKeyFile(path: string): Promise<Signer> {
  const file = await openPrivate(path)
  let key: KeyObject
  try {
    key = createPrivateKey(await file.readFile())
  } catch {
    throw new KeyFileError(`${path} holds no PKCS#8 private key`)
  } finally {
    await file.close()
  }
  const device = publicKeyOf(key)
  // Refuses a key that nobody would take signatures of.
  nodeSignatures(device)
  const options = device.scheme === SCHEMES.ed25519 ? key : { key, dsaEncoding: "ieee-p1363" as const }
  const digest = device.scheme === SCHEMES.ed25519 ? null : "sha256"
  return {
    device,
    counter: null,
    sign: async (message) => new Uint8Array(sign(digest, message, options)),
    close: async () => undefined,
  }
}
