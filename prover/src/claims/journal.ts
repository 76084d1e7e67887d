import { createHash } from "node:crypto"
import { appendFileSync, existsSync, readFileSync, rmSync } from "node:fs"
import { type FoldInput, type Groth16Proof, groth16Proof } from "@wattest/protocol"
import { freshBlind } from "./plan.ts"

/**
 * What is left of a tally that was cut short: the blinds that it drew and the proofs that it made. The same command draws
 * the same blinds again, so that the proofs still fit; of another tally nothing fits, and it is proved from the start.
 */
export type ProofJournal = {
  /** The blind of the accumulator after segment i. */
  readonly blind: (i: number) => bigint
  /** The proof of an assignment: one that was kept, or a new one, which is kept before it is handed out. */
  readonly keep: (input: FoldInput, prove: () => Promise<Groth16Proof>) => Promise<Groth16Proof>
  /** Nothing is left to go on with. */
  readonly end: () => void
}

type Line = { readonly blinds: readonly string[] } | { readonly input: string; readonly proof: Groth16Proof }

function linesOf(path: string): readonly Line[] {
  if (!existsSync(path)) return []
  const lines = readFileSync(path, "utf8").split("\n")
  // The last line is one that was cut short, or empty
  return lines.slice(0, -1).flatMap((line): Line[] => {
    try {
      const value: unknown = JSON.parse(line)
      if (value === null || typeof value !== "object") return []
      if ("blinds" in value && Array.isArray(value.blinds)) return [{ blinds: value.blinds.map(String) }]
      if (!("input" in value && "proof" in value)) return []
      return [
        { input: String(value.input), proof: groth16Proof(value.proof as Parameters<typeof groth16Proof>[0], "proof") },
      ]
    } catch {
      return []
    }
  })
}

const digestOf = (input: FoldInput) =>
  createHash("sha256")
    .update(JSON.stringify(input, (_, value: unknown) => (typeof value === "bigint" ? `${value}` : value)))
    .digest("hex")

/** A journal in a file beside the tally, private as the tally is. */
export function openJournal(path: string): ProofJournal {
  const lines = linesOf(path)
  const blinds = lines.flatMap((line) => ("blinds" in line ? line.blinds : [])).map(BigInt)
  const proofs = new Map(lines.flatMap((line) => ("input" in line ? [[line.input, line.proof] as const] : [])))
  const write = (line: object) => appendFileSync(path, `${JSON.stringify(line)}\n`, { mode: 0o600 })
  return {
    blind: (i) => {
      while (blinds.length <= i) {
        const drawn = freshBlind()
        write({ blinds: [`${drawn}`] })
        blinds.push(drawn)
      }
      return blinds[i] ?? 0n
    },
    keep: async (input, prove) => {
      const digest = digestOf(input)
      const known = proofs.get(digest)
      if (known !== undefined) return known
      const proof = await prove()
      write({ input: digest, proof })
      return proof
    },
    end: () => rmSync(path, { force: true }),
  }
}

/** Keeps nothing: for callers who are not cut short. */
export function noJournal(): ProofJournal {
  const blinds: bigint[] = []
  return {
    blind: (i) => {
      while (blinds.length <= i) blinds.push(freshBlind())
      return blinds[i] ?? 0n
    },
    keep: (_, prove) => prove(),
    end: () => {},
  }
}
