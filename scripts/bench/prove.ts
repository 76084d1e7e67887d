import { randomBytes } from "node:crypto"
import { mkdtempSync, rmSync } from "node:fs"
import { availableParallelism, tmpdir } from "node:os"
import { join } from "node:path"
import { parseArgs } from "node:util"
import {
  type Asked,
  askedOf,
  type BoundTerms,
  boundInput,
  boundPublic,
  bytesToBigInt,
  EMPTY_ACCUMULATION,
  FIELD_ORDER,
  foldPublic,
  foldSegment,
  METRICS,
  NO_UPPER_BOUND,
  type Opening,
  openRun,
  SEGMENT_RUNS,
  type Segment,
  tagField,
} from "@wattest/protocol"
import { type Circuit, createProverPool, findRapidsnark, type ProverPool, readVerificationKey } from "@wattest/prover"
import { checkProofs, type ProofCase } from "@wattest/verifier"
import { compileCircuit } from "../keys/compile.ts"
import { makeDevelopmentKeys } from "../keys/development.ts"
import { CIRCUITS } from "../keys/export.ts"
import { run as measureOnChain } from "./claims.ts"
import { multiScalarRate, pointsOf } from "./prove/multi-scalar.ts"
import type { Row } from "./rows/row.ts"

type Assignment = Parameters<ProverPool["prove"]>[1]

const KEYS = "build/circuits"
const RUNS = 1000
const REPEATS = 3
const MEGABYTE = 1e6
const GOALS = { ledgerSeconds: 100, ledgerMegabytes: 1600, keys: 120 }
/** Seconds of a proof, of a fold for each of its runs, by snarkjs alone. */
const GOALS_OF = { open: 0.25, bound: 0.25, fold: 0.15 }
/** Seconds of an opening by rapidsnark's library; the others have no goal. */
const LIBRARY_GOAL = 0.15

const LABELS = { model: "llama", unit: "token", zone: "DE", site: "", party: "" }
/** January 2026. */
const PERIOD = { from: 1_767_225_600, to: 1_769_904_000 }
const ASKED: Asked = askedOf(
  { ...LABELS, boundary: "node" },
  { energyGrade: "measured", workGrade: "declared", origin: "live", required: [] },
  PERIOD,
)
const ANY: BoundTerms = {
  ...{ measure: METRICS["energy-per-work"], isStrict: true, bounds: { lo: 0n, hi: NO_UPPER_BOUND } },
}

const round = (value: number) => Math.round(value * 1000) / 1000
const fresh = () => bytesToBigInt(randomBytes(31))

/** An ordinary run with random energy and work, so that no witness is small. */
function opening(): Opening {
  const some = () => bytesToBigInt(randomBytes(5))
  const end = BigInt(PERIOD.from) * 1000n + 60_000n + (some() % 2_000_000_000n)
  return {
    registers: [...Array.from({ length: 11 }, some), 0n],
    times: [end - 60_000n, end],
    marks: [60n, 2n, 0n, 1n, 4n, 0n],
    flags: Array.from({ length: 17 }, (_, i) => BigInt(i % 2)),
    tags: Object.values(LABELS).map(tagField),
    rest: [some(), fresh(), fresh(), fresh(), fresh() % FIELD_ORDER],
  }
}

function segmentsOf(runs: number): readonly Segment[] {
  const segments: Segment[] = []
  let from = { head: 0n, accumulation: EMPTY_ACCUMULATION }
  for (let left = runs; left > 0; left -= SEGMENT_RUNS) {
    const slots = Array.from({ length: Math.min(left, SEGMENT_RUNS) }, () => ({ opening: opening() }))
    const segment = foldSegment(from, slots, { asked: ASKED, blindTo: fresh() })
    segments.push(segment)
    from = { head: segment.headTo, accumulation: segment.to }
  }
  return segments
}

function progress(done: number, total: number): void {
  if (process.stderr.isTTY) process.stderr.write(`\rproving ${done}/${total}${done === total ? "\n" : ""}`)
}

/**
 * Seconds of one proof with the keys in memory, the best of several, and what its process used. One process proves on all
 * cores; of several each proves on one.
 */
async function measureOne(
  circuit: Circuit,
  input: Assignment,
  rapidsnark: string | null,
  processes = 1,
): Promise<readonly [seconds: number, megabytes: number]> {
  const pool = createProverPool({ folder: KEYS, processes, rapidsnark })
  await pool.prove(circuit, input)
  const times: number[] = []
  for (let i = 0; i < REPEATS; i++) {
    const startedAt = performance.now()
    await pool.prove(circuit, input)
    times.push((performance.now() - startedAt) / 1000)
  }
  pool.close()
  return [Math.min(...times), pool.peakBytes() / MEGABYTE]
}

