import { execFile } from "node:child_process"
import { once } from "node:events"
import { createWriteStream } from "node:fs"
import { join } from "node:path"
import { setTimeout as pause } from "node:timers/promises"
import { promisify } from "node:util"
import { type Anvil, startAnvil } from "@wattest/testkit/local/anvil"
import { createDevice, documentOf, randomRoots, type TestDevice } from "@wattest/testkit/relayer/devices"
import { request, temporaryFolder } from "@wattest/testkit/relayer/harness"
import { type RelayProcess, startProcess } from "@wattest/testkit/relayer/process"
import { deployRegistry, type TestRegistry } from "@wattest/testkit/relayer/registry"
import { peakMegabytes } from "./attester/process.ts"
import type { Row } from "./rows/row.ts"

const SUBMISSIONS = Number(process.env.WATTEST_BENCH_SUBMISSIONS ?? 100_000)
const DEVICES = 64
const GAS_LIMIT = 45_000_000
const BLOCK_SECONDS = 2
const WINDOW_BLOCKS = 10
/** The rest of the backlog is anchored under a gas limit that nobody's chain has, so that the count of the lost is quick. */
const FLUSH_GAS_LIMIT = 20 * GAS_LIMIT

const say = (text: string) => process.stderr.write(`${text}\n`)

/** Signs every submission beforehand: the load must not compete with its own making. */
async function writeLoad(file: string, registry: TestRegistry, devices: readonly TestDevice[]): Promise<void> {
  const out = createWriteStream(file)
  for (let i = 0; i < SUBMISSIONS; i++) {
    const device = devices[i % devices.length] as TestDevice
    const submission = device.submission(registry, Math.floor(i / devices.length), randomRoots(1))
    if (!out.write(`${Buffer.from(documentOf(submission)).toString()}\n`)) await once(out, "drain")
  }
  out.end()
  await once(out, "finish")
}

async function measureIntake(file: string, url: string) {
  const load = new URL("relayer/load.ts", import.meta.url).pathname
  const { stdout } = await promisify(execFile)(process.execPath, [load, file, url], { maxBuffer: 1 << 24 })
  const measured = JSON.parse(stdout) as { seconds: number; p50: number; p99: number; statuses: Record<string, number> }
  say(`intake: ${JSON.stringify(measured)}`)
  return measured
}

const heightOf = async (anvil: Anvil) => Number(await anvil.rpc("eth_blockNumber"))

/** How full the chain's blocks are while there is enough to fill them. */
async function measureFullness(anvil: Anvil): Promise<{ share: number; runsPerSecond: number }> {
  const from = (await heightOf(anvil)) + 2
  while ((await heightOf(anvil)) < from + WINDOW_BLOCKS) await pause(500)
  let used = 0
  let transactions = 0
  for (let number = from; number < from + WINDOW_BLOCKS; number++) {
    const block = (await anvil.rpc("eth_getBlockByNumber", `0x${number.toString(16)}`, false)) as {
      gasUsed: string
      transactions: unknown[]
    }
    used += Number(block.gasUsed)
    transactions += block.transactions.length
  }
  return { share: used / (WINDOW_BLOCKS * GAS_LIMIT), runsPerSecond: transactions / (WINDOW_BLOCKS * BLOCK_SECONDS) }
}

async function countAnchored(registry: TestRegistry, devices: readonly TestDevice[]): Promise<number> {
  const counts = await Promise.all(devices.map(async (device) => (await registry.roots(device)).length))
  return counts.reduce((sum, count) => sum + count, 0)
}

/** Waits until the relayer has nothing open; answers how fast that went and how many accepted runs the chain does not hold. */
async function drain(
  anvil: Anvil,
  relay: RelayProcess,
  registry: TestRegistry,
  devices: readonly TestDevice[],
): Promise<{ perSecond: number; lost: number }> {
  const start = performance.now()
  const before = await countAnchored(registry, devices)
  await anvil.rpc("evm_setBlockGasLimit", `0x${FLUSH_GAS_LIMIT.toString(16)}`)
  for (;;) {
    const { body } = await request(`${relay.url}/v1/status`)
    say(`open: ${body.queued} queued, ${body.staged} on their way`)
    if (Number(body.queued) + Number(body.staged) === 0) break
    await pause(5000)
  }
  const seconds = (performance.now() - start) / 1000
  const anchored = await countAnchored(registry, devices)
  return { perSecond: (anchored - before) / seconds, lost: SUBMISSIONS - anchored }
}

/** Devices over real HTTP, a real relayer process with its SQLite store, a chain with Ethereum's gas limit. */
export async function run(): Promise<Row[]> {
  const folder = temporaryFolder()
  const anvil = await startAnvil({ gasLimit: GAS_LIMIT })
  let relay: RelayProcess | undefined
  try {
    const registry = await deployRegistry(anvil)
    const devices = Array.from({ length: DEVICES }, () => createDevice())
    say(`enrolling ${DEVICES} devices`)
    await registry.enrol(devices)
    say(`signing ${SUBMISSIONS} submissions`)
    const file = join(folder.path, "load.ndjson")
    await writeLoad(file, registry, devices)
    await anvil.rpc("evm_setIntervalMining", BLOCK_SECONDS)
    const settings = {
      WATTEST_RELAY_POLL_MS: "500",
      WATTEST_RELAY_RPC_TIMEOUT_MS: "20000",
      WATTEST_RELAY_DEVICE_RATE: "100000",
      WATTEST_RELAY_DEVICE_BURST: "1000000",
    }
    relay = await startProcess({ registry, rpcUrls: [anvil.url], folder: folder.path, account: 2, settings })
    const intake = await measureIntake(file, relay.url)
    const { share, runsPerSecond } = await measureFullness(anvil)
    say(`blocks are ${(100 * share).toFixed(1)} % full`)
    const peak = peakMegabytes(relay.pid) ?? Number.NaN
    const { perSecond, lost } = await drain(anvil, relay, registry, devices)
    return [
      { key: "accepted.perSecond", value: SUBMISSIONS / intake.seconds, unit: "1/s", goal: 1000, goalIsFloor: true },
      { key: "accepted.p50Ms", value: intake.p50, unit: "ms" },
      { key: "accepted.p99Ms", value: intake.p99, unit: "ms" },
      { key: "anchored.runsPerSecond", value: runsPerSecond, unit: "1/s" },
      { key: "anchored.shareOfGasLimit", value: share, unit: "", goal: 0.95, goalIsFloor: true },
      { key: "drained.runsPerSecond", value: perSecond, unit: "1/s at 20 times the gas limit" },
      { key: "backlog.peakMB", value: peak, unit: "MB", goal: 300 },
      { key: "lost", value: lost, unit: "submissions", goal: 0 },
    ]
  } finally {
    await relay?.stop()
    await anvil.stop()
    folder.remove()
  }
}
