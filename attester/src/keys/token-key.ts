import { createHash } from "node:crypto"
import { type DeviceKey, fromHex, SCHEMES, toHex } from "@wattest/protocol"
import { nodeSignatures } from "@wattest/protocol/node"
import type { Template } from "pkcs11js"
import type { SchemeName } from "./scheme-names.ts"
import type { RunCounter, Signer } from "./signer.ts"
import { CK, openToken, type Token, TokenError, type TokenPlace } from "./token.ts"

/** DER of the curves' object identifiers: 1.3.101.112 (RFC 8410) and 1.2.840.10045.3.1.7 (RFC 5480). */
const CURVES: { readonly [S in SchemeName]: { readonly params: Buffer; readonly generate: number } } = {
  ed25519: { params: Buffer.from(fromHex("0x06032b6570")), generate: CK.CKM_EC_EDWARDS_KEY_PAIR_GEN },
  p256: { params: Buffer.from(fromHex("0x06082a8648ce3d030107")), generate: CK.CKM_EC_KEY_PAIR_GEN },
}

const COUNTER_APPLICATION = "wattest"

const named = (label: string, kind: number): Template => [
  { type: CK.CKA_CLASS, value: kind },
  { type: CK.CKA_LABEL, value: label },
]

/** Makes a key pair in the token that cannot leave it. Rejects with {@link TokenError} where the label is taken. */
export async function createTokenKey(place: TokenPlace, scheme: SchemeName): Promise<void> {
  const token = await openToken(place)
  try {
    if (token.find(named(place.label, CK.CKO_PRIVATE_KEY)).length > 0)
      throw new TokenError(`the token ${place.token} holds a key called ${place.label} already`)
    const { params, generate } = CURVES[scheme]
    const id = { type: CK.CKA_ID, value: createHash("sha256").update(place.label).digest().subarray(0, 16) }
    const common: Template = [{ type: CK.CKA_TOKEN, value: true }, { type: CK.CKA_LABEL, value: place.label }, id]
    token.library.C_GenerateKeyPair(
      token.session(),
      { mechanism: generate },
      [...common, { type: CK.CKA_VERIFY, value: true }, { type: CK.CKA_EC_PARAMS, value: params }],
      [
        ...common,
        { type: CK.CKA_PRIVATE, value: true },
        { type: CK.CKA_SENSITIVE, value: true },
        { type: CK.CKA_EXTRACTABLE, value: false },
        { type: CK.CKA_SIGN, value: true },
      ],
    )
  } finally {
    token.close()
  }
}

/** The point behind its DER OCTET STRING; some tokens leave the wrapping out. */
function pointOf(value: Buffer, length: number): Buffer {
  const wrapped = value.length === length + 2 && value[0] === 0x04 && value[1] === length
  const point = wrapped ? value.subarray(2) : value
  if (point.length !== length) throw new TokenError(`the public key has ${value.length} bytes, expected ${length}`)
  return point
}

function publicKeyOf(token: Token, place: TokenPlace): DeviceKey {
  const [key] = token.find(named(place.label, CK.CKO_PUBLIC_KEY))
  if (key === undefined) throw new TokenError(`the token ${place.token} holds no public key called ${place.label}`)
  const [params, point] = token.library.C_GetAttributeValue(token.session(), key, [
    { type: CK.CKA_EC_PARAMS },
    { type: CK.CKA_EC_POINT },
  ])
  const bytes = point?.value as Buffer
  if (CURVES.p256.params.equals(params?.value as Buffer))
    return { scheme: SCHEMES.p256, key: toHex(pointOf(bytes, 65).subarray(1)) }
  return { scheme: SCHEMES.ed25519, key: toHex(pointOf(bytes, 32)) }
}

/**
 * The number of the next run as a data object beside the key. A new object is written before older ones are removed
 * and the highest counts, so that a loss of power never turns it back.
 */
function counterOf(token: Token, place: TokenPlace): RunCounter {
  const template: Template = [
    ...named(`${place.label}-next-run`, CK.CKO_DATA),
    { type: CK.CKA_APPLICATION, value: COUNTER_APPLICATION },
  ]
  const read = () =>
    token.find(template).map((object) => {
      const [value] = token.library.C_GetAttributeValue(token.session(), object, [{ type: CK.CKA_VALUE }])
      return { object, count: Buffer.from((value?.value as Buffer | undefined) ?? Buffer.alloc(8)).readBigUInt64BE(0) }
    })
  const highest = (counts: readonly { readonly count: bigint }[]) =>
    counts.map(({ count }) => count).toSorted((a, b) => (a < b ? 1 : -1))[0] ?? 0n
  return {
    read: async () => highest(read()),
    async write(nextRun) {
      const before = read()
      if (nextRun <= highest(before)) return
      const value = Buffer.alloc(8)
      value.writeBigUInt64BE(nextRun)
      const stored = [
        { type: CK.CKA_TOKEN, value: true },
        { type: CK.CKA_PRIVATE, value: true },
        { type: CK.CKA_VALUE, value },
      ]
      token.library.C_CreateObject(token.session(), [...template, ...stored])
      for (const { object } of before) token.library.C_DestroyObject(token.session(), object)
    },
  }
}

/** The counter, or null for a token that has no data objects and refuses to look for them. */
function counterIfHeld(token: Token, place: TokenPlace): RunCounter | null {
  try {
    token.find(named(`${place.label}-next-run`, CK.CKO_DATA))
    return counterOf(token, place)
  } catch {
    return null
  }
}

/**
 * Opens a key in a PKCS#11 token. Signatures are made one after the other; where the token was away, its session is
 * opened anew once. Rejects with {@link TokenError}.
 */
export async function openTokenKey(place: TokenPlace): Promise<Signer> {
  const token = await openToken(place)
  const device = publicKeyOf(token, place)
  // Refuses a key that nobody would take signatures of.
  nodeSignatures(device)
  const ed25519 = device.scheme === SCHEMES.ed25519
  const sign = async (message: Uint8Array): Promise<Uint8Array> => {
    const [key] = token.find(named(place.label, CK.CKO_PRIVATE_KEY))
    if (key === undefined) throw new TokenError(`the token ${place.token} holds no key called ${place.label}`)
    const mechanism = ed25519 ? CK.CKM_EDDSA : CK.CKM_ECDSA
    const data = ed25519 ? Buffer.from(message) : createHash("sha256").update(message).digest()
    token.library.C_SignInit(token.session(), { mechanism }, key)
    return new Uint8Array(await token.library.C_SignAsync(token.session(), data, Buffer.alloc(64)))
  }
  let turn: Promise<unknown> = Promise.resolve()
  return {
    device,
    counter: counterIfHeld(token, place),
    sign(message) {
      const signed = turn.then(() =>
        sign(message).catch(() => {
          token.reopen()
          return sign(message)
        }),
      )
      turn = signed.catch(() => undefined)
      return signed
    },
    async close() {
      await turn
      token.close()
    },
  }
}
