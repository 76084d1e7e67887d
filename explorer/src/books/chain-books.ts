import {
  ANCHORS_ABI as abi,
  type BlockReference,
  extractDevice,
  extractLedger,
  extractRun,
  fetchHeader,
  type Header,
  headerAt,
  locateAnchor,
  RpcLie,
  RpcRefusal,
  RpcUnavailable,
  STATES,
  view,
} from "@wattest/chain"
import { BOUNDARIES, encodeExtract, type Hex, ledgerIdOf } from "@wattest/protocol"
import { type ContractFunctionReturnType, decodeFunctionResult, encodeFunctionData } from "viem"
import { isAddress, isHash } from "../route.ts"
import { label } from "../words.ts"
import {
  type Books,
  DEVICE_STATES,
  type Device,
  type Found,
  type Ledger,
  type ListedRun,
  type Page,
  type Subject,
  Unread,
} from "./books.ts"
import { coverageOf } from "./coverage.ts"
import { createNodes } from "./node.ts"

type Member = ContractFunctionReturnType<typeof abi, "view", "membersOf">[number]

/** In the registry's times: it has not happened. */
const NEVER = 2n ** 64n - 1n
const PAGE = 100n
const RUNS = 20

const ANOTHER_NODE = "Name another node in Settings."
const INDEX_ONLY = "An index tells it: clear the registry in Settings, or name one there."
const onlyIndex = (what: string) => Promise.reject(new Unread(`nodes do not list ${what}`, INDEX_ONLY))

const timeOrNull = (time: bigint) => (time === NEVER ? null : Number(time))
const lower = (address: string) => address.toLowerCase() as Hex