/** Each circuit by one back-end, witness included. `limit` is what snarkjs' multi-scalar sums alone would take. */
async function measureBackend(
  inputs: { readonly [circuit in keyof typeof GOALS_OF]: Assignment },
  backend: { readonly prefix: string; readonly rapidsnark: string | null; readonly rate: number | null },
): Promise<Row[]> {
  const { prefix, rapidsnark, rate } = backend
  const rows: Row[] = []
  for (const circuit of ["open", "bound", "fold"] as const) {
    const [seconds, megabytes] = await measureOne(circuit, inputs[circuit], rapidsnark)
    const bound = rapidsnark === null ? GOALS_OF[circuit] : circuit === "open" ? LIBRARY_GOAL : undefined
    const goal = bound === undefined ? {} : { goal: bound }
    const perRun = { key: `${prefix}fold.perSlotSeconds`, value: round(seconds / SEGMENT_RUNS), unit: "s a run" }
    const perProof = { key: `${prefix}${circuit}.seconds`, value: round(seconds), unit: "s" }
    rows.push({ ...(circuit === "fold" ? perRun : perProof), ...goal })
    rows.push({ key: `${prefix}${circuit}.peakMB`, value: Math.round(megabytes), unit: "MB" })
    if (rate === null) continue
    const limit = pointsOf(`${KEYS}/${circuit}.zkey`) / rate
    rows.push({
      key: `${circuit}.overMultiScalar`,
      value: round(seconds / limit),
      unit: "× snarkjs' multi-scalar sums",
    })
  }
  return rows
}

/** Seconds and megabytes of a ledger from openings to verified proofs, keys read from the disk. */
async function measureLedger(runs: number, rapidsnark: string | null): Promise<readonly [number, number]> {
  const pool = createProverPool({ folder: KEYS, processes: availableParallelism(), rapidsnark })
  const startedAt = performance.now()
  const [foldKey, boundKey] = [readVerificationKey(KEYS, "fold"), readVerificationKey(KEYS, "bound")]
  const segments = segmentsOf(runs)
  let done = 0
  const fold = async ({ input }: Segment, i: number): Promise<ProofCase> => {
    const proof = await pool.prove("fold", input)
    progress(++done, segments.length)
    return { key: foldKey, publicSignals: foldPublic(input), proof, label: `segment ${i}` }
  }
  const to = segments.at(-1)?.to ?? EMPTY_ACCUMULATION
  const input = boundInput({ numerator: to, denominator: to }, ANY)
  const [cases, proof] = await Promise.all([Promise.all(segments.map(fold)), pool.prove("bound", input)])
  checkProofs([...cases, { key: boundKey, publicSignals: boundPublic(input), proof, label: "bound" }])
  pool.close()
  const own = process.resourceUsage().maxRSS * 1024
  return [(performance.now() - startedAt) / 1000, (own + pool.peakBytes()) / MEGABYTE]
}

/** Circuits compiled and development keys made from nothing, as after a clone. */
async function measureKeys(): Promise<Row> {
  const folder = mkdtempSync(join(tmpdir(), "wattest-keys-"))
  const startedAt = performance.now()
  try {
    await Promise.all(CIRCUITS.map((name) => compileCircuit(`circuits/main/${name}.circom`, folder)))
    await makeDevelopmentKeys(folder, () => {})
  } finally {
    rmSync(folder, { recursive: true })
  }
  const seconds = (performance.now() - startedAt) / 1000
  return { key: "keys.seconds", value: round(seconds), unit: "s", goal: GOALS.keys }
}

/**
 * Seconds and peak memory of each circuit's proof with its key in memory, by snarkjs and by what the PATH has of
 * rapidsnark, and of a ledger of 1,000 runs from nothing.
 * `--runs N` takes another number of runs, and has no goal for them.
 */
export async function run(options: readonly string[]): Promise<Row[]> {
  const { values } = parseArgs({ args: [...options], options: { runs: { type: "string", default: `${RUNS}` } } })
  const runs = Number(values.runs)
  // Before anything else: a process tells the most memory that it ever had, and this one is counted with the ledger's
  const [seconds, megabytes] = await measureLedger(runs, null)
  const { input: opened, to } = openRun(opening(), { asked: ASKED, from: EMPTY_ACCUMULATION, blindTo: fresh() })
  const bound = boundInput({ numerator: to, denominator: to }, ANY)
  const [segment] = segmentsOf(SEGMENT_RUNS)
  if (!segment) throw new Error("no segment")
  const inputs = { open: opened, bound, fold: segment.input }
  const rate = await multiScalarRate(`${KEYS}/fold.zkey`)
  const [onOneCore] = await measureOne("fold", inputs.fold, null, 2)
  const library = findRapidsnark()
  const rows: Row[] = [
    { key: "multiScalar.pointsPerSecond", value: Math.round(rate), unit: "points of G1/s" },
    ...(await measureBackend(inputs, { prefix: "", rapidsnark: null, rate })),
    { key: "fold.perSlotCoreSeconds", value: round(onOneCore / SEGMENT_RUNS), unit: "s of a core a run" },
    ...(library === null
      ? []
      : await measureBackend(inputs, { prefix: "rapidsnark.", rapidsnark: library, rate: null })),
  ]
  const byLibrary = library === null ? null : await measureLedger(runs, library)
  const onChain = await measureOnChain()
  return [
    ...rows,
    {
      key: `ledger${runs}.seconds`,
      value: round(seconds),
      unit: "s",
      ...(runs === RUNS ? { goal: GOALS.ledgerSeconds } : {}),
    },
    { key: `ledger${runs}.peakMB`, value: Math.round(megabytes), unit: "MB", goal: GOALS.ledgerMegabytes },
    ...(byLibrary ? [{ key: `rapidsnark.ledger${runs}.seconds`, value: round(byLibrary[0]), unit: "s" }] : []),
    ...onChain.filter(({ goal }) => goal !== undefined),
    await measureKeys(),
  ]
}
