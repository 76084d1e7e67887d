import assert from "node:assert/strict"
import { createRpc } from "@wattest/chain"
import { createIndexer, openIndex } from "@wattest/index"
import { LedgerOnChain } from "@wattest/testkit/ledger/ledger"
import { startChain } from "@wattest/testkit/ledger/local-chain"
import { deployAnchors } from "@wattest/testkit/local/contracts"
import { temporaryFolder } from "@wattest/testkit/relayer/harness"

const START = 1_800_000_000

describe("the index on a chain of its own", function () {
  this.timeout(60_000)

  it("takes what is final, and adds up to what the chain holds", async () => {
    const chain = await startChain(START - 10_000)
    const folder = temporaryFolder()
    const [operator, voucher, archive] = [...chain.accounts.slice(0, 2), `${folder.path}/archive`] as never[]
    const registry = await deployAnchors(chain.deploy)
    const ledger = new LedgerOnChain(chain, registry as never, { operator, voucher, archive } as never)
    const device = await ledger.enrol()
    await ledger.anchor(device, START, [{}, {}, null])
    await ledger.anchor(device, START + 600, [{}, {}])
    await chain.client.mine({ blocks: 3 })
    const db = await openIndex({ file: `${folder.path}/index.sqlite` })
    const rpc = createRpc([chain.url], 5000)
    const indexer = createIndexer({ rpc, db, firstBlock: 0, chainId: 31337, contracts: { registry: registry.toLowerCase() as never, claims: null } })
    await indexer.look()
    console.log(await db.kysely.selectFrom("ledgers").selectAll().execute())
    console.log(await db.kysely.selectFrom("devices").selectAll().execute())
    console.log(await db.kysely.selectFrom("anchors").selectAll().execute())
    await chain.stop()
    assert.ok(true)
  })
})
