import { randomBytes } from "node:crypto"
import { existsSync, mkdirSync, readFileSync, rmSync } from "node:fs"
import { basename, join } from "node:path"
import { zKey } from "snarkjs"
import { compileCircuit } from "../keys/compile.ts"
import { sha256 } from "../keys/export.ts"
import type { Beacon } from "../keys/secrets.ts"
import { readContributions } from "./contributions.ts"
import { CeremonyError, checkPhase1, keyFile, readTranscript, type Transcript, writeTranscript } from "./transcript.ts"

/** A phase-1 file and the digest that it must have. */
export type Phase1 = { readonly path: string; readonly pin: string }

type Report = (line: string) => void

/** Compiles the circuits and makes the keys that contributions go into. */
export async function start(folder: string, phase1: Phase1, sources: readonly string[], report: Report) {
  if (existsSync(join(folder, "transcript.json")))
    throw new CeremonyError(`${folder} already holds a ceremony`, "name another folder, or contribute to this one")
  await checkPhase1(phase1.path, phase1.pin)
  mkdirSync(folder, { recursive: true })
  const circuits: Record<string, Transcript["circuits"][string]> = {}
  for (const source of sources) {
    const circuit = basename(source, ".circom")
    report(`compiling ${circuit} …`)
    await compileCircuit(source, folder)
    report(`making the key of ${circuit} that contributions go into …`)
    const r1cs = join(folder, `${circuit}.r1cs`)
    if ((await zKey.newZKey(r1cs, phase1.path, keyFile(folder, circuit, 0))) === -1)
      throw new CeremonyError(`${phase1.path} is too small for ${circuit}`, "use the file for 2^17 constraints")
    circuits[circuit] = { source, r1cs: sha256(readFileSync(r1cs)) }
  }
  writeTranscript(folder, { phase1: phase1.pin, circuits, contributions: [] })
}

/** Adds one person's randomness to every key. It is drawn here, used once and never written. */
export async function contribute(folder: string, name: string, report: Report) {
  await advance(folder, name, async (before, after) => {
    await zKey.contribute(before, after, name, randomBytes(64).toString("hex"))
    report(`wrote ${after}`)
  })
}

/** Ends the ceremony with randomness that nobody could know before the last contribution. */
export async function applyBeacon(folder: string, beacon: Beacon, report: Report) {
  const { contributions } = readTranscript(folder)
  if (contributions.length === 0)
    throw new CeremonyError("nobody has contributed yet", "npm run ceremony -- contribute FOLDER --name NAME")
  const { hash, iterationsExponent } = beacon
  await advance(
    folder,
    "beacon",
    async (before, after) => {
      await zKey.beacon(before, after, "beacon", hash, iterationsExponent)
      report(`wrote ${after}`)
    },
    beacon,
  )
}

async function advance(
  folder: string,
  name: string,
  step: (before: string, after: string) => Promise<void>,
  beacon?: Beacon,
) {
  const transcript = readTranscript(folder)
  const count = transcript.contributions.length
  if (transcript.contributions.some((entry) => entry.beacon !== undefined))
    throw new CeremonyError("the ceremony has ended with its beacon", "npm run ceremony -- verify FOLDER --phase1 FILE")
  const hashes: Record<string, string> = {}
  for (const circuit of Object.keys(transcript.circuits)) {
    const [before, after] = [keyFile(folder, circuit, count), keyFile(folder, circuit, count + 1)]
    await step(before, after)
    hashes[circuit] = readContributions(readFileSync(after))[count]?.hash ?? ""
  }
  const entry = { name, hashes, ...(beacon === undefined ? {} : { beacon }) }
  writeTranscript(folder, { ...transcript, contributions: [...transcript.contributions, entry] })
  for (const circuit of Object.keys(transcript.circuits)) rmSync(keyFile(folder, circuit, count))
}
