import { type CheckEntry, EXPECTATION_ENTRY } from "../catalogue.ts"

/** Checks of a presentation, in the order in which they run and are shown. */
export const PRESENTATION_CATALOGUE = {
  form: {
    title: "Form",
    proves: "The document is a presentation in its one spelling, with no field more and none less.",
    stops: "anyone who hides a second meaning in the same file",
  },
  keys: {
    title: "Verification keys",
    proves: "The policy believes the makers of the keys, and development keys are allowed if they are used.",
    stops: "an operator who makes his own keys, and with them any proof",
  },
  subject: {
    title: "Chain, registry and ledgers",
    proves:
      "The policy accepts chain, registry, vouchers and ledgers; a tally over a period has them in strictly ascending order, and a number over a period misses none that the policy expects.",
    stops: "an operator who speaks of a ledger of his own making, of one ledger twice, or leaves out the bad one",
  },
  terms: {
    title: "Terms",
    proves:
      "The policy accepts grades, origin and what is left unopened; sensors are the vouched ones and beacons are there, where it asks for them.",
    stops: "an operator who sells estimates or old traces as measurements, or keeps runs closed",
  },
  chains: {
    title: "Segments",
    proves:
      "Segments join head to head and accumulator to accumulator, over every run anchored from the period's start until the tally was taken; parts of a join adjoin and do not overlap; a bound has the unit that it counts and rests on nothing that need not be fed.",
    stops: "an operator who drops, repeats or reorders runs",
  },
  proofs: {
    title: "Proofs",
    proves:
      "Every zero-knowledge proof verifies for exactly these ends or runs, filters, conditions and bounds; each number is about one run at least.",
    stops: "an operator who claims a better number than his runs have",
  },
  ends: {
    title: "Ends of the ledgers",
    proves:
      "The chain's storage has these heads as the last before the period's start and before the time as of which the tally was taken.",
    stops: "an operator who cuts a bad run off the end",
  },
  published: {
    title: "Published tallies",
    proves:
      "The registry of claims that the policy names holds each tally closed, with these terms, accumulator, counts and bounds: it has verified their proofs.",
    stops: "an operator who shows a contract of his own making, another's tally, or one that he never closed",
  },
  anchors: {
    title: "Anchors",
    proves: "The registry's events anchor each chosen run's root, at the place and time that the document says.",
    stops: "an operator with a run that no device submitted",
  },
  coverage: {
    title: "Coverage",
    proves:
      "Of the time that the registry expects of these devices no more is missing, and of the metered time no more was blind, than the policy accepts; the books broke no more often.",
    stops: "an operator whose machines were switched off, unplugged or not looked at while they worked",
  },
  "block-trusted": {
    title: "Trusted block",
    proves: "The blocks of the proofs are ones that the policy trusts or that the chain's readers agree on.",
    stops: "an RPC node or operator who makes up a block",
  },
  suspicion: {
    title: "Vouches",
    proves:
      "As of blocks of the time that the policy asks or later, no voucher's withdrawal voids an anchor of these stretches of the ledgers, or one of a chosen run.",
    stops: "an operator who goes on with a device that was found out",
  },
  expectation: EXPECTATION_ENTRY,
} as const satisfies Record<string, CheckEntry>

export type PresentationCheckId = keyof typeof PRESENTATION_CATALOGUE

export const PRESENTATION_CHECK_IDS = Object.keys(PRESENTATION_CATALOGUE) as PresentationCheckId[]
