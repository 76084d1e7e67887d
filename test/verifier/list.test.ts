import assert from "node:assert/strict"
import { pathsIn } from "../../verifier/src/desk/files/list.ts"

describe("a list of documents", () => {
  it("is the path on each line, once and trimmed; what is empty or begins with # is none", () =>
    assert.deepEqual(pathsIn("# mine\n\n b.json \r\na.json\nb.json\n#c.json\nd #e"), ["b.json", "a.json", "d #e"]))

  it("is refused, with its line, where it is no text of paths", () =>
    assert.throws(() => pathsIn("a.json\n\nb\0c\n"), { name: "UsageError", message: "line 3 of the list is no path" }))
})
