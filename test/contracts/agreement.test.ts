import assert from "node:assert/strict"
import { readFileSync } from "node:fs"
import { REGISTRY_ABI, REGISTRY_READS } from "@wattest/protocol"
import { type Chain, createChain } from "@wattest/testkit/contracts/chain"
import { ed25519Device, messages } from "@wattest/testkit/contracts/device"
import {
  type Abi,
  encodeAbiParameters,
  type Hex,
  hexToBytes,
  keccak256,
  parseAbi,
  parseAbiParameters,
  toHex,
} from "viem"
import { measure } from "../../scripts/bench/gas.ts"

/** What docs/contracts.md promises, in gas: bounds without tolerance. */
const PROMISES = { "ed25519.verify": 60_000, "submit.1": 195_000, "submit.128": 37_500 }

const word = (n: bigint | number): Hex => toHex(n, { size: 32 })

type AbiItem = { type: string; name?: string; inputs?: unknown; outputs?: unknown; stateMutability?: string }

/** An ABI item without what is only for people and compilers. */
function shape(item: AbiItem): string {
  return JSON.stringify(item, (key, value) => {
    if (
      key === "internalType" ||
      key === "anonymous" ||
      (key === "indexed" && !value) ||
      (key === "name" && value === "")
    )
      return undefined
    if (value !== null && typeof value === "object" && !Array.isArray(value))
      return Object.fromEntries(Object.entries(value).sort(([a], [b]) => a.localeCompare(b)))
    return value
  })
}

