import type { Hex } from "@wattest/protocol"
import { type Block, fetchBlock, fetchHeader } from "./blocks.ts"
import type { Header } from "./header.ts"
import type { Rpc } from "./rpc/endpoints.ts"
import { RpcLie, rpcNumber, rpcObject } from "./rpc/values.ts"

/** The last block whose events are in the store. */
export type Cursor = { readonly number: number; readonly hash: Hex }

/** Where the follower keeps what is final. */
export type FinalSink = {
  cursor(): Promise<Cursor | null>
  /** Takes final blocks, in order, in one durable step; blocks at or below the cursor change nothing. */
  finalize(blocks: readonly Block[]): Promise<void>
  /** The last `limit` blocks taken, newest first: where to look for the fork's start. */
  takenBlocks(before: number, limit: number): Promise<readonly Cursor[]>
  /** Undoes every block above `cursor`: the chain took back what it had called final. */
  rewind(cursor: Cursor): Promise<void>
}

/** What one look at the chain showed. */
export type View = {
  readonly tip: Header
  readonly finalized: Header
  /** How often the chain has dropped blocks that a look had seen: a step that fails midway must not hide one. */
  readonly reorganisations: number
  /** Whether `tip` is the node's latest block, and not a step of a longer climb. */
  readonly isCurrent: boolean
}

export type FollowerEvents = {
  /** Endpoints name different hashes for the block at the finalized height. */
  disagreement?(number: number, hashes: readonly string[]): void
  finalityViolated?(from: Cursor, to: Cursor): void
}

const CATCH_UP_BLOCKS = 256
const PREFETCH = 16
/** A node that is further behind than this has stopped. */
const STALLED_BLOCKS = 16

/** Follows the chain block by block, each linked to its parent and its events proved by its header. */
export type Follower = {
  /** Looks once; takes at most some hundred blocks, so that a long absence is made up in steps. */
  advance(): Promise<View>
  /** The number of anchored runs of a device in blocks not yet final; null if none of its runs is there. */
  pendingNextRun(device: Hex): number | null
  /** Whether blocks not yet final withdraw or retire the device. */
  isEnding(device: Hex): boolean
}

type Setup = { readonly rpc: Rpc; readonly registry: Hex; readonly sink: FinalSink; readonly events?: FollowerEvents }

/** The branch that is followed. */
type Branch = {
  /** The cursor; null before the first look. */
  base: Cursor | null
  /** Whether the store has the cursor too. */
  isStored: boolean
  /** Blocks above it, oldest first, and what they change. */
  recent: Block[]
  overlay: Overlay
  reorganisations: number
}

export function createFollower(setup: Setup): Follower {
  const branch: Branch = { base: null, isStored: false, recent: [], overlay: new Overlay(), reorganisations: 0 }
  return {
    async advance() {
      await avoidStalled(setup.rpc)
      const finalized = await requireHeader(setup.rpc, "finalized")
      if (!branch.isStored) await begin(setup, branch, finalized)
      await dropOrphans(setup, branch)
      const head = await requireHeader(setup.rpc, "latest")
      await climb(setup, branch, head)
      const isCurrent = tipOf(branch).hash === head.hash
      const tip = branch.recent.at(-1)?.header ?? head
      await settle(setup, branch, finalized)
      return { tip, finalized, reorganisations: branch.reorganisations, isCurrent }
    },
    pendingNextRun: (device) => branch.overlay.nextRuns.get(device) ?? null,
    isEnding: (device) => branch.overlay.ending.has(device),
  }
}

const tipOf = ({ recent, base }: Branch): Cursor => recent.at(-1)?.header ?? (base as Cursor)

/**
 * Begins at the store's cursor. A new store begins at the finalized block once all endpoints name it: what is stored
 * stays, so until then that block is one look's word, and nothing is settled.
 */
async function begin({ rpc, sink, events }: Setup, branch: Branch, finalized: Header): Promise<void> {
  const cursor = await sink.cursor()
  const isAgreed = cursor === null && (await endpointsAgree(rpc, finalized, events))
  if (isAgreed) await sink.finalize([{ header: finalized, events: [] }])
  Object.assign(branch, { base: cursor ?? finalized, recent: [], overlay: new Overlay() })
  branch.isStored = cursor !== null || isAgreed
}

/** Drops blocks that the chain no longer has. */
async function dropOrphans(setup: Setup, branch: Branch): Promise<void> {
  for (;;) {
    const tip = tipOf(branch)
    const now = await fetchHeader(setup.rpc, tip.number)
    if (now?.hash === tip.hash) return
    requireKnown(now, tip, branch.recent.length === 0)
    branch.reorganisations++
    if (branch.recent.pop() === undefined) branch.base = await rewind(setup, tip)
    branch.overlay = new Overlay(branch.recent)
  }
}

/** A node that lags has no block yet where a fork has another one: what is final is taken back for the latter alone. */
function requireKnown(now: Header | null, { number }: Cursor, isFinal: boolean): void {
  if (now === null && isFinal) throw new RpcLie(`the node does not have final block ${number}; is it behind?`)
}

