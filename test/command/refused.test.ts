import assert from "node:assert/strict"
import { refusedBy } from "@wattest/command"

describe("a relayer's refusal", () => {
  const said = (body: string) => refusedBy("http://relayer:8480", 503, body)

  it("is its message and code, in a line that steers no terminal", () => {
    assert.equal(
      said('{"error":{"code":"CHAIN_UNAVAILABLE","message":"no node\\u001b[2J answers"}}'),
      "http://relayer:8480 refuses: no node\\u{1b}[2J answers (CHAIN_UNAVAILABLE)",
    )
    assert.ok(said(`{"error":{"code":"X","message":"${"long ".repeat(1000)}"}}`).length <= 300)
  })

  it("is its status where the answer is nobody's we know", () => {
    for (const body of ["", "<html>Bad gateway</html>", "null", "[]", '{"error":null}', '{"error":{"code":1}}'])
      assert.equal(said(body), "http://relayer:8480 refuses with status 503 and no reason")
  })
})
