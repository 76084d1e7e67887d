import { generateKeyPairSync, type KeyObject, randomBytes, sign } from "node:crypto"
import { mkdirSync, writeFileSync } from "node:fs"
import { join } from "node:path"
import { gzipSync } from "node:zlib"
import {
  type AnchorReceipt,
  ARCHIVE_FILES,
  bigIntToBytes,
  bytesToBigInt,
  captureMessage,
  captureRoot,
  type DeviceKey,
  EVIDENCE_TYPE,
  encodeDocument,
  encodeEvidenceLine,
  type Hex,
  leafOfCapture,
  NO_GAUGES,
  type OpenedCapture,
  type Registers,
  RUN_RECORD_TYPE,
  type RunContext,
  type RunRecord,
  runFolder,
  runIdentity,
  runRoot,
  SCHEMES,
  type Statement,
  saltOf,
  statementDigest,
  submissionMessage,
  type Tags,
  toHex,
  toJson,
  ZERO_REGISTERS,
} from "@wattest/protocol"

/** A device with its key, as an attester would hold it. */
export type Device = { readonly key: DeviceKey; readonly id: Hex; readonly sign: (message: Uint8Array) => Hex }

export function newDevice(): Device {
  const { privateKey, publicKey } = generateKeyPairSync("ed25519")
  const id = toHex(Buffer.from((publicKey as KeyObject).export({ format: "jwk" }).x as string, "base64url"))
  return {
    id,
    key: { scheme: SCHEMES.ed25519, key: id },
    sign: (message) => toHex(sign(null, message, privateKey)),
  }
}

const CONTEXT: RunContext = {
  workload: "test",
  job: "job-1",
  modelDigest: null,
  versions: {},
  accelerators: [],
  calibrations: [],
  factors: {},
  metering: [],
  task: null,
  qualityRule: "",
  vouchDocument: null,
  beacon: { number: 2n ** 63n, hash: `0x${"ab".repeat(32)}` },
}

/** What a test chooses of a run; the rest is ordinary. */
export type RunPlan = Partial<Omit<Statement, "registers" | "context" | "captures">> & {
  readonly registers?: Partial<Registers>
  readonly captures?: number
  readonly vouchDocument?: Hex | null
  readonly context?: Partial<RunContext>
}

const TAGS: Tags = { model: "llama", unit: "token", zone: "DE", site: "", party: "" }
export const START_MS = 1_700_000_000_000
/** End of a minute in which the runs had ended. */
const THROUGH = 1_700_000_100
const word = (value: bigint): Hex => toHex(bigIntToBytes(value, 32))

/** Totals split evenly over the captures, from zero to the run's registers. */
function share(totals: Registers, sequence: number, captures: number): Registers {
  const part = (total: bigint) => (captures === 1 ? total : (total * BigInt(sequence)) / BigInt(captures - 1))
  return Object.fromEntries(Object.entries(totals).map(([name, total]) => [name, part(total)])) as Registers
}

function captureOf(
  device: Device,
  secret: Uint8Array,
  run: bigint,
  statement: RunRecord["statement"],
  sequence: number,
) {
  const { model, unit, zone, site, party } = statement
  const opening = sequence === 0 ? { opening: { model, unit, zone, site, party, context: statement.context } } : {}
  const unsigned = {
    sequence,
    registers: share(statement.registers, sequence, statement.captures),
    gauges: NO_GAUGES,
    timeMs: statement.startTimeMs + sequence * 1000,
    sources: { nonce: toHex(randomBytes(16)), readings: [], ...opening },
    salt: word(saltOf(secret, sequence)),
    signature: toHex(new Uint8Array(64)),
  } satisfies OpenedCapture
  return { ...unsigned, signature: device.sign(captureMessage(run, leafOfCapture(unsigned))) }
}

/** Writes a closed run into the archive as the attester lays it out, and returns its record. */
export function writeRun(
  archive: string,
  device: Device,
  run: bigint,
  { vouchDocument = null, context = {}, ...plan }: RunPlan = {},
): RunRecord {
  const captures = plan.captures ?? 3
  const statement: RunRecord["statement"] = {
    ...TAGS,
    startTimeMs: START_MS,
    endTimeMs: START_MS + (captures - 1) * 1000,
    lifetimeMillijoules: 10n ** 9n,
    boundary: "node",
    status: "complete",
    energyGrade: "measured",
    workGrade: "declared",
    origin: "live",
    fed: [],
    broken: false,
    ...plan,
    captures,
    registers: { ...ZERO_REGISTERS, ...plan.registers },
    context: { ...CONTEXT, ...context, vouchDocument },
  }
  const secret = randomBytes(32)
  const opened = Array.from({ length: captures }, (_, at) => captureOf(device, secret, run, statement, at))
  const salt = saltOf(secret, "statement")
  const capturesRoot = captureRoot(opened.map(leafOfCapture))
  const hashed = { ...statement, context: toJson(statement.context) }
  const root = runRoot(statementDigest(hashed, runIdentity(device.id, run), salt), capturesRoot)
  const record: RunRecord = {
    mediaType: RUN_RECORD_TYPE,
    device: device.key,
    run,
    secret: toHex(secret),
    statement,
    salt: word(salt),
    capturesRoot: word(capturesRoot),
    root: word(root),
  }
  const folder = join(archive, runFolder(device.id, run))
  mkdirSync(folder, { recursive: true })
  const header = { mediaType: EVIDENCE_TYPE, kind: "full", device: device.key, run, captures } as const
  const text = [header, ...opened].map(encodeEvidenceLine).join("")
  writeFileSync(join(folder, ARCHIVE_FILES.evidence), gzipSync(text))
  writeFileSync(join(folder, ARCHIVE_FILES.record), encodeDocument(record))
  return record
}

export const REGISTRY: Hex = `0x${"42".repeat(20)}`

/** A receipt in form: the device's submission is real, its place on a chain is not. The prover judges only the first. */
export function receiptOf(device: Device, firstRun: bigint, roots: readonly Hex[], run: bigint): AnchorReceipt {
  const target = { chainId: 31337, registry: REGISTRY }
  const submitted = { firstRun, roots, through: THROUGH }
  const signature = device.sign(submissionMessage(target, device.id, submitted))
  return {
    submission: { ...target, device: device.key, ...submitted, signature },
    anchor: {
      ...target,
      operator: `0x${"01".repeat(20)}`,
      voucher: `0x${"02".repeat(20)}`,
      blockNumber: 9n,
      transactionIndex: 0,
      logIndex: Number(run - firstRun),
      position: run,
      head: word(bytesToBigInt(randomBytes(31))),
      anchoredAt: THROUGH + 10,
    },
    proof: { anchored: { header: "0xc0", index: 0, nodes: ["0xc0"] } },
  }
}
