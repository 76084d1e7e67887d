import assert from "node:assert/strict"
import { createServer, type Server } from "node:http"
import type { AddressInfo } from "node:net"
import { encodeDocument } from "@wattest/protocol"
import { BEACON_BLOCK, START_MS, tell } from "@wattest/testkit/conformance/story"
import { createRpcReader, type Policy, Undetermined, verifyCertificate } from "@wattest/verifier"
import { codeOf, OFFLINE } from "./judging.ts"

const { certificate, policy, blocks } = tell({})
const hex = (value: bigint | number) => `0x${value.toString(16)}`

/** What a node answers to a call; the default tells of the story's blocks. */
type Answer = (method: string, params: readonly unknown[]) => unknown

const honest: Answer = (method, [tag]) => {
  if (method === "eth_chainId") return hex(31337)
  if (tag === "finalized") return { hash: `0x${"aa".repeat(32)}`, number: hex(500), timestamp: hex(1) }
  const block = blocks.find(({ number }) => hex(number) === tag)
  return block === undefined ? null : { hash: block.hash, number: hex(block.number), timestamp: hex(block.timestamp) }
}

describe("chain readers over RPC", () => {
  const servers: Server[] = []
  /** A node on a free port. */
  async function node(answer: Answer | ((body: string) => string)): Promise<string> {
    const server = createServer(async (request, response) => {
      let body = ""
      for await (const piece of request) body += piece
      const call = JSON.parse(body) as { method: string; params: readonly unknown[] }
      const result =
        answer.length === 1
          ? (answer as (body: string) => string)(body)
          : JSON.stringify({ jsonrpc: "2.0", id: 1, result: answer(call.method, call.params) })
      response.end(result)
    })
    await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve))
    servers.push(server)
    return `http://127.0.0.1:${(server.address() as AddressInfo).port}`
  }
  after(() => {
    for (const server of servers) server.close()
  })

  const asking = (rpcs: readonly string[]): Policy => ({
    ...policy,
    chains: policy.chains.map((chain) => ({ ...chain, trustedBlocks: [], rpcs })),
  })

  async function judgeWith(...answers: readonly Parameters<typeof node>[0][]) {
    const rpcs = await Promise.all(answers.map(node))
    const asked = asking(rpcs)
    return codeOf(
      await verifyCertificate(encodeDocument(certificate), asked, { ...OFFLINE, chain: createRpcReader(asked) }),
    )
  }

  const lying: Answer = (method, params) => {
    const block = honest(method, params)
    return block !== null && typeof block === "object" && params[0] !== "finalized"
      ? { ...block, hash: `0x${"bb".repeat(32)}` }
      : block
  }
  const behind: Answer = (method, params) =>
    params[0] === "finalized"
      ? { hash: `0x${"aa".repeat(32)}`, number: hex(99), timestamp: hex(1) }
      : honest(method, params)

  it("accept a block that one or several nodes agree on", async () => {
    assert.equal(await judgeWith(honest), "valid")
    assert.equal(await judgeWith(honest, honest, honest), "valid")
  })

  it("refuse where all nodes know another block, and where they know none", async () => {
    assert.equal(await judgeWith(lying, lying), "BLOCK_NOT_TRUSTED")
    const without: Answer = (method, [tag]) => (tag === hex(100) ? null : honest(method, [tag]))
    assert.equal(await judgeWith(without), "BLOCK_NOT_TRUSTED")
  })

  it("leave open what nodes disagree on, what is not final, and what nobody answers", async () => {
    assert.equal(await judgeWith(honest, lying), "CHAINS_DISAGREE")
    assert.equal(await judgeWith(honest, behind), "NOT_FINALIZED")
    assert.equal(
      await judgeWith(honest, (method, params) => (method === "eth_chainId" ? "0x1" : honest(method, params))),
      "CHAIN_UNAVAILABLE",
    )
    for (const body of ["", "{}", "[", '{"error":{"code":1}}', '{"result":7}'])
      assert.equal(await judgeWith((_: string) => body), "CHAIN_UNAVAILABLE", body.slice(0, 20))
    const closed = asking(["http://127.0.0.1:1"])
    await assert.rejects(createRpcReader(closed).blockAt(31337, 1n), Undetermined)
  })

  it("ask once for each block of each chain", async () => {
    const elsewhere: Answer = (method, params) => (method === "eth_chainId" ? "0x1" : lying(method, params))
    let asked = 0
    const counted: Answer = (method, params) => {
      asked++
      return honest(method, params)
    }
    const [here, there] = [asking([await node(counted)]), asking([await node(elsewhere)])]
    const both = { ...policy, chains: [...here.chains, ...there.chains.map((chain) => ({ ...chain, chainId: 1 }))] }
    const reader = createRpcReader(both)
    const [block, other] = [await reader.blockAt(31337, BEACON_BLOCK), await reader.blockAt(1, BEACON_BLOCK)]
    assert.equal(block?.hash, blocks.find(({ number }) => number === BEACON_BLOCK)?.hash)
    assert.equal(other?.hash, `0x${"bb".repeat(32)}`)
    const before = asked
    assert.deepEqual(await reader.blockAt(31337, BEACON_BLOCK), block)
    assert.equal(asked, before)
  })

  it("read an answer of 8 MiB, and none that is longer", async () => {
    const padded = (length: number) => (body: string) => {
      const { method, params } = JSON.parse(body)
      return JSON.stringify({ result: honest(method, params) }).padEnd(length)
    }
    assert.equal(await judgeWith(padded(8 * 1024 * 1024)), "valid")
    assert.equal(await judgeWith(padded(8 * 1024 * 1024 + 1)), "CHAIN_UNAVAILABLE")
  })

  it("take any answer of a hostile node for no answer", async () => {
    const deep = "[".repeat(200_000) + "]".repeat(200_000)
    for (const result of ['{"toString":1,"valueOf":1}', deep, `"0x${"1".repeat(100)}"`, "null", "[[]]"])
      assert.equal(await judgeWith((_: string) => `{"result":${result}}`), "CHAIN_UNAVAILABLE", result.slice(0, 30))
    for (const block of [{ toString: 1 }, [], "x", true, { hash: {}, number: [], timestamp: null }]) {
      const answer: Answer = (method, params) => (method === "eth_chainId" ? honest(method, params) : block)
      assert.equal(await judgeWith(answer), "CHAIN_UNAVAILABLE")
    }
  })

  it("name a node without the key in its URL", async () => {
    const address = (await node((_: string) => "{}")).replace("http://", "")
    for (const url of [`http://${address}/v3/SECRET?key=SECRET`, `http://me:SECRET@${address}`, "SECRET"]) {
      const failed = createRpcReader(asking([url])).blockAt(31337, 1n)
      const message = await failed.then(String, (error: Error) => error.message)
      assert.doesNotMatch(message, /SECRET/)
      assert.match(message, url === "SECRET" ? /a node without a readable URL/ : new RegExp(address))
    }
  })

  it("ask nobody after the deadline", async () => {
    const deadline = new AbortController()
    let calls = 0
    const tired: Answer = (method, params) => {
      calls++
      // The answer to the third question comes after the deadline.
      if (calls === 3) deadline.abort()
      return honest(method, params)
    }
    const asked = asking([await node(tired)])
    const judgeUntil = async (signal?: AbortSignal) =>
      verifyCertificate(encodeDocument(certificate), asked, { ...OFFLINE, chain: createRpcReader(asked, signal) })
    const { verdict } = await judgeUntil(deadline.signal)
    assert.ok(verdict.status === "undetermined" && verdict.code === "CHAIN_UNAVAILABLE", verdict.status)
    assert.match(verdict.detail, /no time is left/)
    assert.equal(calls, 3)
    assert.equal(codeOf(await judgeUntil()), "valid")
  })

  it("tell the time of a beacon that the policy lists without one", async () => {
    const late: Answer = (method, params) => {
      const block = honest(method, params)
      return params[0] === hex(BEACON_BLOCK) ? { ...(block as object), timestamp: hex(START_MS / 1000 + 3600) } : block
    }
    const judgeListed = async (rpcs: readonly string[]) => {
      const trustedBlocks = blocks.map(({ number, hash }) => ({ number, hash }))
      const chains = policy.chains.map((chain) => ({ ...chain, trustedBlocks, rpcs }))
      const believed: Policy = { ...policy, chains, require: ["beacon"] }
      const readers = { ...OFFLINE, chain: createRpcReader(believed) }
      return codeOf(await verifyCertificate(encodeDocument(certificate), believed, readers))
    }
    assert.equal(await judgeListed([await node(honest)]), "valid")
    assert.equal(await judgeListed([await node(late)]), "BEACON_MISMATCH")
    assert.equal(await judgeListed([]), "BLOCK_TIME_UNKNOWN")
  })
})
