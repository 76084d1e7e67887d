import { setTimeout as pause } from "node:timers/promises"
import { ANCHORS_ABI as abi } from "@wattest/chain"
import { boundaryNumber, type Hex } from "@wattest/protocol"
import { accountOf } from "@wattest/testkit/local/accounts"
import { callMany, type LocalChain } from "@wattest/testkit/local/chain"
import { EVIDENCE, type TestDevice } from "@wattest/testkit/relayer/devices"
import type { TestRegistry } from "@wattest/testkit/relayer/registry"
import { encodeFunctionData } from "viem"
import { progressOf } from "./progress.ts"

/** Transactions of one request. */
const BATCH = 200
/** Transactions that wait on the node: a few of its blocks, so that its pool stays small. */
const AHEAD = 12_000
/** An enrolment writes the key's table: nearly nine hundred thousand. */
const GAS = { vouch: 200_000n, enrol: 1_200_000n }
const FEES = { maxFeePerGas: 100n * 10n ** 9n, maxPriorityFeePerGas: 10n ** 9n }
/** Looks, a second apart, at which nothing had moved: the node lost one then, and all behind wait for it. */
const STILL = 20

type Fleet = { readonly chain: LocalChain; readonly registry: TestRegistry; readonly devices: readonly TestDevice[] }

/** Vouches for all, then enrols all, and waits until that is final. Answers the gas of it. */
export async function enrolAll(fleet: Fleet): Promise<bigint> {
  const { chain, registry } = fleet
  const { operator, voucher } = registry
  const from = Number(await chain.rpc("eth_blockNumber"))
  await sendAll(fleet, 0, "vouch", ({ id }) => [id, operator, EVIDENCE])
  await sendAll(fleet, 1, "enrol", (device) => {
    const { scheme, key } = device.deviceKey
    const signature = device.enrolment(registry, operator, voucher)
    return [scheme, key, voucher, boundaryNumber("node"), EVIDENCE, signature]
  })
  await chain.mine(3)
  return gasSince(chain, from)
}

async function gasSince({ rpc }: LocalChain, from: number): Promise<bigint> {
  const to = Number(await rpc("eth_blockNumber"))
  let gas = 0n
  for (let number = from + 1; number <= to; number++) {
    const block = (await rpc("eth_getBlockByNumber", `0x${number.toString(16)}`, false)) as { gasUsed: Hex } | null
    gas += BigInt(block?.gasUsed ?? 0)
  }
  return gas
}

/** Sends a transaction for each device from one of the chain's accounts, signed here, and waits until all are in blocks. */
async function sendAll(
  { chain, registry: { registry, chainId }, devices }: Fleet,
  index: number,
  functionName: "vouch" | "enrol",
  argsOf: (device: TestDevice) => readonly unknown[],
): Promise<void> {
  const account = accountOf(index)
  const mined = async () => Number(await chain.rpc("eth_getTransactionCount", account.address, "latest"))
  const first = await mined()
  const terms = { type: "eip1559", chainId, to: registry, gas: GAS[functionName], ...FEES } as const
  const sign = async (device: TestDevice, i: number) => {
    const data = encodeFunctionData({ abi, functionName, args: argsOf(device) } as never)
    return [await account.signTransaction({ ...terms, nonce: first + i, data })]
  }
  const progress = progressOf(`transactions to ${functionName}`, devices.length)
  let done = 0
  const look = async () => {
    done = (await mined()) - first
    progress(done)
    return done
  }
  for (let at = 0; at < devices.length; at += BATCH) {
    const raw = await Promise.all(devices.slice(at, at + BATCH).map((device, i) => sign(device, at + i)))
    await callMany(chain.url, "eth_sendRawTransaction", raw)
    while (at - (await look()) > AHEAD) await pause(200)
  }
  for (let [before, still] = [-1, 0]; (await look()) < devices.length; before = done) {
    still = done === before ? still + 1 : 0
    const lost = devices[done]
    if (still > STILL && lost !== undefined)
      await callMany(chain.url, "eth_sendRawTransaction", [await sign(lost, done)]).catch(() => null)
    await pause(1000)
  }
  const [last] = (await chain.rpc("eth_getBlockReceipts", "latest")) as { status: string }[]
  if (last?.status === "0x0") throw new Error(`transactions to ${functionName} reverted`)
}

/** Runs that the chain does not hold, of so many a device. */
export async function lostOf({ chain, registry: { registry }, devices }: Fleet, runs: number): Promise<number> {
  const progress = progressOf("devices counted on the chain", devices.length)
  let lost = 0
  for (let at = 0; at < devices.length; at += BATCH) {
    const calls = devices.slice(at, at + BATCH).map(({ id }) => {
      const data = encodeFunctionData({ abi, functionName: "rootsOf", args: [id, 0n, 100n] })
      return [{ to: registry, data }, "latest"]
    })
    for (const answer of await callMany(chain.url, "eth_call", calls)) lost += runs - Number(lengthOf(answer as Hex))
    progress(at + calls.length)
  }
  return lost
}

/** Of an ABI-encoded list: its second word. */
const lengthOf = (encoded: Hex) => BigInt(`0x${encoded.slice(66, 130)}`)
