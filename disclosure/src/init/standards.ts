import { UsageError } from "@wattest/command"
import { readStandard, standardIds } from "../standard/read.ts"
import { answerTo, type Question, type Sitting, yesOrNo } from "./question.ts"

type Duty = { readonly id: string; readonly asked: string; readonly help: string }

const DUTIES: readonly Duty[] = [
  {
    id: "esrs-set1-2023-12-22",
    asked: "Do you report by the CSRD?",
    help: "in force since 2026 for more than 1,000 employees on average and 450 M€ of net turnover; ask your auditor which financial year is your first",
  },
  {
    id: "vsme-2025-07-30",
    asked: "Do banks or customers ask you for the voluntary standard for SMEs?",
    help: "the VSME of EFRAG, for whoever need not report by the CSRD",
  },
  {
    id: "sb253-xbrl-us-2025",
    asked: "Do you do business in California, with more than 1 G$ of revenue?",
    help: "SB 253: Scope 1 and 2 each year, Scope 3 from 2027; the template of the state is its own, this fills the taxonomy of XBRL US",
  },
  {
    id: "eu-2024-1364",
    asked: "Do you run a data centre in the EU with at least 500 kW of IT power?",
    help: "Delegated Regulation (EU) 2024/1364: each site by 15 May, for the calendar year before",
  },
  {
    id: "ai-act-annex-xi",
    asked: "Do you provide a general-purpose AI model in the EU?",
    help: "Annex XI of the AI Act asks for the energy of training a model; one file is of one job",
  },
  {
    id: "pact-3-category-1.1",
    asked: "Do customers ask you for footprints of what they buy from you?",
    help: "PACT V3: carbon for a declared unit, such as a million tokens; the profile needs the product",
  },
  {
    id: "sbti-cnzs-2.0",
    asked: "Do you have a target by the SBTi?",
    help: "the hourly matched share of electricity, from the instruments in the profile",
  },
]

/** What must be reported: standards as they are named, or by questions that decide it. Throws a UsageError where there are none. */
export async function chooseStandards(given: readonly string[], at: Sitting): Promise<readonly string[]> {
  if (given.length > 0) return [...new Set(given.map((name) => readStandard(name).id))]
  const chosen: string[] = []
  for (const { id, asked, help } of DUTIES) {
    const question: Question<boolean> = {
      option: "standard",
      asked: `${asked} y/n`,
      help,
      read: yesOrNo,
      otherwise: "n",
    }
    // A few of them as options would leave the other questions out.
    if (await answerTo(question, undefined, { ...at, keep: () => {} })) chosen.push(id)
  }
  if (chosen.length === 0)
    throw new UsageError("no standard was chosen", `give --standard: one of ${standardIds().join(", ")}`)
  for (const id of chosen) at.keep("standard", id)
  return chosen
}
