/** Names of the formats, apart from what writes them: the command line knows them without loading any. */
export const FORMAT_NAMES = ["xbrl-json", "ixbrl", "csv", "html", "boamps", "gsf-if", "codecarbon", "form"] as const
export type FormatName = (typeof FORMAT_NAMES)[number]
