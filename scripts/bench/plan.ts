import { fork } from "node:child_process"
import { parseArgs } from "node:util"
import {
  type BoundInput,
  bigIntToBytes,
  boundPublic,
  type ContractProof,
  type FoldInput,
  foldHead,
  foldPublic,
  type Groth16Proof,
  type Hex,
  RUN_RECORD_TYPE,
  type RunRecord,
  SCHEMES,
  toHex,
  ZERO_REGISTERS,
} from "@wattest/protocol"
import { createWasmPoseidon } from "@wattest/protocol/batch"
import {
  createRootHasher,
  createTally,
  type LedgerReader,
  noJournal,
  openingOfRecord,
  type ProverPool,
  type RunArchive,
  readTerms,
} from "@wattest/prover"
import { createSimulator } from "../keys/simulate.ts"
import type { Row } from "./rows/row.ts"

const KEYS = "build/circuits"
const RUNS = 100_000
const MEGABYTE = 1e6
/** The heap that the whole must do with, however long the ledger: without a limit the peak says when garbage was collected. */
const HEAP_MEGABYTES = 700
const GOALS = { peakMegabytes: 1200, planMicros: 150 }
/** January 2026. */
const [FROM, TO] = [1_767_225_600, 1_769_904_000]
const DEVICE: Hex = `0x${"3d".repeat(32)}`
const ADDRESS: Hex = `0x${"91".repeat(20)}`

const word = (value: bigint): Hex => toHex(bigIntToBytes(value, 32))

/** Time of all cores that the process used, garbage collection included: a neighbour's load does not count. */
function cpuMicros(): number {
  const { user, system } = process.cpuUsage()
  return user + system
}

/** Run i of the ledger, made anew each time it is asked for, so that the archive takes no memory. */
function recordOf(run: bigint, root: Hex = "0x"): RunRecord {
  const startTimeMs = FROM * 1000 + Number(run) * 20
  const context: RunRecord["statement"]["context"] = {
    ...{ workload: "inference", job: `job-${run % 100n}`, modelDigest: null, versions: {}, accelerators: [] },
    ...{ calibrations: [], factors: {}, metering: [], task: null, qualityRule: "", vouchDocument: null },
    beacon: { number: 2n ** 63n, hash: `0x${"ab".repeat(32)}` },
  }
  const statement: RunRecord["statement"] = {
    ...{ model: "llama", unit: "token", zone: "DE", site: "", party: "", boundary: "node", status: "complete" },
    ...{ energyGrade: "measured", workGrade: "declared", origin: "live", fed: [], broken: false, captures: 60 },
    ...{ startTimeMs, endTimeMs: startTimeMs + 60_000, lifetimeMillijoules: 10n ** 9n + run, context },
    registers: { ...ZERO_REGISTERS, energyMillijoules: 100_000n + run, workUnits: 2_000n },
  }
  const device = { scheme: SCHEMES.ed25519, key: DEVICE }
  const [salt, capturesRoot] = [word(run + 7n), word(run + 11n)]
  return { mediaType: RUN_RECORD_TYPE, device, run, secret: word(run), statement, salt, capturesRoot, root }
}

/** Roots of all runs, and the head that they lead to. */
function ledgerOf(count: number) {
  const [rootsOf, hash] = [createRootHasher(), createWasmPoseidon()]
  const roots: Hex[] = []
  let head = 0n
  for (let at = 0; at < count; at += 1000) {
    const numbers = Array.from({ length: Math.min(1000, count - at) }, (_, i) => BigInt(at + i))
    for (const root of rootsOf(numbers.map((run) => openingOfRecord(recordOf(run))))) {
      roots.push(word(root))
      head = foldHead(head, root, hash)
    }
  }
  return { roots, head }
}

/** The contract's order of the quadratic extension turned into a document's. */
function documentProof({ a, b, c }: ContractProof): Groth16Proof {
  const two = (pair: readonly bigint[]) => pair.map(word)
  return { a: two(a), b: b.map((pair) => two([...pair].reverse())), c: two(c) }
}

/** Proofs by the public secret of the development keys: they verify, show nothing, and take no prover's memory. */
function stubPool(): ProverPool {
  const [fold, bound] = [createSimulator(KEYS, "fold"), createSimulator(KEYS, "bound")]
  const prove: ProverPool["prove"] = async (circuit, input) =>
    documentProof(circuit === "fold" ? fold(foldPublic(input as FoldInput)) : bound(boundPublic(input as BoundInput)))
  return { prove, peakBytes: () => 0, close: () => {} }
}

/**
 * A ledger of 100,000 runs from records to a tally that the verifier believes, proofs left out: the processor time that
 * planning takes of each run, and the memory of the whole. `--runs N` takes another number, and has no goal.
 */
async function measure(options: readonly string[]): Promise<Row[]> {
  const { values } = parseArgs({ args: [...options], options: { runs: { type: "string", default: `${RUNS}` } } })
  const count = Number(values.runs)
  const { roots, head } = ledgerOf(count)
  const runs = roots.map((root, i) => ({ device: DEVICE, run: BigInt(i), root }))
  const end = { checkpoints: 1n, head: word(head), length: BigInt(count) }
  const state = { header: "0xc0", account: ["0xc0"], slots: [] } as const
  const start = { checkpoints: 0n, head: word(0n), length: 0n }
  const period = { operator: ADDRESS, voucher: ADDRESS, from: start, asOf: end, runs, state }
  const reader: LedgerReader = { chainId: 31337, finalTime: TO + 100, period: async () => period }
  const findRecord: RunArchive["findRecord"] = async (_, number) => recordOf(number, roots[Number(number)])
  const beforeMaking = cpuMicros()
  for (const { run } of runs) await findRecord(DEVICE, run)
  const making = cpuMicros() - beforeMaking
  const nothing = () => Promise.reject(new Error("a tally opens records alone"))
  const archive: RunArchive = {
    ...{ findRecord, record: nothing, evidence: nothing, findReceipt: nothing, runs: nothing, devices: nothing },
  }
  let planned = Number.NaN
  const pool = stubPool()
  const startedAt = cpuMicros()
  const terms = readTerms({ model: "llama", unit: "token", boundary: "node", from: FROM, to: TO, asOf: TO + 60 })
  await createTally({
    ...{ reader, registry: ADDRESS, ledgers: [`0x${"aa".repeat(32)}`], archives: [archive], terms, unopened: 0 },
    ...{ keys: KEYS, pool, journal: noJournal() },
    onProspect: () => {
      planned = cpuMicros() - startedAt - making
    },
  })
  const peak = (process.resourceUsage().maxRSS * 1024) / MEGABYTE
  const goals = count === RUNS ? { peak: { goal: GOALS.peakMegabytes }, plan: { goal: GOALS.planMicros } } : {}
  return [
    { key: "plan.perRunMicros", value: Math.round(planned / count), unit: "µs a run", ...goals.plan },
    { key: `ledger${count / 1000}k.peakMB`, value: Math.round(peak), unit: "MB", ...goals.peak },
  ]
}

/** Measures in a process of its own, whose heap is limited. Rejects where that is too small. */
export function run(options: readonly string[]): Promise<Row[]> {
  const child = fork(import.meta.filename, [...options], { execArgv: [`--max-old-space-size=${HEAP_MEGABYTES}`] })
  return new Promise((resolve, reject) => {
    child.once("message", (rows) => resolve(rows as Row[]))
    child.once("exit", (code, signal) => reject(new Error(`the measuring process ended with ${code ?? signal}`)))
  })
}

if (import.meta.main) process.send?.(await measure(process.argv.slice(2)), () => process.exit(0))
