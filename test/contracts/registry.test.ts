import assert from "node:assert/strict"
import { type Chain, createChain } from "@wattest/testkit/contracts/chain"
import { type Device, ed25519Device, flipBit, messages, p256Device } from "@wattest/testkit/contracts/device"
import { poseidon2 } from "poseidon-lite"
import {
  type Address,
  type ContractErrorName,
  getAddress,
  type Hex,
  keccak256,
  parseEther,
  toHex,
  zeroAddress,
  zeroHash,
} from "viem"

const NEVER = 2n ** 64n - 1n
const FIELD = 0x30644e72e131a029b85045b68181585d2833e84879b9709143e1f593f0000001n
const word = (n: bigint | number): Hex => toHex(n, { size: 32 })

describe("registry", () => {
  let chain: Chain
  let operator: Address
  let voucher: Address
  before(async () => {
    chain = await createChain()
    operator = chain.operator.account.address
    voucher = chain.voucher.account.address
  })

  const place = () => messages({ chainId: 31337, registry: chain.registry.address })
  const now = async () => (await chain.client.getBlock()).timestamp
  const vouch = (device: Device, forOperator = operator) =>
    chain.registry.write.vouch([device.id, forOperator, word(7)], { account: chain.voucher.account })
  const withdraw = (device: Device, since: bigint) =>
    chain.registry.write.withdraw([device.id, since], { account: chain.voucher.account })
  const enrol = (device: Device, signature = device.sign(place().enrolment(device.id, operator, voucher))) =>
    chain.registry.write.enrol([device.scheme, device.key, voucher, signature])
  const submit = (
    device: Device,
    firstRun: bigint,
    roots: Hex[],
    signature = device.sign(place().submission(device.id, firstRun, roots)),
  ) =>
    chain.registry.write.submit([device.id, firstRun, roots, signature], {
      account: chain.relayer.account,
    })
  const retire = (device: Device, lastRun: bigint, signature = device.sign(place().retirement(device.id, lastRun))) =>
    chain.registry.write.retire([device.id, lastRun, signature], { account: chain.relayer.account })
  const refuses = (call: Promise<unknown>, error: ContractErrorName<Chain["registry"]["abi"]>, args: unknown[]) =>
    chain.viem.assertions.revertWithCustomErrorWithArgs(call as Promise<Hex>, chain.registry, error, args as never)

  async function enrolled(device: Device = ed25519Device()): Promise<Device> {
    await vouch(device)
    await enrol(device)
    return device
  }
  const ledger = async () => chain.registry.read.ledgerOf([await chain.registry.read.ledgerId([operator, voucher])])

  describe("vouching", () => {
    it("records operator and evidence, and emits them", async () => {
      const device = ed25519Device()
      await chain.viem.assertions.emitWithArgs(vouch(device), chain.registry, "Vouched", [
        device.id,
        voucher,
        operator,
        word(7),
      ])
      const state = await chain.registry.read.vouchOf([device.id, voucher])
      assert.deepEqual(state, { operator: getAddress(operator), since: NEVER, evidence: word(7) })
    })
    it("refuses no operator, a second vouch, and a device that is enrolled", async () => {
      const device = await enrolled()
      await refuses(vouch(device), "AlreadyEnrolled", [device.id])
      const other = ed25519Device()
      await refuses(vouch(other, zeroAddress), "OperatorMissing", [])
      await vouch(other)
      await refuses(vouch(other), "AlreadyVouched", [other.id, voucher])
    })
    it("withdraws only a vouch that was made, not for the future, and only ever earlier", async () => {
      const device = ed25519Device()
      await refuses(withdraw(device, 1n), "NotVouched", [device.id, voucher])
      await vouch(device)
      const since = await now()
      await chain.networkHelpers.time.setNextBlockTimestamp(since + 10n)
      await refuses(withdraw(device, since + 1000n), "SinceInFuture", [since + 10n, since + 1000n])
      await chain.viem.assertions.emitWithArgs(withdraw(device, since), chain.registry, "Withdrawn", [
        device.id,
        voucher,
        since,
      ])
      await refuses(withdraw(device, since), "SinceNotEarlier", [since, since])
      await refuses(withdraw(device, since + 1n), "SinceNotEarlier", [since, since + 1n])
      await withdraw(device, 0n)
      assert.equal((await chain.registry.read.vouchOf([device.id, voucher])).since, 0n)
    })
    it("cannot be renewed: a withdrawn device neither enrols nor is vouched for again", async () => {
      const device = ed25519Device()
      await vouch(device)
      await withdraw(device, 5n)
      await refuses(enrol(device), "VouchWithdrawn", [device.id, 5n])
      await refuses(vouch(device), "AlreadyVouched", [device.id, voucher])
    })
  })

  describe("enrolment", () => {
    it("joins the device to the ledger, for both schemes", async () => {
      for (const device of [ed25519Device(), p256Device()]) {
        await vouch(device)
        await chain.viem.assertions.emitWithArgs(enrol(device), chain.registry, "Enrolled", [
          device.id,
          operator,
          voucher,
          device.scheme,
          device.key,
        ])
        const state = await chain.registry.read.deviceOf([device.id])
        const id = await chain.registry.read.ledgerId([operator, voucher])
        assert.deepEqual([state.ledger, state.key, state.scheme, state.state], [id, device.key, device.scheme, 1])
        assert.deepEqual([state.nextRun, state.lastRun, state.since], [0n, NEVER, NEVER])
        const { deviceCount } = await ledger()
        assert.deepEqual(await chain.registry.read.devicesOf([id, deviceCount - 1n, 5n]), [device.id])
      }
    })
    it("refuses a scheme, a key length and a key that it does not know", async () => {
      const { registry } = chain
      const device = ed25519Device()
      await refuses(registry.write.enrol([3, device.key, voucher, "0x"]), "UnknownScheme", [3])
      await refuses(registry.write.enrol([1, "0x1234", voucher, "0x"]), "KeyLengthMismatch", [32n, 2n])
      await refuses(registry.write.enrol([2, device.key, voucher, "0x"]), "KeyLengthMismatch", [64n, 32n])
      const small: Device = { ...device, id: word(1n << 248n), key: word(1n << 248n) }
      await vouch(small)
      await refuses(enrol(small), "KeyRejected", [small.key])
    })
    it("refuses a P-256 key off the curve", async () => {
      const device = p256Device()
      const key = flipBit(device.key, 511)
      const off: Device = { ...device, id: keccak256(key), key }
      await vouch(off)
      await refuses(enrol(off), "KeyRejected", [key])
    })
    it("needs the vouch, the operator it names, and the device's own signature", async () => {
      const device = ed25519Device()
      await refuses(enrol(device), "NotVouched", [device.id, voucher])
      await vouch(device, chain.stranger.account.address)
      await refuses(enrol(device), "OperatorMismatch", [chain.stranger.account.address, operator])
      const mine = ed25519Device()
      await vouch(mine)
      const message = place().enrolment(mine.id, operator, voucher)
      await refuses(enrol(mine, flipBit(mine.sign(message), 300)), "SignatureRejected", [mine.id, message])
      await refuses(enrol(mine, "0x00"), "SignatureLengthMismatch", [64n, 1n])
      const elsewhere = messages({ chainId: 1, registry: chain.registry.address })
      const foreign = mine.sign(elsewhere.enrolment(mine.id, operator, voucher))
      await refuses(enrol(mine, foreign), "SignatureRejected", [mine.id, message])
    })
    it("happens once", async () => {
      const device = await enrolled()
      await refuses(enrol(device), "AlreadyEnrolled", [device.id])
    })
  })

  for (const [name, create] of Object.entries({ "an Ed25519": ed25519Device, "a P-256": p256Device }))
    it(`anchors runs of ${name} device in order`, async () => {
      const { registry } = chain
      const device = await enrolled(create())
      const before = await ledger()
      await submit(device, 0n, [word(11), zeroHash])
      await submit(device, 1n, [zeroHash, word(13)])
      const after = await ledger()
      const head = [11n, 0n, 13n].reduce((h, root) => poseidon2([h, root]), BigInt(before.head))
      assert.equal(after.head, word(head))
      assert.equal(after.length, before.length + 3n)
      assert.equal(after.checkpointCount, before.checkpointCount + 2n)
      const [root, anchoredAt, position] = await registry.read.anchorOf([device.id, 2n])
      assert.deepEqual([root, anchoredAt, position], [word(13), await now(), before.length + 2n])
      assert.deepEqual(await registry.read.rootsOf([device.id, 1n, 9n]), [zeroHash, word(13)])
    })

  describe("submission", () => {
    it("emits each new root with position and head", async () => {
      const device = await enrolled()
      const { length, head } = await ledger()
      const hash = await submit(device, 0n, [word(5), word(6)])
      const logs = await chain.registry.getEvents.Anchored({}, { blockHash: (await receipt(hash)).blockHash })
      const first = poseidon2([BigInt(head), 5n])
      assert.deepEqual(
        logs.map(({ args }) => [args.device, args.run, args.root, args.position, args.head]),
        [
          [device.id, 0n, word(5), length, word(first)],
          [device.id, 1n, word(6), length + 1n, word(poseidon2([first, 6n]))],
        ],
      )
    })
    const receipt = (hash: Hex) => chain.client.getTransactionReceipt({ hash })
    it("repeated changes nothing and emits nothing", async () => {
      const device = await enrolled()
      await submit(device, 0n, [word(5), word(6)])
      const before = await ledger()
      assert.equal((await receipt(await submit(device, 0n, [word(5), word(6)]))).logs.length, 0)
      assert.equal((await receipt(await submit(device, 1n, [word(6)]))).logs.length, 0)
      assert.deepEqual(await ledger(), before)
    })
    it("refuses a gap, another root for an anchored run, and no or too many roots", async () => {
      const device = await enrolled()
      await submit(device, 0n, [word(5)])
      await refuses(submit(device, 2n, [word(5)]), "RunGap", [1n, 2n])
      await refuses(submit(device, NEVER, [word(5)]), "RunGap", [1n, NEVER])
      await refuses(submit(device, 0n, [word(4), word(6)]), "RootMismatch", [0n, word(5), word(4)])
      await refuses(submit(device, 1n, []), "RootCountOutOfRange", [128n, 0n])
      const many = Array.from({ length: 129 }, () => word(1))
      await refuses(submit(device, 1n, many), "RootCountOutOfRange", [128n, 129n])
      await refuses(submit(device, 1n, [word(FIELD - 1n), word(FIELD)]), "RootOutOfRange", [2n, word(FIELD)])
      await submit(device, 1n, [word(FIELD - 1n), ...many.slice(0, 127)])
      assert.equal((await chain.registry.read.deviceOf([device.id])).nextRun, 129n)
    })
    it("needs the device's signature over everything in it", async () => {
      const [device, other] = [await enrolled(), await enrolled()]
      const roots = [word(5), word(6)]
      const message = place().submission(device.id, 0n, roots)
      const rejected = [device.id, message]
      await refuses(submit(device, 0n, roots, flipBit(device.sign(message), 7)), "SignatureRejected", rejected)
      await refuses(submit(device, 0n, roots, other.sign(message)), "SignatureRejected", rejected)
      const partly = device.sign(place().submission(device.id, 0n, roots.slice(1)))
      await refuses(submit(device, 0n, roots, partly), "SignatureRejected", rejected)
      const elsewhere = messages({ chainId: 31337, registry: chain.arithmetic[0] })
      const foreign = device.sign(elsewhere.submission(device.id, 0n, roots))
      await refuses(submit(device, 0n, roots, foreign), "SignatureRejected", rejected)
      const unknown = ed25519Device()
      await refuses(submit(unknown, 0n, roots), "NotEnrolled", [unknown.id])
    })
    it("is refused from a withdrawn device, even as a repeat, and the ledger remembers the least since", async () => {
      const [device, other] = [await enrolled(), await enrolled()]
      await submit(device, 0n, [word(5)])
      await withdraw(other, 100n)
      await withdraw(device, 50n)
      await refuses(submit(device, 0n, [word(5)]), "VouchWithdrawn", [device.id, 50n])
      await refuses(submit(device, 1n, [word(5)]), "VouchWithdrawn", [device.id, 50n])
      assert.equal((await ledger()).leastSince, 50n)
      await withdraw(other, 20n)
      assert.equal((await ledger()).leastSince, 20n)
      assert.equal((await chain.registry.read.deviceOf([device.id])).state, 3)
    })
  })

  describe("retirement", () => {
    it("welcomes runs up to the last one and refuses those after it", async () => {
      const device = await enrolled()
      await submit(device, 0n, [word(5)])
      await refuses(
        retire(device, 2n, flipBit(device.sign(place().retirement(device.id, 2n)), 9)),
        "SignatureRejected",
        [device.id, place().retirement(device.id, 2n)],
      )
      await chain.viem.assertions.emitWithArgs(retire(device, 2n), chain.registry, "Retired", [device.id, 2n])
      await refuses(submit(device, 1n, [word(5), word(6), word(7)]), "RunAfterRetirement", [2n, 3n])
      await submit(device, 1n, [word(5), word(6)])
      await refuses(submit(device, 3n, [word(5)]), "RunAfterRetirement", [2n, 3n])
      assert.equal((await chain.registry.read.deviceOf([device.id])).state, 2)
      await refuses(retire(device, 2n), "AlreadyRetired", [2n])
    })
    it("is refused before the last anchored run, as never, and for an unknown device", async () => {
      const device = await enrolled()
      await submit(device, 0n, [word(5), word(6)])
      await refuses(retire(device, 0n), "RetirementTooEarly", [2n, 0n])
      await refuses(retire(device, NEVER), "RetirementTooEarly", [2n, NEVER])
      const unknown = ed25519Device()
      await refuses(retire(unknown, 0n), "NotEnrolled", [unknown.id])
      await retire(device, 1n)
    })
  })

  it("finds time and position of every run among many submissions of several devices", async () => {
    const { registry } = chain
    const devices = [await enrolled(), await enrolled(p256Device()), await enrolled()]
    const anchors: [device: Hex, run: bigint, time: bigint, position: bigint][] = []
    const next = devices.map(() => 0n)
    let position = (await ledger()).length
    for (let i = 0; i < 40; i++) {
      const which = (i * i + 1) % 3
      const device = devices[which]
      const run = next[which]
      if (!device || run === undefined) throw new Error("no such device")
      const roots = Array.from({ length: 1 + (i % 3) }, (_, n) => word(i * 10 + n + 1))
      await submit(device, run, roots)
      const time = await now()
      roots.forEach((_, n) => {
        anchors.push([device.id, run + BigInt(n), time, position++])
      })
      next[which] = run + BigInt(roots.length)
    }
    for (const [device, run, time, at] of anchors)
      assert.deepEqual((await registry.read.anchorOf([device, run])).slice(1), [time, at], `${device} run ${run}`)
    const [device] = devices
    assert.ok(device)
    await refuses(registry.read.anchorOf([device.id, next[0] ?? 0n]), "UnknownRun", [next[0], next[0]])
  })

  it("answers checkpoints, by index and by time, and pages of them", async () => {
    const { registry } = chain
    const id = await registry.read.ledgerId([operator, voucher])
    const { checkpointCount, length, head } = await ledger()
    const all = await registry.read.checkpointsOf([id, 0n, NEVER])
    assert.equal(BigInt(all.length), checkpointCount)
    assert.deepEqual(all.at(-1), { head, length, time: await lastTime(id, checkpointCount) })
    for (const time of [0n, ...all.map(({ time }) => time), NEVER]) {
      const before = all.filter((checkpoint) => checkpoint.time < time)
      const last = before.at(-1)
      const expected = [BigInt(before.length), last?.head ?? zeroHash, last?.length ?? 0n]
      assert.deepEqual(await registry.read.checkpointBefore([id, time]), expected)
    }
    await refuses(registry.read.checkpointOf([id, checkpointCount]), "UnknownCheckpoint", [
      checkpointCount,
      checkpointCount,
    ])
    assert.deepEqual(await registry.read.checkpointsOf([id, checkpointCount, 5n]), [])
  })
  const lastTime = async (id: Hex, count: bigint) => (await chain.registry.read.checkpointOf([id, count - 1n]))[2]

  it("keeps no ether", async () => {
    const value = parseEther("1")
    await assert.rejects(chain.operator.sendTransaction({ to: chain.registry.address, value }))
    await assert.rejects(chain.operator.sendTransaction({ to: chain.registry.address, value, data: "0x12345678" }))
  })

  it("refuses a chain whose P-256 precompile fails a known answer", async () => {
    const { network } = await import("hardhat")
    const { viem } = await network.create({ network: "default", override: { hardfork: "prague" } })
    await assert.rejects(
      viem.deployContract("AnchorRegistry", [zeroAddress, zeroAddress, zeroAddress]),
      /PrecompileMissing/,
    )
  })
})
