import { globSync, statSync } from "node:fs"
import { join } from "node:path"
import { startAnvil } from "@wattest/testkit/local/anvil"
import type { LocalChain } from "@wattest/testkit/local/chain"
import { startGeth } from "@wattest/testkit/local/geth"
import { createDevice } from "@wattest/testkit/relayer/devices"
import { temporaryFolder } from "@wattest/testkit/relayer/harness"
import { type RelayProcess, startProcess } from "@wattest/testkit/relayer/process"
import { deployRegistry } from "@wattest/testkit/relayer/registry"
import { cpuSeconds, peakMegabytes } from "./attester/process.ts"
import { drain, takeIn, writeDay } from "./fleet/day.ts"
import { enrolAll, lostOf } from "./fleet/enrol.ts"
import { fleetOptions } from "./fleet/options.ts"
import { say } from "./fleet/progress.ts"
import { startProvider } from "./fleet/provider.ts"
import type { Row } from "./rows/row.ts"

const DAY_SECONDS = 86_400
/** No chain's limit: what is measured is the relayer with its store, and the chain shares its machine. */
const GAS_LIMIT = 4_000_000_000
/** What anvil forgets, since it holds all in memory: nobody asks for old states, or for receipts of what is final. */
const KEPT = { states: 8, receipts: 60 }
const SETTINGS = {
  WATTEST_RELAY_POLL_MS: "500",
  WATTEST_RELAY_RPC_TIMEOUT_MS: "20000",
  WATTEST_RELAY_DEVICE_RATE: "1000",
}

type Trouble = "crash" | "provider"
/** What befalls each day: the more days, the more of them are as they should be. */
const DAYS: { readonly [days: number]: readonly (readonly Trouble[])[] } = {
  1: [["crash", "provider"]],
  2: [[], ["crash", "provider"]],
  3: [[], ["crash"], ["provider"]],
}

const secondsSince = (start: number) => (performance.now() - start) / 1000

/**
 * A fleet of which each device hands in a run a day, for days that the chain's clock skips through: in the intake of one
 * the relayer is killed, on one the first of its two providers goes away. `--devices N`, `--days 1|2|3`, `--chain
 * anvil|geth`. Rows are said as they come, too: who cuts it has those.
 */
export async function run(args: readonly string[]): Promise<Row[]> {
  const { devices: size, days, isGeth } = fleetOptions(args)
  const rows: Row[] = []
  const row = (key: string, value: number, unit: string, goal?: number) => {
    rows.push({ key, value, unit, ...(goal !== undefined && { goal }) })
    say(`${key} ${Number(value.toPrecision(4))} ${unit}`)
  }
  const folder = temporaryFolder()
  // The days end today: a relayer takes no minute that is ahead of its own clock.
  const startTime = Math.floor(Date.now() / 1000) - (days + 1) * DAY_SECONDS
  const chain = isGeth
    ? await startGeth({ gasLimit: GAS_LIMIT, startTime })
    : await startAnvil({ gasLimit: GAS_LIMIT, startTime, ...KEPT })
  const provider = await startProvider(chain.url)
  const registry = await deployRegistry(chain)
  const fleet = { chain, registry, devices: Array.from({ length: size }, () => createDevice()) }
  row("fleet.devices", size, "")
  await chain.mineEvery(1)
  let from = performance.now()
  const gas = await enrolAll(fleet)
  row("fleet.enrolledPerSecond", size / secondsSince(from), "1/s, vouched for and enrolled")
  row("fleet.enrolGas", Number(gas) / size, "gas of a device, its vouch too")

  const setup = { registry, rpcUrls: [provider.url, chain.url], folder: folder.path, account: 2, settings: SETTINGS }
  let relay: RelayProcess = await startProcess(setup)
  let peak = 0
  const load = { file: join(folder.path, "day.ndjson"), size }
  for (const [day, troubles] of (DAYS[days] ?? []).entries()) {
    await writeDay(load.file, fleet, day)
    if (troubles.includes("crash")) {
      await takeIn(load, relay, (taken) => taken >= size / 4)
      peak = Math.max(peak, peakMegabytes(relay.pid) ?? 0)
      await relay.kill()
      from = performance.now()
      relay = await startProcess(setup)
      row("fleet.restartSeconds", secondsSince(from), "s")
    }
    if (troubles.includes("provider")) {
      provider.leave()
      say("the first provider is gone")
    }
    // After a crash all of the day is handed in once more, by devices that never heard an answer.
    from = performance.now()
    const used = [relay.pid, chain.pid].map(cpuSeconds)
    const seconds = await takeIn(load, relay)
    await drain(relay)
    for (const [i, [who, { pid }]] of Object.entries({ relayer: relay, chain }).entries())
      row(
        `fleet.${who}CpuMs`,
        (1000 * (cpuSeconds(pid) - (used[i] ?? 0))) / size,
        `ms of a core for each run of day ${day + 1}`,
      )
    if (troubles.length === 0 && day === 0 && seconds !== null) {
      row("fleet.firstDayPerSecond", size / seconds, "1/s, each device asked of the chain")
      row("fleet.anchoredPerSecond", size / secondsSince(from), "1/s, the chain on the same machine")
    } else if (day > 0 && seconds !== null && troubles.includes("provider"))
      row("fleet.dayPerSecond", size / seconds, "1/s by one of two providers")
    peak = Math.max(peak, peakMegabytes(relay.pid) ?? 0)
    row("fleet.peakMB", peak, "MB of the relayer so far")
    row(
      "fleet.bytesPerRun",
      statSync(join(folder.path, "relayer.sqlite")).size / ((day + 1) * size),
      "bytes in the store",
    )
  }
  row("fleet.lost", await lostOf(fleet, days), "runs", 0)
  row("fleet.chainPeakMB", peakMegabytes(chain.pid) ?? Number.NaN, `MB of ${isGeth ? "geth" : "anvil"}`)
  row("fleet.chainDiskMB", megabytesIn(chain), "MB")
  await relay.stop()
  provider.leave()
  await chain.stop()
  folder.remove()
  return [...new Map(rows.map((one) => [one.key, one])).values()]
}

/** What the node keeps on disk. */
function megabytesIn({ folder }: LocalChain): number {
  const files = globSync("**", { cwd: folder }).map((name) => statSync(join(folder, name), { throwIfNoEntry: false }))
  return files.reduce((sum, file) => sum + (file?.isFile() ? file.size : 0), 0) / 1e6
}
