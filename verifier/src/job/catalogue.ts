import { type CheckEntry, EXPECTATION_ENTRY } from "../catalogue.ts"

/** Checks of a job of several devices, in the order in which they are shown. */
export const JOB_CATALOGUE = {
  "job-form": {
    title: "Form of the job",
    proves: "The first line lists the parts and their devices, and as many certificates follow as it says.",
    stops: "anyone who cuts a job's file short",
  },
  "job-certificates": {
    title: "Certificates",
    proves: "Each certificate is valid by itself, under the same policy.",
    stops: "whoever any check of a certificate stops",
  },
  "job-devices": {
    title: "Devices",
    proves:
      "Each certificate bound the job, its part and that part's devices before its result was known, and is of one of them.",
    stops: "an operator who adds a frugal device to a job, or takes a hungry one out of it",
  },
  "job-runs": {
    title: "Runs of each device",
    proves:
      "Each device shows every run of the part in order, from the one in which it began to the one that ended it.",
    stops: "an operator who leaves out the runs of a device that cost most",
  },
  "job-labels": {
    title: "Labels",
    proves: "All devices bound the same model, unit, party, workload, task, rule, boundary and origin.",
    stops: "an operator who adds up what is not one work",
  },
  "job-times": {
    title: "Times",
    proves: "There is a moment at which all devices of a part ran, and no part began before the one it follows.",
    stops: "an operator who runs the devices of a job one after another, or shows an older run",
  },
  "job-complete": {
    title: "Completeness",
    proves: "Every listed device of every part is there; the parts that lack some are those that the policy accepts.",
    stops: "an operator who leaves the nodes out that cost most",
  },
  "job-evidence": {
    title: "Evidence",
    proves:
      "Each file of captures is of a run of the job and is what its device signed; no run of it lacks its captures.",
    stops: "whoever any check of evidence stops, in the node that nobody looks at",
  },
  expectation: EXPECTATION_ENTRY,
} as const satisfies Record<string, CheckEntry>

export type JobCheckId = keyof typeof JOB_CATALOGUE
