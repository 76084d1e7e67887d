import {
  bigIntToBytes,
  type Certificate,
  type CertifiedRun,
  captureMessage,
  captureRoot,
  fedOf,
  type Hex,
  isAsVouched,
  leafOfCapture,
  type OpenedCapture,
  runIdentity,
  runRoot,
  type Statement,
  type Submission,
  saltOf,
  statementDigest,
  submissionMessage,
  toHex,
  toJson,
  vouchDigest,
} from "@wattest/protocol"
import { POLICY_TEMPLATE, type Policy } from "@wattest/verifier"
import { anchorBlock, anchoredLogs, minuteOf, preludes, proofOf, stranger } from "./anchoring.ts"
import { buildBlock, type TestBlock } from "./chain.ts"
import { evidenceOf, prove } from "./evidence.ts"
import { ACCOUNTS, bytesOf, ed25519Device } from "./keys.ts"
import { type Closing, capturesOf, contextOf, type Labels, type Unsigned, vouchDocumentOf } from "./readings.ts"
import {
  BEACON_BLOCK,
  CLOSING_BLOCK,
  type Run,
  type Scene,
  START_MS,
  type StatementDocument,
  type Story,
  type Told,
} from "./scene.ts"

export { BEACON_BLOCK, CLOSING_BLOCK, START_MS, type StatementDocument, type Story, type Told } from "./scene.ts"

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
  const { model, unit, zone, site, party, context } = labelsOf(scene, run)
  const feeding = { context, first: first.sources, last: last.sources }
  const statement: StatementDocument = {
    ...{ model, unit, zone, site, party, context, registers: last.registers },
    ...{ origin: "live", broken: false },
    fed: fedOf({ ...feeding, isAsVouched: isAsVouched(context.metering, scene.document) }),
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
  const labels = contextOf(scene.story.beacon === "none" ? null : beaconOf(scene), vouchDigest(scene.document))
  return scene.story.labels?.(labels, run) ?? labels
}

function beaconOf({ beaconBlock, story }: Scene) {
  const { number, hash } = beaconBlock
  if (story.beacon === "unlisted") return { number: number - 1n, hash }
  return { number, hash: story.beacon === "other" ? toHex(bytesOf("no such block")) : hash }
}

function closingOf({ closingBlock: { number, hash }, story }: Scene): Closing | undefined {
  const closing: Closing = { beacon: story.beacon === "none" ? null : { number, hash }, exitStatus: null }
  return story.closing === undefined ? closing : story.closing(closing)
}

function closeRun(scene: Scene, run: bigint, startMs: number, lifetime: bigint): Run {
  const { story, device } = scene
  const { sensors, timeOf } = story
  const opening = labelsOf(scene, run)
  const captures = signCaptures(
    scene,
    run,
    capturesOf({ startMs, count: story.captures ?? 8, opening, closing: closingOf(scene), sensors, timeOf }),
  )
  const statement = statementOf(scene, run, captures, lifetime)
  const salt = saltOf(bytesOf(`run ${run}`), "statement")
  const capturesRoot = captureRoot(captures.map(leafOfCapture))
  const opened: Statement = { ...statement, context: toJson(statement.context) }
  const digest = statementDigest(opened, runIdentity(device.id, run), salt)
  const root = toHex(bigIntToBytes(runRoot(digest, capturesRoot), 32))
  return { run, captures, statement, salt, capturesRoot, root }
}

function runsOf(scene: Scene): readonly Run[] {
  const runs: Run[] = []
  let startMs = scene.story.startMs ?? START_MS
  let lifetime = 5_000_000n
  const voids = new Map(scene.story.voids?.map((given) => [given.run, given]))
  for (let run = 0n; run < BigInt(scene.story.runs ?? 1); run++) {
    const lost = voids.get(run)
    if (lost !== undefined) {
      startMs += lost.ms ?? 0
      lifetime += lost.millijoules ?? 0n
      continue
    }
    const closed = closeRun(scene, run, startMs, lifetime)
    runs.push(closed)
    startMs = closed.statement.endTimeMs
    lifetime = closed.statement.lifetimeMillijoules
  }
  return runs
}

const VOID_ROOT: Hex = `0x${"00".repeat(32)}`

function submit({ story, device, chainId, registry }: Scene, runs: readonly Run[]): Submission {
  const known = new Map(runs.map(({ run, root }) => [run, root]))
  const given = Array.from({ length: story.runs ?? 1 }, (_, i) => known.get(BigInt(i)) ?? VOID_ROOT)
  const roots = story.roots?.(given) ?? given
  const through = minuteOf(runs.at(-1)?.statement.endTimeMs ?? START_MS)
  const submitted = { firstRun: 0n, roots, through: story.through?.(through) ?? through }
  const signature = device.sign(submissionMessage({ chainId, registry }, device.id, submitted))
  const submission: Submission = { chainId, registry, device: device.key, ...submitted, signature }
  return story.submission?.(submission) ?? submission
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
  const beaconBlock = buildBlock({
    number: BEACON_BLOCK,
    timestamp: story.beaconedAt ?? seconds - 600,
    receipts: [stranger],
  })
  const closingBlock = buildBlock({
    ...{ number: CLOSING_BLOCK, timestamp: story.closedAt ?? seconds, receipts: [stranger] },
  })
  const { chainId, registry, operator, voucher } = { chainId: 31337, ...ACCOUNTS, ...story }
  const found = vouchDocumentOf(device.id)
  const document = story.vouch?.(found) ?? found
  const scene: Scene = {
    ...{ story, device, beaconBlock, closingBlock, document },
    ...{ chainId, registry, operator, voucher },
  }
  const runs = runsOf(scene)
  const submission = submit(scene, runs)
  const { logs, heads } = anchoredLogs(scene, submission)
  const early = preludes(scene)
  const block = anchorBlock(scene, logs, runs.at(-1)?.statement.endTimeMs ?? START_MS)
  const proof = proofOf(scene, block, early)
  const certified = runs.map(
    (run): CertifiedRun => ({
      ...{ run: run.run, statement: run.statement, submission },
      salt: toHex(bigIntToBytes(run.salt, 32)),
      capturesRoot: toHex(bigIntToBytes(run.capturesRoot, 32)),
      firstCapture: prove(run.captures, 0),
      lastCapture: prove(run.captures, run.captures.length - 1),
      anchor: {
        ...{ chainId, registry, operator, voucher, transactionIndex: 1, logIndex: Number(run.run), position: run.run },
        ...{ blockNumber: block.number, head: heads[Number(run.run)] as Hex, anchoredAt: block.timestamp },
      },
      ...(proof === undefined ? {} : { proof }),
    }),
  )
  const mediaType = "application/vnd.wattest.certificate.v1+json" as const
  const vouchDocuments = [document]
  const certificate: Certificate = { mediaType, device: device.key, vouchDocuments, runs: certified }
  const blocks = [beaconBlock, closingBlock, early.vouch, early.enrol, block]
  return {
    certificate: story.certificate?.(certificate) ?? certificate,
    policy: policyFor(scene, blocks),
    evidence: runs.map(({ run, captures }) => evidenceOf(device, run, captures)),
    captures: runs.map(({ captures }) => captures),
    ...{ device, blocks },
  }
}
