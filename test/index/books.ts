import { createRpc } from "@wattest/chain"
import { createIndexer, type Db, type Fault, openIndex } from "@wattest/index"
import type { Hex } from "@wattest/protocol"
import type { Place } from "@wattest/store"
import type { BooksStory } from "@wattest/testkit/index/story"
import { sql } from "kysely"
import type { DocumentRow } from "../../index/src/store/schema.ts"

const EVENTS = ["anchors", "vouches", "enrolments", "withdrawals", "retirements", "tallies"]
const TABLES = [...EVENTS, "ledgers", "devices", "bounds", "tally_ledgers", "claim_overlaps", "days"]

/** An index in memory of its own over these endpoints. */
export async function openBooks(
  { registry, claims = null }: Pick<BooksStory, "registry"> & { readonly claims?: Hex | null },
  urls: readonly string[],
  place: Place | string = ":memory:",
) {
  const db = await openIndex(typeof place === "string" ? { file: place } : place)
  const [faults, rewound]: [Fault[], number[]] = [[], []]
  const events = { blamed: (fault: Fault) => faults.push(fault), rewound: (to: number) => rewound.push(to) }
  const contracts = { registry, claims }
  const rpc = createRpc(urls, 5000)
  const indexer = createIndexer({ rpc, db, chainId: 31337, contracts, firstBlock: 0, silenceHours: 48, events })
  return { db, rpc, indexer, faults, rewound, close: () => db.kysely.destroy() }
}

/** A document that somebody handed in, and that was valid. */
export const HANDED_IN: DocumentRow = {
  ...{ id: `0x${"1d".repeat(32)}`, kind: "certificate", size: 9, bytes: Buffer.from("handed in"), received: 1 },
  ...{ judged: 1, block: 1, policy: `0x${"00".repeat(32)}`, status: "valid", code: null, detail: null, title: "runs" },
  ...{
    operator: null,
    device: null,
    model: null,
    zone: null,
    site: null,
    party: null,
    opens: null,
    ends: null,
    due: 0,
  },
}

/** Everything that an index holds but the ends of its batches. */
export async function everything({ kysely }: Db): Promise<Record<string, unknown[]>> {
  const tables = await Promise.all(
    TABLES.map(async (table) => {
      const { rows } = await sql`select * from ${sql.table(table)}`.execute(kysely)
      return [table, rows.map((row) => JSON.stringify(row)).sort()] as const
    }),
  )
  return Object.fromEntries(tables)
}
