import {
  type AnchorProof,
  bigIntToBytes,
  type Certificate,
  type CertifiedRun,
  captureMessage,
  captureRoot,
  type Hex,
  leafOfCapture,
  ledgerIdOf,
  type OpenedCapture,
  originOf,
  poseidon,
  runRoot,
  type Statement,
  type Submission,
  saltOf,
  statementDigest,
  submissionMessage,
  toHex,
  toJson,
} from "@wattest/protocol"
import { POLICY_TEMPLATE, type Policy } from "@wattest/verifier"
import { type BlockSpec, buildBlock, events, type TestBlock, type TestLog, type TestReceipt } from "./chain.ts"
import { evidenceOf, prove } from "./evidence.ts"
import { ACCOUNTS, accountOf, bytesOf, ed25519Device, type TestDevice } from "./keys.ts"
import { capturesOf, contextOf, type Labels, type Metering, type Unsigned } from "./readings.ts"
import { slotsOf } from "./slots.ts"

/** A statement as documents hold it. */
export type StatementDocument = CertifiedRun["statement"]

/**
 * What happens in a case, and where the adversary interferes: each hook changes what the next step builds on, so that a
 * case can be wrong in one place and right everywhere else.
 */
export type Story = {
  readonly device?: TestDevice
  readonly runs?: number
  readonly captures?: number
  readonly chainId?: number
  readonly registry?: Hex
  readonly operator?: Hex
  readonly voucher?: Hex
  /** Tags and context, as opening and statement of a run bind them. */
  readonly labels?: (labels: Labels, run: bigint) => Labels
  readonly sensors?: Metering["sensors"]
  readonly timeOf?: Metering["timeOf"]
  /** What the device makes of its measurements, before it signs. */
  readonly reading?: (capture: Unsigned, run: bigint) => Unsigned
  /** A signed capture, before it goes under the root. */
  readonly capture?: (capture: OpenedCapture, run: bigint) => OpenedCapture
  readonly statement?: (statement: StatementDocument, run: bigint) => StatementDocument
  /** Roots before the device signs them. */
  readonly roots?: (roots: readonly Hex[]) => readonly Hex[]
  readonly submission?: (submission: Submission) => Submission
  readonly logs?: (logs: readonly TestLog[], kind: "vouched" | "enrolled" | "anchored") => readonly TestLog[]
  readonly receipts?: (receipts: readonly TestReceipt[]) => readonly TestReceipt[]
  readonly block?: (block: BlockSpec) => BlockSpec
  /** Unix seconds from which the vouch is withdrawn in the state that is proved. */
  readonly withdrawnSince?: bigint
  /** Unix seconds of the block with the vouch; a minute before the first run where absent. */
  readonly vouchedAt?: number
  /** `other`: of the number of a listed block, but not that block; `unlisted`: of a number that the policy does not list. */
  readonly beacon?: "none" | "block" | "other" | "unlisted"
  readonly proof?: (proof: AnchorProof) => AnchorProof | undefined
  readonly certificate?: (certificate: Certificate) => unknown
  readonly policy?: (policy: Policy) => Policy
}

export type Told = {
  readonly certificate: unknown
  readonly policy: Policy
  /** Full evidence of each run, a header line and then a line for each capture. */
  readonly evidence: readonly (readonly string[])[]
  readonly captures: readonly (readonly OpenedCapture[])[]
  readonly device: TestDevice
  readonly blocks: readonly TestBlock[]
}

export const START_MS = 1_790_000_000_000
/** The block that openings name. */
export const BEACON_BLOCK = 90n
const VOUCH_BLOCK = 98n
const ENROL_BLOCK = 99n
const FIRST_ANCHOR_BLOCK = 100n

type Scene = Required<Pick<Story, "chainId" | "registry" | "operator" | "voucher">> & {
  readonly story: Story
  readonly device: TestDevice
  readonly beaconBlock: TestBlock
}

type Run = {
  readonly run: bigint
  readonly captures: readonly OpenedCapture[]
  readonly statement: StatementDocument
  readonly salt: bigint
  readonly capturesRoot: bigint
  readonly root: Hex
}

function signCaptures({ story, device }: Scene, run: bigint, unsigned: readonly Unsigned[]): readonly OpenedCapture[] {
  const secret = bytesOf(`run ${run}`)
  return unsigned.map((given) => {
    const wanted = story.reading?.(given, run) ?? given
    const salt = toHex(bigIntToBytes(saltOf(secret, wanted.sequence), 32))
    const blank: OpenedCapture = { ...wanted, salt, signature: `0x${"00".repeat(64)}` }
    const signed = { ...blank, signature: device.sign(captureMessage(run, leafOfCapture(blank))) }
    return story.capture?.(signed, run) ?? signed
  })
}

