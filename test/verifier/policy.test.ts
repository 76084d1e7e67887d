import assert from "node:assert/strict"
import { Rejection } from "@wattest/protocol"
import { POLICY_TEMPLATE, parsePolicy } from "@wattest/verifier"

const VOUCHER = "0x5aAeb6053F3E94C9b9A09f33669435E7Ef1BeAed"
const block = (number: string, digit: string) => ({ number, hash: `0x${digit.repeat(64)}` })
const chain = { chainId: 137, registries: [], rpcs: [], checkpoints: null }
const policyOf = (changes: object) => JSON.stringify({ ...POLICY_TEMPLATE, ...changes }, null, 2)
const parse = (text: string) => parsePolicy(new TextEncoder().encode(text))

function refusal(text: string): string {
  try {
    parse(text)
    return "accepted"
  } catch (error) {
    assert.ok(error instanceof Rejection)
    return `${error.code} ${error.detail}`
  }
}

describe("a policy", () => {
  it("is read in any spelling and order", () => {
    const { vouchers, ...rest } = POLICY_TEMPLATE
    assert.deepEqual(parse(JSON.stringify({ vouchers, ...rest }, null, 7)), POLICY_TEMPLATE)
  })

  it("is refused where a name stands twice, at any depth", () => {
    const text = policyOf({})
    assert.match(
      refusal(text.replace("{", `{ "vouchers": ["${VOUCHER}"],`)),
      /^FIELD_MALFORMED .*"vouchers" a second time/,
    )
    assert.match(
      refusal(text.replace('"clockMs"', '"clockMs": 1, "clockMs"')),
      /^FIELD_MALFORMED .*"clockMs" a second time/,
    )
  })

  it("is refused where one block has two hashes, and not where two chains have the same number", () => {
    const with2 = (...trustedBlocks: object[]) => policyOf({ chains: [{ ...chain, trustedBlocks }] })
    assert.equal(refusal(with2(block("7", "a"), block("8", "a"))), "accepted")
    assert.match(
      refusal(with2(block("7", "a"), block("7", "b"))),
      /^FIELD_MALFORMED .*two hashes for block 7 of chain 137/,
    )
    const chains = [
      { ...chain, trustedBlocks: [block("7", "a")] },
      { ...chain, chainId: 1, trustedBlocks: [block("7", "b")] },
    ]
    assert.equal(refusal(policyOf({ chains })), "accepted")
  })

  it("is refused where an address's check sum does not hold", () => {
    assert.deepEqual(parse(policyOf({ vouchers: [VOUCHER] })).vouchers, [VOUCHER.toLowerCase()])
    assert.match(
      refusal(policyOf({ vouchers: [VOUCHER.replace("aA", "Aa")] })),
      /^FIELD_MALFORMED policy.vouchers\[0\].*EIP-55/,
    )
  })
})
