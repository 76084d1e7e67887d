import { type Json, Rejection, toJson } from "@wattest/protocol"
import { POLICY_TEMPLATE, type Policy, parsePolicy, policy, policyDigest } from "../src/index.ts"

/** What a person adds to the lists of a policy, one of each at a time; empty fields say nothing. */
export const BELIEF_FIELDS = [
  ...["chain", "registry", "voucher", "block", "hash", "block-time", "operator", "ledger-voucher"],
  ...["claims", "over", "code-hash", "parent", "root-chain", "key", "bound", "failed-part"],
] as const
export type Belief = { readonly [name: string]: string }

export const encodePolicy = (value: Policy | Json) => `${JSON.stringify(toJson(value), null, 2)}\n`

/** A policy that believes nobody. */
export const EMPTY_POLICY = encodePolicy(POLICY_TEMPLATE)

const parsed = (text: string): Policy => parsePolicy(new TextEncoder().encode(text))
const checked = (value: unknown) => encodePolicy(policy(toJson(value), "policy"))

/** Unix seconds, written as such or as `2027-01-31` or `2027-01-31T08:00Z`. Throws a Rejection. */
export function secondsOf(text: string): number {
  const isMoment = /^\d{4}-\d\d-\d\d(?:T\d\d:\d\d(?::\d\d)?Z)?$/.test(text)
  const seconds = /^\d{1,13}$/.test(text) ? Number(text) : isMoment ? Date.parse(text) / 1000 : Number.NaN
  if (Number.isNaN(seconds)) throw new Rejection("FIELD_MALFORMED", `${text}: expected 2027-01-31, or Unix seconds`)
  return seconds
}

/** A list with one item more, if any of the fields that make it was written. */
function added<T>(items: readonly T[], fields: readonly string[], item: () => T): readonly T[] {
  return fields.every((field) => field === "") ? items : [...items, item()]
}

type Written = (name: string) => string

/** The chain that the fields name, with what they say of it. */
function chainWith(base: Policy["chains"][number], of: Written): unknown {
  const [block, hash, time] = [of("block"), of("hash"), of("block-time")]
  const dated = time === "" ? {} : { timestamp: secondsOf(time) }
  const [address, over, codeHash] = [of("claims"), of("over"), of("code-hash")]
  const [parent, rootChain] = [of("parent"), of("root-chain")]
  const claims = added<unknown>(base.claims ?? [], [address, over, codeHash], () => ({ address, over, codeHash }))
  return {
    ...base,
    registries: added<string>(base.registries, [of("registry")], () => of("registry")),
    trustedBlocks: added<unknown>(base.trustedBlocks, [block, hash, time], () => ({ number: block, hash, ...dated })),
    checkpoints: parent === "" && rootChain === "" ? base.checkpoints : { chainId: Number(parent), rootChain },
    ...(claims.length > 0 && { claims }),
  }
}

/** What is of a chain: without one it cannot be added. */
const OF_A_CHAIN = BELIEF_FIELDS.filter((name) =>
  /^(?:registry|block|hash|block-time|claims|over|code-hash|parent|root-chain)$/.test(name),
)

function chainsWith({ chains }: Policy, of: Written): readonly unknown[] {
  const orphan = OF_A_CHAIN.find((name) => of(name) !== "")
  if (of("chain") === "") {
    if (orphan === undefined) return chains
    throw new Rejection("FIELD_MISSING", `${orphan} is of which chain? Write its chain id`)
  }
  const chainId = Number(of("chain"))
  const known = chains.find((candidate) => candidate.chainId === chainId)
  const base = known ?? { chainId, registries: [], trustedBlocks: [], rpcs: [], checkpoints: null }
  return [...chains.filter((other) => other !== known), chainWith(base, of)]
}

/** The policy of this text with beliefs more. Throws a Rejection that names the field. */
export function withBelief(text: string, belief: Belief): string {
  const of: Written = (name) => belief[name] ?? ""
  const before = parsed(text)
  const [operator, voucher] = [of("operator"), of("ledger-voucher")]
  const bounds = added<string>(before.expect?.bounds ?? [], [of("bound")], () => of("bound"))
  const parts = added<number>(before.jobs?.failedParts ?? [], [of("failed-part")], () => Number(of("failed-part")))
  const keys = added<string>(before.claims.verificationKeys, [of("key")], () => of("key"))
  const ledgers = added<unknown>(before.ledgers ?? [], [operator, voucher], () => ({ operator, voucher }))
  return checked({
    ...before,
    vouchers: added<string>(before.vouchers, [of("voucher")], () => of("voucher")),
    ledgers: ledgers.length === 0 ? before.ledgers : ledgers,
    chains: chainsWith(before, of),
    claims: { ...before.claims, verificationKeys: keys },
    ...(parts.length > 0 && { jobs: { failedParts: parts } }),
    ...(bounds.length > 0 && { expect: { ...before.expect, bounds } }),
  })
}

type Tree = { readonly [name: string]: Json }

/** A tree with a value at a path, or without it; what is empty then goes too. */
function withAt(tree: Tree, [name = "", ...rest]: readonly string[], value: Json | undefined): Tree {
  const next = rest.length === 0 ? value : withAt((tree[name] ?? {}) as Tree, rest, value)
  const isGone = next === undefined || (rest.length > 0 && Object.keys(next as Tree).length === 0)
  if (!isGone) return { ...tree, [name]: next }
  const { [name]: _, ...others } = tree
  return others
}

/** The policy of this text with another value at a path; undefined takes it away. Throws a Rejection. */
export const withSetting = (text: string, path: readonly string[], value: Json | undefined): string =>
  checked(withAt(toJson(parsed(text)) as Tree, path, value))

/** What a policy says at a path; undefined where it says nothing, or cannot be read. */
export function settingOf(text: string, path: readonly string[]): Json | undefined {
  try {
    return path.reduce<Json | undefined>((tree, name) => (tree as Tree | undefined)?.[name], toJson(parsed(text)))
  } catch (error) {
    if (error instanceof Rejection) return undefined
    throw error
  }
}

/** The digest of a policy, or what is wrong with it. */
export function readPolicy(text: string): { readonly digest: string } | { readonly fault: string } {
  try {
    return { digest: policyDigest(parsed(text)) }
  } catch (error) {
    if (error instanceof Rejection) return { fault: error.message }
    throw error
  }
}
