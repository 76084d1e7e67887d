import { randomBytes } from "node:crypto"
import { readFileSync, statSync } from "node:fs"
import { openAccount, type TransactionSigner } from "@wattest/chain"
import { type Context, createDurably, key, parseAddress, UsageError, ValueError } from "@wattest/command"
import { type Hex, toHex } from "@wattest/protocol"
import { RELAYER_DEFAULTS, type RelayerConfig } from "../config.ts"
import type { PromiseSigner } from "../http/promise.ts"
import { createPromiseThread } from "../http/promise-thread.ts"
import { readSettings, type Settings, SettingsRejected } from "./environment.ts"
import { SETTINGS, type SettingName } from "./settings.ts"

export type ServeConfig = { readonly relayer: RelayerConfig; readonly logLevel: string }

const WEI_PER_GWEI = 1e9

/** The configuration in an environment, checked as a whole. Throws SettingsRejected. */
export async function readConfig(environment: NodeJS.ProcessEnv, terminal: Context["terminal"]): Promise<ServeConfig> {
  const settings = readSettings(environment)
  const text = (name: SettingName) => settings[name] ?? (SETTINGS[name] as { standard?: string }).standard ?? ""
  const number = (name: SettingName) => Number(text(name))
  const rpcTimeoutMs = number("WATTEST_RELAY_RPC_TIMEOUT_MS")
  const relayer: RelayerConfig = {
    rpcUrls: text("WATTEST_RELAY_RPC_URLS").split(","),
    rpcTimeoutMs,
    chainId: number("WATTEST_RELAY_CHAIN_ID"),
    registry: parseAddress(text("WATTEST_RELAY_REGISTRY")),
    store:
      settings.DATABASE_URL === undefined
        ? { file: text("WATTEST_RELAY_STORE") }
        : {
            databaseUrl: settings.DATABASE_URL,
            mayBeOff: settings.WATTEST_RELAY_STORE_MAY_LACK?.split(",") ?? [],
          },
    signer: await readSigner(settings, { environment, terminal }),
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
async function readSigner(
  { WATTEST_RELAY_KEY: text }: Settings,
  asking: Pick<Context, "environment" | "terminal">,
): Promise<TransactionSigner> {
  if (text === undefined)
    throw new SettingsRejected(["WATTEST_RELAY_KEY: is missing; expected a keystore file, or URL#ADDRESS"])
  try {
    return await openAccount(key.parse(text), asking, "WATTEST_RELAY_KEY")
  } catch (error) {
    if (error instanceof ValueError) throw new SettingsRejected([`WATTEST_RELAY_KEY: ${error.message}`])
    if (error instanceof UsageError) throw new SettingsRejected([`WATTEST_RELAY_KEY: ${error.message}`])
    throw error
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

/** A promise must not outlive the key that it names. */
function writeNewKey(path: string): void {
  try {
    createDurably(path, `${toHex(randomBytes(32))}\n`)
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== "EEXIST") throw error
  }
}
