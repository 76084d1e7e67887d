import assert from "node:assert/strict"
import { checkpointSlots, deviceSlots, farNumber, unpackCheckpoint, unpackDevice } from "@wattest/protocol"
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
  let start: bigint
  before(async () => {
    chain = await createChain()
    start = (await chain.client.getBlock()).timestamp
    operator = chain.operator.account.address
    voucher = chain.voucher.account.address
  })

  const place = () => messages({ chainId: 31337, registry: chain.registry.address })
  const now = async () => (await chain.client.getBlock()).timestamp
  const vouch = (device: Device, forOperator = operator) =>
    chain.registry.write.vouch([device.id, forOperator, word(7)], { account: chain.voucher.account })
  const withdraw = (device: Device, since: bigint) =>
    chain.registry.write.withdraw([device.id, since], { account: chain.voucher.account })
  const revise = (device: Device, evidence: Hex) =>
    chain.registry.write.revise([device.id, evidence], { account: chain.voucher.account })
  const enrol = (
    device: Device,
    signature = device.sign(place().enrolment(device.id, operator, voucher)),
    { boundary = 2, evidence = word(7) } = {},
  ) => chain.registry.write.enrol([device.scheme, device.key, voucher, boundary, evidence, signature])
  /** The minute in which every test's chain begins, or one before or after it. */
  const minute = (offset = 0) => start - (start % 60n) + BigInt(offset) * 60n
  const submit = (
    device: Device,
    firstRun: bigint,
    roots: Hex[],
    signature = device.sign(place().submission(device.id, firstRun, roots, minute())),
    through = minute(),
  ) =>
    chain.registry.write.submit([device.id, firstRun, roots, through, signature], {
      account: chain.relayer.account,
    })
  const tell = (device: Device, firstRun: bigint, roots: Hex[], through: bigint) =>
    submit(device, firstRun, roots, device.sign(place().submission(device.id, firstRun, roots, through)), through)
  const retire = (device: Device, runs: bigint, signature = device.sign(place().retirement(device.id, runs))) =>
    chain.registry.write.retire([device.id, runs, signature], { account: chain.relayer.account })
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
        operator,
        since,
      ])
      await refuses(withdraw(device, since), "SinceNotEarlier", [since, since])
      await refuses(withdraw(device, since + 1n), "SinceNotEarlier", [since, since + 1n])
      await withdraw(device, 0n)
      assert.equal((await chain.registry.read.vouchOf([device.id, voucher])).since, 0n)
    })
    it("is revised by its voucher while it holds, before and after enrolment", async () => {
      const device = ed25519Device()
      await refuses(revise(device, word(8)), "NotVouched", [device.id, voucher])
      await vouch(device)
      const revised = [device.id, voucher, operator, word(8)] as const
      await chain.viem.assertions.emitWithArgs(revise(device, word(8)), chain.registry, "Revised", [...revised])
      await refuses(enrol(device), "EvidenceMismatch", [word(8), word(7)])
      await revise(device, word(7))
      await enrol(device)
      await revise(device, word(9))
      assert.equal((await chain.registry.read.vouchOf([device.id, voucher])).evidence, word(9))
      await withdraw(device, 5n)
      await refuses(revise(device, word(8)), "VouchWithdrawn", [device.id, 5n])
      const byOther = chain.registry.write.revise([device.id, word(8)], { account: chain.stranger.account })
      await refuses(byOther, "NotVouched", [device.id, getAddress(chain.stranger.account.address)])
    })
    it("is counted in its ledger until it is withdrawn from a device outside", async () => {
      const count = async () => (await ledger()).vouchedCount
      const before = await count()
      const [device, other] = [ed25519Device(), ed25519Device()]
      await vouch(device)
      await vouch(other)
      assert.equal(await count(), before + 2n)
      await enrol(device)
      await withdraw(device, 5n)
      assert.equal(await count(), before + 2n)
      await withdraw(other, 5n)
      await withdraw(other, 4n)
      assert.equal(await count(), before + 1n)
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
          2,
          word(7),
        ])
        const state = await chain.registry.read.deviceOf([device.id])
        const id = await chain.registry.read.ledgerId([operator, voucher])
        assert.deepEqual([state.ledger, state.key, state.scheme, state.runs], [id, device.key, device.scheme, NEVER])
        assert.deepEqual([state.operator, state.voucher], [getAddress(operator), getAddress(voucher)])
        const times = { enrolledAt: await now(), through: 0n, endedAt: NEVER, since: NEVER }
        assert.deepEqual(state.member, { device: device.id, boundary: 2, state: 1, nextRun: 0n, ...times })
        const { deviceCount } = await ledger()
        assert.deepEqual(await chain.registry.read.membersOf([id, deviceCount - 1n, 5n]), [state.member])
        assert.deepEqual(await chain.registry.read.ledgersOf([operator, 0n, 5n]), [id])
      }
    })
    it("counts devices by boundary, which is one of four and signed by the device", async () => {
      const id = await chain.registry.read.ledgerId([operator, voucher])
      const counts = () => Promise.all([1, 2, 3, 4].map((n) => chain.registry.read.deviceCountOf([id, n])))
      const before = await counts()
      const device = ed25519Device()
      await vouch(device)
      const message = (boundary: number) => place().enrolment(device.id, operator, voucher, boundary)
      for (const boundary of [0, 5])
        await refuses(enrol(device, device.sign(message(boundary)), { boundary }), "BoundaryOutOfRange", [boundary])
      await refuses(enrol(device, device.sign(message(3)), { boundary: 4 }), "SignatureRejected", [
        device.id,
        message(4),
      ])
      await enrol(device, device.sign(message(4)), { boundary: 4 })
      assert.deepEqual(await counts(), [before[0], before[1], before[2], (before[3] ?? 0n) + 1n])
      const rack = ed25519Device()
      await vouch(rack)
      await enrol(rack, rack.sign(place().enrolment(rack.id, operator, voucher, 1)), { boundary: 1 })
      assert.deepEqual(await counts(), [(before[0] ?? 0n) + 1n, before[1], before[2], (before[3] ?? 0n) + 1n])
    })
    it("is refused with another vouch document than the vouch's, even where the device signed it", async () => {
      const device = ed25519Device()
      await vouch(device)
      const signature = device.sign(place().enrolment(device.id, operator, voucher, 2, word(6)))
      await refuses(enrol(device, signature, { evidence: word(6) }), "EvidenceMismatch", [word(7), word(6)])
      await refuses(enrol(device, signature), "SignatureRejected", [
        device.id,
        place().enrolment(device.id, operator, voucher),
      ])
    })
    it("makes the ledger one of the operator's, which a vouch alone does not", async () => {
      const device = ed25519Device()
      const account = chain.stranger.account
      await chain.registry.write.vouch([device.id, operator, word(7)], { account })
      const ledgers = () => chain.registry.read.ledgersOf([operator, 0n, 9n])
      const before = await ledgers()
      const id = await chain.registry.read.ledgerId([operator, account.address])
      const { operator: nobody, vouchedCount } = await chain.registry.read.ledgerOf([id])
      assert.deepEqual([nobody, vouchedCount], [zeroAddress, 1n])
      const { scheme, key } = device
      const signature = device.sign(place().enrolment(device.id, operator, account.address))
      await chain.registry.write.enrol([scheme, key, account.address, 2, word(7), signature])
      assert.deepEqual(await ledgers(), [...before, id])
      assert.deepEqual(await chain.registry.read.ledgersOf([operator, BigInt(before.length), 1n]), [id])
    })
    it("refuses a scheme, a key length and a key that it does not know", async () => {
      const { registry } = chain
      const device = ed25519Device()
      await refuses(registry.write.enrol([3, device.key, voucher, 2, word(7), "0x"]), "UnknownScheme", [3])
      await refuses(registry.write.enrol([1, "0x1234", voucher, 2, word(7), "0x"]), "KeyLengthMismatch", [32n, 2n])
      await refuses(registry.write.enrol([2, device.key, voucher, 2, word(7), "0x"]), "KeyLengthMismatch", [64n, 32n])
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
      const anchor = await registry.read.anchorOf([device.id, 2n])
      assert.deepEqual(anchor, [word(13), await now(), before.length + 2n, minute()])
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
        logs.map(({ args }) => [args.device, args.run, args.root, args.position, args.head, args.through]),
        [
          [device.id, 0n, word(5), length, word(first), minute()],
          [device.id, 1n, word(6), length + 1n, word(poseidon2([first, 6n])), minute()],
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
      assert.equal((await chain.registry.read.deviceOf([device.id])).member.nextRun, 129n)
    })
    it("needs the device's signature over everything in it", async () => {
      const [device, other] = [await enrolled(), await enrolled()]
      const roots = [word(5), word(6)]
      const message = place().submission(device.id, 0n, roots, minute())
      const rejected = [device.id, message]
      await refuses(submit(device, 0n, roots, flipBit(device.sign(message), 7)), "SignatureRejected", rejected)
      await refuses(submit(device, 0n, roots, other.sign(message)), "SignatureRejected", rejected)
      const partly = device.sign(place().submission(device.id, 0n, roots.slice(1), minute()))
      await refuses(submit(device, 0n, roots, partly), "SignatureRejected", rejected)
      const earlier = device.sign(place().submission(device.id, 0n, roots, minute(-1)))
      await refuses(submit(device, 0n, roots, earlier), "SignatureRejected", rejected)
      const elsewhere = messages({ chainId: 31337, registry: chain.arithmetic[0] })
      const foreign = device.sign(elsewhere.submission(device.id, 0n, roots, minute()))
      await refuses(submit(device, 0n, roots, foreign), "SignatureRejected", rejected)
      const unknown = ed25519Device()
      await refuses(submit(unknown, 0n, roots), "NotEnrolled", [unknown.id])
    })
    it("tells a whole minute, not to come and not before the last one", async () => {
      const device = await enrolled()
      const { time } = chain.networkHelpers
      const to = (await now()) + 120n - ((await now()) % 60n)
      await time.setNextBlockTimestamp(to - 1n)
      await refuses(tell(device, 0n, [word(5)], to), "ThroughInFuture", [to - 1n, to])
      await refuses(tell(device, 0n, [word(5)], to - 61n), "ThroughNotWhole", [to - 61n])
      await time.setNextBlockTimestamp(to)
      await tell(device, 0n, [word(5)], to)
      await refuses(tell(device, 1n, [word(6)], to - 60n), "ThroughTooEarly", [to, to - 60n])
      await tell(device, 1n, [word(6)], to)
      assert.equal((await chain.registry.read.deviceOf([device.id])).member.through, to)
    })
    it("that adds no run succeeds whatever minute it tells, and changes nothing", async () => {
      const device = await enrolled()
      await submit(device, 0n, [word(5), word(6)])
      const before = [await ledger(), await chain.registry.read.deviceOf([device.id])]
      for (const through of [minute(1000), minute(-1000), 7n, NEVER]) await tell(device, 1n, [word(6)], through)
      assert.deepEqual([await ledger(), await chain.registry.read.deviceOf([device.id])], before)
      await refuses(tell(device, 1n, [word(6), word(7)], 7n), "ThroughNotWhole", [7n])
    })
    it("is refused from a withdrawn device, even as a repeat", async () => {
      const device = await enrolled()
      await submit(device, 0n, [word(5)])
      await withdraw(device, 50n)
      await refuses(submit(device, 0n, [word(5)]), "VouchWithdrawn", [device.id, 50n])
      await refuses(submit(device, 1n, [word(5)]), "VouchWithdrawn", [device.id, 50n])
      assert.equal((await chain.registry.read.deviceOf([device.id])).member.state, 4)
    })
  })

  describe("suspicion", () => {
    const suspicions = async () => {
      const id = await chain.registry.read.ledgerId([operator, voucher])
      return { id, list: await chain.registry.read.suspicionsOf([id, 0n, 999n]) }
    }
    it("is the stretch in which the device anchored what its withdrawal voids, and one alone", async () => {
      const [device, other] = [await enrolled(), await enrolled()]
      await submit(device, 0n, [word(5)])
      const first = await now()
      await chain.networkHelpers.time.increase(1000)
      await submit(device, 1n, [word(6)])
      const last = await now()
      await chain.networkHelpers.time.increase(1000)
      const { list: before } = await suspicions()
      await withdraw(device, last)
      assert.deepEqual((await suspicions()).list.slice(before.length), [{ since: last, until: last }])
      await withdraw(device, first + 1n)
      await withdraw(other, first)
      const { id, list } = await suspicions()
      assert.deepEqual(list.slice(before.length), [{ since: first + 1n, until: last }])
      assert.equal((await ledger()).suspicionCount, BigInt(list.length))
      const isSuspect = (from: bigint, to: bigint) => chain.registry.read.isSuspect([id, from, to])
      const edges: [bigint, bigint][] = [
        [first, first + 1n],
        [first, first + 2n],
        [last, last + 1n],
        [last + 1n, NEVER],
      ]
      assert.deepEqual(await Promise.all(edges.map((edge) => isSuspect(...edge))), [false, true, true, false])
    })
    it("is none where the device anchored nothing from then on: a dead device is withdrawn without it", async () => {
      const device = await enrolled()
      await submit(device, 0n, [word(5)])
      const { list } = await suspicions()
      await withdraw(device, (await now()) + 1n)
      assert.deepEqual((await suspicions()).list, list)
    })
    it("is none where the device never anchored, however early its vouch is withdrawn to", async () => {
      const device = await enrolled()
      const { list } = await suspicions()
      assert.ok((await ledger()).checkpointCount > 0n)
      await withdraw(device, 1n)
      await withdraw(device, 0n)
      assert.deepEqual((await suspicions()).list, list)
      assert.equal((await chain.registry.read.deviceOf([device.id])).member.state, 4)
    })
    it("is none of the device whose vouch by another than its ledger's voucher is withdrawn", async () => {
      const device = ed25519Device()
      const { registry } = chain
      const account = chain.stranger.account
      await registry.write.vouch([device.id, operator, word(7)], { account })
      await enrolled(device)
      await submit(device, 0n, [word(5)])
      const { list } = await suspicions()
      const other = await registry.read.ledgerId([operator, account.address])
      const { vouchedCount } = await registry.read.ledgerOf([other])
      await registry.write.withdraw([device.id, 5n], { account })
      assert.equal((await registry.read.ledgerOf([other])).vouchedCount, vouchedCount - 1n)
      assert.deepEqual((await suspicions()).list, list)
      assert.deepEqual(await registry.read.suspicionsOf([other, 0n, 9n]), [])
      await submit(device, 1n, [word(6)])
      assert.equal((await registry.read.deviceOf([device.id])).member.state, 1)
    })
  })

  describe("retirement", () => {
    const member = async (device: Device) => (await chain.registry.read.deviceOf([device.id])).member
    it("welcomes runs up to their number and refuses those after it", async () => {
      const device = await enrolled()
      await submit(device, 0n, [word(5)])
      const message = place().retirement(device.id, 3n)
      await refuses(retire(device, 3n, flipBit(device.sign(message), 9)), "SignatureRejected", [device.id, message])
      await chain.viem.assertions.emitWithArgs(retire(device, 3n), chain.registry, "Retired", [device.id, 3n])
      await refuses(submit(device, 1n, [word(5), word(6), word(7)]), "RunAfterRetirement", [3n, 3n])
      const coming = await member(device)
      assert.deepEqual([coming.state, coming.endedAt], [2, NEVER])
      await submit(device, 1n, [word(5), word(6)])
      const ended = await member(device)
      assert.deepEqual([ended.state, ended.endedAt], [3, await now()])
      await refuses(submit(device, 3n, [word(5)]), "RunAfterRetirement", [3n, 3n])
      await refuses(retire(device, 3n), "AlreadyRetired", [3n])
    })
    it("ends a device that never had a run", async () => {
      const device = await enrolled()
      await retire(device, 0n)
      const { state, endedAt } = await member(device)
      assert.deepEqual([state, endedAt], [3, await now()])
      await refuses(submit(device, 0n, [word(5)]), "RunAfterRetirement", [0n, 0n])
    })
    it("is refused below the number of anchored runs, as never, and for an unknown device", async () => {
      const device = await enrolled()
      await submit(device, 0n, [word(5), word(6)])
      for (const runs of [1n, 2n ** 40n - 1n, NEVER])
        await refuses(retire(device, runs), "RetirementOutOfRange", [2n, runs])
      const unknown = ed25519Device()
      await refuses(retire(unknown, 0n), "NotEnrolled", [unknown.id])
      await chain.networkHelpers.time.increase(100)
      await retire(device, 2n)
      const { runs, member: ended } = await chain.registry.read.deviceOf([device.id])
      assert.deepEqual([runs, ended.state, ended.endedAt], [2n, 3, await now()])
    })
    it("does not outweigh a withdrawal", async () => {
      const device = await enrolled()
      await retire(device, 0n)
      await withdraw(device, 50n)
      const { state, since } = await member(device)
      assert.deepEqual([state, since], [4, 50n])
    })
  })

  describe("coverage", () => {
    /** A ledger of its own: members in order of enrolment at the times of `enrolledAt`. */
    async function fleet(size: number) {
      const account = chain.stranger.account
      const devices = Array.from({ length: size }, () => ed25519Device())
      const enrolledAt: bigint[] = []
      for (const device of devices) {
        await chain.registry.write.vouch([device.id, operator, word(7)], { account })
        const signature = device.sign(place().enrolment(device.id, operator, account.address))
        const { scheme, key } = device
        await chain.registry.write.enrol([scheme, key, account.address, 2, word(7), signature])
        enrolledAt.push(await now())
        await chain.networkHelpers.time.increase(600)
      }
      const id = await chain.registry.read.ledgerId([operator, account.address])
      return { id, devices, enrolledAt, offset: (await chain.registry.read.ledgerOf([id])).deviceCount - BigInt(size) }
    }
    it("says what time was to be metered, and whose books do not reach", async () => {
      const { registry, networkHelpers } = chain
      const { id, devices, enrolledAt, offset } = await fleet(4)
      const [active, silent, retired, withdrawn] = devices
      assert.ok(active && silent && retired && withdrawn)
      const [to] = [(await now()) + 3600n - ((await now()) % 60n)]
      await retire(retired, 0n)
      const retiredAt = await now()
      const since = (await now()) - 100n
      await chain.registry.write.withdraw([withdrawn.id, since], { account: chain.stranger.account })
      await networkHelpers.time.increaseTo(to + 60n)
      await tell(active, 0n, [word(5)], to)
      const told = await now()
      const ends = [to, to, retiredAt, since]
      const services = ends.map((end, i) => end - (enrolledAt[i] ?? 0n))
      const expected = (from: bigint, until: bigint, first = 0n, limit = 4n, boundary = 2) =>
        registry.read.expectedTime([id, boundary, from, until, offset + first, limit])
      const total = services.reduce((a, b) => a + b, 0n)
      assert.equal(await expected(0n, to), total)
      assert.deepEqual(await Promise.all([0n, 1n, 2n, 3n].map((i) => expected(0n, to, i, 1n))), services)
      assert.equal(await expected(0n, to, 0n, 4n, 3), 0n)
      assert.equal(await expected(to - 60n, to), 120n)
      assert.equal(await expected(to, to - 60n), 0n)
      const named = async (until: bigint, asOf: bigint) =>
        (await registry.read.behind([id, 2, until, asOf, offset, 4n])).map(({ device }) => device)
      assert.deepEqual(await named(to, told + 1n), [silent.id, retired.id, withdrawn.id])
      assert.deepEqual(
        await named(to, told),
        devices.map(({ id }) => id),
      )
      assert.deepEqual((await named(to + 60n, NEVER))[0], active.id)
      assert.deepEqual(await named(enrolledAt[1] ?? 0n, told), [active.id])
      const [, second] = await registry.read.behind([id, 2, to, told + 1n, offset, 4n])
      assert.deepEqual([second?.enrolledAt, second?.endedAt, second?.since], [enrolledAt[2], retiredAt, NEVER])
      assert.deepEqual(await registry.read.behind([id, 3, to, told + 1n, offset, 4n]), [])
    })
  })

  it("finds time and position of every run among many submissions of several devices", async () => {
    const { registry } = chain
    const devices = [await enrolled(), await enrolled(p256Device()), await enrolled()]
    const anchors: [device: Hex, run: bigint, time: bigint, position: bigint, through: bigint][] = []
    const next = devices.map(() => 0n)
    let position = (await ledger()).length
    for (let i = 0; i < 150; i++) {
      // the first device makes most of them, so that its pointers lead far back
      const which = i % 5 === 0 ? 1 + (i % 2) : 0
      const device = devices[which]
      const run = next[which]
      if (!device || run === undefined) throw new Error("no such device")
      const roots = Array.from({ length: 1 + (i % 3) }, (_, n) => word(i * 10 + n + 1))
      const through = minute(Math.floor(i / 4) - 50)
      await tell(device, run, roots, through)
      const time = await now()
      roots.forEach((_, n) => {
        anchors.push([device.id, run + BigInt(n), time, position++, through])
      })
      next[which] = run + BigInt(roots.length)
    }
    for (const [device, run, time, at, through] of anchors) {
      const where = `${device} run ${run}`
      assert.deepEqual((await registry.read.anchorOf([device, run])).slice(1), [time, at, through], where)
      const last = anchors.findLast(([other, , before]) => other === device && before < time)
      assert.equal(await registry.read.throughAt([device, time]), last?.[4] ?? 0n, where)
      assert.equal(await registry.read.throughAt([device, time + 1n]), through, where)
    }
    await checkPointers(devices.map(({ id }) => id))
    const [device] = devices
    assert.ok(device)
    await refuses(registry.read.anchorOf([device.id, next[0] ?? 0n]), "UnknownRun", [next[0], next[0]])
  })

  /** Each submission of these devices points at the one before and far back, so that a search takes few reads. */
  async function checkPointers(ids: readonly Hex[]) {
    const { registry, client } = chain
    const id = await registry.read.ledgerId([operator, voucher])
    const word = async (slot: Hex) => BigInt((await client.getStorageAt({ address: registry.address, slot })) ?? 0)
    const at = async (index: bigint) => unpackCheckpoint(await word(checkpointSlots(id, index)[1]))
    for (const device of ids) {
      const { latest } = unpackDevice(await word(deviceSlots(device)[1]))
      for (let here = await at(latest); here.number > 1n; here = await at(here.previous)) {
        assert.equal((await at(here.previous)).number, here.number - 1n)
        const far = farNumber(here.number)
        if (far > 0n) assert.equal((await at(here.jump)).number, far)
      }
    }
  }

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
    const { address } = await viem.deployContract("PoseidonT3")
    await assert.rejects(viem.deployContract("AnchorRegistry", [address, address, address]), /PrecompileMissing/)
  })

  it("refuses to be built on addresses without code", async () => {
    const [one, two, three] = chain.arithmetic
    const { address } = chain.stranger.account
    for (const parts of [
      [address, two, three],
      [one, address, three],
      [one, two, address],
    ] as const)
      await assert.rejects(chain.viem.deployContract("AnchorRegistry", [...parts]), /CodeMissing/)
  })
})
