import {
  choice,
  deviceId,
  FROM,
  file,
  folder,
  kind,
  list,
  optional,
  place,
  required,
  standard,
  text,
  u64,
  url,
  ValueError,
  whole,
} from "@wattest/command"
import { BOUNDARIES, FED, GRADES, METRIC_NAMES, ORIGINS, TOTALS } from "@wattest/protocol"

/** `A` or `A-B`, both ends included. */
export const runs = kind("A[-B]", (typed) => {
  const [from = "", to = from, ...more] = typed.split("-")
  if (more.length > 0) throw new ValueError("is no range of runs", "write 7, or 3-7")
  const range = { first: u64.parse(from), last: u64.parse(to) }
  if (range.last < range.first) throw new ValueError(`ends before it begins`, "write the lower number first")
  return range
})

/** Sequence numbers of captures, separated by commas. */
export const captures = kind("N[,M…]", (typed) => typed.split(",").map((item) => Number(u64.parse(item))))

/** Where closed runs are kept, and of which device. */
export const ARCHIVE = {
  home: standard(folder, "~/.wattest", "the device's folder, which holds its archive", FROM.home),
  archive: optional(place, "the archive, where it is not in the device's folder"),
  device: optional(deviceId, "the device, where the archive holds several"),
}

export const RECEIPTS = {
  receipt: list(file, "a run's receipt; once for each run in ascending order"),
  relayer: optional(
    url,
    "ask this relayer for the receipts; without it and --receipt, the archive's own",
    FROM.relayer,
  ),
  index: optional(
    url,
    "ask this index where runs are anchored, and --rpc for the proofs; after --relayer where that is typed too",
    FROM.index,
  ),
  rpc: optional(url, "a node of the index's chain; it is trusted with nothing", FROM.rpc),
}

/** Which runs count, and what each must be. */
export const FILTERS = {
  model: optional(text(), 'count only runs of this model; "" counts runs without one'),
  unit: optional(text(), "unit of work that every counted run must have, such as token"),
  zone: optional(text(), "count only runs of this electricity zone"),
  site: optional(text(), "count only runs at this site"),
  party: optional(text(), "count only runs for this party"),
  boundary: required(choice(BOUNDARIES), "where energy is metered"),
  "energy-grade": standard(choice(GRADES), "measured", "worst grade of energy of a counted run"),
  "work-grade": standard(choice(GRADES), "declared", "worst grade of work of a counted run"),
  origin: standard(choice(ORIGINS), "live", "recorded allows runs that no device of ours metered"),
  require: list(choice(FED, "SOURCE"), `what every counted run must feed: ${FED.join(", ")}`),
}

export const BOUND = {
  metric: required(text("NAME"), `${METRIC_NAMES.join(", ")}; joules-per-UNIT, joules-per-accepted-UNIT`),
  "at-least": optional(text("QUANTITY"), "lower bound: 0.07, 70 mJ, 0.2 kWh/Mtoken; exact, never rounded"),
  "at-most": optional(text("QUANTITY"), "upper bound, likewise"),
  numerator: list(choice(TOTALS, "TOTAL"), `what a ratio divides: ${TOTALS.join(", ")}`),
  denominator: list(choice(TOTALS, "TOTAL"), "what it divides by"),
}

export const CLOSING = {
  "metered-at-least": optional(text("QUANTITY"), "bound of the metered time; whole minutes that hold unless given"),
  "blind-at-most": optional(text("QUANTITY"), "bound of the share of blind time; 0, 0.1, 1, 5 % … unless given"),
  "broken-at-most": optional(
    text("QUANTITY"),
    "bound of the runs before which books were broken; their number unless given",
  ),
}

export const KEYS = {
  keys: standard(folder, "build/circuits", "the circuits' keys"),
}

export const PROVING = {
  ...KEYS,
  processes: optional(whole(1, 1024), "proofs made at once; the number of cores unless given"),
}

/** The PostgreSQL in which launchers and workers meet. */
export const databaseUrl = kind("URL", (typed) => {
  if (/^postgres(?:ql)?:\/\/\S+$/.test(typed)) return typed
  throw new ValueError("is no URL of a PostgreSQL", "write postgres://USER:PASSWORD@HOST/DATABASE")
})

/** The environment keeps a password out of the list of processes. */
export const DATABASE = { environment: "WATTEST_DATABASE" }

/** Where proofs are made, for commands whose proofs workers may make. */
export const PLACE = {
  ...PROVING,
  database: optional(databaseUrl, "let workers of this PostgreSQL make the proofs", DATABASE),
  worker: list(text("KEY"), "the key of a worker, age1…, to which inputs are encrypted"),
}

export const out = (standardName: string) =>
  standard(file, standardName, "where the document goes; nothing is left there on failure")
