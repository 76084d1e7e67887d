import { execFileSync } from "node:child_process"
import { randomBytes } from "node:crypto"
import { existsSync, mkdtempSync, rmSync, writeFileSync } from "node:fs"
import { tmpdir } from "node:os"
import { join } from "node:path"
import { setTimeout as pause } from "node:timers/promises"
import { type Hex, toHex } from "viem"
import { accountOf, LOCAL_CHAIN_ID } from "./accounts.ts"
import { call, type LocalChain } from "./chain.ts"
import { createEngine } from "./engine.ts"
import { freePort, kill, run, start, until } from "./processes.ts"

/** Whose log is read here: no call tells when a block is filled. */
const VERSION = "v1.17.10"
/** How it is had: it is no package of npm, and takes ten minutes of two cores to build. */
export const GETH_HINT = `no geth in build/geth (GOBIN=$PWD/build/geth go install github.com/ethereum/go-ethereum/cmd/geth@${VERSION})`

const BINARY = "build/geth/geth"
const RICH = toHex(10n ** 27n)
const ACCOUNTS = 4
/** Of megabytes; the rest of its memory is the pool's and the garbage collector's. */
const CACHE = 2048
/** Transactions that wait: more than anybody sends ahead. */
const POOL = 200_000
const KEY_BYTES = 32
/** Of its log, for errors. */
const LINES = 20
/** A block is filled for three seconds at the most, `miner.recommit`; the machine may be busy. */
const MOST_MS = 60_000

export const hasGeth = (): boolean => existsSync(BINARY)

export type GethOptions = {
  /** What a block may take, and what it is left at. */
  readonly gasLimit: number
  /** Block time of the first block, Unix seconds; else that of the machine's clock. */
  readonly startTime?: number
}

/** The genesis of geth's own development chain, which has the contracts that blocks since Prague call, with our accounts. */
function genesisOf(gasLimit: number, timestamp: number): unknown {
  const text = execFileSync(BINARY, ["--dev", "dumpgenesis"], { encoding: "utf8", stdio: ["ignore", "pipe", "ignore"] })
  const { alloc, config, ...rest } = JSON.parse(text) as { alloc: object; config: object }
  const rich = Array.from({ length: ACCOUNTS }, (_, i) => [accountOf(i).address, { balance: RICH }])
  return {
    ...rest,
    // Without the rules that it tries out beyond Osaka.
    config: { ...config, chainId: LOCAL_CHAIN_ID, bogotaTime: undefined },
    alloc: { ...alloc, ...Object.fromEntries(rich) },
    ...{ gasLimit: toHex(gasLimit), timestamp: toHex(timestamp), baseFeePerGas: toHex(10n ** 9n) },
  }
}

/** Starts a geth that keeps its state on disk, whose blocks and clock are ours: its development mode has no other clock than the machine's. */
export async function startGeth({ gasLimit, startTime }: GethOptions): Promise<LocalChain> {
  const folder = mkdtempSync(join(tmpdir(), "wattest-geth-"))
  process.once("exit", () => rmSync(folder, { recursive: true, force: true }))
  const [genesis, jwt, data] = ["genesis.json", "jwt.hex", "data"].map((name) => join(folder, name)) as [
    string,
    string,
    string,
  ]
  const firstTime = startTime ?? Math.floor(Date.now() / 1000)
  const secret = randomBytes(KEY_BYTES)
  writeFileSync(genesis, JSON.stringify(genesisOf(gasLimit, firstTime)))
  writeFileSync(jwt, secret.toString("hex"))
  const { exit, stderr } = await run([BINARY, "init", "--datadir", data, genesis])
  if (exit !== 0) throw new Error(`geth takes no genesis: ${stderr.slice(-500)}`)
  const [port, engine] = [await freePort(), await freePort()]
  const log: string[] = []
  let lastFilled = ""
  const node = start([BINARY, ...optionsOf({ data, jwt, port, engine, gasLimit })], (line) => {
    log.push(line)
    if (log.length > LINES) log.shift()
    lastFilled = /Updated payload +id=(0x[0-9a-f]+)/.exec(line)?.[1] ?? lastFilled
  })
  const filled = async (payload: Hex) => {
    for (const fromMs = performance.now(); lastFilled !== payload; await pause(5))
      if (performance.now() - fromMs > MOST_MS)
        throw new Error(`geth did not log "Updated payload", as ${VERSION} does of a block: ${log.join("\n")}`)
  }
  const url = `http://127.0.0.1:${port}`
  const rpc = (method: string, ...params: unknown[]) => call(url, method, params)
  await until("the start of geth", () => rpc("eth_chainId")).catch((error) => {
    throw new Error(`${error.message}: ${log.join("\n")}`)
  })
  const blocks = await createEngine({ url, engineUrl: `http://127.0.0.1:${engine}`, secret, filled, firstTime })
  return {
    ...{ url, rpc, pid: node.pid ?? 0, folder },
    ...{ mine: blocks.mine, mineEvery: blocks.mineEvery, pass: blocks.pass },
    async stop() {
      await blocks.stop()
      await kill(node)
      rmSync(folder, { recursive: true, force: true })
    },
  }
}

type Place = {
  readonly data: string
  readonly jwt: string
  readonly port: number
  readonly engine: number
  readonly gasLimit: number
}

function optionsOf({ data, jwt, port, engine, gasLimit }: Place): readonly string[] {
  const options = {
    datadir: data,
    networkid: LOCAL_CHAIN_ID,
    ...{ syncmode: "full", gcmode: "full", cache: CACHE, maxpeers: 0, port: 0 },
    ...{ "http.addr": "127.0.0.1", "http.port": port, "http.api": "eth,net,txpool,debug" },
    ...{ "authrpc.addr": "127.0.0.1", "authrpc.port": engine, "authrpc.jwtsecret": jwt },
    ...{ "rpc.batch-request-limit": 0, "rpc.batch-response-max-size": 0, "rpc.gascap": 0, "rpc.txfeecap": 0 },
    ...{ "txpool.globalslots": POOL, "txpool.accountslots": POOL },
    ...{ "txpool.globalqueue": POOL, "txpool.accountqueue": POOL, "txpool.pricelimit": 1 },
    ...{ "miner.gaslimit": gasLimit, "miner.gasprice": 1, "miner.recommit": "3s", verbosity: 3 },
  }
  const flags = Object.entries(options).flatMap(([name, value]) => [`--${name}`, `${value}`])
  return [...flags, "--http", "--nodiscover", "--ipcdisable"]
}
