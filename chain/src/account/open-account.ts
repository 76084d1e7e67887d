import { type Context, ifThere, type KeyReference, readSecret, readText, UsageError } from "@wattest/command"
import { type LocalAccount, privateKeyToAccount, toAccount } from "viem/accounts"
import { openKeystore } from "./keystore.ts"
import { createRemoteSigner, type TransactionSigner } from "./remote-signer.ts"

/** Where a password is looked for: the variable that names the key, with these endings. */
type Asking = Pick<Context, "environment" | "terminal">

const SIGNER_TIMEOUT_MS = 30_000
const MAX_KEYSTORE_BYTES = 64 * 1024

/** The file beside a keystore that holds its password, where nobody chose one. */
export const passwordFileOf = (keystore: string) => `${keystore}.password`

/**
 * A keystore's password: `VARIABLE_PASSWORD`, the file that `VARIABLE_PASSWORD_FILE` names, the file beside the keystore,
 * or what a person types. Throws a UsageError where nobody says it.
 */
async function passwordOf(keystore: string, { environment, terminal }: Asking, variable: string): Promise<string> {
  const { [`${variable}_PASSWORD`]: password, [`${variable}_PASSWORD_FILE`]: file } = environment
  if (password !== undefined) return password
  if (file !== undefined) return readSecret(file)
  const found = ifThere(() => readSecret(passwordFileOf(keystore))) ?? (await terminal.ask(`password of ${keystore}: `))
  if (found === null)
    throw new UsageError(
      `${keystore} needs its password`,
      `set ${variable}_PASSWORD_FILE to the file that holds it, or ${variable}_PASSWORD`,
    )
  return found
}

/** A keystore's text, not opened. */
export const readKeystore = (file: string): string => readText(file, MAX_KEYSTORE_BYTES, "a keystore")

async function openFile(file: string, asking: Asking, variable: string): Promise<LocalAccount> {
  const text = readKeystore(file)
  const password = await passwordOf(file, asking, variable)
  try {
    return privateKeyToAccount(openKeystore(text, password))
  } catch (error) {
    throw new UsageError(`${file}: ${(error as Error).message}`, "check the keystore and its password")
  }
}

const never = (what: string) => () => Promise.reject(new Error(`a remote signer is asked for no ${what}`))

/** A remote signer as viem's wallets take an account. */
function remoteAccount({ address, signTransaction }: TransactionSigner): LocalAccount {
  return toAccount({
    address,
    signMessage: never("message"),
    signTypedData: never("typed data"),
    signTransaction: async (transaction) => {
      if (transaction.type !== "eip1559") throw new Error("only EIP-1559 transactions are sent")
      return signTransaction(transaction)
    },
  })
}

/** Opens the account that a key reference names. `variable` is that of its password. Throws a UsageError. */
export async function openAccount(key: KeyReference, asking: Asking, variable = "WATTEST_KEY"): Promise<LocalAccount> {
  if (key.kind === "keystore") return openFile(key.file, asking, variable)
  return remoteAccount(createRemoteSigner(key.url, key.address, SIGNER_TIMEOUT_MS))
}
