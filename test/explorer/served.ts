import type { AddressInfo } from "node:net"
import { createProofs, createServer, readExplorer } from "@wattest/index"
import type { Hex } from "@wattest/protocol"
import { openBooks } from "../index/books.ts"

/** The explorer as an index serves it, over the books of a chain. */
export type Served = Awaited<ReturnType<typeof serveExplorer>>

type Books = { readonly registry: Hex; readonly claims?: Hex | null; readonly url: string }

/** Follows a registry to its final block, and serves page and API on a port of its own. */
export async function serveExplorer({ registry, claims = null, url }: Books) {
  const books = await openBooks({ registry, claims }, [url])
  const { tip } = await books.indexer.look()
  const contracts = { registry, claims }
  const app = await createServer({
    ...{ db: books.db, chainId: 31337, contracts, perMinute: 10_000, version: "0.1.0" },
    status: () => ({ tip, error: null, endpoints: [] }),
    proofs: createProofs({ rpc: books.rpc, chainId: 31337, contracts, db: books.db }),
    explorer: readExplorer("index/assets/explorer"),
  })
  await app.listen({ host: "127.0.0.1", port: 0 })
  const { port } = app.server.address() as AddressInfo
  const close = async () => {
    await app.close()
    await books.close()
  }
  return { books, app, url: `http://127.0.0.1:${port}`, close }
}
