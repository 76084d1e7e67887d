/** By what energy can be listed. */
export const LISTED = ["site", "zone", "party", "model", "operator", "hour"] as const
export type Listed = (typeof LISTED)[number]
