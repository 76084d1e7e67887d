import { type Extract, type Hex, ledgerIdOf, poseidon, type StateProof, toHex } from "@wattest/protocol"
import { buildBlock, events, type TestBlock } from "@wattest/testkit/conformance/chain"
import { accountOf, bytesOf } from "@wattest/testkit/conformance/keys"
import { slotsOf, wordOf } from "@wattest/testkit/conformance/slots"
import { POLICY_TEMPLATE, type Policy } from "@wattest/verifier"
import { type Case, type Expected, invalid, unaccepted, undetermined, valid } from "./case.ts"

/** A registry with one ledger of one device, in storage laid out by Solidity's own rule. */
const [REGISTRY, OPERATOR, VOUCHER] = [accountOf("registry"), accountOf("operator"), accountOf("voucher")]
const OTHER = accountOf("somebody else")
const DEVICE = toHex(bytesOf("an extracted device"))
const LEDGER = ledgerIdOf(OPERATOR, VOUCHER)
const CHAIN = 31337
const [ENROLLED, THROUGH, ANCHORED] = [1_800_000_000, 1_800_003_600, 1_800_003_700]
const [RUNS, CHECKPOINT, POSITION] = [3n, 4n, 11n]
const NEVER = (1n << 64n) - 1n
const UNLIMITED = (1n << 40n) - 1n
const ROOT: Hex = toHex(bytesOf("a root").fill(0, 0, 1))
const HEAD: Hex = `0x${poseidon([7n, BigInt(ROOT)])
  .toString(16)
  .padStart(64, "0")}`

type Held = {
  readonly since?: bigint
  readonly retired?: boolean
  readonly runs?: bigint
  /** For whom the voucher vouched, and in which ledger the device is enrolled. */
  readonly operator?: Hex
  readonly ledger?: Hex
}

function storageOf({
  since = NEVER,
  retired = false,
  runs = RUNS,
  operator = OPERATOR,
  ledger: enrolledIn = LEDGER,
}: Held): ReadonlyMap<Hex, bigint> {
  const [ledger, state, service] = slotsOf.device(DEVICE)
  const [head, submission] = slotsOf.checkpoint(LEDGER, CHECKPOINT)
  const ends: readonly [bigint, bigint] = retired ? [RUNS, BigInt(ANCHORED + 60)] : [UNLIMITED, 0n]
  return new Map([
    [slotsOf.vouch(DEVICE, VOUCHER)[0], wordOf([operator, 160], [since, 64])],
    [ledger, BigInt(enrolledIn)],
    [state, wordOf([9n, 160], [runs, 40], [CHECKPOINT, 40], [1n, 8])],
    [service, wordOf([ends[0], 40], [BigInt(ENROLLED), 40], [ends[1], 40], [2n, 8])],
    [head, BigInt(HEAD)],
    [submission, wordOf([POSITION + 1n, 40], [BigInt(ANCHORED), 40], [BigInt(THROUGH / 60), 32], [0n, 32], [1n, 32])],
    [slotsOf.ledger(LEDGER), wordOf([POSITION + 1n, 40], [CHECKPOINT + 1n, 40], [1n, 40], [2n, 40], [0n, 40])],
  ])
}

const anchored = events.anchored(REGISTRY, LEDGER, DEVICE, RUNS - 1n, [ROOT, POSITION, HEAD, BigInt(THROUGH)])
const holder = buildBlock({
  ...{ number: 50n, timestamp: ANCHORED },
  receipts: [
    { type: 2, status: 1, logs: [] },
    { type: 2, status: 1, logs: [{ ...anchored, address: OTHER }, anchored] },
  ],
})
const blockOf = (held: Held) =>
  buildBlock({ number: 70n, timestamp: ANCHORED + 600, receipts: [], state: { [REGISTRY]: storageOf(held) } })

const needed = {
  device: [
    ...[slotsOf.vouch(DEVICE, VOUCHER)[0], ...slotsOf.device(DEVICE), slotsOf.checkpoint(LEDGER, CHECKPOINT)[1]],
  ],
  ledger: [slotsOf.ledger(LEDGER), slotsOf.checkpoint(LEDGER, CHECKPOINT)[0]],
  run: [slotsOf.vouch(DEVICE, VOUCHER)[0]],
}

const books = (state: StateProof) =>
  ({
    mediaType: "application/vnd.wattest.extract.v1+json",
    ...{ chainId: CHAIN, registry: REGISTRY, operator: OPERATOR, voucher: VOUCHER, state },
  }) as const

