import { writeFileSync } from "node:fs"
import { checkPlace, UsageError } from "@wattest/command"
import type { Stated } from "../sign/statement.ts"
import type { ManyOptions } from "./how-many.ts"

/** What writes the signed report. `time`: Unix seconds that it bears. */
export type Signing = { readonly time: number; readonly write: (stated: Stated) => void }

/** How the report is to be signed; null where nobody asks for it. Throws a UsageError without a time, or for a key of another kind. */
export async function signingOf({ sign, time, out }: ManyOptions): Promise<Signing | null> {
  if (sign === undefined) return null
  if (time === undefined)
    throw new UsageError("a signed report bears a time", "say it with --time 2027-01-31: no clock is read")
  checkPlace(out, "--out")
  const { readSigningKey, sealed } = await import("../sign/envelope.ts")
  const { encodeStatement } = await import("../sign/statement.ts")
  const key = readSigningKey(sign)
  return { time, write: (stated) => writeFileSync(out, sealed(encodeStatement(stated), key)) }
}
