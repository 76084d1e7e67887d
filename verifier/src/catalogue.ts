/** A check as a reader of a report meets it: what its success proves, and who is stopped by its failure. */
export type CheckEntry = {
  readonly title: string
  readonly proves: string
  readonly stops: string
}

/** The buyer's gate: listed where the policy expects anything. */
export const EXPECTATION_ENTRY = {
  title: "Expectations",
  proves: "Model, party, time, grades and numbers are as the policy expects, uncertainty counted against the claimant.",
  stops: "a supplier who is worse than the contract says",
} as const satisfies CheckEntry

/** Checks of a certificate, cheapest first. The order is that in which they run and are shown. */
export const CERTIFICATE_CATALOGUE = {
  form: {
    title: "Form",
    proves: "The document is a certificate in its one spelling, with no field more and none less.",
    stops: "anyone who hides a second meaning in the same file",
  },
  "device-key": {
    title: "Device key",
    proves: "The device's key is a canonical key of full order under its scheme.",
    stops: "a device maker with a weak key for which signatures can be invented",
  },
  "runs-consecutive": {
    title: "Consecutive runs",
    proves:
      "The runs follow each other by number and time, belong to one job, and their energy balances with the device's lifetime energy.",
    stops: "an operator who leaves an expensive run out of the middle of a job",
  },
  "whole-job": {
    title: "Whole job",
    proves:
      "The certificate holds every run of its job, from the one in which the device began it to the one that ended it.",
    stops: "an operator who shows the cheap part of a job as the job",
  },
  opening: {
    title: "Opening",
    proves:
      "The first capture stands at zero and bound model, unit, zone, site, party and context before the result was known.",
    stops: "an operator who relabels a run once its result is known",
  },
  totals: {
    title: "Totals",
    proves: "The totals, times and number of captures in the statement are those of the first and last capture.",
    stops: "an operator who rounds the totals in favour of the result",
  },
  registers: {
    title: "Registers agree",
    proves:
      "No register contradicts another: accepted units are part of the work, idle energy of the accelerators', blind time of the time.",
    stops: "a device that signs more good units than units",
  },
  fed: {
    title: "Fed registers",
    proves:
      "The statement says truly which registers the plan feeds, and whether a beacon stands at both ends; a zero elsewhere says nothing.",
    stops: "an operator who shows as zero what nobody metered",
  },
  "grades-shown": {
    title: "Grades shown",
    proves: "Plan and readings that the certificate itself shows allow the grades that the statement claims.",
    stops: "an operator who calls a trace or a share of a meter a measurement",
  },
  "vouch-document": {
    title: "Vouch document",
    proves:
      "The documents shown are those that the runs name, and of this device; boundary, origin, sensors and grades are as the voucher found them.",
    stops: "an operator who meters one board of eight, or another boundary",
  },
  chain: {
    title: "Chain and registry",
    proves: "All runs name one registry on one chain, and the policy accepts both.",
    stops: "an operator with a private chain or a registry that checks nothing",
  },
  ledger: {
    title: "Ledger and voucher",
    proves: "The policy believes the voucher of this ledger, and expects the ledger where it names any.",
    stops: "an operator who vouches for devices himself",
  },
  grades: {
    title: "Grades",
    proves: "Energy and work have at least the grades that the policy demands.",
    stops: "an operator who sells estimates as measurements",
  },
  books: {
    title: "Books",
    proves: "Origin, inventory, beacons and blind time are as the policy demands, and no run follows lost books.",
    stops: "an operator who sells a typed trace, or time in which nobody looked, as metered",
  },
  "anchor-order": {
    title: "Time order",
    proves: "The run was anchored after it ended, within the clock tolerance of the policy.",
    stops: "a device whose clock runs ahead, or readings written in advance",
  },
  inclusion: {
    title: "Captures under the root",
    proves: "The first and the last capture lie at their places under the run's captures root.",
    stops: "an operator who shows captures of another run",
  },
  "capture-signatures": {
    title: "Capture signatures",
    proves: "The device signed the first and the last capture of each run.",
    stops: "anyone who invents readings without the device",
  },
  root: {
    title: "Run root",
    proves: "Statement and captures hash to the root that the device submitted for this very run.",
    stops: "an operator who swaps the statement after the submission",
  },
  "submission-signature": {
    title: "Submission signature",
    proves: "The device signed the submission for this chain and registry.",
    stops: "a relayer who skips, repeats, reorders or invents runs",
  },
  "anchor-proof": {
    title: "Anchor proof",
    proves:
      "The registry's event with this run's root, ledger, position and head lies in a receipt under the block header.",
    stops: "a relayer or RPC node that reports an anchor which never happened",
  },
  "block-trusted": {
    title: "Trusted block",
    proves:
      "The block header is one that the policy trusts, that the chain's readers agree on, or that lies under a checkpoint on the parent chain.",
    stops: "an RPC node or operator who makes up a block",
  },
  enrolment: {
    title: "Enrolment",
    proves: "The registry's event enrols this key in this ledger.",
    stops: "an operator who uses a key that was enrolled for somebody else",
  },
  vouch: {
    title: "Vouch",
    proves:
      "The registry's event shows the voucher's word for this device and operator, and the digest of the vouch document that the run names.",
    stops: "an operator with a device that nobody has inspected",
  },
  "not-withdrawn": {
    title: "Vouch not withdrawn",
    proves:
      "As of the block named, of the time that the policy asks or later, the voucher had not withdrawn its word from a time before the anchor.",
    stops: "an operator who goes on with a device that was found out",
  },
  beacon: {
    title: "Beacon",
    proves:
      "Opening and closing, where there is one, name blocks of the chain, so that the run went on no earlier than the one's time and ended no earlier than the other's.",
    stops: "an operator who replays old readings as a new run, or lets a clock run slow",
  },
  expectation: EXPECTATION_ENTRY,
} as const satisfies Record<string, CheckEntry>

