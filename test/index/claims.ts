import assert from "node:assert/strict"
import { list } from "@wattest/index"
import type { World } from "@wattest/testkit/ledger/world"
import { openBooks } from "./books.ts"

/** What an index of a chain with two tallies, their join and two bounds says of them. */
export async function assertClaimsIndexed({ chain, registry, claims, operator }: World): Promise<void> {
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
  await books.close()
}
