import { type Books, type Status, type Subject, Unread } from "../books/books.ts"
import type { Judged } from "./messages.ts"
import type { Believed } from "./policy.ts"
import type { Verifier } from "./verifier.ts"

/** What became of a check of something that the page shows. */
export type Checked =
  | { readonly is: "unchecked"; readonly why: string }
  /** The chain says so, too. `whose`: who names the block. */
  | { readonly is: "true"; readonly block: number; readonly whose: string; readonly judged: Judged }
  /** The document does not hold, or is not enough. */
  | { readonly is: "refused"; readonly judged: Judged }
  /** The chain says something else than the page: by name, what each says. */
  | { readonly is: "false"; readonly differences: readonly Difference[]; readonly judged: Judged }

export type Difference = { readonly name: string; readonly shown: string; readonly proved: string }

type Values = { readonly [name: string]: unknown }

/** Values that the page shows, by the names that an extract gives them; of claims also their sentences. */
export type Shown =
  | { readonly values: Values }
  | { readonly claims: readonly { readonly sentence: string; readonly values: Values }[] }

export type World = {
  readonly books: Books
  readonly verifier: Verifier
  readonly status: Status
  readonly nodes: readonly string[]
  readonly policy: string
  /** Digest of the code of the registry of claims, as the reader's nodes have it. */
  claims(): Promise<Believed["claims"]>
}

/** Fetches a proof, has it judged here, and holds against it what the page shows. Never throws. */
export async function check(subject: Subject, shown: Shown, world: World): Promise<Checked> {
  try {
    const { books, verifier, status, nodes, policy } = world
    const bytes = await books.proof(subject)
    const kind = subject.kind === "claim" ? "presentation" : "extract"
    const claims = subject.kind === "claim" ? await world.claims() : null
    const believed = { chainId: status.chainId, registry: status.registry, claims, nodes }
    const judged = await verifier.judge({ kind, bytes, believed, policy })
    if (judged.status !== "valid" || judged.block === null) return { is: "refused", judged }
    const differences =
      "claims" in shown
        ? shown.claims.flatMap((claim) => unproved(claim, judged))
        : differing({ ...asked(subject), ...shown.values }, judged.said)
    if (differences.length > 0) return { is: "false", differences, judged }
    return { is: "true", block: judged.block, whose: whoseBlock(world), judged }
  } catch (error) {
    return { is: "unchecked", why: error instanceof Unread ? `${error.message}. ${error.hint}` : said(error) }
  }
}

const said = (error: unknown) => (error instanceof Error ? error.message : String(error))

const whoseBlock = ({ nodes, policy, books }: World) => {
  if (policy !== "") return "your policy trusts"
  return nodes.length > 0 ? `${nodes.map((node) => new URL(node).host).join(", ")} has` : `${books.source} names`
}

/** A sentence alone would leave what is drawn beside it to whoever handed it out: each number is held to the proof. */
function unproved({ sentence, values }: ClaimShown, { claims }: Judged): readonly Difference[] {
  const proved = claims.filter((claim) => claim.sentence === sentence)
  const found = proved.map((claim) => differing(values, claim.values)).toSorted((a, b) => a.length - b.length)
  const said = claims.map((claim) => claim.sentence).join(" ") || "nothing"
  return found[0] ?? [{ name: "sentence", shown: sentence, proved: said }]
}

type ClaimShown = Extract<Shown, { readonly claims: unknown }>["claims"][number]

/** The proof is of what was asked for; which ledger a device is in follows from its pair of accounts. */
const asked = (subject: Subject): Values =>
  Object.fromEntries(Object.entries(subject).filter(([name]) => name !== "ledger"))

const differing = (values: Values, said: { readonly [name: string]: string }): readonly Difference[] =>
  Object.entries(values).flatMap(([name, value]) => {
    const [shown, proved] = [String(value), said[name]]
    return proved === shown ? [] : [{ name, shown, proved: proved ?? "nothing" }]
  })