function statementOf(
  scene: Scene,
  run: bigint,
  captures: readonly OpenedCapture[],
  lifetime: bigint,
): StatementDocument {
  const first = captures[0] as OpenedCapture
  const last = captures.at(-1) as OpenedCapture
  const { model, unit, zone, party, context } = labelsOf(scene, run)
  const statement: StatementDocument = {
    ...{ model, unit, zone, party, context, registers: last.registers },
    startTimeMs: first.timeMs,
    endTimeMs: last.timeMs,
    lifetimeMillijoules: lifetime + last.registers.energyMillijoules,
    captures: captures.length,
    boundary: "node",
    status: run + 1n < BigInt(scene.story.runs ?? 1) ? "continued" : "complete",
    energyGrade: "measured",
    workGrade: "declared",
  }
  return scene.story.statement?.(statement, run) ?? statement
}

function labelsOf(scene: Scene, run: bigint): Labels {
  const labels = contextOf(scene.story.beacon === "none" ? null : beaconOf(scene))
  return scene.story.labels?.(labels, run) ?? labels
}

function beaconOf({ beaconBlock, story }: Scene) {
  const { number, hash } = beaconBlock
  if (story.beacon === "unlisted") return { number: number - 1n, hash }
  return { number, hash: story.beacon === "other" ? toHex(bytesOf("no such block")) : hash }
}

function closeRun(scene: Scene, run: bigint, startMs: number, lifetime: bigint): Run {
  const { story, device } = scene
  const { sensors, timeOf } = story
  const opening = labelsOf(scene, run)
  const captures = signCaptures(
    scene,
    run,
    capturesOf({ startMs, count: story.captures ?? 8, opening, sensors, timeOf }),
  )
  const statement = statementOf(scene, run, captures, lifetime)
  const salt = saltOf(bytesOf(`run ${run}`), "statement")
  const capturesRoot = captureRoot(captures.map(leafOfCapture))
  const opened: Statement = { ...statement, context: toJson(statement.context) }
  const digest = statementDigest(opened, originOf(device.id, run), salt)
  const root = toHex(bigIntToBytes(runRoot(digest, capturesRoot), 32))
  return { run, captures, statement, salt, capturesRoot, root }
}

function runsOf(scene: Scene): readonly Run[] {
  const runs: Run[] = []
  let startMs = START_MS
  let lifetime = 5_000_000n
  for (let run = 0n; run < BigInt(scene.story.runs ?? 1); run++) {
    const closed = closeRun(scene, run, startMs, lifetime)
    runs.push(closed)
    startMs = closed.statement.endTimeMs
    lifetime = closed.statement.lifetimeMillijoules
  }
  return runs
}

function submit({ story, device, chainId, registry }: Scene, runs: readonly Run[]): Submission {
  const given = runs.map(({ root }) => root)
  const roots = story.roots?.(given) ?? given
  const signature = device.sign(submissionMessage({ chainId, registry }, device.id, 0n, roots))
  const submission: Submission = { chainId, registry, device: device.key, firstRun: 0n, roots, signature }
  return story.submission?.(submission) ?? submission
}

const receiptOf = (type: number, logs: readonly TestLog[]): TestReceipt => ({ type, status: 1, logs })

/** A stranger's transaction beside ours, so that indices and tries are not trivial. */
const stranger = receiptOf(2, [{ address: accountOf("stranger"), topics: [toHex(bytesOf("topic"))], data: "0x01" }])

function blockWith(
  { story }: Scene,
  number: bigint,
  timestamp: number,
  receipts: readonly TestReceipt[],
  since?: bigint,
) {
  return { spec: { number, timestamp, receipts: story.receipts?.(receipts) ?? receipts }, since }
}

/** Events of the registry when these runs are anchored, with the heads after each. */
function anchoredLogs(
  scene: Scene,
  roots: readonly Hex[],
): { readonly logs: readonly TestLog[]; readonly heads: readonly Hex[] } {
  const ledger = ledgerIdOf(scene.operator, scene.voucher)
  let head = 0n
  const heads = roots.map((root) => {
    head = poseidon([head, BigInt(root)])
    return toHex(bigIntToBytes(head, 32))
  })
  const logs = roots.map((root, i) =>
    events.anchored(scene.registry, ledger, scene.device.id, BigInt(i), [root, BigInt(i), heads[i] as Hex]),
  )
  return { logs: scene.story.logs?.(logs, "anchored") ?? logs, heads }
}

