import {
  blockParameter,
  type ExtractSource,
  extractDevice,
  extractLedger,
  extractRun,
  fetchHeader,
  type Header,
  provePublished,
  RecentMap,
  type Rpc,
  RpcLie,
  RpcRefusal,
  RpcUnavailable,
  rpcData,
} from "@wattest/chain"
import { EXTRACT_TYPE, encodeExtract, encodePresentation, type Hex, PRESENTATION_TYPE } from "@wattest/protocol"
import { nodeSignatures } from "@wattest/protocol/node"
import { type ChainPolicy, POLICY_TEMPLATE, type Policy, verifyExtract, verifyPresentation } from "@wattest/verifier"
import { keccak256 } from "viem"
import type { Contracts } from "../books/state.ts"
import { agreedHeader } from "../chain/logs.ts"
import type { Db } from "../store/open.ts"
import { blockOf } from "../store/standing.ts"

/** A document that proves an answer, in its one spelling, and the block of its proof. */
export type ProofDocument = {
  readonly mediaType: string
  readonly bytes: Uint8Array
  readonly block: Pick<Header, "number" | "hash">
}

/** What of the books a proof is asked of. */
export type ProofSubject =
  | { readonly kind: "device"; readonly device: Hex }
  | { readonly kind: "ledger"; readonly ledger: Hex }
  | { readonly kind: "run"; readonly device: Hex; readonly run: number }
  | { readonly kind: "claim"; readonly operator: Hex; readonly number: number }

export type Proofs = {
  /** Null: the books have no such subject. Throws ProofUnavailable, NotPublished, and for more than it makes at once Busy. */
  of(subject: ProofSubject): Promise<ProofDocument | null>
}

/** No node gives the proof, or what they give does not hold. */
export class ProofUnavailable extends Error {
  override readonly name = "ProofUnavailable"
}

/** So many proofs are being made that this one has to wait. */
export class Busy extends Error {
  override readonly name = "Busy"
}

export type ProofSetup = {
  readonly rpc: Rpc
  readonly chainId: number
  readonly contracts: Contracts
  readonly db: Db
}

/** Every proof asks the nodes a few times: so many are made at once, and so many kept while their block is the newest. */
const AT_ONCE = 8
const KEPT = 256
/** Longer ones are not kept. */
const KEPT_BYTES = 256 * 1024

/** Makes proofs from the nodes' storage. Each is judged before it is handed out: what a node made up is not passed on. */
export function createProofs(setup: ProofSetup): Proofs {
  const kept = new RecentMap<string, ProofDocument>(KEPT)
  const making = new Map<string, Promise<ProofDocument | null>>()
  return {
    async of(subject) {
      const standing = await blockOf(setup.db)
      if (standing === null) return null
      const name = `${standing.hash} ${Object.values(subject).join(" ")}`
      const known = kept.get(name) ?? making.get(name)
      if (known !== undefined) return known
      if (making.size >= AT_ONCE) throw new Busy(`${AT_ONCE} proofs are being made; ask again soon`)
      const made = make(setup, subject, standing).finally(() => making.delete(name))
      making.set(name, made)
      const document = await made
      if (document !== null && document.bytes.length <= KEPT_BYTES) kept.set(name, document)
      return document
    },
  }
}

type Standing = { readonly number: number; readonly hash: Hex }

/** As of the block that the books stand on; where nodes no longer keep its state, as of the last final one. */
async function make(setup: ProofSetup, subject: ProofSubject, standing: Standing): Promise<ProofDocument | null> {
  try {
    const block = await agreedHeader(setup.rpc, standing.number)
    if (block.hash !== standing.hash)
      throw new RpcLie(`block ${standing.number} is another one than the books stand on`)
    return await proveAt(setup, subject, block).catch((error) => {
      if (error instanceof RpcRefusal) return proveFinal(setup, subject)
      throw error
    })
  } catch (error) {
    if (error instanceof RpcRefusal || error instanceof RpcUnavailable || error instanceof RpcLie)
      throw new ProofUnavailable(error.message)
    throw error
  }
}

async function proveFinal(setup: ProofSetup, subject: ProofSubject): Promise<ProofDocument | null> {
  const final = await fetchHeader(setup.rpc, "finalized")
  if (final === null) throw new RpcLie("the node has no final block")
  return proveAt(setup, subject, await agreedHeader(setup.rpc, final.number))
}

