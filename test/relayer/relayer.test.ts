import assert from "node:assert/strict"
import { keccak_256 } from "@noble/hashes/sha3.js"
import { createRpc, readDevice } from "@wattest/chain"
import { anchorReceipt, type Hex, parseDocument, toHex } from "@wattest/protocol"
import { promiseSignerOf, type Relayer, type SignedPromise } from "@wattest/relayer"
import { type Anvil, startAnvil } from "@wattest/testkit/local/anvil"
import { createDevice, documentOf, randomRoot, randomRoots, TOLD } from "@wattest/testkit/relayer/devices"
import {
  post,
  postBytes,
  request,
  startRelayer,
  temporaryFolder,
  testConfig,
  until,
  untilState,
} from "@wattest/testkit/relayer/harness"
import { deployRegistry, promiser, type TestRegistry } from "@wattest/testkit/relayer/registry"

describe("relayer", () => {
  const folder = temporaryFolder()
  const device = createDevice()
  const tokenDevice = createDevice("p256")
  const retiring = createDevice()
  const withdrawn = createDevice()
  let anvil: Anvil
  let registry: TestRegistry
  let relayer: Relayer

  before(async () => {
    anvil = await startAnvil()
    registry = await deployRegistry(anvil)
    await registry.enrol([device, tokenDevice, retiring, withdrawn])
    await anvil.rpc("evm_setIntervalMining", 1)
    relayer = await startRelayer(testConfig(registry, anvil.url, folder.path))
  })
  after(async () => {
    await relayer.stop()
    await anvil.stop()
    folder.remove()
  })

  it("accepts a submission with a signed promise, anchors it and gives the receipt", async () => {
    const roots = randomRoots(3)
    const submission = device.submission(registry, 0, roots)
    const answer = await post(relayer.url, submission)
    assert.equal(answer.status, 202, JSON.stringify(answer.body))
    const digest = toHex(keccak_256(documentOf(submission)))
    assert.equal(answer.body.digest, digest)
    const promise = answer.body.promise as SignedPromise
    assert.equal(promise.content, digest)
    assert.equal(await promiseSignerOf(registry, promise), promiser.address.toLowerCase())
    await untilState(relayer.url, digest, "final")
    assert.deepEqual(await registry.roots(device), roots)
    const receipt = await fetch(`${relayer.url}/v1/receipts/${device.id}/1`)
    const parsed = parseDocument(new Uint8Array(await receipt.arrayBuffer()), anchorReceipt, 1 << 20)
    assert.deepEqual(parsed.submission, submission)
    assert.equal(parsed.anchor.position, 1n)
    assert.equal(parsed.anchor.logIndex, 1)
    assert.ok(parsed.proof.enrolled && parsed.proof.vouched && parsed.proof.state, "optional proofs")
  })

  it("answers a replay with 200 and the same promise", async () => {
    const submission = device.submission(registry, 3, randomRoots(1))
    const first = await post(relayer.url, submission)
    const second = await post(relayer.url, submission)
    assert.deepEqual([first.status, second.status], [202, 200])
    assert.deepEqual(second.body, first.body)
    await untilState(relayer.url, first.body.digest, "final")
  })

  it("anchors the runs of a P-256 device, void ones too", async () => {
    const roots: Hex[] = [randomRoot(), `0x${"00".repeat(32)}`]
    const { body } = await post(relayer.url, tokenDevice.submission(registry, 0, roots))
    await untilState(relayer.url, body.digest, "final")
    assert.deepEqual(await registry.roots(tokenDevice), roots)
  })

  it("refuses a gap and names the run it expects", async () => {
    const { status, body } = await post(relayer.url, device.submission(registry, 9, randomRoots(1)))
    assert.equal(status, 409)
    const { code, expected } = body.error as Record<string, string>
    assert.deepEqual([code, expected], ["RUN_GAP", "4"])
  })

  it("keeps the evidence of a contradicting root", async () => {
    const { status, body } = await post(relayer.url, device.submission(registry, 3, randomRoots(2)))
    assert.equal(status, 409)
    const { code, evidence } = body.error as Record<string, string>
    assert.equal(code, "ROOT_CONFLICT")
    const kept = await request(`${relayer.url}/v1/submissions/${evidence}`)
    assert.equal((kept.body.error as Record<string, string>).code, "ROOT_CONFLICT")
  })

  it("refuses a submission that another key signed, one that nobody enrolled, and one for another registry", async () => {
    const submission = device.submission(registry, 4, randomRoots(1))
    const stranger = createDevice()
    const forged = { ...submission, signature: stranger.submission(registry, 4, submission.roots).signature }
    const elsewhere = device.submission({ ...registry, registry: `0x${"33".repeat(20)}` }, 4, randomRoots(1))
    const cases = [
      [forged, 403, "SIGNATURE_INVALID"],
      [stranger.submission(registry, 0, randomRoots(1)), 403, "ENROLMENT_MISSING"],
      [elsewhere, 422, "WRONG_REGISTRY"],
    ] as const
    for (const [refused, expected, code] of cases) {
      const { status, body } = await post(relayer.url, refused)
      assert.deepEqual([status, (body.error as Record<string, string>).code], [expected, code])
    }
  })

  it("refuses bytes that are no canonical submission, and too many of them", async () => {
    const text = new TextDecoder().decode(documentOf(device.submission(registry, 4, randomRoots(1))))
    for (const body of ["", "{}", "null", `${text} `, text.replace("{", '{"a":1,'), "\ufffd"])
      assert.equal((await postBytes(relayer.url, body)).status, 400, body)
    assert.equal((await postBytes(relayer.url, "x".repeat(16 * 1024))).status, 400)
    assert.equal((await postBytes(relayer.url, "x".repeat(16 * 1024 + 1))).status, 413)
  })

  it("says that a run of a withdrawn device will not be anchored", async () => {
    const anchored = withdrawn.submission(registry, 0, randomRoots(1))
    const first = await post(relayer.url, anchored)
    await untilState(relayer.url, first.body.digest, "final")
    await anvil.rpc("evm_setIntervalMining", 0)
    const late = withdrawn.submission(registry, 1, randomRoots(1))
    const second = await post(relayer.url, late)
    assert.equal(second.status, 202)
    await anvil.rpc("anvil_dropAllTransactions")
    await registry.withdraw(withdrawn)
    await anvil.rpc("evm_setIntervalMining", 1)
    const state = await untilState(relayer.url, second.body.digest, "refused")
    assert.equal(state.reason, "withdrawn")
    assert.equal((await post(relayer.url, withdrawn.submission(registry, 1, randomRoots(2)))).status, 410)
    const again = await post(relayer.url, late)
    assert.equal(again.status, 410)
    assert.deepEqual(again.body, {
      error: {
        code: "DEVICE_WITHDRAWN",
        message: `device ${withdrawn.id} is withdrawn`,
        state: "refused",
        reason: "withdrawn",
      },
    })
    const kept = await post(relayer.url, anchored)
    assert.deepEqual([kept.status, kept.body], [200, first.body])
  })

  it("takes the runs up to a retired device's last one, and none after it", async () => {
    const stateIs = (state: string) => async () =>
      (await request(`${relayer.url}/v1/devices/${retiring.id}`)).body.state === state
    await registry.retire(retiring, 2)
    await until(stateIs("retiring"))
    const last = await post(relayer.url, retiring.submission(registry, 0, randomRoots(2)))
    assert.equal(last.status, 202)
    await untilState(relayer.url, last.body.digest, "final")
    await until(stateIs("retired"))
    await until(async () => (await post(relayer.url, retiring.submission(registry, 2, randomRoots(1)))).status === 410)
  })

  it("takes no device for retired in a block that does not know it yet", async () => {
    const rpc = createRpc([anvil.url], 5000)
    const { state, runs } = await readDevice(rpc, registry.registry, createDevice().id, "latest")
    assert.deepEqual([state, runs], ["unknown", null])
  })

  it("gives a final block as beacon, and the state of a device", async () => {
    const beacon = await request(`${relayer.url}/v1/beacon`)
    const block = (await anvil.rpc("eth_getBlockByNumber", `0x${Number(beacon.body.number).toString(16)}`, false)) as {
      hash: Hex
      timestamp: Hex
    }
    assert.equal(beacon.body.hash, block.hash)
    assert.equal(beacon.body.timestamp, Number(block.timestamp))
    const state = await request(`${relayer.url}/v1/devices/${device.id}`)
    assert.deepEqual(state.body, {
      device: device.id,
      state: "active",
      operator: registry.operator,
      voucher: registry.voucher,
      nextRun: "4",
      finalRun: "4",
      expectedRun: "4",
      through: TOLD,
    })
  })

  it("refuses a minute that is far ahead, and one before the last", async () => {
    const now = Math.floor(Date.now() / 60_000) * 60
    const ahead = await post(relayer.url, device.submission(registry, 4, randomRoots(1), now + 720))
    assert.deepEqual([ahead.status, (ahead.body.error as { code: string }).code], [425, "THROUGH_AHEAD"])
    assert.ok(Number(ahead.headers.get("retry-after")) <= 120)
    const early = await post(relayer.url, device.submission(registry, 4, randomRoots(1), TOLD - 60))
    assert.deepEqual([early.status, (early.body.error as { code: string }).code], [409, "THROUGH_TOO_EARLY"])
  })

  it("waits with a submission until the chain's time has reached its minute, and promises from there", async () => {
    const through = Math.floor(Date.now() / 60_000) * 60 + 300
    const { status, body } = await post(relayer.url, device.submission(registry, 4, randomRoots(1), through))
    assert.equal(status, 202)
    assert.ok((body.promise as { deadline: number }).deadline > through)
    await anvil.rpc("anvil_mine", "0x2")
    await new Promise((resolve) => setTimeout(resolve, 1000))
    const waiting = await request(`${relayer.url}/v1/submissions/${body.digest}`)
    assert.deepEqual([waiting.body.state, waiting.body.through], ["accepted", through])
    await anvil.rpc("evm_increaseTime", 420)
    await anvil.rpc("anvil_mine", "0x1")
    await untilState(relayer.url, body.digest, "final")
    assert.equal((await request(`${relayer.url}/v1/devices/${device.id}`)).body.through, through)
  })

  it("answers 404 for what it does not know", async () => {
    for (const path of [
      `/v1/submissions/0x${"00".repeat(32)}`,
      `/v1/receipts/${device.id}/77`,
      `/v1/devices/0x${"00".repeat(32)}`,
      "/v1/nothing",
    ])
      assert.equal((await request(`${relayer.url}${path}`)).status, 404, path)
  })
})
