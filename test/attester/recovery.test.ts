import assert from "node:assert/strict"
import { recoveryNonce } from "../../attester/src/run/recovery.ts"

describe("the nonce of a capture that closes what was cut off", () => {
  it("is 16 bytes of the run's secret, the same each time, and another with any other secret", () => {
    const secret = new Uint8Array(32).fill(7)
    const nonces = Array.from({ length: 32 }, (_, i) => recoveryNonce(secret.with(i, 8)))
    const all = new Set([recoveryNonce(secret), recoveryNonce(secret.slice()), ...nonces])
    assert.equal(all.size, 33)
    for (const nonce of all) assert.match(nonce, /^0x[0-9a-f]{32}$/)
  })
})
