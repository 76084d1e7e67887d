import type { ChildProcess } from "node:child_process"
import { mkdirSync } from "node:fs"
import { join } from "node:path"
import type { Hex } from "viem"
import { privateKeyToAccount } from "viem/accounts"
import { LOCAL_CHAIN_ID, LOCAL_KEYS } from "./accounts.ts"
import { freePort, start, until } from "./processes.ts"

export type LocalRelayer = {
  readonly url: string
  readonly process: ChildProcess
  /** Waits until the anchor of a run is final. */
  readonly final: (device: Hex, run: bigint) => Promise<void>
}

/** Starts `wattest-relay serve` with its store in `folder`; its log goes to `folder`.log. */
export async function startRelayer({
  rpcUrl,
  registry,
  folder,
}: {
  rpcUrl: string
  registry: Hex
  folder: string
}): Promise<LocalRelayer> {
  const port = await freePort()
  mkdirSync(folder, { recursive: true })
  const env = {
    WATTEST_RELAY_RPC_URLS: rpcUrl,
    WATTEST_RELAY_CHAIN_ID: `${LOCAL_CHAIN_ID}`,
    WATTEST_RELAY_REGISTRY: registry,
    WATTEST_RELAY_STORE: join(folder, "relayer.sqlite"),
    WATTEST_RELAY_PROMISE_KEY: join(folder, "promise.key"),
    // The local chain keeps the keys of its own accounts and signs for them.
    WATTEST_RELAY_SIGNER_URL: rpcUrl,
    WATTEST_RELAY_SIGNER_ADDRESS: privateKeyToAccount(LOCAL_KEYS.relayer).address,
    WATTEST_RELAY_PORT: `${port}`,
    WATTEST_RELAY_POLL_MS: "200",
  }
  const child = start([process.execPath, "node_modules/.bin/wattest-relay", "serve"], () => {}, { env })
  const url = `http://127.0.0.1:${port}`
  const answers = async (path: string) => ((await fetch(`${url}${path}`)).status === 200 ? true : null)
  await until("the start of the relayer", () => answers("/ready"))
  const final = async (device: Hex, run: bigint) => {
    await until("the anchor", () => answers(`/v1/receipts/${device}/${run}`))
  }
  return { url, process: child, final }
}
