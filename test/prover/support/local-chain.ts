import { type ChildProcess, spawn } from "node:child_process"
import { readFileSync } from "node:fs"
import { createServer } from "node:net"
import type { Hex } from "@wattest/protocol"
import {
  type Abi,
  type Address,
  createTestClient,
  createWalletClient,
  http,
  publicActions,
  type TestClient,
} from "viem"

const ANVIL = `node_modules/@foundry-rs/anvil-linux-${process.arch === "arm64" ? "arm64" : "amd64"}/bin/anvil`

type Artifact = {
  readonly abi: Abi
  readonly bytecode: Hex
  readonly linkReferences: { readonly [source: string]: { readonly [name: string]: readonly { start: number }[] } }
}

export function artifactOf(source: string, name = source.replace(/^.*\//, "")): Artifact {
  return JSON.parse(readFileSync(`artifacts/contracts/${source}.sol/${name}.json`, "utf8"))
}

async function freePort(): Promise<number> {
  const server = createServer().listen(0, "127.0.0.1")
  await new Promise((done) => server.once("listening", done))
  const address = server.address()
  await new Promise((done) => server.close(done))
  return typeof address === "object" && address !== null ? address.port : 0
}

async function untilAnswering(url: string, chain: ChildProcess): Promise<void> {
  const body = JSON.stringify({ jsonrpc: "2.0", id: 1, method: "eth_chainId", params: [] })
  for (let i = 0; i < 300 && chain.exitCode === null; i++) {
    const answer = await fetch(url, { method: "POST", body, headers: { "content-type": "application/json" } }).catch(
      () => null,
    )
    if (answer?.ok) return
    await new Promise((done) => setTimeout(done, 50))
  }
  throw new Error(`no answer from ${url}`)
}

/** A chain of our own whose block times the test chooses; two blocks make a block final. */
export type LocalChain = Awaited<ReturnType<typeof startChain>>

export async function startChain(startTime: number) {
  const port = await freePort()
  const args = ["--port", `${port}`, "--hardfork", "osaka", "--slots-in-an-epoch", "1", "--timestamp", `${startTime}`]
  const chain = spawn(ANVIL, [...args, "--silent"], { stdio: "ignore" })
  const url = `http://127.0.0.1:${port}`
  await untilAnswering(url, chain)
  const client = createTestClient({ mode: "anvil", transport: http(url) }).extend(publicActions)
  const wallet = createWalletClient({ transport: http(url) })
  const accounts = (await wallet.getAddresses()).map((account) => account.toLowerCase() as Address)

  async function receipt(hash: Hex) {
    const result = await client.waitForTransactionReceipt({ hash, pollingInterval: 20 })
    if (result.status !== "success") throw new Error(`transaction ${hash} reverted`)
    return result
  }
  async function deploy(artifact: Artifact, libraries: Record<string, Address> = {}, constructorArgs: unknown[] = []) {
    let code: string = artifact.bytecode
    for (const names of Object.values(artifact.linkReferences))
      for (const [name, places] of Object.entries(names))
        for (const { start } of places)
          code = `${code.slice(0, 2 + 2 * start)}${libraries[name]?.slice(2)}${code.slice(42 + 2 * start)}`
    const [account = "0x"] = accounts
    const request = { abi: artifact.abi, bytecode: code as Hex, args: constructorArgs, account, chain: null }
    const { contractAddress } = await receipt(await wallet.deployContract(request))
    if (!contractAddress) throw new Error("nothing was deployed")
    return contractAddress.toLowerCase() as Address
  }
  const write = async (
    account: Address,
    address: Address,
    call: { abi: Abi; functionName: string; args: readonly unknown[] },
  ) => receipt(await wallet.writeContract({ ...call, address, account, chain: null }))
  const stop = async () => {
    chain.kill()
    await new Promise((done) => chain.once("exit", done))
  }
  return { url, client, accounts, deploy, write, stop, setTime: (time: number) => setTime(client, time) }
}

/** The next block has this time. */
async function setTime(client: TestClient, time: number): Promise<void> {
  await client.setNextBlockTimestamp({ timestamp: BigInt(time) })
}

/** An ABI item by name, types and mutability: compilers add internal types and order the fields as they like. */
export function withoutNames(item: unknown): unknown {
  const { type, name, inputs = [], outputs = [], stateMutability = "" } = item as { [field: string]: readonly object[] }
  const typesOf = (parts: readonly object[]): unknown =>
    parts.map((part) => {
      const {
        type: kind,
        components,
        indexed = false,
      } = part as { type: string; components?: readonly object[]; indexed?: boolean }
      return [kind, indexed, components ? typesOf(components) : []]
    })
  return [type, name, typesOf(inputs), typesOf(outputs), stateMutability]
}
