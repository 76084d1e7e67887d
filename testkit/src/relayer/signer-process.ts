import { createServer } from "node:http"
import type { AddressInfo } from "node:net"
import type { Hex } from "viem"
import { accountOf } from "../local/accounts.ts"

/**
 * A remote signer as a process of its own: eth_signTransaction over JSON-RPC, as Web3Signer serves it for EVM keys.
 * Arguments: the index of anvil's account, and `honest` or `other` (signs with another key) or `altered` (doubles the gas).
 */
const [index = "0", mood = "honest"] = process.argv.slice(2)
const account = accountOf(Number(index) + (mood === "other" ? 1 : 0))

type Asked = Record<"to" | "data" | "nonce" | "gas" | "maxFeePerGas" | "maxPriorityFeePerGas" | "chainId", Hex>

async function sign(asked: Asked): Promise<Hex> {
  return account.signTransaction({
    type: "eip1559",
    to: asked.to,
    data: asked.data,
    nonce: Number(asked.nonce),
    gas: BigInt(asked.gas) * (mood === "altered" ? 2n : 1n),
    maxFeePerGas: BigInt(asked.maxFeePerGas),
    maxPriorityFeePerGas: BigInt(asked.maxPriorityFeePerGas),
    chainId: Number(asked.chainId),
  })
}

const server = createServer(async (request, response) => {
  const chunks: Buffer[] = []
  for await (const chunk of request) chunks.push(chunk)
  const { id, method, params } = JSON.parse(Buffer.concat(chunks).toString())
  const answer =
    method === "eth_signTransaction"
      ? { result: await sign(params[0]) }
      : { error: { code: -32601, message: "method not found" } }
  response.setHeader("content-type", "application/json").end(JSON.stringify({ jsonrpc: "2.0", id, ...answer }))
})
server.listen(0, "127.0.0.1", () => process.stdout.write(`${(server.address() as AddressInfo).port}\n`))
