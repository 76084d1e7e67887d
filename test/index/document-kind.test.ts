import assert from "node:assert/strict"
import { CERTIFICATE_TYPE, EXTRACT_TYPE, VOUCH_TYPE } from "@wattest/protocol"
import { documentKind } from "../../index/src/documents/judged.ts"

describe("the kind of a document that is handed in", () => {
  const naming = (type: string, ...rest: readonly string[]) =>
    new TextEncoder().encode(`{"mediaType":"${type}"${rest.join("")}}`)
  const vouch = `,"in":{"mediaType":"${VOUCH_TYPE}"}`

  it("is what it names itself, whatever it holds beside that", () => {
    assert.equal(documentKind(naming(CERTIFICATE_TYPE, vouch)), "certificate")
    assert.equal(documentKind(naming(VOUCH_TYPE)), "vouch")
    assert.equal(documentKind(naming(EXTRACT_TYPE, vouch)), null)
    assert.equal(documentKind(naming("application/json")), null)
  })

  it("is that of a vouch document where its last 4,096 bytes say so, and nothing before them", () => {
    const padded = (bytes: number) => {
      const named = `"mediaType":"${VOUCH_TYPE}"}`
      return documentKind(new TextEncoder().encode(`{"a":"${"x".repeat(9000)}",${named.padEnd(bytes)}`))
    }
    assert.deepEqual([padded(4096), padded(4097)], ["vouch", null])
  })
})
