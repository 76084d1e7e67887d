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

/** Values that the page shows, by the names that an extract gives them; of a claim its sentences. */
export type Shown =
  | { readonly values: { readonly [name: string]: unknown } }
  | { readonly sentences: readonly string[] }

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
    const { bytes } = await books.proof(subject)
    const kind = subject.kind === "claim" ? "presentation" : "extract"
    const claims = subject.kind === "claim" ? await world.claims() : null
    const believed = { chainId: status.chainId, registry: status.registry, claims, nodes }
    const judged = await verifier.judge({ kind, bytes, believed, policy })
    if (judged.status !== "valid" || judged.block === null) return { is: "refused", judged }
    const differences =
      "sentences" in shown ? unproved(shown.sentences, judged) : differing(subject, shown.values, judged)
    if (differences.length > 0) return { is: "false", differences, judged }
    return { is: "true", block: judged.block, whose: whoseBlock(world), judged }
  } catch (error) {
    return { is: "unchecked", why: error instanceof Unread ? `${error.message}. ${error.hint}` : String(error) }
  }
}

const whoseBlock = ({ nodes, policy, books }: World) => {
  if (policy !== "") return "your policy trusts"
  return nodes.length > 0 ? `${nodes.map((node) => new URL(node).host).join(", ")} has` : `${books.source} names`
}

const unproved = (sentences: readonly string[], judged: Judged): readonly Difference[] =>
  sentences
    .filter((sentence) => !judged.sentences.includes(sentence))
    .map((sentence) => ({ name: "sentence", shown: sentence, proved: judged.sentences.join(" ") || "nothing" }))

/** The proof is of what was asked, and says of it what the page says. */
function differing(
  subject: Subject,
  values: { readonly [name: string]: unknown },
  { said }: Judged,
): readonly Difference[] {
  const asked = Object.entries(subject).filter(([name]) => name !== "ledger")
  return [...asked, ...Object.entries(values)].flatMap(([name, value]) => {
    const [shown, proved] = [String(value), said[name]]
    return proved === shown ? [] : [{ name, shown, proved: proved ?? "nothing" }]
  })
}
