import type { Story } from "@wattest/testkit/conformance/story"
import type { Policy } from "@wattest/verifier"
import { type Case, type Expected, SHORT, unaccepted, undetermined, valid } from "./case.ts"
import { CHOSEN_CASES } from "./chosen-runs.ts"
import { PRESENTATION_CASES } from "./presentation.ts"

type Wanted = NonNullable<Policy["expect"]>

const wanting = (expect: Wanted): Story => ({ ...SHORT, policy: (policy) => ({ ...policy, expect }) })

const certificate = (name: string, title: string, expect: Expected, wanted: Wanted): Case => ({
  ...{ name: `expectation-${name}`, title, expect },
  story: wanting(wanted),
})

/** The honest run takes 6.30 J a token, and at most 6.70 with its uncertainty. */
const CERTIFICATE_CASES: readonly Case[] = [
  certificate("met", "The number and its uncertainty keep the bound.", valid, {
    bounds: ["energy-per-work <= 2 kWh/Mtoken", "energy >= 1 Wh"],
  }),
  certificate(
    "uncertainty",
    "The value keeps the bound and its uncertainty passes it.",
    unaccepted("EXPECTATION_NOT_MET"),
    { bounds: ["energy-per-work <= 1.8 kWh/Mtoken"] },
  ),
  certificate("central", "The same, where the policy compares values alone.", valid, {
    bounds: ["joules-per-token <= 6.48 J"],
    central: true,
  }),
  certificate("uncertainty-below", "The lower end counts for at least.", unaccepted("EXPECTATION_NOT_MET"), {
    bounds: ["energy-per-work >= 6.2 J/token"],
  }),
  certificate("other-unit", "The work is counted in another unit.", undetermined("EXPECTATION_UNDECIDED"), {
    bounds: ["energy-per-work <= 1 MWh/image"],
  }),
  certificate("not-fed", "No meter feeds the expected number.", undetermined("EXPECTATION_UNDECIDED"), {
    bounds: ["wue <= 9 L/kWh"],
  }),
  certificate("missed-behind", "A bound is missed behind one that is not known.", unaccepted("EXPECTATION_NOT_MET"), {
    bounds: ["wue <= 9 L/kWh", "energy <= 1 J"],
  }),
  certificate("other-runs", "The number is about runs beyond the certificate.", undetermined("EXPECTATION_UNDECIDED"), {
    bounds: ["ledger-share <= 100 %"],
  }),
  certificate("other-model", "The run is of another model.", unaccepted("SUBJECT_NOT_EXPECTED"), { model: "other" }),
  certificate("other-party", "The run is for another party.", unaccepted("SUBJECT_NOT_EXPECTED"), { party: "other" }),
  certificate("too-early", "The run began before the expected time.", unaccepted("SUBJECT_NOT_EXPECTED"), {
    from: 4_000_000_000,
  }),
  certificate("too-late", "The run ended after the expected time.", unaccepted("SUBJECT_NOT_EXPECTED"), { to: 1 }),
  certificate("grade", "The number rests on work that is declared.", unaccepted("GRADE_NOT_ACCEPTED"), {
    bounds: ["energy-per-work <= 1 MWh/token"],
    minGrade: "measured",
  }),
  certificate("finding", "There is a finding of the severity named.", unaccepted("FINDING_NOT_ACCEPTED"), {
    failOn: "info",
  }),
]

function presentation(
  name: string,
  title: string,
  expect: Expected,
  wanted: Wanted,
  base = "presentation-valid",
): Case {
  const given = [...PRESENTATION_CASES, ...CHOSEN_CASES].find((candidate) => candidate.name === base)?.presentation
  if (given === undefined) throw new RangeError(`no case ${base} with a presentation`)
  const { document, policy } = given
  return {
    ...{ name: `expectation-claim-${name}`, title, expect },
    presentation: { document, policy: { ...policy, expect: wanted } },
  }
}

