import { explainError, group, run as runProgram } from "@wattest/command"
import { VERSION } from "./version.ts"

export const NODE = group({
  summary: "statutory files whose every cell leads to a proof",
  commands: {},
  explain: explainError,
})

/** The command `wattest-disclose`; resolves with its exit code. */
export const run = (argv: readonly string[]): Promise<number> =>
  runProgram({ name: "wattest-disclose", version: VERSION, node: NODE }, argv)
