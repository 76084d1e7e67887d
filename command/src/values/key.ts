import { ValueError } from "../errors.ts"
import { type Hex, parseAddress } from "./hex.ts"
import { type Kind, kind } from "./kind.ts"
import { file, url } from "./text.ts"

/** How a key of an account is named everywhere: a keystore file, or a remote signer and the account it signs for. */
export type KeyReference =
  | { readonly kind: "keystore"; readonly file: string }
  | { readonly kind: "remote"; readonly url: string; readonly address: Hex }

/** `FILE`, or `URL#ADDRESS`. Never the key itself, which a shell's history would keep. */
export const key: Kind<KeyReference> = kind("KEY", (text) => {
  if (/^(?:0x)?[0-9a-fA-F]{64}$/.test(text))
    throw new ValueError("is a private key itself, not the name of one", "put it into a keystore: wattest key new")
  if (!/^https?:/i.test(text)) return { kind: "keystore", file: file.parse(text) }
  const [at = "", account] = text.split("#")
  if (account === undefined)
    throw new ValueError("names no account", "write the signer as URL#ADDRESS, with the account that it signs for")
  return { kind: "remote", url: url.parse(at), address: parseAddress(account) }
})
