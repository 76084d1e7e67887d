import assert from "node:assert/strict"
import { keccak_256 } from "@noble/hashes/sha3.js"
import { type Submission, toHex } from "@wattest/protocol"
import type { Anvil } from "../local/anvil.ts"
import { documentOf, type TestDevice } from "./devices.ts"
import { request } from "./harness.ts"
import type { TestRegistry } from "./registry.ts"

type Accepted = { readonly device: TestDevice; readonly submission: Submission }

export type Books = {
  readonly anvil: Anvil
  readonly registry: TestRegistry
  readonly url: string
  readonly accepted: readonly Accepted[]
}

const MINE_EVERY_MS = 100
const PATIENCE_MS = 40_000

/** Mines until the condition holds. */
export async function mineUntil(anvil: Anvil, holds: () => Promise<boolean>): Promise<void> {
  for (const start = Date.now(); !(await holds()); ) {
    if (Date.now() - start > PATIENCE_MS) throw new Error(`mined ${PATIENCE_MS} ms in vain`)
    await anvil.rpc("anvil_mine", "0x1")
    await new Promise((resolve) => setTimeout(resolve, MINE_EVERY_MS))
  }
}

/** Every accepted run is anchored exactly once, with its root; the relayer says so and has nothing left to do. */
export async function assertBooksEqualChain({ anvil, registry, url, accepted }: Books): Promise<void> {
  const stateOf = async (submission: Submission) =>
    (await request(`${url}/v1/submissions/${toHex(keccak_256(documentOf(submission)))}`)).body
  for (const { submission } of accepted)
    await mineUntil(anvil, async () => (await stateOf(submission)).state === "final")
  await mineUntil(anvil, async () => {
    const { body } = await request(`${url}/v1/status`)
    return Number(body.queued) + Number(body.staged) === 0
  })
  for (const { device, submission } of accepted) {
    const anchored = await registry.anchored(device)
    assert.deepEqual(
      anchored.map(({ run }) => run),
      anchored.map((_, i) => i),
      "each run once, in order",
    )
    submission.roots.forEach((root, i) => {
      assert.equal(anchored[Number(submission.firstRun) + i]?.root, root)
    })
    const lastRun = Number(submission.firstRun) + submission.roots.length - 1
    assert.equal(
      (await stateOf(submission)).transaction,
      anchored[lastRun]?.transaction,
      "the transaction that anchors",
    )
    const { body } = await request(`${url}/v1/devices/${device.id}`)
    assert.deepEqual([body.nextRun, body.expectedRun], [String(anchored.length), String(anchored.length)])
  }
}
