import { mkdtempSync, readFileSync, rmSync } from "node:fs"
import { join } from "node:path"
import { zKey } from "snarkjs"
import { compileCircuit } from "../keys/compile.ts"
import { sha256 } from "../keys/export.ts"
import { type Contribution, readContributions } from "./contributions.ts"
import type { Phase1 } from "./steps.ts"
import { CeremonyError, checkPhase1, keyFile, readTranscript, type Transcript } from "./transcript.ts"

/**
 * Checks a ceremony against the sources of its circuits and the pinned phase 1: whoever trusts one contributor can then
 * trust the keys. Throws a CeremonyError that names the first thing that does not hold.
 * @param options.sources circuits that it must be about
 * @param options.unfinished true: the beacon may still be missing, for a contributor who looks before adding
 */
export async function verifyCeremony(
  folder: string,
  phase1: Phase1,
  options: { readonly sources: readonly string[]; readonly unfinished: boolean },
): Promise<Transcript> {
  const transcript = readTranscript(folder)
  await checkPhase1(phase1.path, phase1.pin)
  refuseUnless(transcript.phase1 === phase1.pin, `the transcript is about phase 1 ${transcript.phase1}`)
  const sources = Object.values(transcript.circuits).map(({ source }) => source)
  refuseUnless(sources.join() === options.sources.join(), `the transcript is about ${sources.join(", ")}`)
  checkOrder(transcript, options.unfinished)
  for (const circuit of Object.keys(transcript.circuits)) await verifyCircuit(folder, circuit, transcript, phase1.path)
  return transcript
}

function refuseUnless(holds: boolean, message: string): asserts holds {
  if (!holds) throw new CeremonyError(message, "do not use these keys; ask who ran the ceremony")
}

function checkOrder({ contributions }: Transcript, unfinished: boolean) {
  const people = contributions.filter(({ beacon }) => beacon === undefined)
  const ended = contributions.at(-1)?.beacon !== undefined
  refuseUnless(people.length > 0 || unfinished, "nobody has contributed")
  refuseUnless(ended || unfinished, "the last contribution is not a beacon")
  refuseUnless(contributions.length - people.length <= (ended ? 1 : 0), "a beacon is not the last contribution")
  refuseUnless(new Set(people.map(({ name }) => name)).size === people.length, "two contributions have one name")
}

async function verifyCircuit(folder: string, circuit: string, transcript: Transcript, ptau: string) {
  const expected = transcript.circuits[circuit]
  refuseUnless(expected !== undefined, `the transcript lacks ${circuit}`)
  const scratch = mkdtempSync(join("build", "verify-"))
  try {
    await compileCircuit(expected.source, scratch)
    const r1cs = join(scratch, `${circuit}.r1cs`)
    refuseUnless(sha256(readFileSync(r1cs)) === expected.r1cs, `${circuit}: the transcript is about another r1cs`)
    const key = keyFile(folder, circuit, transcript.contributions.length)
    const [bytes, powers] = [readFileSync(key), readFileSync(ptau)]
    const inKey = orRefuse(circuit, () => readContributions(bytes))
    checkContributions(circuit, transcript, inKey)
    const sound = await zKey.verifyFromR1cs(r1cs, powers, bytes).catch(() => false)
    refuseUnless(sound, `${circuit}: the key does not follow from phase 1, r1cs and contributions`)
  } finally {
    rmSync(scratch, { recursive: true })
  }
}

/** The outcome of reading bytes that may be anything, or a refusal. */
function orRefuse<T>(circuit: string, read: () => T): T {
  try {
    return read()
  } catch (error) {
    throw new CeremonyError(`${circuit}: the key cannot be read: ${(error as Error).message}`, "ask for another copy")
  }
}

function checkContributions(circuit: string, { contributions }: Transcript, inKey: readonly Contribution[]) {
  const recorded = contributions.map(({ name, beacon, hashes }) => ({ name, hash: hashes[circuit], beacon }))
  const found = inKey.map(({ name, hash, beacon }) => ({ name, hash, beacon }))
  refuseUnless(
    JSON.stringify(recorded) === JSON.stringify(found),
    `${circuit}: the contributions in the key are not those of the transcript`,
  )
}
