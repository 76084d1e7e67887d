import { keccak_256 } from "@noble/hashes/sha3.js"
import {
  decodeHeader,
  fromHex,
  type Hex,
  type PublishedTally,
  parseCertificate,
  parseExtract,
  parsePresentation,
  toHex,
} from "@wattest/protocol"
import { type ChainPolicy, POLICY_TEMPLATE, type Policy } from "@wattest/verifier"

/** What the page goes by where its reader brought no policy: one registry on one chain, and whoever names the blocks. */
export type Believed = {
  readonly chainId: number
  readonly registry: Hex
  /** The registry of claims with the digest of its code, as the reader's nodes have it; null: none is believed. */
  readonly claims: { readonly address: Hex; readonly codeHash: Hex } | null
  /** Nodes that the reader named; without one, the blocks are those that the document itself was given with. */
  readonly nodes: readonly string[]
}

type TrustedBlocks = ChainPolicy["trustedBlocks"]

function blockOf(header: Hex): TrustedBlocks[number] {
  const bytes = fromHex(header)
  return { number: decodeHeader(bytes).number, hash: toHex(keccak_256(bytes)) }
}

const oneEach = (blocks: TrustedBlocks): TrustedBlocks => [
  ...new Map(blocks.map((block) => [block.number, block])).values(),
]

/** The blocks that an extract rests on, as it has them. */
function blocksOfExtract(bytes: Uint8Array): TrustedBlocks {
  const extract = parseExtract(bytes)
  const headers = extract.kind === "run" ? [extract.state.header, extract.anchored.header] : [extract.state.header]
  return oneEach(headers.map(blockOf))
}

function chainPolicy({ chainId, registry, claims, nodes }: Believed, trustedBlocks: TrustedBlocks): ChainPolicy {
  const blocks = nodes.length > 0 ? [] : trustedBlocks
  const held = claims === null ? [] : [{ ...claims, over: registry }]
  return { chainId, registries: [registry], trustedBlocks: blocks, rpcs: [...nodes], checkpoints: null, claims: held }
}

/** For an extract: does this registry hold this? Throws a Rejection where the bytes are no extract. */
export const extractPolicy = (bytes: Uint8Array, believed: Believed): Policy => ({
  ...POLICY_TEMPLATE,
  chains: [chainPolicy(believed, blocksOfExtract(bytes))],
})

/** Every grade and origin is taken, because the page says what was proved, and leaves to its reader whether that is enough. */
const EVERYONE: Policy = {
  ...POLICY_TEMPLATE,
  grades: { energy: "simulated", work: "simulated" },
  books: { ...POLICY_TEMPLATE.books, origins: ["live", "recorded"], blindPercent: 100, broken: true },
  claims: { ...POLICY_TEMPLATE.claims, developmentKeys: true, unopenedRuns: 2 ** 32 - 1, missingPercent: 100 },
}

/**
 * For a claim: was this proved? Whoever vouches is believed. Throws a Rejection where the bytes are no presentation.
 */
export function presentationPolicy(bytes: Uint8Array, believed: Believed): Policy {
  const published = parsePresentation(bytes).tallies.flatMap((tally) => (tally.kind === "published" ? [tally] : []))
  const states = published.flatMap(({ state, ledgers }) => [state, ...ledgers.map((ledger) => ledger.state)])
  const headers = states.flatMap((state) => (state === undefined ? [] : [blockOf(state.header)]))
  return {
    ...EVERYONE,
    chains: [chainPolicy({ ...believed, claims: believed.claims ?? claimsIn(published) }, oneEach(headers))],
    vouchers: [...new Set(published.flatMap(({ ledgers }) => ledgers.map(({ voucher }) => voucher)))],
  }
}

/** The registry of claims as the document itself has it: the leaf of an account's proof ends with the digest of its code. */
function claimsIn(published: readonly PublishedTally[]): Believed["claims"] {
  const [first] = published
  const leaf = first?.state?.account.at(-1)
  return first === undefined || leaf === undefined ? null : { address: first.claims, codeHash: `0x${leaf.slice(-64)}` }
}

/** For a certificate: its vouchers are believed as those of a claim are, its blocks as far as the reader's nodes bear them out. */
export function certificatePolicy(bytes: Uint8Array, believed: Believed): Policy {
  const vouchers = parseCertificate(bytes).runs.map(({ anchor }) => anchor.voucher)
  return { ...EVERYONE, chains: [chainPolicy(believed, [])], vouchers: [...new Set(vouchers)] }
}
