import { execFile } from "node:child_process"
import { once } from "node:events"
import { createWriteStream, statSync } from "node:fs"
import { join } from "node:path"
import { promisify } from "node:util"
import { ANCHORS_ABI as abi } from "@wattest/chain"
import { boundaryNumber, type Hex } from "@wattest/protocol"
import { type Anvil, startAnvil } from "@wattest/testkit/local/anvil"
import { createDevice, documentOf, EVIDENCE, randomRoots, type TestDevice } from "@wattest/testkit/relayer/devices"
import { request, temporaryFolder } from "@wattest/testkit/relayer/harness"
import { type RelayProcess, startProcess } from "@wattest/testkit/relayer/process"
import { deployRegistry, type TestRegistry } from "@wattest/testkit/relayer/registry"
import { startProxy } from "@wattest/testkit/relayer/rpc-proxy"
import { encodeFunctionData } from "viem"
import { peakMegabytes } from "./attester/process.ts"
import type { Row } from "./rows/row.ts"

const DEVICES = 10_000
const DAY_SECONDS = 86_400
const MINUTE_SECONDS = 60
/** No chain's limit: what is measured is the relayer with its store, and the chain shares its machine. */
const GAS_LIMIT = 4_000_000_000
/** What the chain forgets, since it holds all in memory: nobody asks for old states, or for receipts of what is final. */
const KEPT = { states: 8, receipts: 60 }
const SENDS = 64
/** An enrolment writes the key's table: nearly nine hundred thousand. */
const ENROL_GAS = 1_200_000
const SETTINGS = {
  WATTEST_RELAY_POLL_MS: "500",
  WATTEST_RELAY_RPC_TIMEOUT_MS: "20000",
  WATTEST_RELAY_DEVICE_RATE: "1000",
}

const say = (text: string) => process.stderr.write(`${text}\n`)
const pause = (ms: number) => new Promise((resolve) => setTimeout(resolve, ms))
const secondsSince = (start: number) => (performance.now() - start) / 1000

type Fleet = { readonly anvil: Anvil; readonly registry: TestRegistry; readonly devices: readonly TestDevice[] }

/**
 * A fleet of which each device hands in a run a day, for three days that the chain's clock skips through: one as it
 * should be, one in whose intake the relayer is killed, one on which the first of its two providers refuses everything.
 * `--devices N` for another size.
 */
export async function run(options: readonly string[]): Promise<Row[]> {
  const size = Number(options[options.indexOf("--devices") + 1] ?? DEVICES) || DEVICES
  const folder = temporaryFolder()
  // The days end today: a relayer takes no minute that is ahead of its own clock.
  const startTime = Math.floor(Date.now() / 1000) - 4 * DAY_SECONDS
  const anvil = await startAnvil({ gasLimit: GAS_LIMIT, startTime, ...KEPT })
  const providers = await Promise.all([startProxy(anvil.url), startProxy(anvil.url)])
  const registry = await deployRegistry(anvil)
  const rpcUrls = providers.map(({ url }) => url)
  const start = () => startProcess({ registry, rpcUrls, folder: folder.path, account: 2, settings: SETTINGS })
  const fleet = { anvil, registry, devices: Array.from({ length: size }, () => createDevice()) }
  await anvil.rpc("evm_setIntervalMining", 1)
  await enrolAll(fleet)
  const file = join(folder.path, "day.ndjson")
  let relay = await start()
  const quiet = await wholeDay(fleet, 0, file, relay)
  await writeDay(file, fleet, 1)
  const restarted = await crashed(file, relay, size, start)
  relay = restarted.relay
  const peak = await settle(file, relay)
  providers[0]?.interfere(async () => ({ httpStatus: 503 }))
  const alone = await wholeDay(fleet, 2, file, relay)
  const rows: Row[] = [
    { key: "fleet.devices", value: size, unit: "" },
    { key: "fleet.firstDayPerSecond", value: size / quiet.intakeSeconds, unit: "1/s, each device asked of the chain" },
    { key: "fleet.dayPerSecond", value: size / alone.intakeSeconds, unit: "1/s by one of two providers" },
    { key: "fleet.anchoredPerSecond", value: size / quiet.drainSeconds, unit: "1/s, the chain on the same machine" },
    { key: "fleet.restartSeconds", value: restarted.seconds, unit: "s" },
    { key: "fleet.peakMB", value: Math.max(quiet.peakMB, peak, alone.peakMB), unit: "MB" },
    { key: "fleet.bytesPerRun", value: sizeOf(folder.path) / (3 * size), unit: "bytes in the store" },
    { key: "fleet.lost", value: await lostOf(fleet), unit: "runs", goal: 0 },
  ]
  await relay.stop()
  await Promise.all(providers.map((provider) => provider.stop()))
  await anvil.stop()
  folder.remove()
  return rows
}

