import assert from "node:assert/strict"
import { type CertifiedRun, Rejection, type StateProof } from "@wattest/protocol"
import { Undetermined } from "@wattest/verifier"
import { askEach } from "../../verifier/src/ask-each.ts"
import { withCode } from "../../verifier/src/chain/proof.ts"
import { storageOf } from "../../verifier/src/claims/sight/sight.ts"
import { createSourceCheck } from "../../verifier/src/evidence/steps.ts"
import { type MetExpectation, meetEach } from "../../verifier/src/gate/decide.ts"

const FAULT = new TypeError("a fault of ours")
const fail = (error: Error): never => {
  throw error
}
/** What fails as soon as anybody looks into it. */
const broken = <T extends object>(): T => new Proxy<T>({} as T, { get: () => fail(FAULT) })

describe("what is asked of each of several", () => {
  const [first, second] = ["first", "second"].map((text) => new Undetermined("PROOF_ABSENT", text))
  const refused = new Rejection("FIELD_MISSING", "$.a")
  assert.ok(first && second)

  /** What is thrown where each throws so, null: it answers; and how many were asked. */
  async function thrown(all: readonly (Error | null)[]) {
    type Asking = (one: Error | null) => MetExpectation
    const outcomeOf = async (each: (ask: Asking) => unknown) => {
      let asked = 0
      const ask: Asking = (one) => {
        asked++
        return one === null ? { expected: "", found: "" } : fail(one)
      }
      const error = await (async () => each(ask))().then(
        () => null,
        (reason: unknown) => reason,
      )
      return [error, asked]
    }
    const outcomes = [await outcomeOf((ask) => askEach(all, ask)), await outcomeOf((ask) => meetEach(all, ask))]
    assert.deepEqual(outcomes[0], outcomes[1])
    return outcomes[0]
  }

  it("is open where one of them is, once all were asked, and ends with a refusal or a fault of ours", async () => {
    assert.deepEqual(await thrown([null, null]), [null, 2])
    assert.deepEqual(await thrown([null, first, second, null]), [first, 4])
    assert.deepEqual(await thrown([first, refused, null]), [refused, 2])
    assert.deepEqual(await thrown([first, FAULT, null]), [FAULT, 2])
  })
})

describe("a fault of ours", () => {
  const isFault = (error: unknown) => error === FAULT

  it("is no verdict on a proof, as a refusal is", () => {
    assert.throws(() => withCode("STATE_PROOF_INVALID", "slot 1", () => fail(FAULT)), isFault)
    assert.throws(() => storageOf(broken<StateProof>(), "0x", "a ledger"), isFault)
    const refused = (code: "FIELD_MALFORMED" | "NUMBER_OUT_OF_RANGE" | "FIELD_MISSING") => () =>
      withCode("STATE_PROOF_INVALID", "slot 1", () => fail(new Rejection(code, "no bytes")))
    const detail = "slot 1: no bytes"
    assert.throws(refused("FIELD_MALFORMED"), { code: "STATE_PROOF_INVALID", detail })
    assert.throws(refused("NUMBER_OUT_OF_RANGE"), { code: "STATE_PROOF_INVALID", detail })
    assert.throws(refused("FIELD_MISSING"), { code: "FIELD_MISSING", detail })
  })

  it("is no verdict on a run's metering", () => {
    const run = { statement: { context: { metering: broken() } } } as CertifiedRun
    assert.throws(() => createSourceCheck(run), isFault)
  })
})
