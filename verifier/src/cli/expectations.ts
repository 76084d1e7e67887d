import { UsageError } from "@wattest/command"
import { type Grade, parseExpectation, toJson } from "@wattest/protocol"
import { type Expected, type Policy, policy } from "../policy.ts"
import type { Severity } from "../quality/findings.ts"

/** What is expected, as the options say it. */
export type GateOptions = {
  readonly expect: readonly string[]
  readonly model: string | undefined
  readonly party: string | undefined
  readonly from: number | undefined
  readonly to: number | undefined
  readonly "min-grade": Grade | undefined
  readonly "fail-on": Severity | undefined
  readonly central: boolean
  readonly "accept-failed": readonly number[]
  readonly "whole-job": boolean
}

function checkRead(written: readonly string[]): void {
  for (const text of written) {
    const read = parseExpectation(text)
    if ("fault" in read)
      throw new UsageError(`--expect: ${read.fault}`, 'write it as --expect "energy-per-work <= 0.2 kWh/Mtoken"')
  }
}

const OPTION_OF = { model: "model", party: "party", from: "from", to: "to", minGrade: "min-grade", failOn: "fail-on" }

/** A policy says what it says: an option may add to it and never weaken it. */
function merged(written: Expected, typed: Expected): Expected {
  for (const [field, option] of Object.entries(OPTION_OF) as [keyof Expected, string][]) {
    const isOther = written[field] !== undefined && typed[field] !== undefined && written[field] !== typed[field]
    if (isOther) throw new UsageError(`--${option} is not what the policy expects`, `leave it out, or change "expect"`)
  }
  const bounds = [...(written.bounds ?? []), ...(typed.bounds ?? [])]
  return { ...written, ...typed, ...(bounds.length > 0 && { bounds }) }
}

function typedOf(options: GateOptions): Expected {
  const { expect: bounds, model, party, from, to, "min-grade": minGrade, "fail-on": failOn, central } = options
  checkRead(bounds)
  const given = { model, party, from, to, minGrade, failOn }
  const kept = Object.entries(given).filter(([, value]) => value !== undefined)
  return { ...Object.fromEntries(kept), ...(bounds.length > 0 && { bounds }), ...(central && { central }) }
}

/** The policy with the parts of a job that are accepted as failed. */
function accepting(believed: Policy, parts: readonly number[]): Policy {
  if (parts.length === 0) return believed
  const failedParts = [...new Set([...(believed.jobs?.failedParts ?? []), ...parts])].toSorted((a, b) => a - b)
  return policy(toJson({ ...believed, jobs: { failedParts } }), "policy")
}

/** The policy with what the options expect and accept beside it; its digest names both. Throws a UsageError. */
export function expecting(written: Policy, options: GateOptions): Policy {
  const typed = typedOf(options)
  const believed = accepting(written, options["accept-failed"])
  const { require } = believed
  const demanded: Policy["require"] =
    options["whole-job"] && !require.includes("whole-job") ? [...require, "whole-job"] : require
  if (Object.keys(typed).length === 0) return { ...believed, require: demanded }
  const whole = { ...believed, require: demanded, expect: merged(believed.expect ?? {}, typed) }
  return policy(toJson(whole), "policy")
}
