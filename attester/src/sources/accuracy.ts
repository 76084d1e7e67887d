import type { Accuracy } from "./source.ts"

/** An accuracy with everything unknown 0 except what is given; `origin` must say where it comes from. */
export const accuracy = (known: Partial<Accuracy> & Pick<Accuracy, "origin">): Accuracy => ({
  gainLimit: 0,
  offsetLimit: 0,
  step: 0,
  windowMs: 0,
  updateMs: 0,
  gapMs: 0,
  ...known,
})

/**
 * What is known of surfaces that state no accuracy of their own, from one table: the same sensor is as good by every
 * way that it is read.
 */
export const SURFACE_ACCURACY = {
  /** Running average power limit counters of processors, by whatever program they are read. */
  rapl: { gainLimit: 0.05, origin: "energy unit 2^-14 J, about 1 kHz (Intel SDM 16.10); gain not stated, assumed" },
  /** Meters within a server, behind its BMC. */
  bmc: { gainLimit: 0.05, step: 1, updateMs: 1000, origin: "the BMC states no accuracy; assumed" },
  /** AMD's and Intel's accelerator boards, by their own drivers. */
  board: { gainLimit: 0.05, step: 1, updateMs: 1000, origin: "the driver states no gain; assumed" },
  /** Metered outlets and inlets of rack PDUs. */
  pdu: { gainLimit: 0.05, step: 10, updateMs: 1000, origin: "the MIB states none; assumed" },
  /** Anything that an operator selects by hand and says nothing of: the worst of the above. */
  unstated: { gainLimit: 0.05, updateMs: 30_000, origin: "nothing stated: the worst known of meters, assumed" },
} as const satisfies Record<string, Partial<Accuracy> & Pick<Accuracy, "origin">>
