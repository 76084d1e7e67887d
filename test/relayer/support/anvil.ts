import { type ChildProcess, spawn } from "node:child_process"
import { once } from "node:events"
import { createRequire } from "node:module"
import { type AddressInfo, createServer } from "node:net"
import { join } from "node:path"

/** A running anvil. */
export type Anvil = {
  readonly url: string
  rpc(method: string, ...params: unknown[]): Promise<unknown>
  stop(): Promise<void>
}

export type AnvilOptions = {
  /** Seconds between blocks; 0 mines on demand only. */
  readonly blockTime?: number
  readonly gasLimit?: number
}

const require = createRequire(import.meta.url)
// The platform's binary itself: the shell around it would leave it running when killed.
const BINARY = join(
  require.resolve(`@foundry-rs/anvil-linux-${process.arch === "x64" ? "amd64" : "arm64"}/package.json`),
  "../bin/anvil",
)

export async function freePort(): Promise<number> {
  const server = createServer().listen(0, "127.0.0.1")
  await once(server, "listening")
  const { port } = server.address() as AddressInfo
  server.close()
  await once(server, "close")
  return port
}

/** Starts a chain whose finalized block lies two behind the latest. */
export async function startAnvil({ blockTime = 0, gasLimit = 45_000_000 }: AnvilOptions = {}): Promise<Anvil> {
  const port = await freePort()
  const mining = blockTime > 0 ? ["--block-time", String(blockTime)] : ["--no-mining"]
  const options = [
    "--port",
    String(port),
    "--hardfork",
    "osaka",
    "--slots-in-an-epoch",
    "1",
    "--gas-limit",
    String(gasLimit),
  ]
  const anvil = spawn(BINARY, [...options, ...mining, "--order", "fees", "--silent"], { stdio: "ignore" })
  const url = `http://127.0.0.1:${port}`
  const rpc = (method: string, ...params: unknown[]) => call(url, method, params)
  await untilUp(anvil, rpc)
  return {
    url,
    rpc,
    async stop() {
      anvil.kill("SIGKILL")
      if (anvil.exitCode === null && anvil.signalCode === null) await once(anvil, "exit")
    },
  }
}

async function untilUp(anvil: ChildProcess, rpc: Anvil["rpc"]): Promise<void> {
  for (;;) {
    if (anvil.exitCode !== null) throw new Error(`anvil ended with ${anvil.exitCode}`)
    try {
      await rpc("eth_chainId")
      return
    } catch {
      await new Promise((resolve) => setTimeout(resolve, 50))
    }
  }
}

async function call(url: string, method: string, params: readonly unknown[]): Promise<unknown> {
  const response = await fetch(url, {
    method: "POST",
    headers: { "content-type": "application/json" },
    body: JSON.stringify({ jsonrpc: "2.0", id: 1, method, params }),
  })
  const { result, error } = (await response.json()) as { result?: unknown; error?: { message: string } }
  if (error) throw new Error(`${method}: ${error.message}`)
  return result
}
