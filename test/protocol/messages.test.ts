import assert from "node:assert/strict"
import { randomBytes } from "node:crypto"
import { enrolmentMessage, type Hex, ledgerIdOf, retirementMessage, submissionMessage, toHex } from "@wattest/protocol"
import { encodeAbiParameters, keccak256, parseAbiParameters, stringToHex } from "viem"

const random = (length: number) => toHex(randomBytes(length))
const target = { chainId: 137, registry: random(20) }
const device = random(32)

describe("messages that a device signs", () => {
  for (const count of [1, 2, 128])
    it(`encodes a submission of ${count} roots as abi.encode does`, () => {
      const roots: Hex[] = Array.from({ length: count }, () => random(32))
      const encoded = encodeAbiParameters(
        parseAbiParameters("bytes32, uint256, address, bytes32, uint64, bytes32[], uint64"),
        [keccak256(stringToHex("wattest.submission.v1")), 137n, target.registry, device, 7n, roots, 1_700_000_040n],
      )
      const submitted = { firstRun: 7n, roots, through: 1_700_000_040 }
      assert.equal(toHex(submissionMessage(target, device, submitted)), keccak256(encoded))
    })

  it("encodes an enrolment as abi.encode does", () => {
    const [operator, voucher, evidence] = [random(20), random(20), random(32)]
    const types = parseAbiParameters("bytes32, uint256, address, bytes32, address, address, uint8, bytes32")
    const encoded = encodeAbiParameters(types, [
      keccak256(stringToHex("wattest.enrolment.v1")),
      137n,
      target.registry,
      device,
      operator,
      voucher,
      3,
      evidence,
    ])
    const terms = { operator, voucher, boundary: "rack" as const, evidence }
    assert.equal(toHex(enrolmentMessage(target, device, terms)), keccak256(encoded))
  })

  it("encodes a retirement as abi.encode does", () => {
    const encoded = encodeAbiParameters(parseAbiParameters("bytes32, uint256, address, bytes32, uint64"), [
      keccak256(stringToHex("wattest.retirement.v1")),
      137n,
      target.registry,
      device,
      9n,
    ])
    assert.equal(toHex(retirementMessage(target, device, 9n)), keccak256(encoded))
  })

  it("is another message for another chain, registry, device or run", () => {
    const base = toHex(retirementMessage(target, device, 9n))
    const others = [
      retirementMessage({ ...target, chainId: 80002 }, device, 9n),
      retirementMessage({ ...target, registry: random(20) }, device, 9n),
      retirementMessage(target, random(32), 9n),
      retirementMessage(target, device, 10n),
    ]
    for (const other of others) assert.notEqual(toHex(other), base)
  })

  it("names a ledger by its operator and voucher in this order", () => {
    const [operator, voucher] = [random(20), random(20)]
    const encoded = encodeAbiParameters(parseAbiParameters("address, address"), [operator, voucher])
    assert.equal(ledgerIdOf(operator, voucher), keccak256(encoded))
    assert.notEqual(ledgerIdOf(operator, voucher), ledgerIdOf(voucher, operator))
  })
})
