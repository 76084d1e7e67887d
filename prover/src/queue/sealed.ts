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

const asText = (_: string, value: unknown) => (typeof value === "bigint" ? `${value}` : value)

/** Encrypts an assignment so that the holder of any of these keys can read it. Throws INPUT_INVALID on a wrong key. */
export async function seal(circuit: Circuit, input: Assignment, recipients: readonly string[]): Promise<string> {
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
  return Buffer.from(await encrypter.encrypt(JSON.stringify({ circuit, input }, asText))).toString("base64")
}

const isInput = (value: unknown): boolean =>
  typeof value === "string" ? /^[0-9]{1,78}$/.test(value) : Array.isArray(value) && value.every(isInput)

/** What was sealed, numbers as decimals. Throws where it is not for this key, or is no assignment. */
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
  const signals = Object.entries(input)
  if (!signals.every(([, signal]) => isInput(signal))) throw malformed
  return { circuit, input: Object.fromEntries(signals) }
}
