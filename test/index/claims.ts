import assert from "node:assert/strict"
import { createProofs, list } from "@wattest/index"
import type { Hex } from "@wattest/protocol"
import { nodeSignatures } from "@wattest/protocol/node"
import { FROM, type World } from "@wattest/testkit/ledger/world"
import { judge, POLICY_TEMPLATE, type Policy } from "@wattest/verifier"
import { keccak256 } from "viem"
import { openBooks } from "./books.ts"

/** What an index of a chain with two tallies, their join and two bounds says of them. */
export async function assertClaimsIndexed(world: World): Promise<void> {
  const { chain, registry, claims, operator } = world
  const books = await openBooks({ registry, claims }, [chain.url])
  await books.indexer.look()
  const tallies = (await list(books.db, "tallies", { asked: { operator } })).items
  const facts = tallies.map(({ number, parts, runs, voids, suspect, model, closedAt }) => [
    ...[number, parts, runs, voids, suspect, model, closedAt !== null],
  ])
  assert.deepEqual(facts, [
    [0, [], 2, 0, false, "llama", true],
    [1, [], 37, 1, false, "llama", true],
    [2, ["0", "1"], 39, 1, false, "llama", true],
  ])
  assert.equal(tallies[2]?.meteredAtLeastMs, 2_040_000)
  const bounds = (await list(books.db, "claims", { asked: { number: 2 } })).items
  assert.deepEqual(
    bounds.map(({ metric, hi }) => [metric, hi]),
    [
      ["energy", "3333000"],
      ["energy-per-work", "60000"],
    ],
  )
  assert.match(String(bounds[1]?.sentence), /^All runs \(model "llama".* at most 0\.06 J per token/)
  await assertClaimProved(books, { chain, registry, claims, operator })
  await assertSuspicionTold(books, world)
  await books.close()
}

/** A device that was folded is taken back, which makes its tally and the join of it suspect; the chain forgets it afterwards. */
async function assertSuspicionTold({ db, indexer, rewound }: Books, { chain, large, a }: World): Promise<void> {
  const suspects = async () => (await list(db, "events", { asked: { kind: "suspect-claim" } })).items
  assert.deepEqual(await suspects(), [])
  const id = await chain.client.snapshot()
  await large.withdraw(a, FROM)
  await chain.client.mine({ blocks: 3 })
  await indexer.look()
  const told = (await suspects()).map(({ number }) => number)
  assert.deepEqual(told, [1, 2])
  await chain.client.revert({ id })
  await chain.client.mine({ blocks: 5 })
  await indexer.look()
  assert.equal(rewound.length, 1)
}

type Books = Awaited<ReturnType<typeof openBooks>>

/** The proof of the joined tally is a presentation that a verifier judges offline, in the block that the books stand on. */
async function assertClaimProved(
  { db, rpc }: Books,
  { chain, registry, claims, operator }: Pick<World, "chain" | "registry" | "claims" | "operator">,
): Promise<void> {
  const proofs = createProofs({ rpc, chainId: 31337, contracts: { registry, claims }, db })
  const proof = await proofs.of({ kind: "claim", operator, number: 2 })
  assert.ok(proof !== null && (await proofs.of({ kind: "claim", operator, number: 3 })) === null)
  const codeHash = keccak256((await chain.client.getCode({ address: claims })) ?? "0x")
  const trustedBlocks = [{ number: BigInt(proof.block.number), hash: proof.block.hash }]
  const here = { chainId: 31337, registries: [registry], rpcs: [], checkpoints: null, trustedBlocks }
  const believed = { ...here, claims: [{ address: claims, over: registry, codeHash }] }
  const policy: Policy = {
    ...POLICY_TEMPLATE,
    ...{ chains: [believed], vouchers: (await list(db, "vouchers", {})).items.map(({ voucher }) => voucher as Hex) },
    claims: { ...POLICY_TEMPLATE.claims, missingPercent: 100, unopenedRuns: 100 },
    books: { ...POLICY_TEMPLATE.books, broken: true, blindPercent: 100 },
    grades: { energy: "simulated", work: "simulated" },
  }
  const readers = { signatures: nodeSignatures, chain: null }
  const { verdict } = await judge({ name: "claim.json", bytes: proof.bytes }, [], { policy, readers })
  assert.equal(
    verdict.status,
    "valid",
    JSON.stringify(verdict, (_, value) => (typeof value === "bigint" ? `${value}` : value)),
  )
}
