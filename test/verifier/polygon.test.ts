import assert from "node:assert/strict"
import { readFileSync } from "node:fs"
import { decodeRlp, encodeRlp, fromHex, type Hex, Rejection, type RlpItem, toHex } from "@wattest/protocol"
import { parseReceipt } from "../../verifier/src/chain/receipt.ts"
import { trieValue } from "../../verifier/src/chain/trie.ts"

type Exit = { readonly block: number; readonly log: number; readonly payload: Hex }
const { exits } = JSON.parse(readFileSync(new URL("./polygon/exits.json", import.meta.url), "utf8")) as {
  readonly exits: readonly Exit[]
}

/** Burning is a transfer of an ERC-20 to nobody, or a Withdraw of the chain's own token. */
const BURNS: ReadonlySet<Hex> = new Set([
  "0xddf252ad1be2c89b69c2b068fc378daa952ba7f163c4a11628f55a4df523b3ef",
  "0xebff2602b3f468259e1e99f613fed6691f3a6526effe6ef3e768ba7ae7a36c4f",
])

const bytes = (item: RlpItem | undefined): Uint8Array => {
  assert.ok(item instanceof Uint8Array)
  return item
}
const list = (item: RlpItem | undefined): readonly RlpItem[] => {
  assert.ok(item !== undefined && !(item instanceof Uint8Array))
  return item
}

/** What an exit's payload holds (pos-portal, ExitPayloadReader.sol): the key of the trie stands after a byte of zeros. */
function read({ payload }: Exit) {
  const [, , , , , root, receipt, nodes, path] = list(decodeRlp(fromHex(payload)))
  return {
    root: toHex(bytes(root)),
    receipt: bytes(receipt),
    nodes: list(decodeRlp(bytes(nodes))).map((node) => toHex(encodeRlp(node))),
    key: bytes(path).subarray(1),
    code: "ANCHOR_PROOF_INVALID" as const,
  }
}

describe("receipts of Polygon's own blocks", () => {
  it("are many: of two types, under keys of one byte and of two", () => {
    const proofs = exits.map(read)
    assert.deepEqual([...new Set(proofs.map(({ receipt: [type = 0] }) => (type < 0xc0 ? type : 0)))].sort(), [0, 2])
    assert.deepEqual([...new Set(proofs.map(({ key }) => key.length))].sort(), [1, 2])
  })

  for (const exit of exits)
    it(`are proved in block ${exit.block}, and not with a byte changed`, () => {
      const { receipt, ...proof } = read(exit)
      assert.deepEqual(trieValue(proof), receipt)
      const log = parseReceipt(receipt)[exit.log]
      assert.ok(log && BURNS.has(log.topics[0] as Hex))
      for (const [at, node] of proof.nodes.entries()) {
        const middle = node.length >> 1
        const changed = `${node.slice(0, middle)}${node[middle] === "0" ? "1" : "0"}${node.slice(middle + 1)}` as Hex
        assert.throws(
          () => trieValue({ ...proof, nodes: proof.nodes.with(at, changed) }),
          (error) => error instanceof Rejection && error.code === "ANCHOR_PROOF_INVALID",
        )
      }
    })
})
