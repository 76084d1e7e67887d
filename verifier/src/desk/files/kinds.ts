/** What a file is to the desk. `foreign`: none of ours, as far as its ends tell. */
export const DESK_KINDS = [
  "certificate",
  "job",
  "presentation",
  "extract",
  "evidence",
  "receipt",
  "vouch",
  "signed-report",
  "policy",
  "private",
  "foreign",
] as const
export type DeskKind = (typeof DESK_KINDS)[number]

/** How a run is named among documents. */
export const runName = (device: string, run: bigint): string => `${device}/${run}`
