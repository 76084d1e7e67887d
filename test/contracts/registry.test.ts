import assert from "node:assert/strict"
import { poseidon2 } from "poseidon-lite"
import { type Hex, toHex, zeroHash } from "viem"
import { type Chain, createChain } from "./chain.ts"
import { type Device, ed25519Device, messages, p256Device } from "./device.ts"

const NEVER = 2n ** 64n - 1n
const word = (n: bigint | number): Hex => toHex(n, { size: 32 })

describe("registry", () => {
  let chain: Chain
  before(async () => {
    chain = await createChain()
  })

  const place = () => messages({ chainId: 31337, registry: chain.registry.address })

  async function enrolled(device: Device): Promise<Device> {
    const { registry, operator, voucher } = chain
    await registry.write.vouch([device.id, operator.account.address, word(7)], { account: voucher.account })
    const signature = device.sign(place().enrolment(device.id, operator.account.address, voucher.account.address))
    await registry.write.enrol([device.scheme, device.key, voucher.account.address, signature])
    return device
  }

  const submit = (device: Device, firstRun: bigint, roots: Hex[]) =>
    chain.registry.write.submit(
      [device.id, firstRun, roots, device.sign(place().submission(device.id, firstRun, roots))],
      { account: chain.relayer.account },
    )

  for (const [name, create] of Object.entries({ "an Ed25519": ed25519Device, "a P-256": p256Device }))
    it(`anchors runs of ${name} device in order`, async () => {
      const { registry, operator, voucher } = chain
      const device = await enrolled(create())
      const ledger = await registry.read.ledgerId([operator.account.address, voucher.account.address])
      const before = await registry.read.ledgerOf([ledger])
      await submit(device, 0n, [word(11), zeroHash])
      await submit(device, 1n, [zeroHash, word(13)])
      const after = await registry.read.ledgerOf([ledger])
      const head = [11n, 0n, 13n].reduce((h, root) => poseidon2([h, root]), BigInt(before.head))
      assert.equal(after.head, word(head))
      assert.equal(after.length, before.length + 3n)
      assert.equal(after.checkpointCount, before.checkpointCount + 2n)
      const [root, , position] = await registry.read.anchorOf([device.id, 2n])
      assert.deepEqual([root, position], [word(13), before.length + 2n])
      const state = await registry.read.deviceOf([device.id])
      assert.deepEqual([state.nextRun, state.lastRun, state.since, state.key], [3n, NEVER, NEVER, device.key])
    })
})
