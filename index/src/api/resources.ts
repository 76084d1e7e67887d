import { BOUNDARIES, METRIC_NAMES } from "@wattest/protocol"
import { OUTCOMES } from "@wattest/verifier"
import { DOCUMENT_KINDS } from "../documents/judged.ts"
import { RELATIONS } from "../store/overlaps.ts"
import type { Database } from "../store/schema.ts"
import { EVENT_KINDS } from "../watch/events.ts"

/** How a column is shown and asked for: `time` is Unix seconds, `count` an integer, `hash` 32 bytes, `list` texts with spaces. */
export type ColumnKind = "hash" | "address" | "text" | "count" | "time" | "flag" | "list" | "amount"

export type Column = {
  readonly kind: ColumnKind
  /** In the store, where it has another name there; or an expression over the table. */
  readonly from?: string
  readonly nullable?: true
  readonly about: string
  /** Callers may ask for rows where it has one value; `range`: where it lies between two. */
  readonly ask?: "one" | "range"
  /** The only texts that there are. */
  readonly values?: readonly string[]
}

export type Resource = {
  readonly about: string
  readonly table: keyof Database | "operators" | "vouchers" | "claims"
  /** Columns by which rows are told apart and ordered. */
  readonly key: readonly string[]
  readonly columns: { readonly [name: string]: Column }
  /** Rows are asked for by range within one value of one of these: over all of a long list that would read all of it. */
  readonly within?: readonly string[]
  /** It changes while the books' block stays: no copy of an answer is as good as a new one. */
  readonly isLive?: true
  /** Where a row's proof is, with names of its columns in braces (RFC 6570): a document that `wattest verify` judges offline. */
  readonly check: string
}

export const hash = (about: string, more: Partial<Column> = {}): Column => ({ kind: "hash", about, ...more })
export const address = (about: string, more: Partial<Column> = {}): Column => ({ kind: "address", about, ...more })
export const text = (about: string, more: Partial<Column> = {}): Column => ({ kind: "text", about, ...more })
export const count = (about: string, more: Partial<Column> = {}): Column => ({ kind: "count", about, ...more })
export const time = (about: string, more: Partial<Column> = {}): Column => ({ kind: "time", about, ...more })
const flag = (about: string, more: Partial<Column> = {}): Column => ({ kind: "flag", about, ...more })

const one = { ask: "one" } as const
const range = { ask: "range" } as const
const nullable = { nullable: true } as const
const BOUNDARY = { ask: "one", values: BOUNDARIES } as const

/** Where an event stands; `block` and `log` make the order of the chain. */
const PLACE = {
  block: count("number of the block", range),
  log: count("place among the block's logs"),
  time: time("block time", range),
}

const DEVICE_PROOF = "/v1/proof/devices/{device}"
const CLAIM_PROOF = "/v1/proof/claims/{operator}/{number}"

const RUN_PROOF = "/v1/proof/runs/{device}/{run}"

/** What an anchor says of a run. */
const ANCHORED = {
  root: hash("its root; zeros: a void run"),
  head: hash("head of the ledger's chain after it"),
  transaction: hash("the transaction", { from: "transaction_hash" }),
}
const THROUGH = "no run of the device up to its submission's last ended later"

const OPERATOR = address("the account that owns the ledger", one)
const VOUCHER = address("the account that gives its word for the devices", one)
const DEVICE = hash("the device's id", one)

const asked = { ...nullable, ...one }

/** Of which runs a tally is. */
const TERMS = {
  from: time("runs that ended after this", { from: "opens", ask: "range" }),
  to: time("and not after this", { from: "ends", ask: "range" }),
  asOf: time("and were anchored before this", { from: "as_of" }),
  boundary: text("what is metered", BOUNDARY),
  model: text("label asked for; null: whichever", asked),
  zone: text("label asked for; null: whichever", asked),
  site: text("label asked for; null: whichever", asked),
  party: text("label asked for; null: whichever", asked),
  energyGrade: text("energy of each counted run is graded so or better", { from: "energy_grade" }),
  workGrade: text("work of each counted run is graded so or better", { from: "work_grade" }),
  origin: text("live, or recorded too"),
}

