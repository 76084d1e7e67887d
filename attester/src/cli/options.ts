import {
  address,
  bigWhole,
  chainId,
  choice,
  decimal,
  digest,
  duration,
  FROM,
  file,
  folder,
  type Kind,
  kind,
  list,
  optional,
  required,
  shift,
  standard,
  text,
  toggle,
  url,
  whole,
} from "@wattest/command"
import { BOUNDARIES, GRADES } from "@wattest/protocol"

export const HOME = { home: standard(folder, "~/.wattest", "the device's folder", FROM.home) }

/** The registry that a signature is meant for. */
export const TARGET = {
  chain: required(chainId, "the chain", FROM.chain),
  registry: required(address, "the registry of anchors", FROM.registry),
}

/** What hands runs over while they are metered, where the configuration names no relayer of its own. */
export const SPOOL = {
  chain: optional(chainId, "the chain", FROM.chain),
  registry: optional(address, "the registry of anchors", FROM.registry),
  relayer: optional(url, "the relayer that anchors closed runs", FROM.relayer),
}

/** Texts that a run carries. */
export const LABELS = {
  model: optional(text(), "the model that worked"),
  unit: optional(text(), "unit of work, such as token"),
  zone: optional(text(), "zone of the grid"),
  site: optional(text(), "the place where it ran"),
  party: optional(text(), "whom the work was for"),
  workload: optional(text(), "what ran"),
  job: optional(text(), "the job whose runs belong together"),
}

/** What the work is, as far as the operator says it. */
export const TASK = {
  task: optional(text("FAMILY"), "what is asked of the model, such as chat or summarise"),
  dataset: optional(digest, "SHA-256 of the dataset, or of the list of its files"),
  precision: optional(text(), "of the arithmetic, such as fp8"),
  batch: optional(whole(1, 2 ** 32 - 1), "requests that are worked on at a time"),
  quality: optional(text("RULE"), "the rule by which units of work are accepted"),
}

/** A node's place in a job; what is not given the scheduler's environment says. */
export const LAUNCH = {
  id: optional(text("JOB"), "the job's name, the same on all nodes and in all attempts"),
  node: optional(whole(0), "which node this is, from 0"),
  nodes: optional(whole(1), "how many nodes there are"),
  meet: optional(
    text("FOLDER|URL"),
    "where the nodes learn of each other: a folder that all share, or http://NODE0:PORT, where node 0 listens for those that know WATTEST_JOB_TOKEN",
  ),
  wait: standard(duration, "10min", "how long to wait for the others"),
  "shared-work": toggle("all devices count the same units, such as epochs, or the tokens of a pipeline"),
  model: LABELS.model,
  unit: LABELS.unit,
  zone: LABELS.zone,
  site: LABELS.site,
  party: LABELS.party,
  workload: LABELS.workload,
}

/** A value for one trace by the name of its file, or for all that have none of their own. */
export type PerTrace<T> = { readonly file: string | null; readonly value: T }

const perTrace = <T>({ placeholder, parse }: Kind<T>): Kind<PerTrace<T>> =>
  kind(`[FILE=]${placeholder}`, (given) => {
    const at = given.lastIndexOf("=")
    return { file: at < 0 ? null : given.slice(0, at), value: parse(given.slice(at + 1)) }
  })

/** How the times of traces are to be understood. */
const CLOCK = {
  "time-zone": list(perTrace(text("ZONE")), "of traces without a zone, such as Europe/Berlin"),
  "utc-offset": list(perTrace(text("OFFSET")), "of traces without a zone, such as +01:00"),
  shift: list(perTrace(shift), "added to the traces' times: --shift 1h, --shift=-250ms"),
}

/** Which time of the traces, and what where their readings do not reach. */
const WINDOW = {
  from: optional(text("TIME"), "only from here on: epoch ms, ISO 8601, or local time of the traces"),
  to: optional(text("TIME"), "only until here"),
  clip: toggle("where readings do not reach an end: count what they cover"),
  hold: toggle("where readings do not reach an end: hold the first and last power, as an estimate"),
  bridge: toggle("lines that cannot be used are missing readings"),
  interval: standard(duration, "10s", "time between captures"),
}

/** A register holds more, but no run of a trace comes near. */
const count = bigWhole(0n, 10n ** 18n - 1n)

/** What the operator says of a run that no trace says. */
const DECLARED = {
  work: optional(count, "declared units of work in the window"),
  accepted: optional(count, "how many of them were accepted"),
  input: optional(count, "declared units that were taken in"),
  "carbon-intensity": optional(decimal, "declared gCO2e/kWh"),
  "water-intensity": optional(decimal, "declared L/kWh"),
}

export const REPLAY = {
  ...HOME,
  sum: toggle("several traces are parts of this one device: their energies add up"),
  each: toggle("each trace is a device of its own, in DIR/node_1 of --home DIR for node_1.txt"),
  record: optional(whole(1), "which run of emissions.csv, from 1"),
  ...WINDOW,
  ...CLOCK,
  "power-column": optional(text("NAME"), "which of nvidia-smi's power columns"),
  boards: optional(whole(1), "how many boards a log of nvidia-smi holds"),
  boundary: optional(choice(BOUNDARIES), "where the traces were metered"),
  rating: optional(decimal, "watts: the most that can flow where each sensor measures; what a silence may hide"),
  grade: optional(choice(GRADES), "worse than the traces' own: estimated, simulated …"),
  plan: optional(file, "the plan of a part of a job of several devices, of which each device here is one"),
  group: optional(text("JOB"), "with --each: all of these devices are part 0 of this job; its plan goes into DIR/jobs"),
  ...LABELS,
  ...DECLARED,
}
