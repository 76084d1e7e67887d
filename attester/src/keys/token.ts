import { HintedError } from "@wattest/command"
import type { Handle, PKCS11, Template } from "pkcs11js"

/** Numbers of PKCS#11 v3.0 that the key needs; the names are the standard's. */
export const CK = {
  CKA_CLASS: 0x000,
  CKA_TOKEN: 0x001,
  CKA_PRIVATE: 0x002,
  CKA_LABEL: 0x003,
  CKA_APPLICATION: 0x010,
  CKA_VALUE: 0x011,
  CKA_KEY_TYPE: 0x100,
  CKA_ID: 0x102,
  CKA_SENSITIVE: 0x103,
  CKA_SIGN: 0x108,
  CKA_VERIFY: 0x10a,
  CKA_EXTRACTABLE: 0x162,
  CKA_EC_PARAMS: 0x180,
  CKA_EC_POINT: 0x181,
  CKO_DATA: 0,
  CKO_PUBLIC_KEY: 2,
  CKO_PRIVATE_KEY: 3,
  CKK_EC: 0x03,
  CKK_EC_EDWARDS: 0x40,
  CKM_EC_KEY_PAIR_GEN: 0x1040,
  CKM_ECDSA: 0x1041,
  CKM_EC_EDWARDS_KEY_PAIR_GEN: 0x1055,
  CKM_EDDSA: 0x1057,
  CKF_RW_SESSION: 2,
  CKF_SERIAL_SESSION: 4,
  CKU_USER: 1,
  CKR_USER_ALREADY_LOGGED_IN: 0x100,
  CKR_CRYPTOKI_ALREADY_INITIALIZED: 0x191,
} as const

/** Where a token is and how to open it. */
export type TokenPlace = {
  /** The vendor's library, such as libsofthsm2.so or libtpm2_pkcs11.so. */
  readonly module: string
  readonly token: string
  /** Label of the key pair within the token. */
  readonly label: string
  readonly pin: string
}

/** The token cannot be used; the message says which step failed and with what. */
export class TokenError extends HintedError {
  override readonly name = "TokenError"
  constructor(message: string, hint = "check the token, its label and its PIN") {
    super(message, hint)
  }
}

/** The binding to PKCS#11 is not there: it compiles where it is installed, so it is optional. */
export class TokenBindingMissing extends TokenError {
  constructor(message: string) {
    super(
      message,
      'install a C++ compiler and then "npm install pkcs11js" (docs/attester/keys.md); a key in a file needs neither',
    )
  }
}

async function loadBinding(): Promise<PKCS11> {
  const pkcs11js = await import("pkcs11js").catch(({ message }: Error) => {
    const [reason] = message.split("\n")
    throw new TokenBindingMissing(`keys in a token need the package pkcs11js, which is missing or not built: ${reason}`)
  })
  return new pkcs11js.default.PKCS11()
}

/** An open session of one token, logged in. */
export type Token = {
  readonly library: PKCS11
  readonly session: () => Handle
  /** Opens a new session where the old one died with the token's connection. */
  reopen(): void
  find(template: Template): readonly Handle[]
  close(): void
}

function step<T>(what: string, run: () => T): T {
  try {
    return run()
  } catch (error) {
    throw new TokenError(`${what}: ${(error as Error).message}`)
  }
}

/** Runs a call of which one failure means that its effect is there already. */
function unless(code: number, call: () => void): void {
  try {
    call()
  } catch (error) {
    if ((error as { readonly code?: number }).code !== code) throw error
  }
}

const trimmed = (text: string) => text.replace(/[\s\0]+$/, "")

/** Opens the token with this label. Rejects with {@link TokenError}. */
export async function openToken({ module, token, pin }: TokenPlace): Promise<Token> {
  const library = await loadBinding()
  step(`loading ${module}`, () => library.load(module))
  step("C_Initialize", () => unless(CK.CKR_CRYPTOKI_ALREADY_INITIALIZED, () => library.C_Initialize()))
  const open = (): Handle => {
    const slots = step("C_GetSlotList", () => library.C_GetSlotList(true))
    const slot = slots.find((slot) => trimmed(library.C_GetTokenInfo(slot).label) === token)
    if (slot === undefined) throw new TokenError(`no token is called ${token}`)
    const session = step("C_OpenSession", () => library.C_OpenSession(slot, CK.CKF_SERIAL_SESSION | CK.CKF_RW_SESSION))
    step("C_Login", () => unless(CK.CKR_USER_ALREADY_LOGGED_IN, () => library.C_Login(session, CK.CKU_USER, pin)))
    return session
  }
  let session = open()
  return {
    library,
    session: () => session,
    reopen() {
      session = open()
    },
    find(template) {
      library.C_FindObjectsInit(session, template)
      try {
        return library.C_FindObjects(session, 64)
      } finally {
        library.C_FindObjectsFinal(session)
      }
    },
    close() {
      library.C_CloseSession(session)
      library.C_Finalize()
      library.close()
    },
  }
}
