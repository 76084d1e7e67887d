import { generateKeyPairSync, randomBytes, sign, verify } from "node:crypto"
import { isMainThread, parentPort, Worker, workerData } from "node:worker_threads"

/** Bytes of the message that a device signs for a capture. */
const MESSAGE_BYTES = 59

export interface RawRate {
  readonly perSecond: number
  /** CPU time of one verification, which other programs on the machine change little. */
  readonly cpuMicros: number
}

/** Ed25519 verifications in this thread, by node:crypto with the key imported once. */
function measure(seconds: number): RawRate {
  const { privateKey, publicKey } = generateKeyPairSync("ed25519")
  const message = randomBytes(MESSAGE_BYTES)
  const signature = sign(null, message, privateKey)
  const start = performance.now()
  const cpuStart = process.threadCpuUsage()
  let count = 0
  while (performance.now() - start < 1000 * seconds) {
    if (!verify(null, message, publicKey, signature)) throw new Error("a good signature was refused")
    count++
  }
  const cpu = process.threadCpuUsage(cpuStart)
  return { perSecond: count / ((performance.now() - start) / 1000), cpuMicros: (cpu.user + cpu.system) / count }
}

/** The same on so many threads at once, in all. */
export async function rawRate(threads: number, seconds: number): Promise<RawRate> {
  const rates = Array.from({ length: threads }, () => {
    const worker = new Worker(new URL(import.meta.url), { workerData: { rawRateSeconds: seconds } })
    return new Promise<RawRate>((resolve, reject) => {
      worker.once("message", resolve)
      worker.once("error", reject)
    })
  })
  const measured = await Promise.all(rates)
  const sum = (of: (rate: RawRate) => number) => measured.reduce((total, rate) => total + of(rate), 0)
  return { perSecond: sum(({ perSecond }) => perSecond), cpuMicros: sum(({ cpuMicros }) => cpuMicros) / threads }
}

if (!isMainThread && workerData?.rawRateSeconds !== undefined)
  parentPort?.postMessage(measure(workerData.rawRateSeconds))
