import assert from "node:assert/strict"
import { ledgerIdOf } from "@wattest/protocol"
import { buildBlock } from "@wattest/testkit/conformance/chain"
import { ACCOUNTS } from "@wattest/testkit/conformance/keys"
import { slotsOf, wordOf } from "@wattest/testkit/conformance/slots"
import { sightLedger } from "../../../verifier/src/claims/sight/sight.ts"

/** A ledger that counts so many suspicions, of which the proof holds the first `proven`. */
function sighted(count: bigint, proven: number) {
  const { registry, operator, voucher } = ACCOUNTS
  const id = ledgerIdOf(operator, voucher)
  const ledger = slotsOf.ledger(id)
  const held = Array.from({ length: proven }, (_, i) => slotsOf.suspicion(id, BigInt(i)))
  const stretch = wordOf([5n, 64], [7n, 64])
  const words = new Map([[ledger, wordOf([0n, 160], [count, 40])], ...held.map((slot) => [slot, stretch] as const)])
  const block = buildBlock({ number: 9n, timestamp: 100, receipts: [], state: { [registry]: words } })
  const state = block.proveStorage(registry, [...words.keys()])
  return sightLedger({ registry, asOf: 100 }, { operator, voucher, state })
}

describe("suspicions of a ledger", () => {
  it("are read, each of them", () => {
    assert.deepEqual(sighted(0n, 0).suspicions, [])
    assert.deepEqual(sighted(3n, 3).suspicions, Array(3).fill({ since: 5n, until: 7n }))
    assert.throws(() => sighted(3n, 2), { code: "STATE_PROOF_INVALID", detail: /slot .* is not in the proof/ })
  })

  it("are looked for up to 1,024, and no further", () => {
    assert.throws(() => sighted(1024n, 0), { code: "STATE_PROOF_INVALID", detail: /slot .* is not in the proof/ })
    assert.throws(() => sighted(1025n, 0), { code: "STATE_PROOF_INVALID", detail: /^1025 suspicions have no room/ })
    assert.throws(() => sighted(2n ** 40n - 1n, 0), { detail: /suspicions have no room/ })
  })
})
