/** The names of the signature schemes on the command line and in the configuration. */
export const SCHEME_NAMES = ["ed25519", "p256"] as const
export type SchemeName = (typeof SCHEME_NAMES)[number]
