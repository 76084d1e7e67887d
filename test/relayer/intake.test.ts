import assert from "node:assert/strict"
import { mock } from "node:test"
import { setImmediate as nextTurn } from "node:timers/promises"
import { ANCHORS_ABI, type Rpc, STATES } from "@wattest/chain"
import { FIELD_ORDER, type Hex, type Submission } from "@wattest/protocol"
import { createDevice, documentOf, randomRoots, type TestDevice } from "@wattest/testkit/relayer/devices"
import { temporaryFolder } from "@wattest/testkit/relayer/harness"
import { decodeFunctionData, encodeFunctionResult } from "viem"
import { privateKeyToAccount } from "viem/accounts"
import { createIntake, type IntakeSetup } from "../../relayer/src/http/intake.ts"
import { promiseSignerOf } from "../../relayer/src/http/promise.ts"
import { RETRY_SECONDS, type Refusal, type RefusalCode } from "../../relayer/src/http/refusal.ts"
import { addDevice } from "../../relayer/src/store/intake-store.ts"
import { type Db, openDatabase } from "../../relayer/src/store/open.ts"

const abi = ANCHORS_ABI
const NOW = 1_800_000_000
const REGISTRY: Hex = `0x${"11".repeat(20)}`
const VOUCHER: Hex = `0x${"77".repeat(20)}`
const until = async (holds: () => boolean) => {
  while (!holds()) await nextTurn()
}
const TARGET = { chainId: 7, registry: REGISTRY }
const LIMITS = { perDevicePerSecond: 1, perDeviceBurst: 100, backlog: 10, promiseSeconds: 100 }

/** What the chain says of a device, at the final block and at the latest. */
type OnChain = {
  readonly final: (typeof STATES)[number]
  readonly latest?: (typeof STATES)[number]
  readonly nextRun?: number
}

