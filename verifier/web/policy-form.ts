import { type Json, Rejection, toJson } from "@wattest/protocol"
import { POLICY_TEMPLATE, type Policy, parsePolicy, policy, policyDigest } from "../src/index.ts"

/** What a person writes into the form: one belief at a time; empty fields say nothing. */
export type Belief = {
  readonly chain: string
  readonly registry: string
  readonly voucher: string
  readonly block: string
  readonly hash: string
}

export const encodePolicy = (value: Policy | Json) => `${JSON.stringify(toJson(value), null, 2)}\n`

/** A policy that believes nobody. */
export const EMPTY_POLICY = encodePolicy(POLICY_TEMPLATE)

const added = <T>(items: readonly T[], item: T | null): readonly T[] => (item === null ? items : [...items, item])

/** The policy of this text with one belief more. Throws a Rejection that names the field. */
export function withBelief(text: string, { chain, registry, voucher, block, hash }: Belief): string {
  const before = parsePolicy(new TextEncoder().encode(text))
  const vouchers = added<string>(before.vouchers, voucher === "" ? null : voucher)
  if (chain === "") return check({ ...before, vouchers })
  const chainId = Number(chain)
  const known = before.chains.find((candidate) => candidate.chainId === chainId)
  const base = known ?? { chainId, registries: [], trustedBlocks: [], rpcs: [], checkpoints: null }
  const changed = {
    ...base,
    registries: added<string>(base.registries, registry === "" ? null : registry),
    trustedBlocks: added<unknown>(base.trustedBlocks, block === "" && hash === "" ? null : { number: block, hash }),
  }
  return check({ ...before, vouchers, chains: [...before.chains.filter((other) => other !== known), changed] })
}

const check = (value: unknown) => encodePolicy(policy(toJson(value), "policy"))

/** The digest of a policy, or what is wrong with it. */
export function readPolicy(text: string): { readonly digest: string } | { readonly fault: string } {
  try {
    return { digest: policyDigest(parsePolicy(new TextEncoder().encode(text))) }
  } catch (error) {
    if (error instanceof Rejection) return { fault: error.message }
    throw error
  }
}