/** The recorded claim: at most 0.0505 J a token, uncertainty added, of model llama. */
const CLAIM_CASES: readonly Case[] = [
  presentation("met", "The proved bound is the expected one.", valid, {
    bounds: ["energy-per-work <= 0.0505 J/token"],
    model: "llama",
  }),
  presentation(
    "undecided",
    "The proved bound is looser than the expected one.",
    undetermined("EXPECTATION_UNDECIDED"),
    {
      bounds: ["energy-per-work <= 0.0504 J/token"],
    },
  ),
  presentation("missed", "The proved bound denies what is expected.", unaccepted("EXPECTATION_NOT_MET"), {
    bounds: ["energy-per-work >= 0.0506 J/token"],
  }),
  presentation(
    "not-denied",
    "The proved bound is the expected one, from the other side.",
    undetermined("EXPECTATION_UNDECIDED"),
    {
      bounds: ["energy-per-work >= 0.0505 J/token"],
    },
  ),
  presentation("its-period", "The claim is over the expected period.", valid, {
    ...{ from: 1_800_000_000, to: 1_800_001_020 },
  }),
  presentation(
    "from-earlier",
    "A period is expected that begins a second earlier.",
    unaccepted("SUBJECT_NOT_EXPECTED"),
    {
      from: 1_799_999_999,
    },
  ),
  presentation("from-later", "A period is expected that begins a second later.", unaccepted("SUBJECT_NOT_EXPECTED"), {
    from: 1_800_000_001,
  }),
  presentation("to-earlier", "A period is expected that ends a second earlier.", unaccepted("SUBJECT_NOT_EXPECTED"), {
    to: 1_800_001_019,
  }),
  presentation("to-later", "A period is expected that ends a second later.", unaccepted("SUBJECT_NOT_EXPECTED"), {
    to: 1_800_001_021,
  }),
  presentation("grade", "The energy is of the worst expected grade.", valid, { minGrade: "measured" }),
  presentation("grade-worse", "The energy is of a worse grade than expected.", unaccepted("GRADE_NOT_ACCEPTED"), {
    minGrade: "calibrated",
  }),
  presentation(
    "work-grade-worse",
    "The number counts declared work, and measured is expected.",
    unaccepted("GRADE_NOT_ACCEPTED"),
    { bounds: ["energy-per-work <= 0.0505 J/token"], minGrade: "measured" },
  ),
  presentation("work-grade", "The number counts declared work, as expected at worst.", valid, {
    ...{ bounds: ["energy-per-work <= 0.0505 J/token"], minGrade: "declared" },
  }),
  presentation(
    "finding",
    "A warning is as grave as what is expected not to be found.",
    unaccepted("FINDING_NOT_ACCEPTED"),
    {
      failOn: "warning",
    },
  ),
  presentation("finding-milder", "A warning is milder than what is expected not to be found.", valid, {
    failOn: "serious",
  }),
  presentation(
    "chosen-to",
    "The claim is about chosen runs where all up to a time are expected.",
    unaccepted("SUBJECT_NOT_EXPECTED"),
    { to: 1_099_511_627_775 },
    "presentation-chosen-valid",
  ),
  presentation(
    "chosen-any-time",
    "The claim is about chosen runs, and no time is expected.",
    valid,
    { bounds: ["energy-per-work <= 0.0505 J/token"] },
    "presentation-chosen-valid",
  ),
  presentation("absent", "Nothing was proved of the expected number.", undetermined("EXPECTATION_UNDECIDED"), {
    bounds: ["carbon <= 900 t"],
  }),
  presentation("other-model", "The claim is about another model.", unaccepted("SUBJECT_NOT_EXPECTED"), {
    model: "other",
  }),
  presentation("any-party", "The claim is about runs for any party.", undetermined("EXPECTATION_UNDECIDED"), {
    party: "acme",
  }),
  presentation("other-period", "The claim is over another period.", unaccepted("SUBJECT_NOT_EXPECTED"), {
    from: 1_800_000_060,
  }),
  presentation(
    "chosen",
    "The claim is about chosen runs where all of a period are expected.",
    unaccepted("SUBJECT_NOT_EXPECTED"),
    { from: 0 },
    "presentation-chosen-valid",
  ),
]

/** The buyer's gate. */
export const EXPECTATION_CASES: readonly Case[] = [...CERTIFICATE_CASES, ...CLAIM_CASES]
