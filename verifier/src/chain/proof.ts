import { type RejectCode, Rejection } from "@wattest/protocol"

/** Malformed parts of a proof make the proof wrong: they get its code, and their place. */
export function withCode<T>(code: RejectCode, where: string, run: () => T): T {
  try {
    return run()
  } catch (error) {
    if (!(error instanceof Rejection)) throw error
    const isForm = error.code === "FIELD_MALFORMED" || error.code === "NUMBER_OUT_OF_RANGE"
    throw new Rejection(isForm ? code : error.code, `${where}: ${error.detail}`)
  }
}
