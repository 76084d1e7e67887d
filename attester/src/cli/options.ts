import { address, chainId, FROM, folder, optional, required, standard, text, url } from "@wattest/command"

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
  party: optional(text(), "whom the work was for"),
  workload: optional(text(), "what ran"),
  job: optional(text(), "the job whose runs belong together"),
}
