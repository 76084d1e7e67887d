import { randomBytes } from "node:crypto"
import { passwordFileOf, sealKeystore } from "@wattest/chain"
import {
  type Context,
  createDurably,
  type Hex,
  jsonLine,
  type Outcome,
  readSecret,
  rows,
  shellWord,
  UsageError,
} from "@wattest/command"
import { generatePrivateKey, privateKeyToAddress } from "viem/accounts"

/** A password that somebody said, or null where one has to be made. */
async function chosenPassword({ environment, terminal }: Context): Promise<string | null> {
  const { WATTEST_KEY_PASSWORD: password, WATTEST_KEY_PASSWORD_FILE: file } = environment
  if (password !== undefined) return password
  if (file !== undefined) return readSecret(file)
  const typed = await terminal.ask("password of the new key [made, and kept in a file beside it]: ")
  return typed === "" ? null : typed
}

/** Makes a key in a new keystore; answers its account. Throws a UsageError where the file is there. */
export async function makeKey(file: string, context: Context): Promise<Hex> {
  const key = generatePrivateKey()
  const address = privateKeyToAddress(key).toLowerCase() as Hex
  const chosen = await chosenPassword(context)
  const password = chosen ?? randomBytes(24).toString("base64url")
  try {
    createDurably(file, sealKeystore(key, address, password))
    if (chosen === null) createDurably(passwordFileOf(file), `${password}\n`)
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== "EEXIST") throw error
    throw new UsageError(`${file} or its password's file is there already`, "a key is never written over: name another")
  }
  return address
}

export async function keyNew(file: string, context: Context): Promise<Outcome> {
  const address = await makeKey(file, context)
  context.terminal.print(
    context.json
      ? jsonLine({ address, keystore: file })
      : rows([
          ["address", address],
          ["keystore", file],
        ]),
  )
  return { next: `init --key ${shellWord(file)}` }
}
