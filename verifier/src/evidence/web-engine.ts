import { fromHex, SCHEMES } from "@wattest/protocol"
import { portableSignatures } from "@wattest/protocol/portable"
import { type BatchOutcome, type CaptureEngineFactory, createBatchHash, digestOf } from "./capture-engine.ts"

type Verify = (signature: Uint8Array<ArrayBuffer>, message: Uint8Array<ArrayBuffer>) => Promise<boolean>

const bytes = (text: string) => new Uint8Array(fromHex(`0x${text}`))

/**
 * Signatures on which readings of Ed25519 differ, over {@link PROBE_MESSAGE} by {@link PROBE_KEY}: the protocol's is S below
 * L, cofactorless, R compared as bytes. Only the first of them is a signature.
 */
export const PROBES: readonly (readonly [signature: Uint8Array<ArrayBuffer>, holds: boolean])[] = [
  [
    bytes(
      "608221c90d1b52069d9d82d1b4e8f5f670b8bbe04c0689d49735954529ef7529f48f5195d407399caeb6491088b29196df2878727eb580d2bc940465a63e2000",
    ),
    true,
  ],
  // R has a part of order 8: it vanishes where the equation is multiplied by the cofactor.
  [
    bytes(
      "ee7cd00a92d07d3baed6764e26d63941cb4d0b9e45e94fe0a3c5fdb22c10066e1ec48a27c320b03657c99bf20aecb51c8339252a02175601d8123fd64656df03",
    ),
    false,
  ],
  // R is the neutral point, spelt with y = p + 1.
  [
    bytes(
      "eeffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff7fbebe68277da28cec6d36c6fc6f9f742c5b88c2e037179a3f08469ad42e45a009",
    ),
    false,
  ],
  // The first again, with S + L for S.
  [
    bytes(
      "608221c90d1b52069d9d82d1b4e8f5f670b8bbe04c0689d49735954529ef7529e16347f2ee6a4bf4845341b366ac70abdf2878727eb580d2bc940465a63e2010",
    ),
    false,
  ],
]
export const PROBE_KEY = bytes("ed12bb9962a73684ec68f79743fd9e1a15e845a3ea86730b7986e2b8dda34254")
export const PROBE_MESSAGE = new TextEncoder().encode("wattest self-test")

/** The part of Web Cryptography that is used. */
export type EdwardsCrypto = Pick<SubtleCrypto, "importKey" | "verify">

async function verifierFor(subtle: EdwardsCrypto, key: Uint8Array<ArrayBuffer>): Promise<Verify> {
  const imported = await subtle.importKey("raw", key, "Ed25519", false, ["verify"])
  return (signature, message) => subtle.verify("Ed25519", imported, signature, message)
}

/** Null: this engine has no Ed25519, or another Ed25519 than the protocol's. */
async function webVerifier(subtle: EdwardsCrypto | undefined, key: Uint8Array<ArrayBuffer>): Promise<Verify | null> {
  if (subtle === undefined) return null
  try {
    const probe = await verifierFor(subtle, PROBE_KEY)
    const answers = await Promise.all(PROBES.map(([signature]) => probe(signature, PROBE_MESSAGE)))
    return answers.every((answer, i) => answer === PROBES[i]?.[1]) ? await verifierFor(subtle, key) : null
  } catch {
    return null
  }
}

/** Engines on these Web Cryptography functions; the portable check stands in for keys and readings that they lack. */
export function webEngineOn(subtle: EdwardsCrypto | undefined): CaptureEngineFactory {
  return ({ device, run }) => {
    const portable = portableSignatures(device)
    const hash = createBatchHash(run)
    const isEdwards = device.scheme === SCHEMES.ed25519
    const web = isEdwards ? webVerifier(subtle, new Uint8Array(fromHex(device.key))) : Promise.resolve(null)
    return {
      digest: digestOf,
      async check(batch): Promise<BatchOutcome> {
        const verify = (await web) ?? (async (signature, message) => portable(signature, message))
        const { size, subtrees, message, signature } = hash(batch)
        const answers = await Promise.all(
          Array.from({ length: size }, (_, i) => verify(signature(i), message(i).slice())),
        )
        const unsigned = answers.indexOf(false)
        return { unsigned: unsigned < 0 ? null : unsigned, subtrees }
      },
      close: async () => {},
    }
  }
}

/**
 * An engine for browsers: Web Cryptography verifies on threads of the browser's own, some ten times as fast as portable
 * code. A browser's Ed25519 is used only if it answers {@link PROBES} as the protocol asks.
 */
export const createWebEngine: CaptureEngineFactory = webEngineOn(globalThis.crypto?.subtle)
