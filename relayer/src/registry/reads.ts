import { ledgerIdOf } from "@wattest/protocol"
import type { Hex } from "viem"
import { ABI, parseAddress, parseBytes, type Target } from "./target.ts"

const PAGE = 200n
const STATES = ["unknown", "active", "retired", "withdrawn"]

/** All of a list that the contract answers in pages. */
async function* pages<T>(count: bigint, page: (offset: bigint) => Promise<readonly T[]>) {
  for (let offset = 0n; offset < count; offset += PAGE) yield* await page(offset)
}

async function collect<T>(items: AsyncIterable<T>): Promise<T[]> {
  const all: T[] = []
  for await (const item of items) all.push(item)
  return all
}

async function deviceState({ client, address }: Target, device: Hex) {
  const state = await client.readContract({ address, abi: ABI, functionName: "deviceOf", args: [device] })
  return { ...state, device, state: STATES[state.state] ?? "unknown" }
}

/** A ledger with its devices and checkpoints, from reads alone. */
export async function list(target: Target, [operator, voucher]: string[]) {
  const { client, address } = target
  const ledger = ledgerIdOf(parseAddress("OPERATOR", operator), parseAddress("VOUCHER", voucher))
  const contract = { address, abi: ABI } as const
  const state = await client.readContract({ ...contract, functionName: "ledgerOf", args: [ledger] })
  const ids = await collect(
    pages(state.deviceCount, (offset) =>
      client.readContract({ ...contract, functionName: "devicesOf", args: [ledger, offset, PAGE] }),
    ),
  )
  const devices = []
  for (const id of ids) devices.push(await deviceState(target, id))
  const checkpoints = await collect(
    pages(state.checkpointCount, (offset) =>
      client.readContract({ ...contract, functionName: "checkpointsOf", args: [ledger, offset, PAGE] }),
    ),
  )
  return { ledger, ...state, devices, checkpoints }
}

/** A device with its vouch and the roots of its runs; a root of 0 is a void run. */
export async function show(target: Target, [id]: string[]) {
  const { client, address } = target
  const contract = { address, abi: ABI } as const
  const device = await deviceState(target, parseBytes("DEVICE", id, 32))
  const args = [device.device, device.voucher] as const
  const { evidence } = await client.readContract({ ...contract, functionName: "vouchOf", args })
  const roots = await collect(
    pages(device.nextRun, (offset) =>
      client.readContract({ ...contract, functionName: "rootsOf", args: [device.device, offset, PAGE] }),
    ),
  )
  return { ...device, evidence, roots }
}
