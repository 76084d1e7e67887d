import { sha256 } from "@noble/hashes/sha2.js"
import {
  check,
  decodeUtf8,
  encodeDocument,
  GRADES,
  type Hex,
  MAX_EXPECTATION,
  MAX_JOB_PARTS,
  ORIGINS,
  parseExpectation,
  parsePlainText,
  readAddress,
  shape,
  toHex,
} from "@wattest/protocol"

const { array, boolean, hex, integer, label, literal, nullable, object, oneOf, optional, text, unsigned } = shape

import { SEVERITIES } from "./quality/findings.ts"

export const POLICY_TYPE = "application/vnd.wattest.policy.v1+json"

/** Longest policy, in bytes. */
export const MAX_POLICY_BYTES = 1024 * 1024

const MAX_CHAIN_ID = 2 ** 53 - 1
const MAX_MS = 2 ** 40
const MAX_SECONDS = 2 ** 40 - 1

/** An address in one case, or in the mixed case of EIP-55, whose check sum must hold. */
const address: shape.Shape<Hex> = shape.described(
  { type: "string", pattern: "^0[xX][0-9a-fA-F]{40}$" },
  (value, path) => {
    const read = typeof value === "string" ? readAddress(value) : null
    check(
      read !== null,
      "FIELD_MALFORMED",
      `${path}: expected an address of 20 bytes; mixed-case letters carry a check sum (EIP-55)`,
    )
    return read
  },
)

/** A block that the owner of the policy looked up himself, from whomever he believes. */
const trustedBlock = object({
  number: unsigned(64),
  hash: hex(32),
  /** Its Unix seconds. Without it a run that names this block as its beacon has a start that nobody knows. */
  timestamp: optional(integer(0, MAX_SECONDS)),
})

/** Where the checkpoints of a side chain stand: Polygon's RootChain on Ethereum. */
const checkpoints = object({ chainId: integer(1, MAX_CHAIN_ID), rootChain: address })

/** A registry of claims, the registry of anchors that it reads, and the Keccak-256 of its code on this chain. */
const claimsRegistry = object({ address, over: address, codeHash: hex(32) })

export const chainPolicy = object({
  chainId: integer(1, MAX_CHAIN_ID),
  /** Registries on this chain whose code the owner of the policy has checked. */
  registries: array(address, { max: 64 }),
  trustedBlocks: array(trustedBlock, { max: 4096 }),
  /** Nodes to ask; all of them must give the same answer. Empty: no network is used for this chain. */
  rpcs: array(text(2048), { max: 16 }),
  checkpoints: nullable(checkpoints),
  /** Registries of claims whose code the owner of the policy has checked; absent: none is believed. */
  claims: optional(array(claimsRegistry, { max: 64 })),
})
export type ChainPolicy = shape.TypeOf<typeof chainPolicy>

/** Checks that a policy may demand or waive; all others are always demanded. */
export const OPTIONAL_CHECKS = [
  "whole-job",
  "vouch-document",
  "enrolment",
  "vouch",
  "not-withdrawn",
  "beacon",
  "evidence",
] as const
export type OptionalCheck = (typeof OPTIONAL_CHECKS)[number]

/** Bounds beyond which a finding about quality is reported. */
export const tolerances = object({
  /** How far the device's clock may differ from the chain's, ms. */
  clockMs: integer(0, MAX_MS),
  /** Longest time between two captures, ms. */
  gapMs: integer(1, MAX_MS),
  /** How far power may pass the boards' limit or a sum of parts may pass its whole, percent. */
  powerPercent: integer(0, 1000),
  /** Largest expanded uncertainty of energy, percent. */
  uncertaintyPercent: integer(0, 1000),
  /** Longest time between the end of a run and its anchor, ms. */
  anchorDelayMs: integer(0, MAX_MS),
})
export type Tolerances = shape.TypeOf<typeof tolerances>

const bound = text(MAX_EXPECTATION)

/** `energy-per-work <= 0.2 kWh/Mtoken`, as a person writes it. */
const expectation: shape.Shape<string> = shape.described({ ...bound.schema }, (value, path) => {
  const written = bound(value, path)
  const read = parseExpectation(written)
  check(!("fault" in read), "FIELD_MALFORMED", () => `${path}: ${"fault" in read ? read.fault : ""}`)
  return written
})

/** What a buyer wants to hold of the numbers, beside what he believes: a contract can be a file. */
export const expected = object({
  bounds: optional(array(expectation, { max: 64 })),
  /** Labels that every run must have. */
  model: optional(label()),
  party: optional(label()),
  /** Unix seconds: no run began before, and none ended later; a claim over a period is over exactly this one. */
  from: optional(integer(0, MAX_SECONDS)),
  to: optional(integer(0, MAX_SECONDS)),
  /** Worst grade of each expected number, and of energy. */
  minGrade: optional(oneOf(GRADES)),
  /** Findings of this severity or a graver one are not accepted. */
  failOn: optional(oneOf(SEVERITIES)),
  /** Compare the value alone; otherwise uncertainty counts against whoever claims the number. */
  central: optional(boolean),
})
export type Expected = shape.TypeOf<typeof expected>

/** What is accepted of jobs of several devices. */
export const jobs = object({
  /** Parts of which devices may be missing: they count as failed, and no energy to solution is stated. */
  failedParts: array(integer(0, MAX_JOB_PARTS - 1), { max: MAX_JOB_PARTS }),
})

