import { parentPort, workerData } from "node:worker_threads"
import type { Hex } from "@wattest/protocol"
import { privateKeyToAccount } from "viem/accounts"
import type { PromiseToSign } from "./promise-thread.ts"

/** The thread behind promise-thread.ts: signs what it is sent, in order. */
const account = privateKeyToAccount(workerData as Hex)

parentPort?.on("message", async ({ id, data }: PromiseToSign) => {
  parentPort?.postMessage({ id, signature: await account.signTypedData(data) })
})
