import { createHash } from "node:crypto"
import { rmSync } from "node:fs"
import { FIELD_ORDER, type Groth16Proof, groth16Proof } from "@wattest/protocol"
import { freshBlind } from "../fresh-blind.ts"
import type { Assignment } from "../proving/prover-pool.ts"
import { openJobFile } from "./job-file.ts"

/**
 * A tally's job: what it was taken as of, the blinds that it drew and the proofs that it made. Its inputs follow from these
 * and the archive. The same command draws the same blinds again, so that the proofs still fit; of another tally nothing
 * fits, and it is proved from the start.
 */
export type ProofJournal = {
  /** Proofs that an earlier attempt left. */
  readonly held: number
  /** The time as of which the job's tally is taken: the one that an earlier attempt began with, or this. */
  readonly asOf: (time: number) => number
  /**
   * Fixes the time for every later attempt. Not before the tally is known to be provable: of one that was refused nothing
   * is left, and the next is of what is final then.
   */
  readonly begin: (asOf: number) => void
  /** The blind of the accumulator after segment i. */
  readonly blind: (i: number) => bigint
  /** The proof of an assignment: one that was kept and holds, or a new one, which is on the disk before it is handed out. */
  readonly keep: (input: Assignment, how: Keeping) => Promise<Groth16Proof>
  /** Lets go of the job, which another process may take up. */
  readonly close: () => void
  /** Nothing is left to go on with. */
  readonly end: () => void
}

export type Keeping = {
  readonly prove: () => Promise<Groth16Proof>
  /** Whether a proof verifies by the keys of now: those that it was made by may be others. */
  readonly holds: (proof: Groth16Proof) => Promise<boolean>
}

type Line =
  | { readonly blinds: readonly bigint[] }
  | { readonly input: string; readonly proof: Groth16Proof }
  | { readonly asOf: number }

function blindOf(value: unknown): bigint {
  const blind = typeof value === "string" && /^[0-9]{1,77}$/.test(value) ? BigInt(value) : FIELD_ORDER
  if (blind >= FIELD_ORDER) throw new RangeError("no blind")
  return blind
}

/** What a line says; nothing where it was cut short, or says nothing that a job does. */
function lineOf(text: string): readonly Line[] {
  try {
    const value: unknown = JSON.parse(text)
    if (value === null || typeof value !== "object") return []
    if ("asOf" in value && Number.isSafeInteger(value.asOf)) return [{ asOf: Number(value.asOf) }]
    if ("blinds" in value && Array.isArray(value.blinds)) return [{ blinds: value.blinds.map(blindOf) }]
    if (!("input" in value && "proof" in value)) return []
    return [
      { input: String(value.input), proof: groth16Proof(value.proof as Parameters<typeof groth16Proof>[0], "proof") },
    ]
  } catch {
    return []
  }
}

const digestOf = (input: Assignment) =>
  createHash("sha256")
    .update(JSON.stringify(input, (_, value: unknown) => (typeof value === "bigint" ? `${value}` : value)))
    .digest("hex")

/** A journal in a file beside the tally, private as the tally is. Throws what {@link openJobFile} throws. */
export function openJournal(path: string): ProofJournal {
  const file = openJobFile(path)
  const lines = file.lines.flatMap(lineOf)
  const write = (line: object) => file.write(JSON.stringify(line))
  const blinds = lines.flatMap((line) => ("blinds" in line ? line.blinds : []))
  const proofs = new Map(lines.flatMap((line) => ("input" in line ? [[line.input, line.proof] as const] : [])))
  const times = lines.flatMap((line) => ("asOf" in line ? [line.asOf] : []))
  return {
    held: proofs.size,
    asOf: (time) => times[0] ?? time,
    begin: (asOf) => {
      if (times.length > 0) return
      write({ asOf })
      times.push(asOf)
    },
    blind: (i) => {
      if (blinds.length <= i) {
        const drawn = Array.from({ length: i + 1 - blinds.length }, freshBlind)
        write({ blinds: drawn.map(String) })
        for (const blind of drawn) blinds.push(blind)
      }
      return blinds[i] ?? 0n
    },
    keep: async (input, { prove, holds }) => {
      const digest = digestOf(input)
      const known = proofs.get(digest)
      if (known !== undefined && (await holds(known))) return known
      const proof = await prove()
      write({ input: digest, proof })
      return proof
    },
    close: file.close,
    end: () => {
      rmSync(path, { force: true })
      file.close()
    },
  }
}

/** Keeps nothing: for callers who are not cut short. */
export function noJournal(): ProofJournal {
  const blinds: bigint[] = []
  return {
    held: 0,
    asOf: (time) => time,
    begin: () => {},
    blind: (i) => {
      while (blinds.length <= i) blinds.push(freshBlind())
      return blinds[i] ?? 0n
    },
    keep: (_, { prove }) => prove(),
    close: () => {},
    end: () => {},
  }
}