async function proveAt(setup: ProofSetup, subject: ProofSubject, block: Header): Promise<ProofDocument | null> {
  if (subject.kind === "claim") return proveClaim(setup, subject, block)
  const found = await extractOf(setup, subject, block)
  if (found === null) return null
  const bytes = encodeExtract(found.extract)
  await checkExtract(bytes, [block, ...found.holders], setup)
  return { mediaType: EXTRACT_TYPE, bytes, block }
}

type Subject<Kind> = Extract<ProofSubject, { readonly kind: Kind }>
type Found = { readonly extract: Parameters<typeof encodeExtract>[0]; readonly holders: readonly Header[] }

/** The pair of accounts that a subject's ledger is of, as the books have it. */
async function pairOf({ kysely }: Db, subject: Subject<"device" | "ledger" | "run">) {
  if (subject.kind !== "ledger")
    return kysely
      .selectFrom("devices")
      .select(["operator", "voucher"])
      .where("id", "=", subject.device)
      .executeTakeFirst()
  return kysely
    .selectFrom("ledgers")
    .select(["operator", "voucher"])
    .where("id", "=", subject.ledger)
    .executeTakeFirst()
}

async function extractOf(
  { rpc, db, chainId, contracts: { registry } }: ProofSetup,
  subject: Subject<"device" | "ledger" | "run">,
  block: Header,
): Promise<Found | null> {
  const source: ExtractSource = { rpc, chainId, registry, block }
  const pair = await pairOf(db, subject)
  if (pair === undefined) return null
  if (subject.kind === "ledger") return { extract: await extractLedger(source, pair), holders: [] }
  const { device } = subject
  if (subject.kind === "device") return { extract: await extractDevice(source, { ...pair, device }), holders: [] }
  const anchors = db.kysely.selectFrom("anchors").select(["block", "transaction_hash as transaction"])
  const anchor = await anchors.where("device", "=", device).where("run", "=", subject.run).executeTakeFirst()
  if (anchor === undefined) return null
  const holder = await agreedHeader(rpc, anchor.block)
  const name = { ...pair, device, run: subject.run, holder, transaction: anchor.transaction }
  return { extract: await extractRun(source, name), holders: [holder] }
}

/** What the index itself trusts: these blocks, because its nodes agree on them, and its own contracts. */
function policyOf(
  { chainId, contracts }: ProofSetup,
  blocks: readonly Header[],
  claims: NonNullable<ChainPolicy["claims"]>,
): Policy {
  const numbered = new Map(blocks.map(({ number, hash }) => [number, { number: BigInt(number), hash }]))
  const chain = { chainId, registries: [contracts.registry], trustedBlocks: [...numbered.values()], rpcs: [] }
  return { ...POLICY_TEMPLATE, chains: [{ ...chain, checkpoints: null, claims }] }
}

const READERS = { signatures: nodeSignatures, chain: null }

async function checkExtract(bytes: Uint8Array, blocks: readonly Header[], setup: ProofSetup): Promise<void> {
  const { verdict } = await verifyExtract(bytes, policyOf(setup, blocks, []), READERS)
  if (verdict.status !== "valid") throw new RpcLie(`the nodes' proof does not hold: ${verdict.code}: ${verdict.detail}`)
}

async function proveClaim(
  setup: ProofSetup,
  { operator, number }: Subject<"claim">,
  block: Header,
): Promise<ProofDocument | null> {
  const { rpc, chainId, contracts, db } = setup
  const { registry, claims } = contracts
  const tallies = db.kysely.selectFrom("tallies").select("number").where("operator", "=", operator)
  if (claims === null || (await tallies.where("number", "=", number).executeTakeFirst()) === undefined) return null
  const source = { at: { rpc, registry: claims }, final: block, chainId, registry }
  const presentation = await provePublished(source, { operator, numbers: [BigInt(number)] })
  const bytes = encodePresentation(presentation)
  const code = rpcData(await rpc.request("eth_getCode", [claims, blockParameter(block.number)]), "code")
  const believed = [{ address: claims, over: registry, codeHash: keccak256(code) }]
  const { checks } = await verifyPresentation(bytes, policyOf(setup, [block], believed), READERS)
  const wrong = checks.find(({ verdict }) => verdict.status === "invalid")?.verdict
  if (wrong?.status === "invalid") throw new RpcLie(`the nodes' proof does not hold: ${wrong.code}: ${wrong.detail}`)
  return { mediaType: PRESENTATION_TYPE, bytes, block }
}
