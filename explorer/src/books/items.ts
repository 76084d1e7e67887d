import {
  type Block,
  type Claim,
  type CoveredDay,
  type DayTotal,
  DEVICE_STATES,
  type Device,
  FOUND_KINDS,
  type Found,
  type Ledger,
  type Operator,
  type Overlap,
  type Page,
  type Run,
  type Status,
  type Withdrawal,
} from "./books.ts"
import { address, amount, count, flag, hash, listOf, oneOf, orNull, type Sent, sent, text } from "./untrusted.ts"

/** The rows of an index, read from what it sent. */

export const readBlock = (from: Sent): Block => ({
  number: count(from, "number"),
  hash: hash(from, "hash"),
  time: count(from, "time"),
})

export const readOperator = (from: Sent): Operator => ({
  operator: address(from, "operator"),
  ledgers: count(from, "ledgers"),
  devices: count(from, "devices"),
  runs: count(from, "runs"),
  tallies: count(from, "tallies"),
})

export const readLedger = (from: Sent): Ledger => ({
  ledger: hash(from, "ledger"),
  operator: address(from, "operator"),
  voucher: address(from, "voucher"),
  length: count(from, "length"),
  head: hash(from, "head"),
  devices: count(from, "devices"),
  vouched: count(from, "vouched"),
})

export const readDevice = (from: Sent): Device => ({
  device: hash(from, "device"),
  ledger: hash(from, "ledger"),
  operator: address(from, "operator"),
  voucher: address(from, "voucher"),
  boundary: text(from, "boundary"),
  state: oneOf(from, "state", DEVICE_STATES),
  runs: count(from, "runs"),
  through: count(from, "through"),
  enrolledAt: count(from, "enrolledAt"),
  anchoredAt: orNull(count, from, "anchoredAt"),
  retiredRuns: orNull(count, from, "retiredRuns"),
  withdrawnSince: orNull(count, from, "withdrawnSince"),
  silentSince: orNull(count, from, "silentSince"),
})

export const readRun = (from: Sent): Run => ({
  ledger: hash(from, "ledger"),
  position: count(from, "position"),
  device: hash(from, "device"),
  run: count(from, "run"),
  root: hash(from, "root"),
  head: hash(from, "head"),
  through: count(from, "through"),
  transaction: hash(from, "transaction"),
  block: count(from, "block"),
  time: count(from, "time"),
})

export const readWithdrawal = (from: Sent): Withdrawal => ({
  device: hash(from, "device"),
  voucher: address(from, "voucher"),
  since: count(from, "since"),
})

export const readClaim = (from: Sent): Claim => ({
  operator: address(from, "operator"),
  number: count(from, "number"),
  place: count(from, "place"),
  metric: text(from, "metric"),
  unit: text(from, "unit"),
  lo: amount(from, "lo"),
  hi: amount(from, "hi"),
  sentence: text(from, "sentence"),
  from: count(from, "from"),
  to: count(from, "to"),
  asOf: count(from, "asOf"),
  boundary: text(from, "boundary"),
  model: orNull(text, from, "model"),
  work: orNull(text, from, "work"),
  zone: orNull(text, from, "zone"),
  site: orNull(text, from, "site"),
  party: orNull(text, from, "party"),
  energyGrade: text(from, "energyGrade"),
  workGrade: text(from, "workGrade"),
  runs: count(from, "runs"),
  unopened: count(from, "unopened"),
  voids: count(from, "voids"),
  closedAt: orNull(count, from, "closedAt"),
  meteredAtLeastMs: orNull(count, from, "meteredAtLeastMs"),
  expectedMs: orNull(count, from, "expectedMs"),
  blindAtMost: orNull(count, from, "blindAtMost"),
  brokenAtMost: orNull(count, from, "brokenAtMost"),
  devicesBehind: orNull(count, from, "devicesBehind"),
  suspect: flag(from, "suspect"),
})

export const readOverlap = (from: Sent): Overlap => ({
  number: count(from, "number"),
  place: count(from, "place"),
  otherNumber: count(from, "otherNumber"),
  otherPlace: count(from, "otherPlace"),
  metric: text(from, "metric"),
  relation: text(from, "relation"),
  contradicts: flag(from, "contradicts"),
})

export const readCoveredDay = (from: Sent): CoveredDay => ({
  day: count(from, "day"),
  devices: count(from, "devices"),
  expectedSeconds: count(from, "expectedSeconds"),
  meteredSeconds: count(from, "meteredSeconds"),
  voidSeconds: count(from, "voidSeconds"),
  behindSeconds: count(from, "behindSeconds"),
})

export const readTotal = (from: Sent): DayTotal => ({
  period: count(from, "period"),
  runs: count(from, "runs"),
  voids: count(from, "voids"),
})

/** Of a claim, the place in the API names its tally. */
const CLAIM_PLACE = /^\/v1\/claims\?operator=(0x[0-9a-f]{40})&number=(\d{1,15})$/

export function readFound(from: Sent): Found {
  const [, operator, number] = CLAIM_PLACE.exec(text(from, "at")) ?? []
  const claim = operator === undefined ? null : { operator: address({ operator }, "operator"), number: Number(number) }
  return { kind: oneOf(from, "kind", FOUND_KINDS), text: text(from, "text"), claim }
}

/** A list that has no pages. */
export const readList = <Item>(from: Sent, read: (item: Sent) => Item): readonly Item[] =>
  listOf(from.items, "items").map((item) => read(sent(item, "item")))

export const readStatus = (from: Sent): Status => ({
  chainId: count(from, "chainId"),
  registry: address(from, "registry"),
  claims: orNull(address, from, "claims"),
  block: from.block === null ? null : readBlock(sent(from.block, "block")),
  error: orNull(text, from, "error"),
  faults: listOf(from.endpoints, "endpoints").map((fault) => text(sent(fault), "reason")),
})

export const readPage = <Item>(from: Sent, read: (item: Sent) => Item): Page<Item> => ({
  items: listOf(from.items, "items").map((item) => read(sent(item, "item"))),
  next: orNull(text, from, "next"),
})
