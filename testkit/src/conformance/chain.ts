import { keccak_256 } from "@noble/hashes/sha3.js"
import { utf8ToBytes } from "@noble/hashes/utils.js"
import {
  bigIntToBytes,
  concatBytes,
  encodeRlp,
  fromHex,
  type Hex,
  type ReceiptProof,
  type RlpItem,
  rlpNumber,
  type StateProof,
  toHex,
} from "@wattest/protocol"
import { type BuiltTrie, buildTrie } from "./trie.ts"

/** A chain as a test needs it: blocks made by the yellow paper's rules, with receipts and storage under them. */

export type TestLog = { readonly address: Hex; readonly topics: readonly Hex[]; readonly data: Hex }

/** `type` is that of EIP-2718, 0 for legacy. */
export type TestReceipt = { readonly type: number; readonly status: number; readonly logs: readonly TestLog[] }

export type TestBlock = {
  readonly number: bigint
  readonly timestamp: number
  readonly header: Hex
  readonly hash: Hex
  readonly receiptsRoot: Hex
  readonly transactionsRoot: Hex
  readonly proveReceipt: (index: number) => ReceiptProof
  readonly proveStorage: (contract: Hex, slots: readonly Hex[]) => StateProof
}

/** Storage of contracts: slot to value. */
export type TestState = { readonly [contract: Hex]: ReadonlyMap<Hex, bigint> }

export type BlockSpec = {
  readonly number: bigint
  readonly timestamp: number
  readonly receipts: readonly TestReceipt[]
  readonly state?: TestState
  /** Hashes of contracts' code; that of none where nothing is said. */
  readonly codes?: { readonly [contract: Hex]: Hex }
  /** How many header fields the block's hard fork has: 15 Frontier, 16 London, 17 Shanghai, 20 Cancun, 21 Prague. */
  readonly fields?: number
}

const ZERO_WORD = new Uint8Array(32)

function encodeReceipt({ type, status, logs }: TestReceipt): Uint8Array {
  const items = logs.map((log): RlpItem => [fromHex(log.address), log.topics.map((t) => fromHex(t)), fromHex(log.data)])
  const body = encodeRlp([rlpNumber(BigInt(status)), rlpNumber(21000n), new Uint8Array(256), items])
  return type === 0 ? body : concatBytes(Uint8Array.of(type), body)
}

const receiptKey = (index: number) => encodeRlp(rlpNumber(BigInt(index)))

function storageTrie(slots: ReadonlyMap<Hex, bigint>): BuiltTrie {
  const entries = [...slots].filter(([, value]) => value !== 0n)
  return buildTrie(entries.map(([slot, value]) => [keccak_256(fromHex(slot)), encodeRlp(rlpNumber(value))]))
}

function stateTries(state: TestState, codes: NonNullable<BlockSpec["codes"]>) {
  const contracts = Object.entries(state).map(([contract, slots]) => ({ contract, storage: storageTrie(slots) }))
  const codeOf = (contract: string) => fromHex(codes[contract as Hex] ?? toHex(keccak_256(new Uint8Array(0))))
  const accounts = buildTrie(
    contracts.map(({ contract, storage }) => [
      keccak_256(fromHex(contract)),
      encodeRlp([rlpNumber(1n), rlpNumber(0n), fromHex(storage.root), codeOf(contract)]),
    ]),
  )
  return { accounts, storageOf: (contract: Hex) => contracts.find((item) => item.contract === contract)?.storage }
}