export type CertificateCheckId = keyof typeof CERTIFICATE_CATALOGUE

/** Checks of a run's evidence: they hold for each of its captures. */
export const EVIDENCE_CATALOGUE = {
  "evidence-form": {
    title: "Form of the evidence",
    proves: "Every line is a capture in its one spelling.",
    stops: "anyone who hides a second meaning in the same file",
  },
  "evidence-origin": {
    title: "Origin",
    proves: "The evidence is of the device and run of the certificate.",
    stops: "an operator who shows the curve of a better run",
  },
  "evidence-sequence": {
    title: "Sequence",
    proves:
      "The captures are complete and in order: none is missing, repeated or added; labels stand in the first alone, the closing in the last.",
    stops: "an operator who leaves out the captures that look bad",
  },
  "evidence-registers": {
    title: "Registers and time",
    proves: "No register falls and time does not run backwards.",
    stops: "a device that subtracts energy",
  },
  "evidence-signatures": {
    title: "Capture signatures",
    proves: "The device signed each capture.",
    stops: "anyone who invents readings without the device",
  },
  "evidence-inclusion": {
    title: "Captures included",
    proves: "Each capture shown lies at its place under the run's captures root.",
    stops: "an operator who shows captures of another run",
  },
  "evidence-root": {
    title: "Captures root",
    proves: "The captures give exactly the captures root under the anchored run.",
    stops: "an operator who exchanges captures after the anchor",
  },
  "evidence-grades": {
    title: "Grades of the sources",
    proves: "The statement claims no better grade than the worst of its sources.",
    stops: "an operator who sells estimates as measurements",
  },
  "evidence-sources": {
    title: "Registers from sources",
    proves: "The raw sensor values, metered again by the plan of the opening, give every register of every capture.",
    stops: "a device that signs other totals than its sensors gave",
  },
} as const satisfies Record<string, CheckEntry>

export type EvidenceCheckId = keyof typeof EVIDENCE_CATALOGUE
