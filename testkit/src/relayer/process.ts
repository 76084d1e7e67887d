import { type ChildProcess, spawn } from "node:child_process"
import { createCipheriv, pbkdf2Sync, randomBytes } from "node:crypto"
import { once } from "node:events"
import { writeFileSync } from "node:fs"
import { join } from "node:path"
import { createInterface } from "node:readline"
import type { Hex } from "@wattest/protocol"
import { keccak256 } from "viem"
import { accountOf } from "../local/accounts.ts"
import type { TestRegistry } from "./registry.ts"

const MAIN = new URL("../../../relayer/src/main.ts", import.meta.url).pathname
const PASSWORD = "only for tests"

/** A running `wattest-relay`. */
export type RelayProcess = {
  readonly url: string
  readonly pid: number
  /** Its log, a line each. */
  readonly log: readonly string[]
  /** kill −9. */
  kill(): Promise<void>
  /** SIGTERM; answers the exit code. */
  stop(): Promise<number | null>
}

/** Writes a version 3 keystore for one of anvil's accounts. */
export function writeKeystore(folder: string, account: number): { keystore: string; passwordFile: string } {
  const key = Buffer.from(accountOf(account).getHdKey().privateKey ?? [])
  const [salt, iv] = [randomBytes(32), randomBytes(16)]
  const derived = pbkdf2Sync(PASSWORD, salt, 1000, 32, "sha256")
  const cipher = createCipheriv("aes-128-ctr", derived.subarray(0, 16), iv)
  const ciphertext = Buffer.concat([cipher.update(key), cipher.final()])
  const mac = keccak256(Buffer.concat([derived.subarray(16), ciphertext])).slice(2)
  const kdfparams = { c: 1000, dklen: 32, prf: "hmac-sha256", salt: salt.toString("hex") }
  const crypto = {
    cipher: "aes-128-ctr",
    cipherparams: { iv: iv.toString("hex") },
    ciphertext: ciphertext.toString("hex"),
    kdf: "pbkdf2",
    kdfparams,
    mac,
  }
  const keystore = join(folder, `keystore-${account}.json`)
  const passwordFile = join(folder, "password")
  writeFileSync(keystore, JSON.stringify({ version: 3, id: "test", crypto }))
  writeFileSync(passwordFile, `${PASSWORD}\n`)
  return { keystore, passwordFile }
}

export type ProcessSetup = {
  readonly registry: TestRegistry
  readonly rpcUrls: readonly string[]
  readonly folder: string
  /** Which of anvil's accounts pays. */
  readonly account: number
  readonly settings?: Readonly<Record<string, string>>
  /** In place of the environment that the rest describes. */
  readonly environment?: NodeJS.ProcessEnv
}

export function environmentOf({ registry, rpcUrls, folder, account, settings }: ProcessSetup): NodeJS.ProcessEnv {
  const { keystore, passwordFile } = writeKeystore(folder, account)
  return {
    PATH: process.env.PATH,
    WATTEST_RELAY_RPC_URLS: rpcUrls.join(","),
    WATTEST_RELAY_CHAIN_ID: String(registry.chainId),
    WATTEST_RELAY_REGISTRY: registry.registry as Hex,
    WATTEST_RELAY_STORE: join(folder, "relayer.sqlite"),
    WATTEST_RELAY_KEYSTORE: keystore,
    WATTEST_RELAY_KEYSTORE_PASSWORD_FILE: passwordFile,
    WATTEST_RELAY_PROMISE_KEY: join(folder, "promise.key"),
    WATTEST_RELAY_PORT: "0",
    WATTEST_RELAY_POLL_MS: "50",
    WATTEST_RELAY_RPC_TIMEOUT_MS: "1500",
    WATTEST_RELAY_DEVICE_RATE: "1000",
    WATTEST_RELAY_DEVICE_BURST: "1000",
    ...settings,
  }
}

/** Starts the real command and waits until it listens. */
export async function startProcess(setup: ProcessSetup): Promise<RelayProcess> {
  const child = spawn(process.execPath, [MAIN, "serve"], {
    env: setup.environment ?? environmentOf(setup),
    stdio: ["ignore", "pipe", "pipe"],
  })
  const log: string[] = []
  createInterface({ input: child.stderr }).on("line", (line) => log.push(line))
  const url = await listening(child, log)
  const ended = once(child, "exit")
  return {
    url,
    pid: child.pid ?? 0,
    log,
    async kill() {
      child.kill("SIGKILL")
      await ended
    },
    async stop() {
      child.kill("SIGTERM")
      const [code] = await ended
      return code
    },
  }
}

function listening(child: ChildProcess, log: string[]): Promise<string> {
  return new Promise((resolve, reject) => {
    child.once("exit", (code) => reject(new Error(`wattest-relay ended with ${code}: ${log.join("\n")}`)))
    if (!child.stdout) return reject(new Error("no stdout"))
    createInterface({ input: child.stdout }).on("line", (line) => {
      log.push(line)
      const { msg, url } = JSON.parse(line)
      if (msg === "listening") resolve(url)
    })
  })
}
