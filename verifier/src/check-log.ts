import { Rejection } from "@wattest/protocol"
import {
  type CheckResult,
  type CheckVerdict,
  type Invalid,
  type NotAccepted,
  Unaccepted,
  Undetermined,
  type Unknown,
} from "./verdict.ts"

const VALID: CheckVerdict = { status: "valid" }

/** Longest detail, in UTF-16 units. */
const MAX_DETAIL = 250

/**
 * A detail repeats what a document says, which its adversary wrote: a few lines of it, and no runs of spaces by which it
 * could be laid out as a report.
 */
function detailOf(text: string): string {
  const folded = text.slice(0, 4 * MAX_DETAIL).replace(/\p{Zs}{2,}/gu, " ")
  if (text.length <= 4 * MAX_DETAIL && folded.length <= MAX_DETAIL) return folded
  return `${folded.slice(0, MAX_DETAIL).replace(/[\ud800-\udbff]$/, "")} …`
}

/** The verdict that a refusal, a policy that does not accept, or a not-knowing stands for. Anything else is a bug and goes on. */
export function verdictOf(error: unknown): Invalid | NotAccepted | Unknown {
  if (error instanceof Rejection) return { status: "invalid", code: error.code, detail: detailOf(error.detail) }
  if (error instanceof Unaccepted) return { status: "unaccepted", code: error.code, detail: detailOf(error.detail) }
  if (error instanceof Undetermined) return { status: "undetermined", code: error.code, detail: detailOf(error.detail) }
  throw error
}

/** Throws what {@link verdictOf} reads as this verdict. */
export function raise(verdict: Exclude<CheckVerdict, { status: "valid" }>): never {
  const { code, detail } = verdict
  if (verdict.status === "invalid") throw new Rejection(verdict.code, detail)
  if (verdict.status === "unaccepted") throw new Unaccepted(verdict.code, detail)
  throw new Undetermined(code as Undetermined["code"], detail)
}

/** Runs checks one after another and keeps the outcome of each. */
export type CheckLog<Id extends string> = {
  /** Runs a check unless one that it rests on failed. Null: it did not hold, or could not know. */
  readonly check: <T>(id: Id, run: () => T | Promise<T>, restsOn?: readonly Id[]) => Promise<T | null>
  /** Every check of the catalogue in its order; those that never ran are undetermined. */
  readonly results: () => readonly CheckResult<Id>[]
}

export function createCheckLog<Id extends string>(ids: readonly Id[], isRequired: (id: Id) => boolean): CheckLog<Id> {
  const verdicts = new Map<Id, CheckVerdict>()
  const notReached = (detail: string): CheckVerdict => ({ status: "undetermined", code: "NOT_REACHED", detail })
  return {
    async check(id, run, restsOn = []) {
      const broken = restsOn.find((other) => verdicts.get(other)?.status !== "valid")
      if (broken !== undefined) {
        verdicts.set(id, notReached(`rests on ${broken}`))
        return null
      }
      try {
        const value = await run()
        verdicts.set(id, VALID)
        return value
      } catch (error) {
        verdicts.set(id, verdictOf(error))
        return null
      }
    },
    results: () =>
      ids.map((id) => ({
        id,
        required: isRequired(id),
        verdict: verdicts.get(id) ?? notReached("an earlier check failed"),
      })),
  }
}

/** The outcome of the whole, without a claim: the first refusal, else what is not accepted, else the first required check that could not know. */
export function decide(checks: readonly CheckResult[]): CheckVerdict {
  const verdicts = checks.map(({ verdict }) => verdict)
  const refused = verdicts.find(({ status }) => status === "invalid")
  const unaccepted = verdicts.find(({ status }) => status === "unaccepted")
  const unknown = checks.find(({ required, verdict }) => required && verdict.status === "undetermined")
  return refused ?? unaccepted ?? unknown?.verdict ?? VALID
}
