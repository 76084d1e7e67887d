import { randomBytes } from "node:crypto"
import { closeSync, fsyncSync, openSync, readFileSync, statSync, writeSync } from "node:fs"
import { dirname } from "node:path"
import { openKeystore } from "@wattest/chain"
import { type Hex, toHex } from "@wattest/protocol"
import { privateKeyToAccount } from "viem/accounts"
import { RELAYER_DEFAULTS, type RelayerConfig } from "../config.ts"
import type { PromiseSigner } from "../http/promise.ts"
import { createPromiseThread } from "../http/promise-thread.ts"
import type { TransactionSigner } from "../signer/account.ts"
import { createRemoteSigner } from "../signer/remote-signer.ts"
import { readSettings, type Settings, SettingsRejected } from "./environment.ts"
import { SETTINGS, type SettingName } from "./settings.ts"

export type ServeConfig = { readonly relayer: RelayerConfig; readonly logLevel: string }

const WEI_PER_GWEI = 1e9

/** The configuration in an environment, checked as a whole. Throws SettingsRejected. */
export function readConfig(environment: NodeJS.ProcessEnv): ServeConfig {
  const settings = readSettings(environment)
  const text = (name: SettingName) => settings[name] ?? (SETTINGS[name] as { standard?: string }).standard ?? ""
  const number = (name: SettingName) => Number(text(name))
  const rpcTimeoutMs = number("WATTEST_RELAY_RPC_TIMEOUT_MS")
  const relayer: RelayerConfig = {
    rpcUrls: text("WATTEST_RELAY_RPC_URLS").split(","),
    rpcTimeoutMs,
    chainId: number("WATTEST_RELAY_CHAIN_ID"),
    registry: text("WATTEST_RELAY_REGISTRY").toLowerCase() as Hex,
    store:
      settings.DATABASE_URL === undefined
        ? { file: text("WATTEST_RELAY_STORE") }
        : {
            databaseUrl: settings.DATABASE_URL,
            mayBeOff: settings.WATTEST_RELAY_STORE_MAY_LACK?.split(",") ?? [],
          },
    signer: readSigner(settings, rpcTimeoutMs),
    promiser: readPromiser(text("WATTEST_RELAY_PROMISE_KEY")),
    listen: { host: text("WATTEST_RELAY_HOST"), port: number("WATTEST_RELAY_PORT") },
    limits: {
      perDevicePerSecond: number("WATTEST_RELAY_DEVICE_RATE"),
      perDeviceBurst: number("WATTEST_RELAY_DEVICE_BURST"),
      backlog: number("WATTEST_RELAY_BACKLOG"),
      promiseSeconds: number("WATTEST_RELAY_PROMISE_SECONDS"),
    },
    policy: {
      ...RELAYER_DEFAULTS.policy,
      stuckBlocks: number("WATTEST_RELAY_STUCK_BLOCKS"),
      fees: {
        cap: Math.round(number("WATTEST_RELAY_MAX_FEE_GWEI") * WEI_PER_GWEI),
        minTip: Math.round(number("WATTEST_RELAY_MIN_TIP_GWEI") * WEI_PER_GWEI),
      },
    },
    pollMs: number("WATTEST_RELAY_POLL_MS"),
  }
  return { relayer, logLevel: text("WATTEST_RELAY_LOG") }
}

/** The account that pays: a keystore's, or a remote signer's. */
function readSigner(settings: Settings, timeoutMs: number): TransactionSigner {
  const {
    WATTEST_RELAY_KEYSTORE: keystore,
    WATTEST_RELAY_KEYSTORE_PASSWORD_FILE: passwordFile,
    WATTEST_RELAY_SIGNER_URL: url,
    WATTEST_RELAY_SIGNER_ADDRESS: address,
  } = settings
  if (url !== undefined && address !== undefined && keystore === undefined)
    return createRemoteSigner(url, address.toLowerCase() as Hex, timeoutMs)
  if (keystore === undefined || passwordFile === undefined || url !== undefined)
    throw new SettingsRejected([
      "an account is missing: set WATTEST_RELAY_KEYSTORE and WATTEST_RELAY_KEYSTORE_PASSWORD_FILE, or WATTEST_RELAY_SIGNER_URL and WATTEST_RELAY_SIGNER_ADDRESS, not both",
    ])
  try {
    const password = readFileSync(passwordFile, "utf8").replace(/\r?\n$/, "")
    return privateKeyToAccount(openKeystore(readFileSync(keystore, "utf8"), password))
  } catch (error) {
    throw new SettingsRejected([`WATTEST_RELAY_KEYSTORE: ${keystore}: ${(error as Error).message}`])
  }
}

/** The key that signs promises; it holds no ether, and a new one is made where there is none. */
function readPromiser(path: string): PromiseSigner {
  try {
    writeNewKey(path)
    const { mode } = statSync(path)
    if ((mode & 0o077) !== 0) throw new Error("others may read it; run chmod 600 on it")
    const key = readFileSync(path, "utf8").trim()
    if (!/^0x[0-9a-f]{64}$/.test(key)) throw new Error("expected 0x and 64 hexadecimal digits")
    return createPromiseThread(key as Hex)
  } catch (error) {
    throw new SettingsRejected([`WATTEST_RELAY_PROMISE_KEY: ${path}: ${(error as Error).message}`])
  }
}

function writeNewKey(path: string): void {
  let file: number
  try {
    file = openSync(path, "wx", 0o600)
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === "EEXIST") return
    throw error
  }
  writeSync(file, `${toHex(randomBytes(32))}\n`)
  fsyncSync(file)
  closeSync(file)
  // The name is safe only once its folder is synced: a promise must not outlive the key that it names.
  const folder = openSync(dirname(path), "r")
  fsyncSync(folder)
  closeSync(folder)
}
