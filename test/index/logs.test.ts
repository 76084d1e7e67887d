import assert from "node:assert/strict"
import { AnswerTooLong, type Rpc, RpcRefusal } from "@wattest/chain"
import type { Hex } from "@wattest/protocol"
import { logsOf } from "../../index/src/chain/logs.ts"
import { FIRST_WIDTH, MOST_BYTES } from "../../index/src/chain/width.ts"

const REGISTRY: Hex = `0x${"11".repeat(20)}`
const FEW = FIRST_WIDTH.blocks
const REFUSAL = new RpcRefusal("too many blocks", -32005, null)
const TOO_LONG = new AnswerTooLong(MOST_BYTES + 1, MOST_BYTES)
const EMPTY = { status: "fulfilled", value: [] } as const
const failed = (reason: unknown) => ({ status: "rejected", reason }) as const

describe("the logs of a span", () => {
  /** What is read where endpoints answer so, and who is named. */
  async function read(answers: readonly PromiseSettledResult<unknown>[], blocks: number) {
    const bounds: (number | undefined)[] = []
    const rpc: Rpc = {
      request: () => assert.fail("nothing else is asked for"),
      distrust: () => undefined,
      everywhere: async (_method, _params, mostBytes) => {
        bounds.push(mostBytes)
        return answers
      },
    }
    const named: string[] = []
    const blame = ({ place, reason }: { readonly place: number; readonly reason: string }) =>
      named.push(`${place}: ${reason}`)
    const logs = await logsOf(rpc, [REGISTRY], { from: 1, to: blocks }, blame)
    return { logs, named, bounds }
  }

  for (const [what, reason, error] of [
    ["refuses it for its width", REFUSAL, RpcRefusal],
    ["has more to say than is read", TOO_LONG, AnswerTooLong],
  ] as const)
    it(`are not what others say where an endpoint ${what}: fewer blocks are asked for`, async () => {
      await assert.rejects(read([failed(reason), EMPTY], FEW + 1), error)
      await assert.rejects(read([EMPTY, failed(reason)], FEW + 1), error)
    })

  it("name an endpoint that refuses even few blocks, and go by the others", async () => {
    const { logs, named } = await read([failed(REFUSAL), EMPTY], FEW)
    assert.deepEqual([logs, named], [[], [`0: it refuses the logs of ${FEW} blocks`]])
  })

  it("go by the others where one cannot be reached", async () => {
    const { logs, named } = await read([EMPTY, failed(new Error("fetch failed"))], FEW + 1)
    assert.deepEqual([logs, named], [[], []])
  })

  it("are not what others say after a fault of ours", async () => {
    const fault = new TypeError("a fault of ours")
    const broken = {
      get blockNumber(): never {
        throw fault
      },
    }
    await assert.rejects(read([EMPTY, { status: "fulfilled", value: [broken] }], FEW), fault)
    const { logs, named } = await read([EMPTY, { status: "fulfilled", value: [7] }], FEW)
    assert.deepEqual([logs, named], [[], ["1: log: expected an object"]])
  })

  it("are read up to a bound, but for one block, of which there is no less to ask for", async () => {
    assert.deepEqual((await read([EMPTY], 2)).bounds, [MOST_BYTES])
    assert.deepEqual((await read([EMPTY], 1)).bounds, [undefined])
  })
})
