import { mkdtempSync, rmSync } from "node:fs"
import { createRequire } from "node:module"
import { tmpdir } from "node:os"
import { join } from "node:path"
import { toHex } from "viem"
import { call, type LocalChain } from "./chain.ts"
import { freePort, kill, start, until } from "./processes.ts"

/** A running anvil. */
export type Anvil = LocalChain

export type AnvilOptions = {
  /** When a block is made: on demand (`anvil_mine`), with each transaction, or every so many seconds. */
  readonly mining?: "manual" | "each" | number
  readonly gasLimit?: number
  /** Block time of the first block, Unix seconds; else that of the machine's clock. */
  readonly startTime?: number
  readonly chainId?: number
  /** Without the deterministic deployment proxy, which anvil else comes with. */
  readonly isBare?: boolean
  /** So many states of old blocks are kept, in memory; else every one, in a folder that goes with the chain. */
  readonly states?: number
  /** Of so many blocks transactions and receipts are kept; else of every one. */
  readonly receipts?: number
}

/** The anvil binary itself: killing its npm wrapper would leave it running. */
function binary(): string {
  const { platform, arch } = process
  const name = `@foundry-rs/anvil-${platform}-${arch === "x64" ? "amd64" : arch}/bin/anvil`
  return createRequire(import.meta.url).resolve(name)
}

function rulesOf({ mining = "manual", gasLimit = 45_000_000, ...more }: AnvilOptions): string[] {
  const { startTime, chainId, isBare, states, receipts } = more
  const blocks = { manual: ["--no-mining"], each: [] }
  return [
    ...["--hardfork", "osaka", "--slots-in-an-epoch", "1", "--gas-limit", `${gasLimit}`, "--order", "fees"],
    ...(typeof mining === "number" ? ["--block-time", `${mining}`] : blocks[mining]),
    ...(startTime === undefined ? [] : ["--timestamp", `${startTime}`]),
    ...(chainId === undefined ? [] : ["--chain-id", `${chainId}`]),
    ...(isBare ? ["--disable-default-create2-deployer"] : []),
    ...(states === undefined ? [] : ["--prune-history", `${states}`]),
    ...(receipts === undefined ? [] : ["--transaction-block-keeper", `${receipts}`]),
  ]
}

let folder: string | undefined

/** Where this process's chains keep old states: each is as large as the chain, and a chain that is killed leaves all of them. */
function statesFolder(): string {
  if (folder === undefined) {
    const made = mkdtempSync(join(tmpdir(), "wattest-anvil-"))
    process.once("exit", () => rmSync(made, { recursive: true, force: true }))
    folder = made
  }
  return mkdtempSync(join(folder, "chain-"))
}

/** Starts a chain of our own. */
export async function startAnvil(options: AnvilOptions = {}): Promise<Anvil> {
  const port = await freePort()
  const states = statesFolder()
  const place = ["--port", `${port}`, "--silent", "--cache-path", states]
  const anvil = start([binary(), ...place, ...rulesOf(options)], () => {})
  const url = `http://127.0.0.1:${port}`
  const rpc = (method: string, ...params: unknown[]) => call(url, method, params)
  await until("the start of the local chain", () => rpc("eth_chainId"))
  const stop = async () => {
    await kill(anvil)
    rmSync(states, { recursive: true, force: true })
  }
  return {
    ...{ url, rpc, stop, pid: anvil.pid ?? 0, folder: states },
    mine: async (blocks) => void (await rpc("anvil_mine", toHex(blocks))),
    mineEvery: async (seconds) => void (await rpc("evm_setIntervalMining", seconds)),
    pass: async (seconds) => void (await rpc("evm_increaseTime", seconds)),
  }
}
