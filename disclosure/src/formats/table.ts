import type { Filing } from "../filing.ts"
import { type Format, FormatError } from "./format.ts"

const FORMS = ["ai-act-", "eu-2024-1364"]

const text = (summary: string, standards: readonly string[], load: Format["load"]): Format => ({
  ...{ summary, standards, isText: true, load },
})

/** Every format that `disclose file --format` knows. What writes one is loaded when it is asked for. */
export const FORMATS = {
  "xbrl-json": text("xBRL-JSON (OIM 1.0)", [], async () => (await import("./xbrl-json.ts")).xbrlJson),
  ixbrl: text(
    "Inline XBRL: a page that people read and programs load",
    [],
    async () => (await import("./ixbrl.ts")).ixbrl,
  ),
  csv: text("every cell in one row", [], async () => (await import("./csv.ts")).csv),
  xlsx: {
    summary: "a workbook: cells, their sources, their weak spots",
    ...{ standards: [], isText: false, load: async () => (await import("./xlsx.ts")).xlsx },
  },
  html: text(
    "a report: each cell, its way to the proof and its weak spots",
    [],
    async () => (await import("./html.ts")).report,
  ),
  boamps: text("BoAmps report", ["boamps-"], async () => (await import("./boamps.ts")).boamps),
  "gsf-if": text("manifest of the GSF Impact Framework", ["gsf-if-"], async () => (await import("./gsf.ts")).gsf),
  codecarbon: text(
    "row of CodeCarbon's emissions.csv",
    ["codecarbon-"],
    async () => (await import("./codecarbon.ts")).codecarbon,
  ),
  pact: text("ProductFootprint of PACT V3", ["pact-3-"], async () => (await import("./pact.ts")).pact),
  form: text("fields of a form, as JSON", FORMS, async () => (await import("./form.ts")).form),
} satisfies { readonly [name: string]: Format }

export type FormatName = keyof typeof FORMATS
export const FORMAT_NAMES = Object.keys(FORMATS) as readonly FormatName[]

/** The filing as text, or as bytes where the format is none. Throws a FormatError where the standard has another format, or the filing lacks what this one demands. */
export async function writeAs(name: FormatName, filing: Filing): Promise<string | Uint8Array> {
  const { standards, load }: Format = FORMATS[name]
  if (standards.length > 0 && !standards.some((start) => filing.standard.id.startsWith(start)))
    throw new FormatError(
      `${name} is for ${standards.map((start) => `${start}…`).join(", ")}, not ${filing.standard.id}`,
    )
  return await (await load())(filing)
}