function preludes(scene: Scene): { readonly vouch: TestBlock; readonly enrol: TestBlock } {
  const { story, registry, device, operator, voucher } = scene
  const vouched = [events.vouched(registry, device.id, voucher, operator, toHex(bytesOf("calibration report")))]
  const enrolled = [events.enrolled(registry, device.id, operator, voucher, device.key.scheme, device.key.key)]
  const seconds = START_MS / 1000
  const block = (number: bigint, logs: readonly TestLog[], kind: "vouched" | "enrolled") =>
    buildBlock(
      blockWith(scene, number, story.vouchedAt ?? seconds - 60, [
        stranger,
        receiptOf(2, story.logs?.(logs, kind) ?? logs),
      ]).spec,
    )
  return { vouch: block(VOUCH_BLOCK, vouched, "vouched"), enrol: block(ENROL_BLOCK, enrolled, "enrolled") }
}

function anchorBlock(scene: Scene, logs: readonly TestLog[], endMs: number): TestBlock {
  const { story, registry, device, operator, voucher } = scene
  const since = story.withdrawnSince ?? 2n ** 64n - 1n
  const vouch = BigInt(operator) | (since << 160n)
  const slots = new Map<Hex, bigint>([[slotsOf.vouch(device.id, voucher)[0], vouch]])
  for (let i = 1; i <= 20; i++) slots.set(toHex(bytesOf(`slot ${i}`)), BigInt(i))
  const state = { [registry]: slots, [accountOf("stranger")]: new Map([[toHex(bytesOf("s")), 5n]]) }
  const timestamp = Math.ceil(endMs / 1000) + 5
  const { spec } = blockWith(scene, FIRST_ANCHOR_BLOCK, timestamp, [stranger, receiptOf(2, logs), stranger])
  const full: BlockSpec = { ...spec, state }
  return buildBlock(story.block?.(full) ?? full)
}

function proofOf(
  scene: Scene,
  block: TestBlock,
  { vouch, enrol }: ReturnType<typeof preludes>,
): AnchorProof | undefined {
  const { registry, device, voucher, story } = scene
  const proof: AnchorProof = {
    anchored: block.proveReceipt(1),
    enrolled: { receipt: enrol.proveReceipt(1), logIndex: 0 },
    vouched: { receipt: vouch.proveReceipt(1), logIndex: 0 },
    state: block.proveStorage(registry, [slotsOf.vouch(device.id, voucher)[0]]),
  }
  return story.proof === undefined ? proof : story.proof(proof)
}

function policyFor(scene: Scene, blocks: readonly TestBlock[]): Policy {
  const { chainId, registry, voucher, story } = scene
  const trustedBlocks = blocks.map(({ number, hash, timestamp }) => ({ number, hash, timestamp }))
  const chain = { chainId, registries: [registry], trustedBlocks, rpcs: [], checkpoints: null }
  const policy: Policy = { ...POLICY_TEMPLATE, chains: [chain], vouchers: [voucher] }
  return story.policy?.(policy) ?? policy
}

/** Tells a story: measures, signs, submits, anchors, certifies. The same story gives the same bytes. */
export function tell(story: Story): Told {
  const device = story.device ?? ed25519Device("device")
  const seconds = START_MS / 1000
  const beaconBlock = buildBlock({ number: BEACON_BLOCK, timestamp: seconds - 600, receipts: [stranger] })
  const { chainId, registry, operator, voucher } = { chainId: 31337, ...ACCOUNTS, ...story }
  const scene: Scene = { story, device, beaconBlock, chainId, registry, operator, voucher }
  const runs = runsOf(scene)
  const submission = submit(scene, runs)
  const { logs, heads } = anchoredLogs(scene, submission.roots)
  const early = preludes(scene)
  const block = anchorBlock(scene, logs, runs.at(-1)?.statement.endTimeMs ?? START_MS)
  const proof = proofOf(scene, block, early)
  const certified = runs.map(
    (run, i): CertifiedRun => ({
      ...{ run: run.run, statement: run.statement, submission },
      salt: toHex(bigIntToBytes(run.salt, 32)),
      capturesRoot: toHex(bigIntToBytes(run.capturesRoot, 32)),
      firstCapture: prove(run.captures, 0),
      lastCapture: prove(run.captures, run.captures.length - 1),
      anchor: {
        ...{ chainId, registry, operator, voucher, transactionIndex: 1, logIndex: i, position: BigInt(i) },
        ...{ blockNumber: block.number, head: heads[i] as Hex, anchoredAt: block.timestamp },
      },
      ...(proof === undefined ? {} : { proof }),
    }),
  )
  const mediaType = "application/vnd.wattest.certificate.v1+json" as const
  const certificate: Certificate = { mediaType, device: device.key, runs: certified }
  const blocks = [beaconBlock, early.vouch, early.enrol, block]
  return {
    certificate: story.certificate?.(certificate) ?? certificate,
    policy: policyFor(scene, blocks),
    evidence: runs.map(({ run, captures }) => evidenceOf(device, run, captures)),
    captures: runs.map(({ captures }) => captures),
    ...{ device, blocks },
  }
}
