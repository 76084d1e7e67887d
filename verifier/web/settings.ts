import { GRADES, type Json, ORIGINS } from "@wattest/protocol"
import { OPTIONAL_CHECKS, SEVERITIES } from "../src/index.ts"

/** How a value is written: and what is written where the field is left empty. */
export type Kind =
  | { readonly is: "choice"; readonly options: readonly string[]; readonly isOptional?: boolean }
  | { readonly is: "several"; readonly options: readonly string[] }
  /** `absent`: what a policy means that does not say it. */
  | { readonly is: "toggle"; readonly absent?: boolean }
  | { readonly is: "number" }
  | { readonly is: "label" }
  | { readonly is: "time"; readonly empty: null | undefined }

/** A field of a policy that holds one value, in the words of the form. */
export type Setting = { readonly path: readonly string[]; readonly label: string; readonly kind: Kind }

const grade: Kind = { is: "choice", options: GRADES }
const number: Kind = { is: "number" }
const toggle: Kind = { is: "toggle" }
const at = (path: string, label: string, kind: Kind): Setting => ({ path: path.split("."), label, kind })

/** Every field of a policy that holds one value, by the part of the form that it stands in. */
export const SETTINGS = {
  demands: [
    at("grades.energy", "Worst grade of energy", grade),
    at("grades.work", "Worst grade of work", grade),
    at("vouchesAsOf", "Vouches must hold as of", { is: "time", empty: null }),
    at("books.blindPercent", "Blind at most, % of the time", number),
    at("books.origins", "Origins", { is: "several", options: ORIGINS }),
    at("require", "Checks that must not stay open", { is: "several", options: OPTIONAL_CHECKS }),
    at("books.inventory", "Sensors exactly as vouched", toggle),
    at("books.beacons", "Beacons at both ends", toggle),
    at("books.broken", "Accept runs after lost books", toggle),
  ],
  claims: [
    at("claims.unopenedRuns", "Runs left unopened at most", number),
    at("claims.missingPercent", "Missing at most, % of the expected time", number),
    at("claims.developmentKeys", "Accept development keys", toggle),
    at("claims.folded", "Accept tallies that no registry holds", { is: "toggle", absent: true }),
  ],
  expect: [
    at("expect.model", "Model", { is: "label" }),
    at("expect.party", "Party", { is: "label" }),
    at("expect.from", "From", { is: "time", empty: undefined }),
    at("expect.to", "To", { is: "time", empty: undefined }),
    at("expect.minGrade", "Worst grade of each number", { is: "choice", options: GRADES, isOptional: true }),
    at("expect.failOn", "Findings that are not accepted", { is: "choice", options: SEVERITIES, isOptional: true }),
    at("expect.central", "Compare the value alone", { is: "toggle", absent: false }),
  ],
  tolerances: [
    at("tolerances.clockMs", "Clock off by, ms", number),
    at("tolerances.gapMs", "Between two captures, ms", number),
    at("tolerances.powerPercent", "Power above limits, %", number),
    at("tolerances.uncertaintyPercent", "Uncertainty, %", number),
    at("tolerances.anchorDelayMs", "Anchored after, ms", number),
  ],
} as const satisfies { readonly [group: string]: readonly Setting[] }

/** What is written into a control for a value of the policy. */
export function shownValue({ kind }: Setting, value: Json | undefined): string {
  if (value === undefined || value === null) return ""
  return kind.is === "time" ? new Date(Number(value) * 1000).toISOString().slice(0, 19).concat("Z") : String(value)
}
