import assert from "node:assert/strict"
import { readFileSync } from "node:fs"
import { join } from "node:path"
import { inspect } from "node:util"
import { encodePresentation, type Presentation, type PublishedTally, parsePresentation } from "@wattest/protocol"
import { nodeSignatures } from "@wattest/protocol/node"
import type { World } from "@wattest/testkit/ledger/world"
import { POLICY_TEMPLATE, type Policy, verifyPresentation } from "@wattest/verifier"
import { keccak256 } from "viem"
import { run } from "./program.ts"

/** The published tallies as a document that the verifier believes, and what it does not believe. */
export async function assertPresented(world: World, folder: string, numbers: readonly bigint[]): Promise<void> {
  const { chain, operator, claims, registry } = world
  const out = join(folder, "published.json")
  const named = numbers.flatMap((number) => ["--tally", `${number}`])
  const place = ["--rpc", chain.url, "--claims", claims, "--operator", operator]
  const made = await run("prover/src/main.ts", ["present", ...place, ...named, "--out", out, "--json"])
  assert.equal(made.status, 0, made.stderr)
  const document = parsePresentation(readFileSync(out))
  const [first] = document.tallies
  if (first?.kind !== "published" || first.state === undefined) throw new Error("it is no published tally")
  const block = await chain.client.getBlock({ blockTag: "finalized" })
  const code = (await chain.client.getCode({ address: claims })) ?? "0x"
  const claimsOf = (codeHash = keccak256(code), over = registry) => [{ address: claims, over, codeHash }]
  const judge = async (presented: Presentation, believed = claimsOf(), folded = false) => {
    const trustedBlocks = [{ number: block.number, hash: block.hash }]
    const place = { chainId: 31337, registries: [registry], trustedBlocks, rpcs: [], checkpoints: null }
    const policy: Policy = {
      ...POLICY_TEMPLATE,
      chains: [{ ...place, claims: believed }],
      vouchers: [world.large.voucher, world.small.voucher],
      claims: { ...POLICY_TEMPLATE.claims, missingPercent: 50, folded },
    }
    const readers = { signatures: nodeSignatures, chain: null }
    return (await verifyPresentation(encodePresentation(presented), policy, readers)).verdict
  }
  const verdict = await judge(document)
  assert.equal(verdict.status, "valid", inspect(verdict))
  if (verdict.status !== "valid") return
  assert.deepEqual(
    verdict.claim.map(({ bound, scope }) => [bound.metric, scope.runs, scope.owners.length]),
    [
      ["energy", 39n, 2],
      ["energy-per-work", 39n, 2],
    ],
  )
  const refused = async (presented: Presentation, code: string, believed = claimsOf()) => {
    const found = await judge(presented, believed)
    assert.equal(found.status === "valid" ? "valid" : found.code, code)
  }
  const changed = (change: Partial<PublishedTally>): Presentation => ({
    ...document,
    tallies: document.tallies.map((tally) => (tally.kind === "published" ? { ...tally, ...change } : tally)),
  })
  await refused(changed({ accumulator: `0x${"07".padStart(64, "0")}` }), "CLAIM_RECORD_MISMATCH")
  await refused(changed({ runs: 40n }), "CLAIM_RECORD_MISMATCH")
  await refused(changed({ filters: { ...first.filters, model: "other" } }), "CLAIM_RECORD_MISMATCH")
  await refused(changed({ closing: { ...first.closing, blindAtMost: 1n } }), "CLAIM_RECORD_MISMATCH")
  await refused(changed({ claims: registry }), "STATE_PROOF_INVALID")
  await refused(document, "REGISTRY_NOT_ACCEPTED", [])
  await refused(document, "CLAIM_REGISTRY_MISMATCH", claimsOf(keccak256("0x00")))
  await refused(document, "CLAIM_REGISTRY_MISMATCH", claimsOf(keccak256(code), claims))
  const bounds = document.bounds.map((bound) => ({ ...bound, hi: bound.hi - 1n }))
  await refused({ ...document, bounds }, "CLAIM_RECORD_MISMATCH")
}
