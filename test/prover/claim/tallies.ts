import {
  createBound,
  createTally,
  noJournal,
  openArchive,
  type ProofJournal,
  readTerms,
  type TallyFile,
  type WrittenBound,
  type WrittenClosing,
  type WrittenTerms,
} from "@wattest/prover"
import { AS_OF, FROM, KEYS, TO, type World } from "@wattest/testkit/ledger/world"

export const REQUEST: WrittenTerms = {
  ...{ model: "llama", unit: "token", boundary: "node" },
  ...{ from: FROM, to: TO, asOf: AS_OF },
}
export const PER_TOKEN: WrittenBound = { metric: "joules-per-token", atMost: "0.0505" }

type Options = {
  readonly ledger?: `0x${string}`
  readonly archive?: string
  readonly unopened?: number
  readonly closing?: WrittenClosing
  readonly journal?: ProofJournal
}

/** How the tests of a claim fold and bound, over the ledgers of a world. */
export function createTallies(world: World) {
  const tally = (written: Partial<WrittenTerms> = {}, options: Options = {}) => {
    const {
      ledger = world.large.id,
      archive = world.archive,
      unopened = 0,
      closing = {},
      journal = noJournal(),
    } = options
    const { reader, registry, pool } = world
    return createTally({
      ...{ reader, registry, ledgers: [ledger], archives: [openArchive(archive)], unopened, closing, journal },
      ...{ terms: readTerms({ ...REQUEST, ...written }), keys: KEYS, pool },
    })
  }
  const bounded = (file: TallyFile, written: WrittenBound) =>
    createBound({ file, written, keys: KEYS, pool: world.pool })
  return { world, tally, bounded }
}

export type Tallies = ReturnType<typeof createTallies>
