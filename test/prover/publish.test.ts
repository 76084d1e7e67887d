import assert from "node:assert/strict"
import { createServer } from "node:http"
import type { AddressInfo } from "node:net"
import { publishPresentation } from "@wattest/prover"
import { pad, toHex } from "viem"

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
