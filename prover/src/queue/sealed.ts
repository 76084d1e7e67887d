import { Decrypter, Encrypter, generateX25519Identity, identityToRecipient } from "age-encryption"
import { CIRCUITS, type Circuit } from "../proving/key-folder.ts"
import type { Assignment } from "../proving/prover-pool.ts"
import { Refusal } from "../refusal.ts"

// A segment's input opens its runs. In a queue it lies encrypted to the workers' keys, in the format of age.

/** Longest sealed input, in bytes: some ten times what a fold takes. */
const MAX_SEALED_BYTES = 1024 * 1024

export type WorkerKey = { readonly identity: string; readonly recipient: string }

export async function newWorkerKey(): Promise<WorkerKey> {
  const identity = await generateX25519Identity()
  return { identity, recipient: await identityToRecipient(identity) }
}

/** Whether it is a secret key, whole and as it was made. */
export function isIdentity(text: string): boolean {
  try {
    new Decrypter().addIdentity(text)
    return true
  } catch {
    return false
  }
}

const asText = (_: string, value: unknown) => (typeof value === "bigint" ? `${value}` : value)

function encrypterFor(recipients: readonly string[]): Encrypter {
  const encrypter = new Encrypter()
  for (const recipient of recipients)
    try {
      encrypter.addRecipient(recipient)
    } catch {
      throw new Refusal(
        "INPUT_INVALID",
        `${recipient} is no key of a worker`,
        "name what wattest prove worker-key printed",
      )
    }
  return encrypter
}

/** Throws INPUT_INVALID where no key is named, or one that is none. */
export function assertRecipients(recipients: readonly string[]): void {
  if (recipients.length === 0) throw new Refusal("INPUT_INVALID", "no worker's key is named", "name each with --worker")
  encrypterFor(recipients)
}

/** Encrypts an assignment so that the holder of any of these keys can read it. Throws INPUT_INVALID on a wrong key. */
export async function seal(circuit: Circuit, input: Assignment, recipients: readonly string[]): Promise<string> {
  const text = JSON.stringify({ circuit, input }, asText)
  return Buffer.from(await encrypterFor(recipients).encrypt(text)).toString("base64")
}

/** A signal of the circuits is a number, or lists of numbers two deep. */
const MAX_DEPTH = 2

/** Numbers out of their decimals. Throws on anything else. */
function signalOf(value: unknown, depth = 0): unknown {
  if (typeof value === "string" && /^[0-9]{1,78}$/.test(value)) return BigInt(value)
  if (!Array.isArray(value) || depth === MAX_DEPTH) throw new Error("the sealed input is no assignment")
  return value.map((item) => signalOf(item, depth + 1))
}

/** What was sealed. Throws where it is not for this key, or is no assignment. */
export async function unseal(
  sealed: string,
  identity: string,
): Promise<{ readonly circuit: Circuit; readonly input: Assignment }> {
  if (sealed.length > MAX_SEALED_BYTES) throw new Error("the sealed input is too long")
  const decrypter = new Decrypter()
  decrypter.addIdentity(identity)
  const value: unknown = JSON.parse(await decrypter.decrypt(Buffer.from(sealed, "base64"), "text"))
  const malformed = new Error("the sealed input is no assignment")
  if (value === null || typeof value !== "object" || !("circuit" in value && "input" in value)) throw malformed
  const circuit = CIRCUITS.find((name) => name === value.circuit)
  const { input } = value
  if (circuit === undefined || input === null || typeof input !== "object") throw malformed
  return { circuit, input: Object.fromEntries(Object.entries(input).map(([name, signal]) => [name, signalOf(signal)])) }
}
