import assert from "node:assert/strict"
import { NODE } from "../../registry/src/cli.ts"
import { play } from "../command/support.ts"

const DEVICE = `0x${"22".repeat(32)}`
const OPERATOR = `0x${"11".repeat(20)}`

/** What is said of these words, with a node that cannot be asked: no request goes to port 9. */
async function refusal(...words: readonly string[]): Promise<string> {
  const spot = ["--rpc", "http://127.0.0.1:9", "--key", `http://127.0.0.1:9#${OPERATOR}`, "--yes"]
  const { exit, stderr } = await play({ node: NODE }, [...words, ...spot], {})
  return `${exit} ${stderr.split("\n")[0]}`
}

describe("what registry's commands are given", () => {
  it("is a table or operands, and not both", async () => {
    const both = "2 error: --from names a table, and operands name a device"
    assert.equal(await refusal("vouch", DEVICE, OPERATOR, DEVICE, "--from", "absent.csv"), both)
    assert.equal(await refusal("vouch", DEVICE, "--from", "absent.csv"), both)
    assert.equal(await refusal("enrol", "absent.json", "--from", "absent.csv"), both)
    const neither = "2 error: no device is named, and no table"
    for (const words of [["vouch"], ["vouch", DEVICE], ["vouch", DEVICE, OPERATOR], ["enrol"]])
      assert.equal(await refusal(...words), neither, words.join(" "))
  })

  it("is read where it is one of them", async () => {
    assert.match(await refusal("vouch", "--from", "absent.csv"), /^2 error: absent\.csv: there is no such file/)
    assert.match(await refusal("enrol", "--from", "absent.csv"), /^2 error: absent\.csv: there is no such file/)
    assert.match(await refusal("enrol", "absent.json"), /^2 error: absent\.json: there is no such file/)
    assert.match(await refusal("vouch", DEVICE, OPERATOR, DEVICE), /^3 error: http:\/\/127\.0\.0\.1:9: /)
  })
})
