import type { ChildProcess } from "node:child_process"
import type { Hex } from "viem"
import { LOCAL_CHAIN_ID, LOCAL_KEYS } from "./chain.ts"
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
  const env = {
    WATTEST_RPC_URLS: rpcUrl,
    WATTEST_CHAIN_ID: `${LOCAL_CHAIN_ID}`,
    WATTEST_REGISTRY: registry,
    WATTEST_PRIVATE_KEY: LOCAL_KEYS.relayer,
    WATTEST_STORE: folder,
    WATTEST_PORT: `${port}`,
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
