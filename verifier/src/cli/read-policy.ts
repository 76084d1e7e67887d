import { readDocument, UsageError } from "@wattest/command"
import { Rejection } from "@wattest/protocol"
import { MAX_POLICY_BYTES, type Policy, parsePolicy } from "../policy.ts"

/** A policy from a file. Throws a UsageError that names the field. */
export function readPolicy(path: string): Policy {
  try {
    return parsePolicy(readDocument(path, MAX_POLICY_BYTES, "a policy"))
  } catch (error) {
    if (!(error instanceof Rejection)) throw error
    throw new UsageError(`${path}: ${error.message}`, "the fields are listed in docs/verifying.md")
  }
}
