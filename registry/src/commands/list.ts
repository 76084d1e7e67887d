import { ANCHORS_ABI } from "@wattest/chain"
import type { Hex } from "@wattest/command"
import { ledgerIdOf } from "@wattest/protocol"
import { operatorsByEvents } from "../books/enrolments.ts"
import { assertSame, type IndexBooks } from "../books/index-books.ts"
import { type AsOf, ledgerState, ledgersOf, membersOf, type OperatorSums, operatorSums } from "../books/ledgers.ts"
import { collect, memberState, PAGE, pages } from "../device-state.ts"
import type { Target } from "../target.ts"
import { orNull } from "../when.ts"

/** A ledger with its devices, checkpoints and suspicions, and its operator's other ledgers, from reads alone. */
export async function list(target: Target, operator: Hex, voucher: Hex, at: AsOf = {}) {
  const { client, address } = target
  const ledger = ledgerIdOf(operator, voucher)
  const contract = { address, abi: ANCHORS_ABI, ...at } as const
  const state = await ledgerState(target, ledger, at)
  const devices = await membersOf(target, ledger, state.deviceCount, at)
  const checkpoints = await collect(
    pages(state.checkpointCount, (offset) =>
      client.readContract({ ...contract, functionName: "checkpointsOf", args: [ledger, offset, PAGE] }),
    ),
  )
  const suspicions = await collect(
    pages(state.suspicionCount, (offset) =>
      client.readContract({ ...contract, functionName: "suspicionsOf", args: [ledger, offset, PAGE] }),
    ),
  )
  const ledgers = await ledgersOf(target, operator, at)
  return { ledger, ledgers, ...state, devices: devices.map(memberState), checkpoints, suspicions }
}

/** A ledger as {@link list} has it, with when each device anchored last, which the index alone says. */
export async function listByIndex(target: Target, index: IndexBooks, operator: Hex, voucher: Hex) {
  const ledger = ledgerIdOf(operator, voucher)
  const { block, rows } = await index.rows("devices", { ledger })
  const found = await list(target, operator, voucher, { blockNumber: BigInt(block.number) })
  assertSame(index.origin, {
    kind: "device",
    told: rows.map(({ device, ...row }) => ({ name: device, ...row })),
    known: found.devices.map(({ device, boundary, state, nextRun, enrolledAt, through, since }) => ({
      ...{ name: device, boundary, state, runs: Number(nextRun), enrolledAt: Number(enrolledAt) },
      ...{ through: Number(through), withdrawnSince: orNull(since) },
    })),
    columns: ["boundary", "state", "runs", "enrolledAt", "through", "withdrawnSince"],
  })
  const anchored = new Map(rows.map(({ device, anchoredAt }) => [device, anchoredAt]))
  const devices = found.devices.map((member) => ({ ...member, anchoredAt: anchored.get(member.device) ?? null }))
  return { ...found, devices, asOf: block, index: index.origin }
}

/** The ledgers of one operator, from reads alone. */
export async function listLedgers(target: Target, operator: Hex, at: AsOf = {}) {
  const ids = await ledgersOf(target, operator, at)
  const states = await Promise.all(ids.map((id) => ledgerState(target, id, at)))
  return {
    operator,
    ledgers: states.map(({ voucher, length, head, deviceCount, vouchedCount }, i) => ({
      ...{ ledger: ids[i] as Hex, voucher: voucher.toLowerCase() as Hex, length: Number(length), head },
      ...{ devices: Number(deviceCount), vouched: Number(vouchedCount) },
    })),
  }
}

/** The ledgers of one operator as the index and the chain both have them. */
export async function listLedgersByIndex(target: Target, index: IndexBooks, operator: Hex) {
  const { block, rows } = await index.rows("ledgers", { operator })
  const found = await listLedgers(target, operator, { blockNumber: BigInt(block.number) })
  assertSame(index.origin, {
    kind: "ledger",
    told: rows.map(({ ledger, ...row }) => ({ name: ledger, ...row })),
    known: found.ledgers.map(({ ledger, ...state }) => ({ name: ledger, ...state })),
    columns: ["voucher", "length", "head", "devices", "vouched"],
  })
  return { ...found, asOf: block, index: index.origin }
}

/** Operators asked about at once. */
const AT_ONCE = 8

async function sumsOf(target: Target, operators: readonly Hex[], at: AsOf): Promise<OperatorSums[]> {
  const sums: OperatorSums[] = []
  for (let i = 0; i < operators.length; i += AT_ONCE)
    sums.push(...(await Promise.all(operators.slice(i, i + AT_ONCE).map((each) => operatorSums(target, each, at)))))
  return sums
}

/** Every operator, from the registry's events. */
export async function listOperators(target: Target, say: (line: string) => void) {
  const operators = await operatorsByEvents(target, say)
  return { operators: await sumsOf(target, operators, {}) }
}

/** Every operator that the index names, with what the chain holds of it. One that the index leaves out is not seen. */
export async function listOperatorsByIndex(target: Target, index: IndexBooks) {
  const { block, rows } = await index.rows("operators")
  const named = rows.map(({ operator }) => operator as Hex)
  const operators = await sumsOf(target, named, { blockNumber: BigInt(block.number) })
  assertSame(index.origin, {
    kind: "operator",
    told: rows.map(({ operator, ...row }) => ({ name: operator, ...row })),
    known: operators.map(({ operator, ...sums }) => ({ name: operator, ...sums })),
    columns: ["ledgers", "devices", "runs"],
  })
  return { operators, asOf: block, index: index.origin }
}