/** Header fields in order; blocks of later forks have more of them. */
function headerFields(spec: BlockSpec, stateRoot: Hex, receiptsRoot: Hex, transactionsRoot: Hex): readonly RlpItem[] {
  const ommers = keccak_256(encodeRlp([]))
  const number = rlpNumber(spec.number)
  const gas = [rlpNumber(30_000_000n), rlpNumber(21_000n)]
  const roots = [fromHex(stateRoot), fromHex(transactionsRoot), fromHex(receiptsRoot)]
  const frontier = [ZERO_WORD, ommers, new Uint8Array(20), ...roots, new Uint8Array(256), rlpNumber(0n), number, ...gas]
  const sealed = [...frontier, rlpNumber(BigInt(spec.timestamp)), utf8ToBytes("wattest"), ZERO_WORD, new Uint8Array(8)]
  const later = [rlpNumber(7n), ZERO_WORD, rlpNumber(0n), rlpNumber(0n), ZERO_WORD, ZERO_WORD]
  return [...sealed, ...later].slice(0, spec.fields ?? 21)
}

/** Makes a block by its rules. */
export function buildBlock(spec: BlockSpec): TestBlock {
  const receipts = buildTrie(spec.receipts.map((receipt, i) => [receiptKey(i), encodeReceipt(receipt)]))
  const transactions = buildTrie(spec.receipts.map((_, i) => [receiptKey(i), utf8ToBytes(`transaction ${i}`)]))
  const { accounts, storageOf } = stateTries(spec.state ?? {}, spec.codes ?? {})
  const header = encodeRlp(headerFields(spec, accounts.root, receipts.root, transactions.root))
  return {
    number: spec.number,
    timestamp: spec.timestamp,
    header: toHex(header),
    hash: toHex(keccak_256(header)),
    receiptsRoot: receipts.root,
    transactionsRoot: transactions.root,
    proveReceipt: (index) => ({ header: toHex(header), index, nodes: receipts.prove(receiptKey(index)) }),
    proveStorage: (contract, slots) => ({
      header: toHex(header),
      account: accounts.prove(keccak_256(fromHex(contract))),
      slots: slots.map((key) => ({ key, nodes: storageOf(contract)?.prove(keccak_256(fromHex(key))) ?? [] })),
    }),
  }
}

const topic = (signature: string): Hex => toHex(keccak_256(utf8ToBytes(signature)))
const wordOf = (value: bigint | Hex): Hex => toHex(bigIntToBytes(BigInt(value), 32))
const dataOf = (...words: readonly (bigint | Hex)[]): Hex => `0x${words.map((word) => wordOf(word).slice(2)).join("")}`

type EnrolledEvent = {
  readonly device: Hex
  readonly operator: Hex
  readonly voucher: Hex
  readonly scheme: number
  readonly key: Hex
  readonly boundary: bigint
  readonly evidence: Hex
}

/** The registry's events, as its ABI encodes them. */
export const events = {
  vouched: (registry: Hex, device: Hex, voucher: Hex, operator: Hex, evidence: Hex): TestLog => ({
    address: registry,
    topics: [topic("Vouched(bytes32,address,address,bytes32)"), device, wordOf(voucher), wordOf(operator)],
    data: evidence,
  }),
  revised: (registry: Hex, device: Hex, voucher: Hex, operator: Hex, evidence: Hex): TestLog => ({
    address: registry,
    topics: [topic("Revised(bytes32,address,address,bytes32)"), device, wordOf(voucher), wordOf(operator)],
    data: evidence,
  }),
  enrolled: (
    registry: Hex,
    { device, operator, voucher, scheme, key, boundary, evidence }: EnrolledEvent,
  ): TestLog => ({
    address: registry,
    topics: [
      topic("Enrolled(bytes32,address,address,uint8,bytes,uint8,bytes32)"),
      device,
      wordOf(operator),
      wordOf(voucher),
    ],
    data: `${dataOf(BigInt(scheme), 128n, boundary, evidence, BigInt((key.length - 2) / 2))}${key.slice(2)}`,
  }),
  anchored: (registry: Hex, ledger: Hex, device: Hex, run: bigint, data: readonly (bigint | Hex)[]): TestLog => ({
    address: registry,
    topics: [topic("Anchored(bytes32,bytes32,uint64,bytes32,uint64,bytes32,uint64)"), ledger, device, wordOf(run)],
    data: dataOf(...data),
  }),
}
