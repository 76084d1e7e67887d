import assert from "node:assert/strict"
import { checksumAddress, type Hex, readAddress } from "@wattest/protocol"
import fc from "fast-check"
import { getAddress } from "viem"

const address = fc
  .uint8Array({ minLength: 20, maxLength: 20 })
  .map((bytes): Hex => `0x${Buffer.from(bytes).toString("hex")}`)

describe("addresses", () => {
  it("carry the check sum of EIP-55, as viem writes it", () => {
    fc.assert(fc.property(address, (lower) => assert.equal(checksumAddress(lower), getAddress(lower))))
  })

  it("are read in one case or with their check sum, and given in lower case", () => {
    const mixed = "0x5aAeb6053F3E94C9b9A09f33669435E7Ef1BeAed"
    const lower = mixed.toLowerCase()
    for (const text of [mixed, lower, `0x${lower.slice(2).toUpperCase()}`, lower.toUpperCase()])
      assert.equal(readAddress(text), lower)
  })

  it("are refused where one letter of a mixed spelling has the other case, or a digit is missing", () => {
    const mixed = "0x5aAeb6053F3E94C9b9A09f33669435E7Ef1BeAed"
    for (const i of [...mixed].keys()) {
      const letter = mixed[i] as string
      const other = letter === letter.toLowerCase() ? letter.toUpperCase() : letter.toLowerCase()
      if (i > 1 && other !== letter) assert.equal(readAddress(mixed.slice(0, i) + other + mixed.slice(i + 1)), null)
    }
    for (const text of [mixed.slice(0, -1), `${mixed}0`, mixed.slice(2), ` ${mixed}`, "", `0x${"g".repeat(40)}`])
      assert.equal(readAddress(text), null)
  })
})
