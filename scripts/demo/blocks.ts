import { type Certificate, decodeHeader, fromHex, type Hex } from "@wattest/protocol"
import type { Anvil } from "@wattest/testkit/local/anvil"
import { until } from "@wattest/testkit/local/processes"

/** Headers of blocks anywhere in a document's proofs. */
function headersIn(value: unknown): readonly Hex[] {
  if (value === null || typeof value !== "object") return []
  return Object.entries(value).flatMap(([name, member]) => (name === "header" ? [member as Hex] : headersIn(member)))
}

/** What a chain itself says of the blocks that a certificate's proofs lie under, as `policy init --block` takes it. */
export async function lookUpBlocks(certificate: Certificate, chain: Anvil): Promise<readonly string[]> {
  const numbers = new Set(headersIn(certificate.runs).map((header) => Number(decodeHeader(fromHex(header)).number)))
  const blocks = [...numbers]
    .toSorted((a, b) => a - b)
    .map(async (number) => {
      const block = await chain.rpc("eth_getBlockByNumber", `0x${number.toString(16)}`, false)
      const { hash, timestamp } = block as { hash: Hex; timestamp: Hex }
      return `${number}:${hash}:${Number(timestamp)}`
    })
  return Promise.all(blocks)
}

/** Waits until the chain calls final what it holds now: before that a relayer takes no run of a device just enrolled. */
export async function settle(chain: Anvil): Promise<void> {
  const latest = Number(await chain.rpc("eth_blockNumber"))
  await until("finality on the local chain", async () => {
    const block = (await chain.rpc("eth_getBlockByNumber", "finalized", false)) as { number: Hex }
    return Number(block.number) >= latest ? true : null
  })
}
