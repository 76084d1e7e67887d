import type { Story } from "@wattest/testkit/conformance/story"
import { type Case, SHORT, valid } from "./case.ts"

/** The node's supply is rated so, by plan and voucher alike. */
const rated = (ratingWatts: string): Story => {
  const change = <T extends object>(entries: readonly T[], isIt: (entry: T) => boolean) =>
    entries.map((entry) => (isIt(entry) ? { ...entry, ratingWatts } : entry))
  return {
    ...SHORT,
    labels: ({ context, ...labels }) => ({
      ...labels,
      context: { ...context, metering: change(context.metering, ({ sensor }) => sensor === "psu") },
    }),
    vouch: (given) => ({ ...given, sensors: change(given.sensors, ({ id }) => id === "psu") }),
  }
}

const LOW = { present: ["RATING_LOW"], absent: [] } as const

/** What bounds the energy of blind time. */
const RATING_CASES: readonly Case[] = [
  {
    ...{ name: "valid-rating-of-one-watt", title: "The voucher found a supply of a node rated at 1 W.", expect: valid },
    ...{ findings: LOW, story: rated("1") },
  },
  {
    ...{ name: "valid-rating-below-the-boards", title: "A node's supply is rated a watt below the board in it." },
    ...{ expect: valid, findings: LOW, story: rated("699") },
  },
  {
    ...{ name: "valid-rating-below-the-draw", title: "A node's supply is rated as the board in it, and gave more." },
    ...{ expect: valid, findings: LOW, story: rated("700") },
  },
  {
    ...{
      name: "valid-rating-above-the-draw",
      title: "A node's supply is rated above the board in it and what it gave.",
    },
    ...{ expect: valid, findings: { present: [], absent: ["RATING_LOW"] }, story: rated("1000") },
  },
]

const named = (name: string, title: string, model: string, isMixed: boolean): Case => ({
  ...{ name, title, expect: valid, story: { ...SHORT, labels: (given) => ({ ...given, model }) } },
  findings: { present: isMixed ? ["LABEL_MIXED_SCRIPTS"] : [], absent: isMixed ? [] : ["LABEL_MIXED_SCRIPTS"] },
})

const LABEL_CASES: readonly Case[] = [
  named("valid-label-of-two-scripts", "A Cyrillic а stands in a Latin model name.", "ll\u0430ma-3-8b", true),
  named("valid-label-of-one-script", "A model's name is Cyrillic throughout.", "\u0441\u043e\u0440\u0442-3", false),
  named("valid-label-of-one-writing", "A model's name is Japanese, with Latin letters.", "日本語モデル GPT", false),
]

/** Nothing but work is metered, so that energy is declared: as nothing. */
const WORK_ALONE: Story = {
  ...SHORT,
  labels: ({ context, ...labels }) => ({
    ...labels,
    context: { ...context, metering: context.metering.filter(({ role }) => role === "work") },
  }),
  statement: (given) => ({ ...given, energyGrade: "declared" }),
  policy: (policy) => ({ ...policy, grades: { energy: "declared", work: "declared" } }),
}

const POWER_CASES: readonly Case[] = [
  {
    ...{ name: "valid-work-without-energy", title: "Work was done, and no energy for it.", expect: valid },
    ...{ story: WORK_ALONE, findings: { present: ["POWER_BELOW_IDLE"], absent: [] } },
  },
  {
    ...{ name: "valid-work-with-energy", title: "Work was done with the energy that it took.", expect: valid },
    ...{ story: SHORT, findings: { present: [], absent: ["POWER_BELOW_IDLE"] } },
  },
]

/** What deserves a question of plan and labels: no reason for a verdict. */
export const QUALITY_CASES: readonly Case[] = [...RATING_CASES, ...POWER_CASES, ...LABEL_CASES]
