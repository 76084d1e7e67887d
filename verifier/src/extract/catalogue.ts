import { type CheckEntry, EXPECTATION_ENTRY } from "../catalogue.ts"

/** Checks of an extract, in the order in which they run and are shown. */
export const EXTRACT_CATALOGUE = {
  form: {
    title: "Form",
    proves: "The document is an extract in its one spelling, with no field more and none less.",
    stops: "anyone who hides a second meaning in the same file",
  },
  chain: {
    title: "Chain and registry",
    proves: "The policy accepts the chain and, on it, the registry.",
    stops: "an index or operator with a private chain or a registry that checks nothing",
  },
  storage: {
    title: "Storage",
    proves:
      "The registry's storage under the block's state root holds what the extract says of the device, the ledger or the voucher's word, and the proof has exactly the slots that this needs.",
    stops: "an index that shows a withdrawn device as active, or leaves out runs",
  },
  anchor: {
    title: "Anchor",
    proves: "The registry's event anchors the run's root at the place and time that the extract says.",
    stops: "an index or operator with a run that no device submitted",
  },
  "block-trusted": {
    title: "Trusted block",
    proves: "The blocks of the proofs are ones that the policy trusts or that the chain's readers agree on.",
    stops: "an index or RPC node that makes up a block",
  },
  recent: {
    title: "Recent state",
    proves: "The state is of the time that the policy asks of, or later.",
    stops: "an index that shows the books as they were before a withdrawal",
  },
  expectation: EXPECTATION_ENTRY,
} as const satisfies Record<string, CheckEntry>

export type ExtractCheckId = keyof typeof EXTRACT_CATALOGUE

export const EXTRACT_CHECK_IDS = Object.keys(EXTRACT_CATALOGUE) as ExtractCheckId[]
