import { createHash } from "node:crypto"
import { createReadStream, existsSync, readFileSync, writeFileSync } from "node:fs"
import { basename, join } from "node:path"
import { type Shape, shape } from "@wattest/protocol"
import { toJson } from "../keys/export.ts"
import type { Beacon } from "../keys/secrets.ts"

/**
 * Phase 1: the powers of tau of the Privacy Stewards of Ethereum's perpetual ceremony, 2^17, prepared
 * (ppot_0080_17.ptau), by SHA-256. Nothing else tells an honest file from one whose secret somebody knows.
 */
export const PHASE1_SHA256 = "f807e065fde53f72f4bf4d57140fab85b26daa6cc95bdfec7cce93622b3a367c"

/** One contribution, to every circuit. */
export type Entry = {
  readonly name: string
  readonly beacon?: Beacon
  /** By circuit: the hash of the contribution, in hex. */
  readonly hashes: Readonly<Record<string, string>>
}

/** What a ceremony publishes beside its keys. Digests are SHA-256 in hex. */
export type Transcript = {
  readonly phase1: string
  readonly circuits: Readonly<Record<string, { readonly source: string; readonly r1cs: string }>>
  readonly contributions: readonly Entry[]
}

/** A mistake in how the ceremony is held, or in its files; the message says which, and `hint` what to do. */
export class CeremonyError extends Error {
  readonly hint: string

  constructor(message: string, hint: string) {
    super(message)
    this.name = "CeremonyError"
    this.hint = hint
  }
}

const digest = shape.text(128)
const TRANSCRIPT: Shape<Transcript> = shape.object({
  phase1: digest,
  circuits: shape.record(shape.object({ source: shape.text(256), r1cs: digest }), 16),
  contributions: shape.array(
    shape.object({
      name: shape.text(64),
      beacon: shape.optional(shape.object({ hash: shape.text(256), iterationsExponent: shape.integer(10, 63) })),
      hashes: shape.record(digest, 16),
    }),
    { max: 1000 },
  ),
})

/** Reads what others may have written. A circuit's name is that of its source: no other file of the folder is touched. */
export function readTranscript(folder: string): Transcript {
  const path = join(folder, "transcript.json")
  if (!existsSync(path))
    throw new CeremonyError(`${path} is not there`, "begin with: npm run ceremony -- start FOLDER --phase1 FILE")
  try {
    const transcript = TRANSCRIPT(JSON.parse(readFileSync(path, "utf8")), "transcript")
    for (const [name, { source }] of Object.entries(transcript.circuits))
      if (basename(source, ".circom") !== name) throw new Error(`circuit ${name} is not the one of ${source}`)
    return transcript
  } catch (error) {
    throw new CeremonyError(
      `${path} is not a transcript: ${(error as Error).message}`,
      "ask who sent it for another copy",
    )
  }
}

export function writeTranscript(folder: string, transcript: Transcript) {
  writeFileSync(join(folder, "transcript.json"), toJson(transcript))
}

/** The key after so many contributions. */
export const keyFile = (folder: string, circuit: string, contributions: number) =>
  join(folder, `${circuit}.${contributions}.zkey`)

export async function sha256OfFile(path: string): Promise<string> {
  const hash = createHash("sha256")
  for await (const chunk of createReadStream(path)) hash.update(chunk)
  return hash.digest("hex")
}

/** Refuses a phase-1 file that is not the pinned one. */
export async function checkPhase1(path: string, pin: string) {
  const digest = await sha256OfFile(path)
  if (digest !== pin)
    throw new CeremonyError(
      `${path} has SHA-256 ${digest}, not ${pin}`,
      "get ppot_0080_17.ptau of the perpetual powers of tau again; a file of unknown origin can hide a known secret",
    )
}