const EXTRACTS: { readonly [kind in Extract["kind"]]: (block: TestBlock) => Extract } = {
  device: (block) => ({
    ...{ kind: "device", ...books(block.proveStorage(REGISTRY, needed.device)), device: DEVICE, boundary: "node" },
    ...{ enrolledAt: ENROLLED, runs: 3, through: THROUGH, anchoredAt: ANCHORED },
    ...{ retiredRuns: null, withdrawnSince: null },
  }),
  ledger: (block) => ({
    ...{ kind: "ledger", ...books(block.proveStorage(REGISTRY, needed.ledger)) },
    ...{ length: 12, head: HEAD, devices: 1, vouched: 2, suspicions: 0 },
  }),
  run: (block) => ({
    ...{ kind: "run", ...books(block.proveStorage(REGISTRY, needed.run)), device: DEVICE, run: 2, root: ROOT },
    ...{ position: 11, head: HEAD, through: THROUGH, anchoredAt: ANCHORED, blockNumber: 50 },
    ...{ transactionIndex: 1, logIndex: 1, anchored: holder.proveReceipt(1), withdrawnSince: null },
  }),
}

type Plan = {
  readonly held?: Held
  /** What the document says otherwise. */
  readonly said?: { readonly [field: string]: unknown }
  readonly state?: (state: StateProof) => StateProof
  readonly policy?: (policy: Policy) => Policy
}

function extractCase(
  [name, title, expect]: readonly [string, string, Expected],
  kind: Extract["kind"],
  { held = {}, said = {}, state = (proof) => proof, policy = (given) => given }: Plan = {},
): Case {
  const block = blockOf(held)
  const made = EXTRACTS[kind](block)
  const document = { ...made, ...said, state: state(made.state) } as Extract
  const trustedBlocks = [block, holder].map(({ number, hash }) => ({ number, hash }))
  const chain = { chainId: CHAIN, registries: [REGISTRY], trustedBlocks, rpcs: [], checkpoints: null }
  return {
    name: `extract-${name}`,
    title,
    expect,
    extract: { document, policy: policy({ ...POLICY_TEMPLATE, chains: [chain] }) },
  }
}

const mismatch = invalid("EXTRACT_MISMATCH")
const withChain = (change: object) => (policy: Policy) =>
  ({ ...policy, chains: policy.chains.map((chain) => ({ ...chain, ...change })) }) as Policy

type Blocks = Policy["chains"][number]["trustedBlocks"]
const listing = (policy: Policy, change: (blocks: Blocks) => Blocks): Policy => ({
  ...policy,
  chains: policy.chains.map((chain) => ({ ...chain, trustedBlocks: change(chain.trustedBlocks) })),
})
const onlyBlock = (only: bigint) => (policy: Policy) =>
  listing(policy, (blocks) => blocks.filter(({ number }) => number === only))

/** Each number of a document, one more and one less than the chain has, by what it is called in a title. */
const BESIDE: { readonly [kind in Extract["kind"]]: readonly (readonly [field: string, what: string])[] } = {
  device: [
    ["runs", "runs"],
    ["enrolledAt", "time of enrolment"],
    ["through", "end of the books"],
    ["anchoredAt", "time of the last anchor"],
    ["retiredRuns", "runs at its retirement"],
    ["withdrawnSince", "time of the withdrawal"],
  ],
  ledger: [
    ["length", "length"],
    ["devices", "count of devices"],
    ["vouched", "count of vouched devices"],
    ["suspicions", "count of suspicions"],
  ],
  run: [
    ["run", "number"],
    ["position", "position"],
    ["blockNumber", "block"],
    ["transactionIndex", "transaction"],
    ["anchoredAt", "time of its anchor"],
    ["through", "end of its minute"],
    ["withdrawnSince", "time of the withdrawal"],
  ],
}
const STEPS: { readonly [field: string]: number } = { through: 60 }
const PLACES: readonly string[] = ["run", "position", "blockNumber", "transactionIndex", "anchoredAt", "through"]

/** The device is retired and withdrawn, so that each number is one. */
const ENDED: Held = { since: BigInt(ANCHORED), retired: true }
const ENDED_SAID: { readonly [kind in Extract["kind"]]: { readonly [field: string]: number } } = {
  device: { retiredRuns: Number(RUNS), withdrawnSince: ANCHORED },
  ledger: { suspicions: 0 },
  run: { withdrawnSince: ANCHORED },
}