/** What was proved of all that it folds, held against what the registry expects. */
const OUTCOME = {
  runs: count("runs folded in"),
  unopened: count("of these, not opened"),
  voids: count("of these, void"),
  closedAt: time("block time at which it was proved; null: it is open", { from: "closed", ...nullable, ...range }),
  meteredAtLeastMs: count("device time", { from: "metered_at_least", ...nullable }),
  expectedMs: count("device time that the registry expects of the period", { from: "expected", ...nullable }),
  blindAtMost: count("share of the metered time, 10^-6", { from: "blind_at_most", ...nullable }),
  brokenAtMost: count("runs whose books were broken", { from: "broken_at_most", ...nullable }),
  devicesBehind: count("devices whose books did not reach the period's end when it was taken", {
    from: "behind",
    ...nullable,
  }),
  suspect: flag("a voucher's withdrawal voids anchors that were folded", one),
}

const DEVICE_STATES = ["active", "retiring", "retired", "withdrawn"]

/** A device's state in words, as the registry has it. */
const STATE = `case when withdrawn_since is not null then 'withdrawn' when retired_runs is null then 'active'
  when runs < retired_runs then 'retiring' else 'retired' end`

/** Every list that the index serves: the one table for routes, their description, GraphQL, CSV and the store's questions. */
export const RESOURCES = {
  operators: {
    about: "Accounts that own ledgers",
    table: "operators",
    key: ["operator"],
    check: "/v1/ledgers?operator={operator}",
    columns: {
      operator: address("the account", one),
      ledgers: count("its ledgers, one a voucher"),
      devices: count("enrolled devices"),
      runs: count("anchored runs", range),
      tallies: count("tallies of claims"),
    },
  },
  vouchers: {
    about: "Accounts that give their word for devices",
    table: "vouchers",
    key: ["voucher"],
    check: "/v1/ledgers?voucher={voucher}",
    columns: {
      voucher: address("the account", one),
      ledgers: count("ledgers that rest on its word"),
      devices: count("enrolled devices"),
      runs: count("anchored runs"),
    },
  },
  ledgers: {
    about: "Books of an operator whose devices one voucher vouched for",
    table: "ledgers",
    key: ["ledger"],
    check: "/v1/proof/ledgers/{ledger}",
    columns: {
      ledger: hash("its id", { from: "id", ask: "one" }),
      operator: OPERATOR,
      voucher: VOUCHER,
      length: count("anchored runs", range),
      head: hash("head of their chain"),
      devices: count("enrolled devices"),
      vouched: count("devices vouched for"),
      proved: count("runs up to which the chain's own storage said the same"),
    },
  },
  devices: {
    about: "Enrolled devices",
    table: "devices",
    key: ["device"],
    check: DEVICE_PROOF,
    columns: {
      device: hash("its id", { from: "id", ask: "one" }),
      ledger: hash("the ledger that its runs enter", one),
      operator: OPERATOR,
      voucher: VOUCHER,
      boundary: text("what it meters", BOUNDARY),
      state: text("as the registry has it", { from: STATE, ask: "one", values: DEVICE_STATES }),
      runs: count("anchored runs", range),
      through: time("up to which its books are told; 0: not at all", range),
      enrolledAt: time("block time of its enrolment", { from: "enrolled", ask: "range" }),
      anchoredAt: time("block time of its last anchor", { from: "anchored", nullable: true, ask: "range" }),
      retiredRuns: count("its runs in all, once it is retired", { from: "retired_runs", nullable: true }),
      withdrawnSince: time("from when on its voucher's word does not hold", {
        from: "withdrawn_since",
        nullable: true,
        ask: "range",
      }),
      endedAt: time("block time from which no run can follow; null: one can", { from: "ended", nullable: true }),
      silentSince: time(
        "up to when the books of a device that owes runs are told, or its enrolment; null: it owes none",
        {
          from: "silent_since",
          nullable: true,
          ask: "range",
        },
      ),
    },
  },
  runs: {
    about: "Anchored runs, in the order of their ledgers",
    table: "anchors",
    key: ["ledger", "position"],
    within: ["ledger", "device"],
    check: RUN_PROOF,
    columns: {
      ledger: hash("the ledger", one),
      position: count("place in the ledger", range),
      device: DEVICE,
      run: count("number of the device's run", range),
      ...ANCHORED,
      through: time(THROUGH, range),
      ...PLACE,
    },
  },
  anchors: {
    about: "Anchored runs, in the order of the chain",
    table: "anchors",
    key: ["time", "block", "log"],
    check: RUN_PROOF,
    columns: {
      time: time("block time", range),
      block: count("number of the block"),
      log: count("place among the block's logs"),
      ledger: hash("the ledger"),
      position: count("place in the ledger"),
      device: hash("the device's id"),
      run: count("number of the device's run"),
      ...ANCHORED,
      through: time(THROUGH),
    },
  },
  vouches: {
    about: "Words given for devices, and their revisions",
    table: "vouches",
    key: ["block", "log"],
    check: DEVICE_PROOF,
    columns: {
      device: DEVICE,
      voucher: VOUCHER,
      operator: OPERATOR,
      evidence: hash("digest of the vouch document"),
      revision: flag("whether it revises an earlier one"),
      ...PLACE,
    },
  },
  enrolments: {
    about: "Devices that joined a ledger",
    table: "enrolments",
    key: ["device"],
    check: DEVICE_PROOF,
    columns: {
      device: DEVICE,
      ledger: hash("the ledger", one),
      operator: OPERATOR,
      voucher: VOUCHER,
      scheme: count("signature scheme of its key"),
      key: text("its public key"),
      boundary: text("what it meters", BOUNDARY),
      evidence: hash("digest of the vouch document that it agreed to"),
      ...PLACE,
    },
  },
  withdrawals: {
    about: "Words taken back: what the device anchored from `since` on is void",
    table: "withdrawals",
    key: ["block", "log"],
    check: DEVICE_PROOF,
    columns: {
      device: DEVICE,
      voucher: VOUCHER,
      operator: OPERATOR,
      since: time("from when on the word does not hold", range),
      ...PLACE,
    },
  },
  retirements: {
    about: "Devices that said how many runs they have in all",
    table: "retirements",
    key: ["device"],
    check: DEVICE_PROOF,
    columns: { device: DEVICE, runs: count("runs in all"), ...PLACE },
  },
  tallies: {
    about: "Sums over whole ledgers of which claims are proved; an open one says nothing",
    table: "tallies",
    key: ["operator", "number"],
    check: CLAIM_PROOF,
    columns: {
      operator: OPERATOR,
      number: count("its number among the operator's", one),
      vouchers: { kind: "list", about: "vouchers of its ledgers" },
      unit: text("unit of work asked for; null: whichever", { ...nullable, ...one }),
      ...TERMS,
      required: { kind: "list", about: "what each counted run feeds" },
      parts: { kind: "list", about: "tallies that it joins" },
      ...OUTCOME,
      ...PLACE,
    },
  },
  claims: {
    about: "Numbers proved of tallies, each between two bounds, with what they are about and how complete that is",
    table: "claims",
    key: ["operator", "number", "place"],
    check: CLAIM_PROOF,
    columns: {
      operator: OPERATOR,
      number: count("the tally", one),
      place: count("its place among the tally's bounds"),
      metric: text("what is bounded", { ask: "one", values: METRIC_NAMES }),
      lo: { kind: "amount", about: "at least, in the metric's smallest unit" },
      hi: { kind: "amount", about: "at most" },
      denominator: count("the tally whose total divides"),
      strict: flag("at least one run counts in each"),
      sentence: text("what was proved, in words"),
      unit: text("the metric's smallest unit, in which its bounds are"),
      work: text("unit of work asked for; null: whichever", { ...nullable, ...one }),
      ...TERMS,
      ...OUTCOME,
    },
  },
  overlaps: {
    about: "Pairs of an operator's numbers about some of the same runs, and whether they can both be true",
    table: "claim_overlaps",
    key: ["operator", "number", "place", "otherNumber", "otherPlace"],
    check: CLAIM_PROOF,
    columns: {
      operator: OPERATOR,
      number: count("the later tally", one),
      place: count("the bound's place among its bounds"),
      otherNumber: count("the earlier tally", { from: "other_number" }),
      otherPlace: count("the bound's place among its bounds", { from: "other_place" }),
      metric: text("what both bound", { ask: "one", values: METRIC_NAMES }),
      relation: text("the later's runs: the same as, within or around the earlier's, or it overlaps", {
        ask: "one",
        values: RELATIONS,
      }),
      contradicts: flag("they cannot both be true", one),
    },
  },
  documents: {
    about:
      "Documents that somebody handed in, each with its verdict under the index's policy; what one says stands here while it is valid",
    table: "documents",
    isLive: true,
    key: ["id"],
    check: "/v1/documents/{id}/content",
    columns: {
      id: hash("SHA-256 of its bytes", one),
      kind: text("what it is", { ask: "one", values: DOCUMENT_KINDS }),
      size: count("bytes"),
      received: time("when it came", range),
      judged: time("when it was judged last"),
      block: count("the block that the books stood on then"),
      policy: hash("digest of the policy then, see /v1/policy"),
      status: text("the verdict", { ask: "one", values: OUTCOMES }),
      code: text("why it is not valid", asked),
      detail: text("the place and the values", { nullable: true }),
      title: text("what it is about, in words", { nullable: true }),
      operator: address("whose runs it shows", asked),
      device: hash("of which device, if of one", asked),
      model: text("label of its runs", asked),
      zone: text("label of its runs", asked),
      site: text("label of its runs", asked),
      party: text("label of its runs", asked),
      from: time("when its first run began, or its period", { from: "opens", nullable: true, ask: "range" }),
      to: time("when its last run ended, or its period", { from: "ends", nullable: true, ask: "range" }),
    },
  },
  events: {
    about: "Withdrawals, silences, suspect and contradicting claims, in the order in which the index met them",
    table: "events",
    key: ["seq"],
    check: DEVICE_PROOF,
    columns: {
      seq: count("counts up; what was told once keeps its number", range),
      id: hash("names the event wherever it is told"),
      kind: text("what happened", { ask: "one", values: EVENT_KINDS }),
      operator: address("whose it is", asked),
      ledger: hash("the ledger", asked),
      device: hash("the device", asked),
      number: count("the claim's tally", { nullable: true }),
      block: count("number of the block as of which it was met", range),
      time: time("that block's time", range),
      detail: text("what else there is to say, as JSON"),
    },
  },
  days: {
    about: "What devices' books tell of each day (UTC), a submission's time spread over its days",
    table: "days",
    key: ["device", "day"],
    check: DEVICE_PROOF,
    columns: {
      device: DEVICE,
      day: time("the day's first second", range),
      ledger: hash("the ledger", one),
      toldSeconds: count("told by submissions without a void run", { from: "told" }),
      voidSeconds: count("told by submissions with a void run: some of it is lost", { from: "void_told" }),
      runs: count("runs of submissions that end in the day"),
      voids: count("of these, void"),
    },
  },
} as const satisfies { readonly [name: string]: Resource }

export type ResourceName = keyof typeof RESOURCES

export const RESOURCE_NAMES = Object.keys(RESOURCES) as readonly ResourceName[]

/** A resource without the narrow types of its own table. */
export const resourceOf = (name: ResourceName): Resource => RESOURCES[name]