describe("the intake of submissions", () => {
  const folder = temporaryFolder()
  let db: Db
  before(async () => {
    db = await openDatabase({ file: `${folder.path}/relayer.sqlite` })
  })
  after(async () => {
    await db.kysely.destroy()
    folder.remove()
  })
  beforeEach(() => mock.timers.enable({ apis: ["Date"], now: 1000 * NOW }))
  afterEach(() => mock.timers.reset())

  const promiser = privateKeyToAccount(`0x${"17".repeat(32)}`)
  let counted = 0

  function open(change: Partial<IntakeSetup> = {}) {
    counted = 0
    const rpc: Rpc = {
      request: () => assert.fail("the chain is not asked"),
      everywhere: async () => [],
      distrust: () => undefined,
    }
    const accepted = (count: number) => {
      counted += count
    }
    return createIntake({ db, rpc, ...TARGET, promiser, limits: LIMITS, backlog: () => 0, accepted, ...change })
  }

  /** A device that the store remembers, with so many final runs. */
  async function known(finalRun = 0, through = 0): Promise<TestDevice> {
    const device = createDevice()
    const { id, deviceKey } = device
    await addDevice(db, { id, ...deviceKey, operator: VOUCHER, voucher: VOUCHER, finalRun, runs: null, through })
    return device
  }

  const signedBy = (device: TestDevice, first: number, roots = randomRoots(1), through = NOW - 60) =>
    device.submission(TARGET, first, roots, through)
  const submit = (submission: Submission, intake = open()) => intake.submit(documentOf(submission))

  async function assertRefused(outcome: Promise<unknown>, code: RefusalCode, facts: Record<string, unknown> = {}) {
    const refusal = await outcome.then(
      () => assert.fail(`accepted, where ${code} was expected`),
      (error: Refusal) => error,
    )
    assert.equal(refusal.code, code, refusal.message)
    assert.deepEqual({ ...refusal.facts, wait: refusal.retryAfterSeconds }, { wait: null, ...facts })
  }

  it("promises each a block within the time, from when it came or from the minute that it tells", async () => {
    const device = await known()
    for (const [first, through, deadline] of [
      [0, NOW - 60, NOW + 100],
      [1, NOW + 60, NOW + 160],
    ] as const) {
      const { isNew, promise, device: id } = await submit(signedBy(device, first, undefined, through))
      assert.deepEqual([isNew, promise?.deadline, id, counted], [true, deadline, device.id, 1])
      assert.equal(
        await promiseSignerOf(TARGET, promise as NonNullable<typeof promise>),
        promiser.address.toLowerCase(),
      )
    }
  })

  it("answers what it has with the same promise, and what others cover with none; neither counts again", async () => {
    const device = await known()
    const roots = randomRoots(2)
    const given = await submit(signedBy(device, 0, roots))
    mock.timers.tick(5000)
    const intake = open()
    assert.deepEqual(await submit(signedBy(device, 0, roots), intake), { ...given, isNew: false })
    const covered = await submit(signedBy(device, 0, roots.slice(0, 1)), intake)
    assert.deepEqual([covered.isNew, covered.promise, counted], [false, null, 0])
  })

  it("asks the chain about 64 unknown devices at once; another one is told to come again, until one is answered", async () => {
    const answers: (() => void)[] = []
    const rpc: Rpc = {
      request: () => new Promise((_, reject) => answers.push(() => reject(new Error("it is down")))),
      everywhere: async () => [],
      distrust: () => undefined,
    }
    const intake = open({ rpc })
    const refused: Refusal[] = []
    const told = () => answers.length + refused.length
    /** Hands in another unknown device's, and waits until the chain is asked about it or it is refused. */
    async function handIn(): Promise<void> {
      const before = told()
      submit(signedBy(createDevice(), 0), intake).catch((error: Refusal) => refused.push(error))
      await until(() => told() > before)
    }
    for (let i = 0; i < 64; i++) await handIn()
    assert.deepEqual([answers.length, refused.length], [64, 0])
    await handIn()
    assert.deepEqual([answers.length, refused.length], [64, 1])
    answers[0]?.()
    await until(() => refused.length === 2)
    await handIn()
    assert.deepEqual([answers.length, refused.length], [65, 2])
    for (const answer of answers) answer()
    await until(() => refused.length === 66)
    for (const [i, { code, retryAfterSeconds, message }] of refused.entries()) {
      assert.deepEqual([code, retryAfterSeconds], ["CHAIN_UNAVAILABLE", RETRY_SECONDS])
      assert.match(message, i === 0 ? /too many unknown devices at once/ : /it is down/)
    }
  })

  it("refuses what another key signed, or what was changed since", async () => {
    const device = await known()
    const [submission, other] = [signedBy(device, 0), createDevice().submission(TARGET, 0, randomRoots(1), NOW - 60)]
    await assertRefused(submit({ ...submission, signature: other.signature }), "SIGNATURE_INVALID")
    for (const change of [{ firstRun: 1n }, { roots: other.roots }, { through: NOW }])
      await assertRefused(submit({ ...submission, ...change }), "SIGNATURE_INVALID")
    assert.equal(counted, 0)
    assert.equal((await submit(submission)).isNew, true)
  })

  it("refuses another registry, and the same on another chain", async () => {
    const device = await known()
    for (const target of [
      { ...TARGET, chainId: 8 },
      { ...TARGET, registry: VOUCHER },
    ])
      await assertRefused(submit(device.submission(target, 0, randomRoots(1), NOW)), "WRONG_REGISTRY", TARGET)
  })

  it("refuses a root that is no element of the field, and takes the largest one", async () => {
    const device = await known()
    const root = (value: bigint): Hex => `0x${value.toString(16).padStart(64, "0")}`
    await assertRefused(submit(signedBy(device, 0, [root(1n), root(FIELD_ORDER)])), "DOCUMENT_REJECTED")
    assert.equal((await submit(signedBy(device, 0, [root(1n), root(FIELD_ORDER - 1n)]))).isNew, true)
  })

  it("refuses runs that no number counts, and a gap with the run that it expects", async () => {
    const device = await known()
    const most = Number.MAX_SAFE_INTEGER
    await assertRefused(submit(signedBy(device, most)), "RUN_GAP")
    await assertRefused(submit(signedBy(device, most - 1)), "RUN_GAP", { expected: "0" })
  })

  it("takes a minute up to ten ahead, and tells how long to wait with a later one", async () => {
    const device = await known()
    mock.timers.setTime(1000 * (NOW - 1))
    await assertRefused(submit(signedBy(device, 0, undefined, NOW + 600)), "THROUGH_AHEAD", { wait: 1 })
    mock.timers.tick(1000)
    await assertRefused(submit(signedBy(device, 0, undefined, NOW + 660)), "THROUGH_AHEAD", { wait: 60 })
    assert.equal((await submit(signedBy(device, 0, undefined, NOW + 600))).isNew, true)
    await assertRefused(submit(signedBy(device, 1, undefined, NOW + 540)), "THROUGH_TOO_EARLY", { through: NOW + 600 })
  })

  it("takes no more than a device may submit, and counts no refused signature among these", async () => {
    const [device, neighbour] = [await known(), await known()]
    const intake = open({ limits: { ...LIMITS, perDeviceBurst: 2 } })
    const forged = { ...signedBy(device, 0), signature: signedBy(neighbour, 0).signature }
    for (let i = 0; i < 5; i++) await assertRefused(submit(forged, intake), "SIGNATURE_INVALID")
    for (const run of [0, 1]) await submit(signedBy(device, run), intake)
    await assertRefused(submit(signedBy(device, 2), intake), "RATE_LIMITED", { wait: 1 })
    assert.equal((await submit(signedBy(neighbour, 0), intake)).isNew, true)
    mock.timers.tick(1000)
    assert.equal((await submit(signedBy(device, 2), intake)).isNew, true)
  })

  it("takes nothing once as much waits for the chain as may", async () => {
    const device = await known()
    await assertRefused(submit(signedBy(device, 0), open({ backlog: () => 10 })), "BACKLOG_FULL", { wait: 30 })
    assert.equal((await submit(signedBy(device, 0), open({ backlog: () => 9 }))).isNew, true)
  })

  it("takes nothing once it stops, and nothing that it cannot store", async () => {
    const device = await known()
    const intake = open()
    await intake.stop()
    await assertRefused(submit(signedBy(device, 0), intake), "STOPPING", { wait: 5 })
    const kysely = db.kysely.withPlugin({
      transformQuery: ({ node }) => {
        if (node.kind === "InsertQueryNode") throw new Error("the disk is full")
        return node
      },
      transformResult: async ({ result }) => result,
    })
    await assertRefused(submit(signedBy(device, 0), open({ db: { ...db, kysely } })), "STORE_UNAVAILABLE", { wait: 5 })
    assert.equal(counted, 0)
  })

  it("holds runs that only the chain has against the chain's roots", async () => {
    const onChain = randomRoots(130)
    const asking = (roots: readonly Hex[]) => {
      const request = async (_method: string, params: readonly unknown[]) => {
        const { args } = decodeFunctionData({ abi, data: (params[0] as { readonly data: Hex }).data })
        const first = Number((args as readonly unknown[])[1])
        return encodeFunctionResult({ abi, functionName: "rootsOf", result: roots.slice(first, first + 128) })
      }
      return open({ rpc: { request, everywhere: async () => [], distrust: () => undefined } })
    }
    const device = await known(130)
    const grown = signedBy(device, 127, [...onChain.slice(127), ...randomRoots(1)])
    assert.equal((await submit(grown, asking(onChain))).isNew, true)
    const [rolledBack] = randomRoots(1) as [Hex]
    const another = signedBy(device, 128, [onChain[128] as Hex, rolledBack])
    const outcome = submit(another, asking(onChain)).catch((error: Refusal) => error)
    const { code, facts } = (await outcome) as Refusal
    assert.deepEqual([code, facts.run, facts.heldRoot], ["ROOT_CONFLICT", "129", onChain[129]])
    await assertRefused(submit(signedBy(device, 2, onChain.slice(2, 4)), asking([])), "CHAIN_UNAVAILABLE", { wait: 5 })
    const silent = open({
      rpc: { request: () => Promise.reject(new Error("away")), everywhere: async () => [], distrust() {} },
    })
    await assertRefused(submit(signedBy(device, 3, onChain.slice(3, 4)), silent), "CHAIN_UNAVAILABLE", { wait: 5 })
  })

  describe("of a device that it meets", () => {
    const chainOf = ({ deviceKey }: TestDevice, { final, latest = final, nextRun = 0 }: OnChain): Rpc => ({
      everywhere: async () => [],
      distrust: () => undefined,
      async request(_method, [, block]) {
        const state = STATES.indexOf(block === "finalized" ? final : latest)
        const zero: Hex = `0x${"00".repeat(32)}`
        const member = {
          device: zero,
          boundary: 1,
          state,
          nextRun: BigInt(nextRun),
          enrolledAt: 1n,
          through: 5n,
          endedAt: 0n,
          since: 0n,
        }
        const runs = (1n << 64n) - 1n
        const { scheme, key } = deviceKey
        const result = { ledger: zero, operator: VOUCHER, voucher: VOUCHER, runs, scheme, table: VOUCHER, key, member }
        return encodeFunctionResult({ abi, functionName: "deviceOf", result })
      },
    })

    it("goes by a final block: one that a reorganisation can undo promises nothing", async () => {
      const device = createDevice()
      const meet = (onChain: OnChain, first = 0) =>
        submit(signedBy(device, first), open({ rpc: chainOf(device, onChain) }))
      await assertRefused(meet({ final: "unknown" }), "ENROLMENT_MISSING")
      await assertRefused(meet({ final: "unknown", latest: "active" }), "NOT_FINAL", { wait: 5 })
      await assertRefused(meet({ final: "withdrawn" }), "DEVICE_WITHDRAWN")
      await assertRefused(meet({ final: "active", latest: "unknown", nextRun: 4 }, 5), "RUN_GAP", { expected: "4" })
      // It is remembered: the chain is not asked again.
      assert.equal((await submit(signedBy(device, 4))).isNew, true)
    })

    it("goes by the registry's key, now and when it is known", async () => {
      const [device, other] = [createDevice(), createDevice()]
      const rpc = chainOf({ ...device, deviceKey: other.deviceKey }, { final: "active" })
      await assertRefused(submit(signedBy(device, 0), open({ rpc })), "SIGNATURE_INVALID")
      const enrolled = { ...device.deviceKey, key: other.deviceKey.key }
      await addDevice(db, {
        id: device.id,
        ...enrolled,
        operator: VOUCHER,
        voucher: VOUCHER,
        finalRun: 0,
        runs: null,
        through: 0,
      })
      await assertRefused(submit(signedBy(device, 0)), "SIGNATURE_INVALID")
    })
  })
})
