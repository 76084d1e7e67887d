import { createHash } from "node:crypto"
import {
  closeSync,
  existsSync,
  fsyncSync,
  openSync,
  readFileSync,
  rmSync,
  statSync,
  writeFileSync,
  writeSync,
} from "node:fs"
import { dirname } from "node:path"
import { syncNames } from "@wattest/command"
import { type Groth16Proof, groth16Proof } from "@wattest/protocol"
import { freshBlind } from "../fresh-blind.ts"
import type { Assignment } from "../proving/prover-pool.ts"
import { Refusal } from "../refusal.ts"

/**
 * A tally's job: what it was taken as of, the blinds that it drew and the proofs that it made. Its inputs follow from these
 * and the archive. The same command draws the same blinds again, so that the proofs still fit; of another tally nothing
 * fits, and it is proved from the start.
 */
export type ProofJournal = {
  /** The time as of which the job's tally is taken: the first one that it was told. */
  readonly asOf: (time: number) => number
  /** The blind of the accumulator after segment i. */
  readonly blind: (i: number) => bigint
  /** The proof of an assignment: one that was kept, or a new one, which is on the disk before it is handed out. */
  readonly keep: (input: Assignment, prove: () => Promise<Groth16Proof>) => Promise<Groth16Proof>
  /** Lets go of the job, which another process may take up. */
  readonly close: () => void
  /** Nothing is left to go on with. */
  readonly end: () => void
}

type Line =
  | { readonly blinds: readonly string[] }
  | { readonly input: string; readonly proof: Groth16Proof }
  | { readonly asOf: number }

function lineOf(text: string): readonly Line[] {
  try {
    const value: unknown = JSON.parse(text)
    if (value === null || typeof value !== "object") return []
    if ("asOf" in value && Number.isSafeInteger(value.asOf)) return [{ asOf: Number(value.asOf) }]
    if ("blinds" in value && Array.isArray(value.blinds)) return [{ blinds: value.blinds.map(String) }]
    if (!("input" in value && "proof" in value)) return []
    return [
      { input: String(value.input), proof: groth16Proof(value.proof as Parameters<typeof groth16Proof>[0], "proof") },
    ]
  } catch {
    return []
  }
}

const isAlive = (pid: number): boolean => {
  try {
    return process.kill(pid, 0)
  } catch (error) {
    return (error as NodeJS.ErrnoException).code === "EPERM"
  }
}

const stopped = (error: unknown, path: string) =>
  new Refusal(
    "JOB_STOPPED",
    `${path}: ${(error as NodeJS.ErrnoException).code ?? "it cannot be written"}`,
    "make room or name another place with --out; the same command goes on with what was kept",
  )

/** Two processes of one machine do not work on one job. A lock whose process is gone is taken over. */
function lock(path: string): void {
  const owner = existsSync(path) ? Number(readFileSync(path, "utf8")) : 0
  const isTaken = owner > 0 && owner !== process.pid && isAlive(owner)
  const taken = new Refusal("JOB_STOPPED", `process ${owner} works on it`, `wait until it ends, or remove ${path}`)
  if (isTaken) throw taken
  rmSync(path, { force: true })
  try {
    writeFileSync(path, `${process.pid}`, { flag: "wx", mode: 0o600 })
  } catch (error) {
    throw (error as NodeJS.ErrnoException).code === "EEXIST" ? taken : stopped(error, path)
  }
}

const digestOf = (input: Assignment) =>
  createHash("sha256")
    .update(JSON.stringify(input, (_, value: unknown) => (typeof value === "bigint" ? `${value}` : value)))
    .digest("hex")

/** The file, for one process at a time: each line is on the disk when `write` returns. Throws JOB_STOPPED. */
function openLines(path: string) {
  const lockPath = `${path}.lock`
  lock(lockPath)
  const text = statSync(path, { throwIfNoEntry: false })?.isFile() ? readFileSync(path, "utf8") : ""
  const write = (file: number, line: string) => {
    try {
      writeSync(file, line)
      fsyncSync(file)
    } catch (error) {
      throw stopped(error, path)
    }
  }
  let file: number | null = null
  const open = () => {
    try {
      const file = openSync(path, "a", 0o600)
      syncNames(dirname(path))
      return file
    } catch (error) {
      throw stopped(error, path)
    }
  }
  return {
    lines: text.split("\n").flatMap(lineOf),
    write: (line: Line) => {
      if (file === null) {
        file = open()
        // What was cut short stays a line of its own, which means nothing
        if (text !== "" && !text.endsWith("\n")) write(file, "\n")
      }
      write(file, `${JSON.stringify(line)}\n`)
    },
    close: () => {
      if (file !== null) closeSync(file)
      file = null
      rmSync(lockPath, { force: true })
    },
  }
}

/** A journal in a file beside the tally, private as the tally is. Throws JOB_STOPPED where another process works on it. */
export function openJournal(path: string): ProofJournal {
  const { lines, write, close } = openLines(path)
  const blinds = lines.flatMap((line) => ("blinds" in line ? line.blinds : [])).map(BigInt)
  const proofs = new Map(lines.flatMap((line) => ("input" in line ? [[line.input, line.proof] as const] : [])))
  const times = lines.flatMap((line) => ("asOf" in line ? [line.asOf] : []))
  return {
    asOf: (time) => {
      if (times.length === 0) write({ asOf: times[times.push(time) - 1] ?? time })
      return times[0] ?? time
    },
    blind: (i) => {
      if (blinds.length <= i) {
        const drawn = Array.from({ length: i + 1 - blinds.length }, freshBlind)
        write({ blinds: drawn.map(String) })
        for (const blind of drawn) blinds.push(blind)
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
    close,
    end: () => {
      close()
      rmSync(path, { force: true })
    },
  }
}

/** Keeps nothing: for callers who are not cut short. */
export function noJournal(): ProofJournal {
  const blinds: bigint[] = []
  return {
    asOf: (time) => time,
    blind: (i) => {
      while (blinds.length <= i) blinds.push(freshBlind())
      return blinds[i] ?? 0n
    },
    keep: (_, prove) => prove(),
    close: () => {},
    end: () => {},
  }
}
