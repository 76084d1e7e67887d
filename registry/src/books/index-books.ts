import {
  type Block,
  createIndexClient,
  type IndexClient,
  type ListName,
  type Question,
  type Row,
} from "@wattest/client"
import { CommandError, proxiedFetch, Unreachable, UsageError } from "@wattest/command"
import type { Target } from "../target.ts"

/** An index that follows the target's registry. Nothing that it says is shown before the chain said the same. */
export type IndexBooks = {
  /** Scheme, host and port. */
  readonly origin: string
  /** The rows of a list, all of one block, which the chain has. */
  readonly rows: <N extends ListName>(name: N, question?: Question<N>) => Promise<Standing<N>>
}

export type Standing<N extends ListName> = { readonly block: Block; readonly rows: readonly Row<N>[] }

/** A block may be taken while a list is read: then it is read again, so often. */
const READINGS = 3

/** Opens an index. Throws a UsageError where it follows another registry, an IndexFailure where it does not answer. */
export async function openIndex(url: string, target: Target): Promise<IndexBooks> {
  const client = createIndexClient({ url, fetch: proxiedFetch })
  const { origin } = new URL(url)
  const { chainId, registry } = await client.status()
  if (chainId !== target.chainId || registry !== target.address.toLowerCase())
    throw new UsageError(
      `${origin} follows registry ${registry} of chain ${chainId}, not ${target.address.toLowerCase()} of chain ${target.chainId}`,
      "name an index of this registry with --index",
    )
  return {
    origin,
    rows: async (name, question) => {
      const standing = await readWhole(client, origin, name, question)
      await assertOnChain(target, origin, standing.block)
      return standing
    },
  }
}

async function readWhole<N extends ListName>(
  client: IndexClient,
  origin: string,
  name: N,
  question?: Question<N>,
): Promise<Standing<N>> {
  for (let reading = 0; reading < READINGS; reading++) {
    const rows: Row<N>[] = []
    let [block, isWhole]: [Block | null, boolean] = [null, true]
    for await (const page of client.pages(name, question)) {
      isWhole &&= block === null || block.hash === page.block.hash
      block ??= page.block
      rows.push(...page.rows)
      if (!isWhole) break
    }
    if (isWhole && block !== null) return { block, rows }
  }
  throw new Unreachable(`${origin}: new blocks come in while its ${name} are read`, "try again")
}

/** The block that an index stands on is one of the chain's. */
async function assertOnChain({ client }: Target, origin: string, { number, hash }: Block): Promise<void> {
  const found = await client.getBlock({ blockNumber: BigInt(number) }).catch((error: Error) => {
    if (error.name === "BlockNotFoundError") return null
    throw error
  })
  if (found === null)
    throw new Unreachable(
      `the node has no block ${number} yet, on which ${origin} stands`,
      "try again soon, or ask another node with --rpc",
    )
  if (found.hash !== hash) throw lie(origin, [`block ${number} is ${hash}; the chain says ${found.hash}`])
}

const MOST_SHOWN = 3

/** An index that says what the chain does not: nothing of it is shown. */
export function lie(origin: string, differences: readonly string[]): CommandError {
  const more = differences.length > MOST_SHOWN ? `; and ${differences.length - MOST_SHOWN} differences more` : ""
  return new CommandError(
    `${origin} says what the chain does not: ${differences.slice(0, MOST_SHOWN).join("; ")}${more}`,
    "ask another index, or the chain alone: leave --index, WATTEST_INDEX and the profile's index out",
  )
}

/** Refuses what an index says of things that have names, unless the chain says the same of each, and of no other. */
export function assertSame<T extends Told, R extends Told>(
  origin: string,
  { kind, told, known, columns }: Comparison<T, R>,
): void {
  const byName = new Map(told.map((row) => [row.name, row]))
  const differences = known.flatMap((fact) => {
    const row = byName.get(fact.name)
    byName.delete(fact.name)
    if (row === undefined) return [`${kind} ${fact.name} is left out`]
    return columns
      .filter((column) => !Object.is(row[column], fact[column]))
      .map((column) => `${column} of ${kind} ${fact.name} is ${row[column]}; the chain says ${fact[column]}`)
  })
  const invented = [...byName.keys()].map((name) => `there is a ${kind} ${name}; the chain has none`)
  if (differences.length + invented.length > 0) throw lie(origin, [...differences, ...invented])
}

type Told = { readonly name: string; readonly [column: string]: string | number | null }

type Comparison<T extends Told, R extends Told> = {
  readonly kind: string
  readonly told: readonly T[]
  readonly known: readonly R[]
  readonly columns: readonly (keyof T & keyof R & string)[]
}