function besideCases(kind: Extract["kind"]): readonly Case[] {
  const honest: { readonly [field: string]: unknown } = { ...EXTRACTS[kind](blockOf(ENDED)), ...ENDED_SAID[kind] }
  const code = (field: string) => (kind === "run" && PLACES.includes(field) ? "ANCHOR_MISMATCH" : "EXTRACT_MISMATCH")
  const of = (field: string, what: string, isMore: boolean): readonly Case[] => {
    const value = Number(honest[field]) + (isMore ? 1 : -1) * (STEPS[field] ?? 1)
    if (value < 0) return []
    const name = `${kind}-${field.replace(/[A-Z]/g, (letter) => `-${letter.toLowerCase()}`)}-${isMore ? "above" : "below"}`
    const title = `The ${kind}'s ${what} is ${isMore ? "above" : "below"} what the chain has.`
    return [
      extractCase([name, title, invalid(code(field))], kind, {
        held: ENDED,
        said: { ...ENDED_SAID[kind], [field]: value },
      }),
    ]
  }
  return BESIDE[kind].flatMap(([field, what]) => [...of(field, what, false), ...of(field, what, true)])
}

export const EXTRACT_CASES: readonly Case[] = [
  ...besideCases("device"),
  ...besideCases("ledger"),
  ...besideCases("run"),
  extractCase(["device-ended", "A retired and withdrawn device, called so.", valid], "device", {
    ...{ held: ENDED, said: ENDED_SAID.device },
  }),
  extractCase(["device-never-withdrawn", "A device whose vouch holds, called withdrawn.", mismatch], "device", {
    said: { withdrawnSince: ANCHORED },
  }),
  extractCase(["device-never-retired", "A device that goes on, called retired.", mismatch], "device", {
    said: { retiredRuns: 3 },
  }),
  extractCase(
    ["device-vouched-for-another", "The voucher vouched for another operator's device.", mismatch],
    "device",
    {
      held: { operator: OTHER },
    },
  ),
  extractCase(
    ["device-of-another-ledger", "The device is enrolled in another ledger.", invalid("STATE_PROOF_INVALID")],
    "device",
    {
      held: { ledger: ledgerIdOf(OTHER, VOUCHER) },
    },
  ),
  extractCase(["run-vouched-for-another", "The voucher's word is for another operator.", mismatch], "run", {
    held: { operator: OTHER },
  }),
  extractCase(["run-withdrawn", "A run whose device was withdrawn, and called so.", valid], "run", {
    ...{ held: ENDED, said: ENDED_SAID.run },
  }),
  extractCase(["run-of-another-device", "The run of another device.", invalid("STATE_PROOF_INVALID")], "run", {
    said: { device: toHex(bytesOf("another device")) },
  }),
  extractCase(["run-other-head", "A run with another head behind it.", invalid("ANCHOR_MISMATCH")], "run", {
    said: { head: ROOT },
  }),
  extractCase(["run-other-log", "A log that the receipt does not have.", invalid("ANCHOR_PROOF_INVALID")], "run", {
    said: { logIndex: 2 },
  }),
  extractCase(["state-later", "State a second later than the policy asks.", valid], "device", {
    policy: (policy) => ({ ...policy, vouchesAsOf: ANCHORED + 599 }),
  }),
  extractCase(
    [
      "anchor-block-unknown",
      "The block of the state is known, the anchor's is not.",
      undetermined("TRUST_ROOT_MISSING"),
    ],
    "run",
    {
      policy: onlyBlock(70n),
    },
  ),
  extractCase(
    [
      "state-block-unknown",
      "The block of the anchor is known, the state's is not.",
      undetermined("TRUST_ROOT_MISSING"),
    ],
    "run",
    {
      policy: onlyBlock(50n),
    },
  ),
  extractCase(
    ["anchor-block-made-up", "The policy has another block of the anchor's number.", invalid("BLOCK_NOT_TRUSTED")],
    "run",
    {
      policy: (policy) =>
        listing(policy, (blocks) => [...blocks.filter(({ number }) => number !== 50n), { number: 50n, hash: HEAD }]),
    },
  ),
  extractCase(["device", "Where a device stands, as the registry has it.", valid], "device"),
  extractCase(["ledger", "A ledger's length and head, as the registry has them.", valid], "ledger"),
  extractCase(["run", "A run's anchor, by its receipt.", valid], "run"),
  extractCase(["device-withdrawn", "A withdrawn device, called so.", valid], "device", {
    ...{ held: { since: BigInt(ANCHORED) }, said: { withdrawnSince: ANCHORED } },
  }),
  extractCase(["device-retired", "A retired device, called so.", valid], "device", {
    ...{ held: { retired: true }, said: { retiredRuns: 3 } },
  }),
  extractCase(["device-without-runs", "A device that anchored nothing has no checkpoint to show.", valid], "device", {
    held: { runs: 0n },
    said: { runs: 0, through: 0, anchoredAt: null },
    state: (proof) => ({ ...proof, slots: proof.slots.slice(0, 4) }),
  }),
  extractCase(["device-withdrawn-hidden", "A withdrawn device, shown as active.", mismatch], "device", {
    held: { since: BigInt(ANCHORED) },
  }),
  extractCase(["device-retired-hidden", "A retired device, shown as active.", mismatch], "device", {
    held: { retired: true },
  }),
  extractCase(["device-run-left-out", "A device with a run less.", mismatch], "device", { said: { runs: 2 } }),
  extractCase(["device-through-later", "Books told for a minute longer.", mismatch], "device", {
    said: { through: THROUGH + 60 },
  }),
  extractCase(["device-other-boundary", "A device at another boundary.", mismatch], "device", {
    said: { boundary: "gpu" },
  }),
  extractCase(["device-other-operator", "A device of another operator.", mismatch], "device", {
    said: { operator: OTHER },
  }),
  extractCase(
    ["device-other-voucher", "A device under a voucher who gave no word.", invalid("STATE_PROOF_INVALID")],
    "device",
    {
      said: { voucher: OTHER },
    },
  ),
  extractCase(["slot-left-out", "A slot is missing.", invalid("STATE_PROOF_INVALID")], "device", {
    state: (proof) => ({ ...proof, slots: proof.slots.slice(1) }),
  }),
  extractCase(["slot-added", "A slot that nothing needs.", invalid("STATE_PROOF_INVALID")], "ledger", {
    state: (proof) => ({ ...proof, slots: [...proof.slots, ...blockOf({}).proveStorage(REGISTRY, needed.run).slots] }),
  }),
  extractCase(["slots-swapped", "Slots in another order.", invalid("STATE_PROOF_INVALID")], "ledger", {
    state: (proof) => ({ ...proof, slots: proof.slots.toReversed() }),
  }),
  extractCase(["ledger-run-left-out", "A ledger with a run less.", mismatch], "ledger", { said: { length: 11 } }),
  extractCase(["ledger-other-head", "A ledger with another head.", mismatch], "ledger", { said: { head: ROOT } }),
  extractCase(["run-other-root", "A run with another root.", invalid("ROOT_NOT_ANCHORED")], "run", {
    said: { root: HEAD },
  }),
  extractCase(["run-renumbered", "A run under another number.", invalid("ANCHOR_MISMATCH")], "run", {
    said: { run: 1 },
  }),
  extractCase(["run-earlier", "A run anchored a second earlier.", invalid("ANCHOR_MISMATCH")], "run", {
    said: { anchoredAt: ANCHORED - 1 },
  }),
  extractCase(["run-foreign-log", "A log of another contract.", invalid("ANCHOR_PROOF_INVALID")], "run", {
    said: { logIndex: 0 },
  }),
  extractCase(["run-withdrawn-hidden", "A run whose device was withdrawn, and not called so.", mismatch], "run", {
    held: { since: BigInt(ANCHORED) },
  }),
  extractCase(["other-chain", "A chain that the policy does not accept.", unaccepted("CHAIN_NOT_ACCEPTED")], "device", {
    policy: (policy) => ({ ...policy, chains: [] }),
  }),
  extractCase(
    ["other-registry", "A registry that the policy does not accept.", unaccepted("REGISTRY_NOT_ACCEPTED")],
    "device",
    {
      policy: withChain({ registries: [OTHER] }),
    },
  ),
  extractCase(["block-unknown", "No block of the proof is known.", undetermined("TRUST_ROOT_MISSING")], "run", {
    policy: withChain({ trustedBlocks: [] }),
  }),
  extractCase(
    ["block-made-up", "The policy has another block of this number.", invalid("BLOCK_NOT_TRUSTED")],
    "device",
    {
      policy: withChain({ trustedBlocks: [{ number: 70n, hash: HEAD }] }),
    },
  ),
  extractCase(["state-as-of-asked", "State of the very time that the policy asks.", valid], "device", {
    policy: (policy) => ({ ...policy, vouchesAsOf: ANCHORED + 600 }),
  }),
  extractCase(
    ["state-too-old", "State a second older than the policy asks.", undetermined("STATE_TOO_OLD")],
    "device",
    {
      policy: (policy) => ({ ...policy, vouchesAsOf: ANCHORED + 601 }),
    },
  ),
  extractCase(["expected-number", "A buyer's gate asks for a number.", unaccepted("EXPECTATION_NOT_MET")], "device", {
    policy: (policy) => ({ ...policy, expect: { bounds: ["energy <= 1 kWh"] } }),
  }),
]
