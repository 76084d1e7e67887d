import type { Filing } from "../filing.ts"
import { boamps } from "./boamps.ts"
import { codecarbon } from "./codecarbon.ts"
import { csv } from "./csv.ts"
import { form } from "./form.ts"
import { type Format, FormatError } from "./format.ts"
import { gsf } from "./gsf.ts"
import { html } from "./html.ts"
import { ixbrl } from "./ixbrl.ts"
import type { FormatName } from "./names.ts"
import { xbrlJson } from "./xbrl-json.ts"

const XBRL = ["vsme-", "esrs-", "sb253-"]

/** Every format that `disclose file --format` knows. */
export const FORMATS: { readonly [name in FormatName]: Format } = {
  "xbrl-json": { summary: "xBRL-JSON (OIM 1.0)", standards: XBRL, write: xbrlJson },
  ixbrl: { summary: "Inline XBRL: a page that people read and programs load", standards: XBRL, write: ixbrl },
  csv: { summary: "every cell in one row", standards: [], write: csv },
  html: { summary: "a report: each cell, its way to the proof and its weak spots", standards: [], write: html },
  boamps: { summary: "BoAmps report", standards: ["boamps-"], write: boamps },
  "gsf-if": { summary: "manifest of the GSF Impact Framework", standards: ["gsf-if-"], write: gsf },
  codecarbon: { summary: "row of CodeCarbon's emissions.csv", standards: ["codecarbon-"], write: codecarbon },
  form: { summary: "fields of a form, as JSON", standards: ["ai-act-", "eu-2024-1364"], write: form },
}

/** Throws a FormatError where the standard has another format, or the filing lacks what this one demands. */
export function writeAs(name: FormatName, filing: Filing): string {
  const { standards, write } = FORMATS[name]
  if (standards.length > 0 && !standards.some((start) => filing.standard.id.startsWith(start)))
    throw new FormatError(
      `${name} is for ${standards.map((start) => `${start}…`).join(", ")}, not ${filing.standard.id}`,
    )
  return write(filing)
}