/** What a verifier believes and demands. Nothing that is absent here is believed. */
export const policy = object({
  mediaType: literal(POLICY_TYPE),
  chains: array(chainPolicy, { max: 64 }),
  /** Accounts whose word about a device is believed. */
  vouchers: array(address, { max: 1024 }),
  /** The only ledgers expected; null: every ledger of a believed voucher. */
  ledgers: nullable(array(object({ operator: address, voucher: address }), { max: 4096 })),
  /** Unix seconds: proofs that a vouch holds are to be of this time or later; null or absent: of any time after the anchor. */
  vouchesAsOf: optional(nullable(integer(0, MAX_SECONDS))),
  /** Worst grades accepted. */
  grades: object({ energy: oneOf(GRADES), work: oneOf(GRADES) }),
  /** What the books of a run must say. */
  books: object({
    /** A recorded run is a trace or another tool's total: the device did not meter it. */
    origins: array(oneOf(ORIGINS), { max: ORIGINS.length }),
    /** Whether the sensors must be exactly the vouched ones, and shown to be. */
    inventory: boolean,
    /** Whether a beacon must stand at both ends of each run. */
    beacons: boolean,
    /** Largest part of the time for which a sensor may have been blind, percent. */
    blindPercent: integer(0, 100),
    /** Whether a run is accepted before which the device had lost its books. */
    broken: boolean,
  }),
  require: array(oneOf(OPTIONAL_CHECKS), { max: OPTIONAL_CHECKS.length }),
  tolerances,
  claims: object({
    /** SHA-256 of the verification keys that are believed, over their canonical JSON. */
    verificationKeys: array(hex(32), { max: 256 }),
    /** Whether keys from a public development ceremony are believed; their secret is known to all. */
    developmentKeys: boolean,
    /** Most runs of a period that a claim may leave unopened. */
    unopenedRuns: integer(0, 2 ** 32 - 1),
    /** Most of the time that a period's devices were expected to meter of which nothing is proved, percent. */
    missingPercent: integer(0, 100),
    /** Whether a tally is accepted that the document folds itself, and no registry of claims holds; true if absent. */
    folded: optional(boolean),
  }),
  jobs: optional(jobs),
  expect: optional(expected),
})
export type Policy = shape.TypeOf<typeof policy>

/** What `wattest-verify policy init` writes: it believes nobody, so nothing is valid under it until it is filled in. */
export const POLICY_TEMPLATE: Policy = {
  mediaType: POLICY_TYPE,
  chains: [],
  vouchers: [],
  ledgers: null,
  vouchesAsOf: null,
  grades: { energy: "measured", work: "declared" },
  books: { origins: ["live"], inventory: false, beacons: false, blindPercent: 5, broken: false },
  require: ["enrolment", "vouch", "not-withdrawn"],
  tolerances: {
    clockMs: 15_000,
    gapMs: 60_000,
    powerPercent: 10,
    uncertaintyPercent: 10,
    anchorDelayMs: 48 * 3_600_000,
  },
  claims: { verificationKeys: [], developmentKeys: false, unopenedRuns: 0, missingPercent: 1 },
}

/** Reads a policy. Its spelling is free, because people write it; unknown and missing fields are refused. Throws a Rejection. */
export function parsePolicy(bytes: Uint8Array): Policy {
  const believed = policy(parsePlainText(decodeUtf8(bytes, MAX_POLICY_BYTES)), "policy")
  refuseTwice(
    believed.chains.map(({ chainId }) => chainId),
    (id) => `policy.chains: two entries for chain ${id}; make them one`,
  )
  for (const { chainId, trustedBlocks } of believed.chains)
    refuseTwice(
      trustedBlocks.map(({ number }) => number),
      (number) => `policy.chains: two hashes for block ${number} of chain ${chainId}; one at most is right`,
    )
  return believed
}

function refuseTwice<T>(items: readonly T[], say: (item: T) => string): void {
  const seen = new Set<T>()
  for (const item of items) {
    check(!seen.has(item), "FIELD_MALFORMED", () => say(item))
    seen.add(item)
  }
}

type Written = { readonly text: string; readonly digest: Hex }

/** One policy judges many documents, and to write a long one down takes longer than to judge. */
const known = new WeakMap<Policy, Written>()

function written(believed: Policy): Written {
  const before = known.get(believed)
  if (before !== undefined) return before
  const { vouchesAsOf = null, claims, jobs: accepted, ...rest } = believed
  const chains = believed.chains.map((chain) => ({ ...chain, claims: chain.claims ?? [] }))
  const failed = accepted === undefined || accepted.failedParts.length === 0 ? {} : { jobs: accepted }
  const whole = { ...rest, ...failed, vouchesAsOf, chains, claims: { ...claims, folded: claims.folded ?? true } }
  const bytes = encodeDocument(whole)
  const now = { text: new TextDecoder().decode(bytes), digest: toHex(sha256(bytes)) }
  known.set(believed, now)
  return now
}

/** The policy's canonical JSON, with what is absent written out: one and the same for every spelling of a policy. */
export const policyText = (believed: Policy): string => written(believed).text

/** SHA-256 over {@link policyText}. */
export const policyDigest = (believed: Policy): Hex => written(believed).digest

/** The policy's word on a chain; undefined where it does not accept the chain. */
export function chainOf({ chains }: Policy, chainId: number): ChainPolicy | undefined {
  return chains.find((chain) => chain.chainId === chainId)
}