/** Books as nodes of the chain have them, a registry's word for one address at a time. What is shown is proved like any other. */
export function createChainBooks(urls: readonly string[], registry: Hex): Books {
  const rpc = createNodes(urls)
  const at = { rpc, registry }
  let final: Promise<Header> | null = null
  const block = () => {
    final ??= fetchHeader(rpc, "finalized").then((header) => {
      if (header === null) throw new RpcLie("the node has no final block")
      return header
    })
    return final
  }
  const ask = async (data: Hex, as: BlockReference) => view(rpc, registry, data, as)
  const page = <Item>(items: readonly Item[], next: string | null = null): Page<Item> => ({ items, next })

  async function ledgerOf(id: Hex): Promise<Ledger | null> {
    const data = encodeFunctionData({ abi, functionName: "ledgerOf", args: [id] })
    const found = decodeFunctionResult({ abi, functionName: "ledgerOf", data: await ask(data, (await block()).number) })
    if (BigInt(found.operator) === 0n) return null
    const { length, head, deviceCount, vouchedCount } = found
    const counts = { length: Number(length), devices: Number(deviceCount), vouched: Number(vouchedCount) }
    return { ledger: id, operator: lower(found.operator), voucher: lower(found.voucher), head, ...counts }
  }

  async function ledgersOf(operator: Hex): Promise<readonly Ledger[]> {
    const data = encodeFunctionData({ abi, functionName: "ledgersOf", args: [operator, 0n, PAGE] })
    const ids = decodeFunctionResult({ abi, functionName: "ledgersOf", data: await ask(data, (await block()).number) })
    const ledgers = await Promise.all(ids.slice(0, Number(PAGE)).map(ledgerOf))
    return ledgers.filter((ledger) => ledger !== null)
  }

  async function membersOf(ledger: Ledger, offset: bigint): Promise<readonly Device[]> {
    const data = encodeFunctionData({ abi, functionName: "membersOf", args: [ledger.ledger, offset, PAGE] })
    const members = decodeFunctionResult({
      abi,
      functionName: "membersOf",
      data: await ask(data, (await block()).number),
    })
    return members.slice(0, Number(PAGE)).map((member) => deviceOf(member, ledger))
  }

  async function firstMembers(id: Hex): Promise<readonly Device[]> {
    const ledger = await ledgerOf(id)
    return ledger === null ? [] : membersOf(ledger, 0n)
  }

  async function oneDevice(id: Hex): Promise<Device | null> {
    const data = encodeFunctionData({ abi, functionName: "deviceOf", args: [id] })
    const found = decodeFunctionResult({ abi, functionName: "deviceOf", data: await ask(data, (await block()).number) })
    const { operator, voucher, member } = found
    if (BigInt(operator) === 0n) return null
    const pair = { operator: lower(operator), voucher: lower(voucher) }
    const device = deviceOf({ ...member, device: id }, { ...pair, ledger: ledgerIdOf(pair.operator, pair.voucher) })
    const anchoredAt = device.runs === 0 ? null : (await anchorOf(device, device.runs - 1)).time
    return { ...device, anchoredAt, retiredRuns: timeOrNull(found.runs) }
  }

  async function anchorOf({ device, ledger }: Pick<Device, "device" | "ledger">, run: number): Promise<ListedRun> {
    const data = encodeFunctionData({ abi, functionName: "anchorOf", args: [device, BigInt(run)] })
    const answer = decodeFunctionResult({
      abi,
      functionName: "anchorOf",
      data: await ask(data, (await block()).number),
    })
    const [root, time, position, through] = answer
    return { ledger, device, run, root, time: Number(time), position: Number(position), through: Number(through) }
  }

  async function runsOf(id: Hex, after?: string): Promise<Page<ListedRun>> {
    const device = await oneDevice(id)
    if (device === null) return page([])
    const end = Math.min(device.runs, Number(after ?? device.runs))
    const first = Math.max(0, end - RUNS)
    const items = await Promise.all(Array.from({ length: end - first }, (_, i) => anchorOf(device, end - 1 - i)))
    return page(items, first === 0 ? null : `${first}`)
  }

  async function prove(subject: Subject): Promise<Uint8Array> {
    if (subject.kind === "claim") return onlyIndex("claims")
    const header = await block()
    return encodeExtract(await extractOf(subject, header))
  }

  async function extractOf(subject: Exclude<Subject, { readonly kind: "claim" }>, header: Header) {
    const source = { rpc, registry, block: header, chainId: Number(await rpc.request("eth_chainId", [])) }
    const found = subject.kind === "ledger" ? await ledgerOf(subject.ledger) : await oneDevice(subject.device)
    if (found === null) throw new Unread("the registry has no such device or ledger", "Check the address.")
    const pair = { operator: found.operator, voucher: found.voucher }
    if (subject.kind === "ledger") return extractLedger(source, pair)
    if (subject.kind === "device") return extractDevice(source, { ...pair, device: subject.device })
    const place = await locateAnchor(at, subject.device, subject.run)
    if (place === null) throw new Unread("the device has anchored no such run", "Its runs are numbered from 0.")
    return extractRun(source, {
      ...pair,
      ...subject,
      holder: await headerAt(at, place.blockNumber),
      transaction: place.transaction,
    })
  }

  const books: Books = {
    source: urls.map((url) => new URL(url).host).join(", "),
    knowsAll: false,
    async status() {
      const { number, hash, time } = await block()
      const chainId = Number(await rpc.request("eth_chainId", []))
      return { chainId, registry, claims: null, block: { number, hash, time }, error: null, faults: [] }
    },
    operators: () => onlyIndex("operators"),
    async ledgers({ operator, ledger }) {
      if (ledger !== undefined) return page([await ledgerOf(ledger)].filter((found) => found !== null))
      return operator === undefined ? page([]) : page(await ledgersOf(operator))
    },
    async devices({ ledger, device }, after) {
      if (device !== undefined) return page([await oneDevice(device)].filter((found) => found !== null))
      const found = ledger === undefined ? null : await ledgerOf(ledger)
      if (found === null) return page([])
      const offset = BigInt(after ?? 0)
      const devices = await membersOf(found, offset)
      const end = Number(offset) + devices.length
      return page(devices, end < found.devices ? `${end}` : null)
    },
    runs: (of, after) => ("device" in of ? runsOf(of.device, after) : onlyIndex("the runs of a whole ledger")),
    async run(id, run) {
      const device = await oneDevice(id)
      const place = device === null || run >= device.runs ? null : await locateAnchor(at, id, run)
      if (device === null || place === null) return null
      return {
        ...(await anchorOf(device, run)),
        head: place.head,
        transaction: place.transaction,
        block: place.blockNumber,
      }
    },
    async withdrawals({ operator }) {
      const ledgers = operator === undefined ? [] : await ledgersOf(operator)
      const devices = (await Promise.all(ledgers.map((ledger) => membersOf(ledger, 0n)))).flat()
      return page(
        devices.flatMap(({ device, voucher, withdrawnSince: since }) =>
          since === null ? [] : [{ device, voucher, since }],
        ),
      )
    },
    claims: () => onlyIndex("claims"),
    overlaps: () => onlyIndex("claims"),
    async coverage(of, { days, until }) {
      const devices = "device" in of ? [await oneDevice(of.device)] : await firstMembers(of.ledger)
      return coverageOf(
        devices.filter((device) => device !== null),
        { days, now: until },
      )
    },
    totals: () => onlyIndex("days"),
    async search(text) {
      const found: Found[] = []
      if (isAddress(text) && (await ledgersOf(text)).length > 0) found.push({ kind: "operator", text, claim: null })
      if (isHash(text) && (await ledgerOf(text)) !== null) found.push({ kind: "ledger", text, claim: null })
      if (isHash(text) && (await oneDevice(text)) !== null) found.push({ kind: "device", text, claim: null })
      return found
    },
    proof: prove,
  }
  return refusing(books)
}

function deviceOf(
  member: Member,
  { ledger, operator, voucher }: Pick<Ledger, "ledger" | "operator" | "voucher">,
): Device {
  const state = DEVICE_STATES.find((word) => word === STATES[member.state]) ?? "active"
  const [through, enrolledAt] = [Number(member.through), Number(member.enrolledAt)]
  return {
    ...{ device: member.device, ledger, operator, voucher, state, through, enrolledAt },
    ...{
      boundary: BOUNDARIES[member.boundary - 1] ?? "none",
      runs: Number(member.nextRun),
      anchoredAt: null,
      retiredRuns: null,
    },
    withdrawnSince: timeOrNull(member.since),
    silentSince: state === "active" || state === "retiring" ? Math.max(through, enrolledAt) : null,
  }
}

/** What a node cannot say, in the words of whoever reads. */
function refusing(books: Books): Books {
  return new Proxy(books, {
    get(target, name: keyof Books) {
      const member = target[name]
      if (typeof member !== "function") return member
      return (...given: never[]) =>
        Reflect.apply(member, target, given).catch((error: unknown) => {
          if (error instanceof Unread) throw error
          if (error instanceof RpcUnavailable || error instanceof RpcLie || error instanceof RpcRefusal)
            throw new Unread(`the node says: ${label(error.message)}`, ANOTHER_NODE)
          // whatever else it is, a node's answer led to it
          throw new Unread("the node's answer makes no sense", ANOTHER_NODE)
        })
    },
  })
}
