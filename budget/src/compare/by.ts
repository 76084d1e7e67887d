/** What contestants can be compared by. */
export const COMPARED = ["energy-per-work", "energy-per-accepted", "energy-per-input"] as const
export type Compared = (typeof COMPARED)[number]
