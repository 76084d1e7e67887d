import { randomBytes } from "node:crypto"
import { type Chain, createChain } from "@wattest/testkit/contracts/chain"
import { type Device, ed25519Device, messages, p256Device } from "@wattest/testkit/contracts/device"
import { bytesToHex, type Hex, slice, toHex, zeroHash } from "viem"
import type { Row } from "./rows/row.ts"

/** Bounds that the project sets itself, and what others publish for the same work (their own figures). */
const GOALS: Record<string, number> = {
  "ed25519.verify": 60_000,
  "ed25519.enrol": 900_000,
  "p256.verify": 8_500,
  "poseidon.two": 10_200,
  "submit.1": 195_000,
  "submit.32": 41_200,
  "submit.128": 37_500,
}
const PEERS: [name: string, key: string, gas: number][] = [
  ["NEAR Rainbow bridge, Ed25519.sol", "ed25519.verify", 244_877],
  ["chengwenxi/Ed25519", "ed25519.verify", 368_420],
  ["get-smooth/crypto-lib, SCL_EIP6565", "ed25519.verify", 453_963],
  ["poseidon-solidity 0.0.5", "poseidon.two", 18_229],
]
const SAMPLES = 16
const BOUNDARY = 2

const word = (n: bigint): Hex => toHex(n, { size: 32 })
const largest = (values: bigint[]): number => Math.max(...values.map(Number))
const mean = (values: bigint[]): number => Math.round(values.reduce((a, b) => a + Number(b), 0) / values.length)
/** Roots that cost as much calldata as a root can. */
const roots = (count: number): Hex[] => Array.from({ length: count }, () => `0x01${"ff".repeat(31)}` as const)

async function enrol(chain: Chain, device: Device): Promise<bigint> {
  const { registry, operator, voucher, client } = chain
  const place = messages({ chainId: await client.getChainId(), registry: registry.address })
  await registry.write.vouch([device.id, operator.account.address, word(1n)], { account: voucher.account })
  const message = place.enrolment(device.id, operator.account.address, voucher.account.address, BOUNDARY, word(1n))
  const { scheme, key } = device
  const hash = await registry.write.enrol([
    scheme,
    key,
    voucher.account.address,
    BOUNDARY,
    word(1n),
    device.sign(message),
  ])
  return (await client.getTransactionReceipt({ hash })).gasUsed
}

/** Gas a run of whole transactions, the dearest of several; the ledger is not new. */
async function submissions(chain: Chain, count: number): Promise<number> {
  const { registry, client, relayer } = chain
  const place = messages({ chainId: await client.getChainId(), registry: registry.address })
  const device = ed25519Device()
  await enrol(chain, device)
  const used: bigint[] = []
  for (let i = 0; i < SAMPLES; i++) {
    const firstRun = BigInt(i * count)
    const { timestamp } = await client.getBlock()
    const through = timestamp - (timestamp % 60n)
    const signature = device.sign(place.submission(device.id, firstRun, roots(count), through))
    const hash = await registry.write.submit([device.id, firstRun, roots(count), through, signature], {
      account: relayer.account,
    })
    used.push((await client.getTransactionReceipt({ hash })).gasUsed)
  }
  return largest(used.slice(1)) / count
}

async function verifications(chain: Chain) {
  const meter = await chain.viem.deployContract("Meter", [...chain.arithmetic])
  const [device, other] = [ed25519Device(), p256Device()]
  const created = await meter.simulate.create([device.key])
  await meter.write.create([device.key])
  const ed25519: bigint[] = []
  const p256: bigint[] = []
  for (let i = 0; i < SAMPLES; i++) {
    const message = bytesToHex(randomBytes(32))
    const parts = (signature: Hex) => [slice(signature, 0, 32), slice(signature, 32)] as const
    ed25519.push(
      (await meter.read.ed25519([created.result[0], device.key, message, ...parts(device.sign(message))]))[1],
    )
    p256.push((await meter.read.p256([message, ...parts(other.sign(message)), ...parts(other.key)]))[1])
  }
  const folded = await meter.read.fold([zeroHash, roots(32)])
  return {
    "ed25519.verify": mean(ed25519),
    "p256.verify": mean(p256),
    "poseidon.two": Math.round(Number(folded[1]) / 32),
  }
}

/** Every figure of `docs/contracts.md`, under Osaka's rules, in gas. */
export async function measure(): Promise<Record<string, number>> {
  const chain = await createChain()
  const { "ed25519.verify": ed25519, ...others } = await verifications(chain)
  const first = await enrol(chain, ed25519Device())
  const counts = [1, 32, 128]
  const submit: [string, number][] = []
  for (const count of counts) submit.push([`submit.${count}`, Math.round(await submissions(chain, count))])
  return { "ed25519.verify": ed25519, "ed25519.enrol": Number(first), ...others, ...Object.fromEntries(submit) }
}

export async function run(): Promise<Row[]> {
  const figures = await measure()
  const peers = PEERS.map(([name, key, gas]): Row => ({ key: `${key} of ${name}`, value: gas, unit: "gas" }))
  const ours = Object.entries(figures).map(([key, value]): Row => {
    const unit = key.startsWith("submit.") && key !== "submit.1" ? "gas a run" : "gas"
    const goal = GOALS[key]
    return goal === undefined ? { key, value, unit } : { key, value, unit, goal }
  })
  return [...ours, ...peers]
}
