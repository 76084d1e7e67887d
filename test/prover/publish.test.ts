import assert from "node:assert/strict"
import { createServer } from "node:http"
import type { AddressInfo } from "node:net"
import { type PublishRequest, publishPresentation } from "@wattest/prover"
import { getAddress, type Hex, pad, toHex } from "viem"

describe("publishing", () => {
  const [account, claims] = [pad("0x01", { size: 20 }), pad("0x02", { size: 20 })]

  it("refuses more bounds on a tally than the registry takes, before anything is asked or sent", async () => {
    const tallies = [0, 1].map(() => ({ kind: "period", ledgers: [] }))
    const document = (counts: readonly number[]) =>
      ({ tallies, bounds: counts.flatMap((count, tally) => Array.from({ length: count }, () => ({ tally }))) }) as never
    const ended = (counts: readonly number[]) =>
      publishPresentation({ document: document(counts), rpc: "http://127.0.0.1:9", claims, account }).catch(String)
    assert.match(`${await ended([0, 33])}`, /33 bounds on one tally, and the registry takes 32/)
    assert.doesNotMatch(`${await ended([32, 32])}`, /bounds on one tally/)
  })

  const period = (operator: Hex, segments = 0) => ({
    ...{ kind: "period", ledgers: [{ operator, segments: Array.from({ length: segments }, () => ({})) }] },
  })
  const reasonOf = (tallies: readonly object[], more: Partial<PublishRequest> = {}) =>
    publishPresentation({
      document: { tallies, bounds: [{ tally: 0 }] } as never,
      ...{ rpc: "http://127.0.0.1:9", claims, account, ...more },
    }).then(String, String)

  it("refuses what the registry does not take, of whom it does not take it, and gas for no segment", async () => {
    const own = period(getAddress(account))
    for (const [tallies, more, said] of [
      [[own, { kind: "runs" }], {}, /a claim over chosen runs/],
      [[{ kind: "published" }], {}, /published already/],
      [[own, period(claims)], {}, new RegExp(`the ledgers are of ${claims}, the account is ${account}`)],
      [[own], { gasCap: 369_999n }, /369999 gas takes no segment/],
    ] as const)
      assert.match(await reasonOf(tallies, more), said)
    assert.doesNotMatch(await reasonOf([own], { gasCap: 370_000n }), /gas takes|ledgers are of|claim over/)
  })

  it("says of how many transactions it is at most: as many segments in each as the gas allows", async () => {
    for (const [segments, gasCap, most] of [
      [5, 370_000n, 8],
      [5, 439_999n, 8],
      [5, 440_000n, 6],
      [4, 440_000n, 5],
      [235, undefined, 4],
      [236, undefined, 5],
    ] as const) {
      const told: unknown[] = []
      const progress = (...counts: readonly number[]) => void told.push(counts)
      await reasonOf([period(account, segments)], { progress, ...(gasCap === undefined ? {} : { gasCap }) })
      assert.deepEqual(told, [[0, most]], `${segments} segments, ${gasCap} gas`)
    }
  })

  it("waits for the account's transactions that are on their way before it asks what is there", async () => {
    let polls = 0
    const server = createServer(async (request, response) => {
      const parts: Buffer[] = []
      for await (const part of request) parts.push(part)
      const { id, method, params } = JSON.parse(Buffer.concat(parts).toString())
      assert.equal(method, "eth_getTransactionCount")
      const isMined = ++polls > 2
      response.end(JSON.stringify({ jsonrpc: "2.0", id, result: toHex(isMined || params[1] === "pending" ? 5 : 4) }))
    })
    await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve))
    const rpc = `http://127.0.0.1:${(server.address() as AddressInfo).port}`
    const said: string[] = []
    const document = { tallies: [], bounds: [] } as never
    await publishPresentation({ document, rpc, claims, account, say: (line) => said.push(line) })
    assert.deepEqual(said, [`waiting for transactions of ${account} that are on their way: 1`])
    assert.equal(polls, 4)
    server.close()
  }).timeout(20_000)
})
