import { POLICY_TEMPLATE, type PresentationModel, type PresentationResult, presentationModel } from "@wattest/verifier"

/** The report of a result, as if of a file that nobody looks at. */
export function modelOf(result: PresentationResult): PresentationModel {
  const file = { name: "a.json", sha256: `0x${"0".repeat(64)}`, bytes: 1 }
  return presentationModel({ ...file, result }, { policy: POLICY_TEMPLATE })
}
