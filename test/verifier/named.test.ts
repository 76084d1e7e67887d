import assert from "node:assert/strict"
import type { DeviceKey, Hex, SignatureCheck } from "@wattest/protocol"
import { createTrustedBlocks } from "../../verifier/src/chain/trust.ts"
import { blocksOf } from "../../verifier/src/desk/output/blocks.ts"
import type { Row } from "../../verifier/src/desk/row.ts"
import { rememberingKeys } from "../../verifier/src/desk/task.ts"

describe("what is told apart by all of its names", () => {
  it("is a block: by its chain, its number, and on whose word it was trusted", () => {
    const block = { chainId: 1, number: "7", by: "policy", hash: "0x", nodes: [] }
    const others = [{ chainId: 2 }, { number: "8" }, { by: "nodes" }].map((other) => ({ ...block, ...other }))
    const rows = [block, ...others, block].map((one) => ({ report: { trustedBlocks: [one] } }) as unknown as Row)
    assert.deepEqual(blocksOf(rows), [block, ...others])
  })

  it("is a block that a document rests on: by its chain and its number", () => {
    const block = { chainId: 1, number: 7n, hash: "0x11", by: "list", nodes: [] } as const
    const trusted = createTrustedBlocks()
    const others = [{ chainId: 2 }, { number: 8n }].map((other) => ({ ...block, ...other }))
    for (const one of [block, ...others, block]) trusted.add(one)
    assert.deepEqual(trusted.all(), [block, ...others])
  })

  it("is a key: by its scheme and its bytes; one that was looked at is not again", () => {
    const looked: string[] = []
    const check = rememberingKeys(({ scheme, key }) => {
      looked.push(`${scheme} ${key}`)
      return (() => true) as SignatureCheck
    })
    const key: Hex = "0x11"
    const devices: readonly DeviceKey[] = [
      { scheme: 1, key },
      { scheme: 2, key },
      { scheme: 1, key: "0x22" },
      { scheme: 1, key },
    ]
    for (const device of devices) check(device)
    assert.deepEqual(looked, ["1 0x11", "2 0x11", "1 0x22"])
  })
})