describe("registry's agreements", () => {
  it("are those of the protocol package, member by member", () => {
    const artifact = JSON.parse(readFileSync("artifacts/contracts/IAnchorRegistry.sol/IAnchorRegistry.json", "utf8"))
    const compiled = new Set((artifact.abi as Abi).map((item) => shape(item as AbiItem)))
    for (const item of parseAbi([...REGISTRY_ABI, ...REGISTRY_READS]))
      assert.ok(compiled.has(shape(item as AbiItem)), `${item.type} ${(item as AbiItem).name} is not in the contract`)
  })

  describe("on storage", () => {
    let chain: Chain
    before(async () => {
      chain = await createChain()
    })
    const mapped = (type: "address" | "bytes32" | "uint256", key: Hex | bigint, slot: Hex | bigint): Hex =>
      keccak256(encodeAbiParameters(parseAbiParameters(`${type}, uint256`), [key as never, BigInt(slot)]))
    const storage = async (slot: Hex, offset = 0n): Promise<bigint> =>
      BigInt(
        (await chain.client.getStorageAt({ address: chain.registry.address, slot: toHex(BigInt(slot) + offset) })) ??
          "0x",
      )
    /** Fields of a word from its lowest bit. */
    const fields = (value: bigint, ...widths: number[]): bigint[] => {
      let rest = value
      return widths.map((width) => {
        const field = rest & ((1n << BigInt(width)) - 1n)
        rest >>= BigInt(width)
        return field
      })
    }

    it("match docs/contracts.md", async () => {
      const { registry, client } = chain
      const [operator, voucher] = [chain.operator.account.address, chain.voucher.account.address]
      const device = ed25519Device()
      const place = messages({ chainId: 31337, registry: registry.address })
      await registry.write.vouch([device.id, operator, word(7)], { account: chain.voucher.account })
      const enrolment = device.sign(place.enrolment(device.id, operator, voucher))
      await registry.write.enrol([1, device.key, voucher, 2, word(7), enrolment])
      const { timestamp: enrolledAt } = await client.getBlock()
      const through = enrolledAt - (enrolledAt % 60n)
      for (const [firstRun, roots] of [
        [0n, [word(5), word(6)]],
        [2n, [word(8)]],
      ] as const) {
        const signature = device.sign(place.submission(device.id, firstRun, roots, through))
        await registry.write.submit([device.id, firstRun, roots, through, signature])
      }
      const { timestamp } = await client.getBlock()
      const never = 2n ** 64n - 1n
      const unlimited = 2n ** 40n - 1n

      const vouch = mapped("address", voucher, mapped("bytes32", device.id, 0n))
      assert.deepEqual(fields(await storage(vouch), 160, 64, 32), [BigInt(operator), never, 0n])
      assert.equal(await storage(vouch, 1n), 7n)
      const id = await registry.read.ledgerId([operator, voucher])
      const state = mapped("bytes32", device.id, 1n)
      assert.equal(await storage(state), BigInt(id))
      const { table } = await registry.read.deviceOf([device.id])
      assert.deepEqual(fields(await storage(state, 1n), 160, 40, 40, 8, 8), [BigInt(table), 3n, 1n, 1n, 0n])
      assert.deepEqual(fields(await storage(state, 2n), 40, 40, 40, 8), [unlimited, enrolledAt, 0n, 2n])
      assert.equal(await storage(mapped("uint256", 2n, mapped("bytes32", device.id, 2n))), 8n)
      const ledger = mapped("bytes32", id, 3n)
      assert.deepEqual(fields(await storage(ledger), 40, 40, 40, 40, 40), [3n, 2n, 1n, 1n, 0n])
      assert.deepEqual([await storage(ledger, 1n), await storage(ledger, 2n)], [BigInt(operator), BigInt(voucher)])
      assert.equal(await storage(mapped("uint256", 0n, mapped("bytes32", id, 4n))), BigInt(device.id))
      const checkpoint = mapped("uint256", 1n, mapped("bytes32", id, 5n))
      assert.equal(await storage(checkpoint), BigInt((await registry.read.ledgerOf([id])).head))
      const submission = fields(await storage(checkpoint, 1n), 40, 40, 32, 32, 32, 40, 40)
      assert.deepEqual(submission, [3n, timestamp, through / 60n, 2n, 2n, 0n, 0n])
      assert.equal(await storage(mapped("uint256", 2n, mapped("bytes32", id, 7n))), 1n)
      const ledgers = mapped("address", operator, 8n)
      assert.deepEqual([await storage(ledgers), await storage(keccak256(ledgers))], [1n, BigInt(id)])
      assert.equal(hexToBytes(id).length, 32)

      const signature = device.sign(place.retirement(device.id, 4n))
      await registry.write.retire([device.id, 4n, signature])
      const { timestamp: retiredAt } = await client.getBlock()
      assert.deepEqual(fields(await storage(state, 2n), 40, 40, 40, 8), [4n, enrolledAt, retiredAt, 2n])
      await registry.write.withdraw([device.id, timestamp - 1n], { account: chain.voucher.account })
      assert.deepEqual(fields(await storage(vouch), 160, 64, 32), [BigInt(operator), timestamp - 1n, 1n])
      assert.deepEqual(fields(await storage(state, 1n), 160, 40, 40, 8, 8), [BigInt(table), 3n, 1n, 1n, 1n])
      assert.deepEqual(fields(await storage(ledger), 40, 40, 40, 40, 40), [3n, 2n, 1n, 1n, 1n])
      const suspicion = mapped("uint256", 0n, mapped("bytes32", id, 6n))
      assert.deepEqual(fields(await storage(suspicion), 64, 64), [timestamp - 1n, timestamp])
    })
  })

  it("on gas hold: nothing costs noticeably more than test/contracts/gas.snapshot.json says, nor anything more than is promised", async () => {
    const snapshot: Record<string, number> = JSON.parse(readFileSync("test/contracts/gas.snapshot.json", "utf8"))
    const figures = await measure()
    assert.deepEqual(Object.keys(figures).sort(), Object.keys(snapshot).sort())
    // keys and signatures are random: a square root takes one more step or not, a zero byte costs less
    for (const [key, gas] of Object.entries(figures))
      assert.ok(Math.abs(gas / (snapshot[key] ?? 0) - 1) <= 0.004, `${key}: ${gas}, snapshot ${snapshot[key]}`)
    for (const [key, promise] of Object.entries(PROMISES)) {
      const gas = figures[key] ?? Number.NaN
      assert.ok(gas <= promise, `${key}: ${gas}, promised ${promise}`)
    }
  }).timeout(120_000)
})
