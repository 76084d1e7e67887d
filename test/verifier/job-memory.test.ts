import assert from "node:assert/strict"
import { setFlagsFromString } from "node:v8"
import { runInNewContext } from "node:vm"
import { encodeCertificate, encodeJobHeader } from "@wattest/protocol"
import { tellJob } from "@wattest/testkit/conformance/job"
import { verifyJob } from "@wattest/verifier"
import { OFFLINE } from "./judging.ts"

setFlagsFromString("--expose-gc")
const collect: () => void = runInNewContext("gc")

const DEVICES = process.env.WATTEST_DEPTH === "deep" ? 2000 : 240
/** What stays of a device once its certificate is judged. Its certificate has some 30 kB. */
const MOST_BYTES = 2048

describe("a job of many devices", function () {
  this.timeout(900_000)

  it(`keeps two kB at most of each of ${DEVICES}`, async () => {
    const names = Array.from({ length: DEVICES }, (_, i) => `device ${i}`)
    const told = tellJob({ parts: [{ devices: names }] })
    const lines = told.certificates.map(({ certificate }) => [...encodeCertificate(certificate), 0x0a])
    const sizes = lines.reduce((sum, { length }) => sum + length, 0)
    const held: number[] = []
    async function* pieces() {
      yield new TextEncoder().encode(encodeJobHeader(told.header))
      for (const line of lines) yield Uint8Array.from(line)
    }
    const onCertificate = () => {
      const count = held.length
      if (count % (DEVICES / 4) === 0) collect()
      held.push(process.memoryUsage().heapUsed)
    }
    const { verdict } = await verifyJob(pieces(), told.policy, OFFLINE, { onCertificate })
    assert.equal(verdict.status, "valid")
    const [from, to] = [held[DEVICES / 4] ?? 0, held[(3 * DEVICES) / 4] ?? 0]
    const each = (to - from) / (DEVICES / 2)
    assert.ok(each < MOST_BYTES, `${each} bytes of each device, whose certificate has ${sizes / DEVICES}`)
  })
})
