import assert from "node:assert/strict"
import { ArchiveFault } from "@wattest/archive"
import { EXIT, UsageError } from "@wattest/command"
import { Rejection } from "@wattest/protocol"
import { explain } from "../../prover/src/cli/explain.ts"
import { Refusal } from "../../prover/src/refusal.ts"

describe("an error of the prover's commands", () => {
  it("ends them with usage where a file is none of ours, undetermined where nobody answers, and else failed", () => {
    for (const [error, exit] of [
      [new Rejection("DOCUMENT_NOT_JSON", "the first byte"), EXIT.usage],
      [new Rejection("TOTALS_MISMATCH", "run 0"), EXIT.failed],
      [new Refusal("SOURCE_UNREACHABLE", "no answer", "ask another"), EXIT.undetermined],
      [new Refusal("ARCHIVE_MISSING", "run 0", "name another folder"), EXIT.failed],
      [new ArchiveFault("unreachable", "no answer", "look at the mount"), EXIT.undetermined],
      [new ArchiveFault("untrue", "not what its digest says", "take another copy"), EXIT.failed],
    ] as const) {
      const said = explain(error)
      assert.equal(said?.exit, exit, error.message)
      assert.equal(said instanceof UsageError, exit === EXIT.usage)
    }
    assert.equal(explain(new Error("a fault of ours")), null)
  })
})