/** The block at the cursor `from` is gone: goes back to the newest block that the chain still has. */
async function rewind({ rpc, sink, events }: Setup, from: Cursor): Promise<Cursor> {
  for (let before = from.number; ; ) {
    const candidates = await sink.takenBlocks(before, PREFETCH)
    if (candidates.length === 0) throw new RpcLie(`the chain has no block that this store knows; is it another chain?`)
    for (const candidate of candidates) {
      const now = await fetchHeader(rpc, candidate.number)
      requireKnown(now, candidate, true)
      if (now?.hash !== candidate.hash) continue
      await sink.rewind(candidate)
      events?.finalityViolated?.(from, candidate)
      return candidate
    }
    before = (candidates.at(-1) as Cursor).number
  }
}

async function climb({ rpc, registry }: Setup, branch: Branch, head: Header): Promise<void> {
  const last = Math.min(head.number, tipOf(branch).number + CATCH_UP_BLOCKS)
  for (let from = tipOf(branch).number + 1; from <= last; from += PREFETCH) {
    const count = Math.min(PREFETCH, last - from + 1)
    const numbers = Array.from({ length: count }, (_, i) => from + i)
    const blocks = await Promise.all(numbers.map((number) => readBlock(rpc, registry, number)))
    for (const block of blocks) {
      // A reorganisation in the middle of the climb: the next look begins by dropping orphans.
      if (block === null || block.header.parentHash !== tipOf(branch).hash) return
      branch.recent.push(block)
      branch.overlay.add(block)
    }
  }
}

async function readBlock(rpc: Rpc, registry: Hex, number: number): Promise<Block | null> {
  const header = await fetchHeader(rpc, number)
  return header && fetchBlock(rpc, registry, header)
}

/** Hands blocks that are final to the store. */
async function settle({ rpc, sink, events }: Setup, branch: Branch, finalized: Header): Promise<void> {
  const final = branch.recent.filter(({ header }) => header.number <= finalized.number)
  const last = final.at(-1)
  if (!last) return
  if (last.header.number === finalized.number && last.header.hash !== finalized.hash) return
  if (!(await endpointsAgree(rpc, last.header, events))) return
  await sink.finalize(final)
  branch.base = last.header
  branch.recent = branch.recent.slice(final.length)
  branch.overlay = new Overlay(branch.recent)
}

/** What the blocks above the cursor changed. */
class Overlay {
  readonly nextRuns = new Map<Hex, number>()
  readonly ending = new Set<Hex>()

  constructor(blocks: readonly Block[] = []) {
    for (const block of blocks) this.add(block)
  }

  add({ events }: Block): void {
    for (const event of events) {
      if (event.kind === "anchored") this.nextRuns.set(event.device, event.run + 1)
      else this.ending.add(event.device)
    }
  }
}

async function requireHeader(rpc: Rpc, tag: "latest" | "finalized"): Promise<Header> {
  const header = await fetchHeader(rpc, tag)
  if (!header) throw new RpcLie(`the node has no ${tag} block`)
  return header
}

type Head = { readonly number: number; readonly hash: unknown }

function headOf(answer: PromiseSettledResult<unknown>): Head | null {
  if (answer.status === "rejected" || answer.value === null) return null
  const { number, hash } = rpcObject(answer.value, "block")
  return { number: rpcNumber(number, "block.number"), hash }
}

/**
 * Puts a node behind the others that has stopped: what it says was true once, and nothing would move any more. It has
 * stopped where the farthest node's chain holds its head far below; another chain's height says nothing.
 */
async function avoidStalled(rpc: Rpc): Promise<void> {
  const headsAt = async (block: string) => (await rpc.everywhere("eth_getBlockByNumber", [block, false])).map(headOf)
  const heads = await headsAt("latest")
  const highest = Math.max(...heads.map((head) => head?.number ?? 0))
  const farthest = heads.findIndex((head) => head?.number === highest)
  for (const [place, head] of heads.entries()) {
    if (head === null || highest - head.number <= STALLED_BLOCKS) continue
    const same = (await headsAt(`0x${head.number.toString(16)}`))[farthest]
    if (same?.hash === head.hash) rpc.distrust(`it has stopped ${highest - head.number} blocks behind`, place)
  }
}

/** Before anything counts as final, every endpoint that answers must name the same block; silence is no objection. */
async function endpointsAgree(rpc: Rpc, header: Header, events?: FollowerEvents): Promise<boolean> {
  const answers = await rpc.everywhere("eth_getBlockByNumber", [`0x${header.number.toString(16)}`, false])
  const hashes = answers.flatMap((answer) =>
    answer.status === "fulfilled" && answer.value !== null ? [String(rpcObject(answer.value, "block").hash)] : [],
  )
  if (hashes.every((hash) => hash === header.hash)) return hashes.length > 0
  events?.disagreement?.(header.number, hashes)
  return false
}