/** Vouches for all, then enrols all: both accounts are unlocked on this chain, and send many at once. */
async function enrolAll({ anvil, registry, devices }: Fleet): Promise<void> {
  const [voucher, operator] = [registry.voucher, registry.operator]
  const data = (functionName: "vouch" | "enrol", args: readonly unknown[]) =>
    encodeFunctionData({ abi, functionName, args } as never)
  await sendAll(anvil, registry, voucher, devices, ({ id }) => data("vouch", [id, operator, EVIDENCE]))
  await sendAll(anvil, registry, operator, devices, (device) => {
    const { scheme, key } = device.deviceKey
    const signature = device.enrolment(registry, operator, voucher)
    return data("enrol", [scheme, key, voucher, boundaryNumber("node"), EVIDENCE, signature])
  })
  await anvil.rpc("anvil_mine", "0x3")
}

async function sendAll(
  anvil: Anvil,
  { registry }: TestRegistry,
  from: Hex,
  devices: readonly TestDevice[],
  dataOf: (device: TestDevice) => Hex,
): Promise<void> {
  const mined = async () => Number(await anvil.rpc("eth_getTransactionCount", from, "latest"))
  const first = await mined()
  const queue = devices.entries()
  const sendOne = (i: number, device: TestDevice) => {
    const [nonce, gas] = [first + i, ENROL_GAS].map((number) => `0x${number.toString(16)}`)
    return anvil.rpc("eth_sendTransaction", { from, to: registry, data: dataOf(device), nonce, gas })
  }
  const send = async () => {
    for (const [i, device] of queue) await sendOne(i, device)
  }
  await Promise.all(Array.from({ length: SENDS }, send))
  for (let [before, at] = [-1, await mined()]; at < first + devices.length; [before, at] = [at, await mined()]) {
    // The node loses one now and then, and all that come behind wait for it.
    const lost = devices[at - first]
    if (at === before && lost !== undefined) await sendOne(at - first, lost).catch(() => null)
    await pause(2000)
  }
  const [last] = (await anvil.rpc("eth_getBlockReceipts", "latest")) as { status: string }[]
  if (last?.status === "0x0") throw new Error(`transactions of ${from} reverted`)
  say(`${devices.length} transactions of ${from}`)
}

/** A day passes on the chain, and each device signs what it told of it. */
async function writeDay(file: string, { anvil, registry, devices }: Fleet, day: number): Promise<void> {
  await anvil.rpc("evm_increaseTime", DAY_SECONDS)
  await anvil.rpc("anvil_mine", "0x3")
  const { timestamp } = (await anvil.rpc("eth_getBlockByNumber", "finalized", false)) as { timestamp: string }
  const through = Math.floor(Number(timestamp) / MINUTE_SECONDS) * MINUTE_SECONDS
  const out = createWriteStream(file)
  for (const device of devices) {
    const document = documentOf(device.submission(registry, day, randomRoots(1), through))
    if (!out.write(`${Buffer.from(document).toString()}\n`)) await once(out, "drain")
  }
  out.end()
  await once(out, "finish")
}

/** Seconds that the relayer took to take in a day's submissions. */
async function takeIn(file: string, relay: RelayProcess): Promise<number> {
  const load = new URL("relayer/load.ts", import.meta.url).pathname
  const { stdout } = await promisify(execFile)(process.execPath, [load, file, relay.url], { maxBuffer: 1 << 24 })
  const { seconds, statuses } = JSON.parse(stdout) as { seconds: number; statuses: Record<string, number> }
  say(`taken in after ${seconds.toFixed(1)} s: ${JSON.stringify(statuses)}`)
  return seconds
}

const openOf = async ({ url }: RelayProcess) => {
  const { body } = await request(`${url}/v1/status`)
  return Number(body.queued) + Number(body.staged)
}

/** Seconds until nothing is open. */
async function drain(relay: RelayProcess): Promise<number> {
  const start = performance.now()
  for (let open = 1; open > 0; await pause(500)) open = await openOf(relay)
  return secondsSince(start)
}

async function wholeDay(fleet: Fleet, day: number, file: string, relay: RelayProcess) {
  await writeDay(file, fleet, day)
  const start = performance.now()
  const intakeSeconds = await takeIn(file, relay)
  await drain(relay)
  return { intakeSeconds, drainSeconds: secondsSince(start), peakMB: peakMegabytes(relay.pid) ?? Number.NaN }
}

/** Kills the relayer once a quarter of the day is open, and starts it again. */
async function crashed(file: string, relay: RelayProcess, size: number, start: () => Promise<RelayProcess>) {
  const cut = takeIn(file, relay).catch(() => say("cut off by the crash"))
  while ((await openOf(relay)) < size / 4) await pause(100)
  await relay.kill()
  await cut
  const from = performance.now()
  const again = await start()
  return { relay: again, seconds: secondsSince(from) }
}

/** All of the day is handed in once more, by devices that never heard an answer. */
async function settle(file: string, relay: RelayProcess): Promise<number> {
  await takeIn(file, relay)
  await drain(relay)
  return peakMegabytes(relay.pid) ?? Number.NaN
}

const sizeOf = (folder: string) => statSync(join(folder, "relayer.sqlite")).size

/** Runs that the chain does not hold, of three a device. */
async function lostOf({ registry, devices }: Fleet): Promise<number> {
  let lost = 0
  for (const device of devices) lost += 3 - (await registry.roots(device)).length
  return lost
}
