import { generateKeyPairSync, randomBytes, sign, verify } from "node:crypto"
import { isMainThread, parentPort, Worker, workerData } from "node:worker_threads"

/** Bytes of the message that a device signs for a capture. */
const MESSAGE_BYTES = 59

/** Ed25519 verifications a second in this thread, by node:crypto with the key imported once. */
function measure(seconds: number): number {
  const { privateKey, publicKey } = generateKeyPairSync("ed25519")
  const message = randomBytes(MESSAGE_BYTES)
  const signature = sign(null, message, privateKey)
  const start = performance.now()
  let count = 0
  while (performance.now() - start < 1000 * seconds) {
    if (!verify(null, message, publicKey, signature)) throw new Error("a good signature was refused")
    count++
  }
  return count / ((performance.now() - start) / 1000)
}

/** The same on so many threads at once, in all. */
export async function rawRate(threads: number, seconds: number): Promise<number> {
  const rates = Array.from({ length: threads }, () => {
    const worker = new Worker(new URL(import.meta.url), { workerData: { rawRateSeconds: seconds } })
    return new Promise<number>((resolve, reject) => {
      worker.once("message", resolve)
      worker.once("error", reject)
    })
  })
  return (await Promise.all(rates)).reduce((sum, rate) => sum + rate, 0)
}

if (!isMainThread && workerData?.rawRateSeconds !== undefined)
  parentPort?.postMessage(measure(workerData.rawRateSeconds))
