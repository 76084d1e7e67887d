import { createHash, createPrivateKey, createPublicKey, type KeyObject, sign, verify } from "node:crypto"
import { readFileSync } from "node:fs"
import { UsageError } from "@wattest/command"
import { type Hex, Rejection, shape, toHex } from "@wattest/protocol"
import { MAX_SIGNED_BYTES, SIGNED_REPORT_TYPE } from "../judge.ts"

const { array, described, hex, literal, object, text } = shape

const SIGNATURE_BYTES = 64

const base64 = (max: number): shape.Shape<Uint8Array> => {
  const written = text(max)
  return described({ ...written.schema, contentEncoding: "base64" }, (value, path) => {
    const given = written(value, path)
    const bytes = Buffer.from(given, "base64")
    // One spelling for each value: no other letters, no gap, and the unused bits of the last letter are 0.
    if (bytes.toString("base64") !== given)
      throw new Rejection("FIELD_MALFORMED", `${path}: expected base64 in its one spelling`)
    return bytes
  })
}

/** A DSSE envelope (version 1.0.2): payload, its type, and signatures over both. */
export const envelope = object({
  payload: base64(MAX_SIGNED_BYTES),
  payloadType: literal(SIGNED_REPORT_TYPE),
  signatures: array(object({ keyid: hex(32), sig: base64(128) }), { min: 1, max: 16 }),
})
export type Envelope = shape.TypeOf<typeof envelope>

/** DSSE's encoding of what is signed: no type and payload can pass for another pair. */
function preAuthEncoding(payload: Uint8Array): Uint8Array {
  const head = `DSSEv1 ${SIGNED_REPORT_TYPE.length} ${SIGNED_REPORT_TYPE} ${payload.length} `
  return Buffer.concat([Buffer.from(head), payload])
}

/** How a signer is named: SHA-256 of the 32 bytes of the Ed25519 key. */
export function keyIdOf(key: KeyObject): Hex {
  const { x = "" } = key.export({ format: "jwk" })
  return toHex(createHash("sha256").update(Buffer.from(x, "base64url")).digest())
}

function ed25519(path: string, read: (pem: Buffer) => KeyObject, expected: string): KeyObject {
  const hint = "make a pair with openssl genpkey -algorithm ed25519, and openssl pkey -pubout"
  const pem = readFileSync(path)
  try {
    const key = read(pem)
    if (key.asymmetricKeyType === "ed25519") return key
  } catch {
    // What it is instead is nobody's business: it may be a secret.
  }
  throw new UsageError(`${path} is not ${expected}`, hint)
}

export const readSigningKey = (path: string): KeyObject =>
  ed25519(path, (pem) => createPrivateKey(pem), "a private Ed25519 key in PEM")

/** The public key of a signer. A private key is refused: it does not belong to whoever verifies. */
export const readSigner = (path: string): KeyObject =>
  ed25519(
    path,
    (pem) => {
      if (pem.includes("PRIVATE")) throw new RangeError("a private key")
      return createPublicKey(pem)
    },
    "a public Ed25519 key in PEM",
  )

/** The envelope of a payload as it is written to a file. */
export function sealed(payload: Uint8Array, key: KeyObject): string {
  const sig = sign(null, preAuthEncoding(payload), key).toString("base64")
  const keyid = keyIdOf(createPublicKey(key))
  const signatures = [{ keyid, sig }]
  return `${JSON.stringify({ payload: Buffer.from(payload).toString("base64"), signatures, payloadType: SIGNED_REPORT_TYPE })}\n`
}

/** Whether one of the envelope's signatures is this signer's. */
export function isSignedBy({ payload, signatures }: Envelope, signer: KeyObject): boolean {
  const message = preAuthEncoding(payload)
  return signatures.some(({ sig }) => sig.length === SIGNATURE_BYTES && verify(null, message, signer, sig))
}
