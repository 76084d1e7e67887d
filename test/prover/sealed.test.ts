import assert from "node:assert/strict"
import { mkdtempSync, rmSync, statSync } from "node:fs"
import { tmpdir } from "node:os"
import { join } from "node:path"
import { ageIdentitiesIn, UsageError } from "@wattest/command"
import { Encrypter } from "age-encryption"
import { workerKey } from "../../prover/src/cli/worker.ts"
import { assertRecipients, isIdentity, newWorkerKey, seal, unseal } from "../../prover/src/queue/sealed.ts"

const MAX_BYTES = 1024 * 1024
const INPUT = { headFrom: 5n, active: [1n, 0n], registers: [[1n, 2n], [3n]] }

const [worker, other] = [await newWorkerKey(), await newWorkerKey()]

/** What somebody who knows the worker's key may put into the queue. */
async function sealedText(text: string): Promise<string> {
  const encrypter = new Encrypter()
  encrypter.addRecipient(worker.recipient)
  return Buffer.from(await encrypter.encrypt(text)).toString("base64")
}
const opened = async (value: unknown) => unseal(await sealedText(JSON.stringify(value)), worker.identity)

describe("a sealed input", () => {
  it("is read by each of the workers that it names, and by nobody else", async () => {
    const sealed = await seal("fold", INPUT, [other.recipient, worker.recipient])
    for (const { identity } of [worker, other])
      assert.deepEqual(await unseal(sealed, identity), { circuit: "fold", input: INPUT })
    const [{ identity }, again] = [await newWorkerKey(), await seal("fold", INPUT, [other.recipient])]
    await assert.rejects(unseal(sealed, identity))
    await assert.rejects(unseal(again, worker.identity))
    assert.notEqual(await seal("fold", INPUT, [other.recipient]), again, "equal inputs do not look equal")
  })

  it("names workers, each by a key that is one", () => {
    assert.doesNotThrow(() => assertRecipients([worker.recipient, other.recipient]))
    for (const keys of [[], ["age1none"], [worker.recipient, worker.identity]])
      assert.throws(() => assertRecipients(keys), { code: "INPUT_INVALID" })
  })

  it("is opened by the key that worker-key wrote for its owner alone, and that it never writes over", async () => {
    const folder = mkdtempSync(join(tmpdir(), "wattest-worker-"))
    after(() => rmSync(folder, { recursive: true }))
    const [out, said] = [join(folder, "worker.key"), [] as string[]]
    const terminal = { print: (text: string) => void said.push(text), say: () => {}, ask: async () => null }
    const context = { terminal, environment: {}, profile: null, folder, json: true, given: new Map(), spell: String }
    await workerKey({ out }, context)
    const { key, document } = JSON.parse(said.join(""))
    const [identity = ""] = ageIdentitiesIn(out)
    assert.equal(document, out)
    assert.deepEqual(await unseal(await seal("fold", INPUT, [key]), identity), { circuit: "fold", input: INPUT })
    assert.equal(statSync(out).mode & 0o777, 0o600)
    await assert.rejects(workerKey({ out }, context), UsageError)
    assert.deepEqual(ageIdentitiesIn(out), [identity])
  })

  it("is opened by a whole key alone, which a worker knows before it takes anything", () => {
    assert.ok(isIdentity(worker.identity))
    for (const wrong of [worker.identity.slice(0, -1), worker.identity.replace("1", "2"), worker.recipient, ""])
      assert.ok(!isIdentity(wrong), wrong)
  })

  it("is an assignment of a circuit: decimals of at most 78 digits, in lists at most two deep", async () => {
    const longest = "9".repeat(78)
    const { input } = await opened({ circuit: "open", input: { a: longest, b: [["1"]], c: [] } })
    assert.deepEqual(input, { a: BigInt(longest), b: [[1n]], c: [] })
    for (const signal of [`${longest}9`, "", "-1", "0x1", "1.5", " 1", 1, null, {}, [[["1"]]]])
      await assert.rejects(opened({ circuit: "open", input: { a: signal } }), /no assignment/, JSON.stringify(signal))
    for (const value of [null, 5, {}, { circuit: "open" }, { input: {} }, { circuit: "other", input: {} }])
      await assert.rejects(opened(value), /no assignment/, JSON.stringify(value))
    for (const input of [null, "1"]) await assert.rejects(opened({ circuit: "open", input }), /no assignment/)
  })

  it("is at most a MiB long", async () => {
    const lengths = ["x".repeat(MAX_BYTES), "x".repeat(MAX_BYTES + 1)]
    const reasons = await Promise.all(lengths.map((text) => unseal(text, worker.identity).catch(String)))
    assert.deepEqual(
      reasons.map((reason) => /too long/.test(`${reason}`)),
      [false, true],
    )
  })
})
