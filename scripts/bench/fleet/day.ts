import { spawn } from "node:child_process"
import { once } from "node:events"
import { createWriteStream } from "node:fs"
import { createInterface } from "node:readline"
import { setTimeout as pause } from "node:timers/promises"
import type { LocalChain } from "@wattest/testkit/local/chain"
import { documentOf, randomRoots, type TestDevice } from "@wattest/testkit/relayer/devices"
import { request } from "@wattest/testkit/relayer/harness"
import type { RelayProcess } from "@wattest/testkit/relayer/process"
import type { TestRegistry } from "@wattest/testkit/relayer/registry"
import { progressOf, say } from "./progress.ts"

const DAY_SECONDS = 86_400
const MINUTE_SECONDS = 60
const LOAD = new URL("../relayer/load.ts", import.meta.url).pathname

type Fleet = { readonly chain: LocalChain; readonly registry: TestRegistry; readonly devices: readonly TestDevice[] }

/** A day passes on the chain, and each device signs what it told of it. */
export async function writeDay(file: string, { chain, registry, devices }: Fleet, day: number): Promise<void> {
  await chain.pass(DAY_SECONDS)
  await chain.mine(3)
  const { timestamp } = (await chain.rpc("eth_getBlockByNumber", "finalized", false)) as { timestamp: string }
  const through = Math.floor(Number(timestamp) / MINUTE_SECONDS) * MINUTE_SECONDS
  const out = createWriteStream(file)
  for (const device of devices) {
    const document = documentOf(device.submission(registry, day, randomRoots(1), through))
    if (!out.write(`${Buffer.from(document).toString()}\n`)) await once(out, "drain")
  }
  out.end()
  await once(out, "finish")
  say(`day ${day + 1} is signed`)
}

/** What is handed in: a file with a submission a line, so many of them. */
export type Load = { readonly file: string; readonly size: number }

/**
 * Hands in a file of submissions. Answers the seconds that it took; null once `enough` says so of those that were taken,
 * which leaves the rest out.
 */
export async function takeIn(
  { file, size }: Load,
  { url }: RelayProcess,
  enough: (taken: number) => boolean = () => false,
): Promise<number | null> {
  const child = spawn(process.execPath, [LOAD, file, url], { stdio: ["ignore", "pipe", "pipe"] })
  const exit = once(child, "exit")
  const progress = progressOf("taken in", size)
  let isEnough = false
  createInterface({ input: child.stderr }).on("line", (line) => {
    const taken = Number(/^taken ([0-9]+)$/.exec(line)?.[1])
    if (Number.isNaN(taken)) return say(line)
    progress(taken)
    if (isEnough || !enough(taken)) return
    isEnough = true
    child.kill()
  })
  let told = ""
  for await (const chunk of child.stdout.setEncoding("utf8")) told += chunk
  const [code] = await exit
  if (isEnough) return null
  if (code !== 0) throw new Error(`the load ended with ${code}`)
  const { seconds, statuses } = JSON.parse(told) as { seconds: number; statuses: Record<string, number> }
  say(`taken in after ${seconds.toFixed(1)} s: ${JSON.stringify(statuses)}`)
  return seconds
}

/** Waits until nothing is open. */
export async function drain({ url }: RelayProcess): Promise<void> {
  let most = 0
  const openOf = async () => {
    const { body } = await request(`${url}/v1/status`)
    return Number(body.queued) + Number(body.staged)
  }
  most = await openOf()
  const progress = progressOf("anchored", most)
  for (let open = most; open > 0; open = await openOf()) {
    progress(Math.max(0, most - open))
    await pause(500)
  }
}
