import { ageIdentitiesIn, UsageError } from "@wattest/command"
import { Decrypter, Encrypter } from "age-encryption"

/** Encrypts so that each of these can open it. Throws a UsageError where one is no recipient. */
export function encrypterFor(recipients: readonly string[]): Encrypter {
  const encrypter = new Encrypter()
  for (const recipient of recipients)
    try {
      encrypter.addRecipient(recipient)
    } catch {
      throw new UsageError(`${recipient.slice(0, 20)} is no recipient`, "wattest archive key FILE prints one: age1…")
    }
  return encrypter
}

/** Opens with the secret keys in a file as age writes them. Throws a UsageError where there is none, or one is mistyped. */
export function decrypterOf(path: string): Decrypter {
  const hint = "it is the file that wattest archive key or age-keygen wrote"
  const found = ageIdentitiesIn(path)
  if (found.length === 0) throw new UsageError(`${path} holds no identity`, hint)
  const decrypter = new Decrypter()
  for (const identity of found)
    try {
      decrypter.addIdentity(identity)
    } catch {
      throw new UsageError(`${path} holds an identity that was cut off or changed`, hint)
    }
  return decrypter
}
