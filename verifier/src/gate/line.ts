import { visible } from "@wattest/protocol"
import type { ReportExpectation, ReportVerdict } from "../report/model.ts"

type Told = { readonly verdict: ReportVerdict; readonly expectations: readonly ReportExpectation[] }

/** One line for a pipeline's log: `VALID run.json: energy-per-work <= 0.2 kWh/Mtoken: 0.1712 kWh/Mtoken, …`. */
export function lineOf(name: string, { verdict, expectations }: Told): string {
  const { status, code, detail } = verdict
  const met = expectations.map(({ expected, found }) => `${expected}: ${found}`)
  const why = code === null ? met : [`${code}: ${detail}`]
  return `${visible([status.toUpperCase(), [name, ...why].join(": ")].join(" ")).replace(/[\r\n]+/g, " ")}\n`
}
