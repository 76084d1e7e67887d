// Judges one document with the packages installed beside it, and prints what that took. Arguments: evidence, certificate, policy.
import { createReadStream, readFileSync } from "node:fs"
import { parseCertificate } from "@wattest/protocol"
import { nodeSignatures } from "@wattest/protocol/node"
import { parsePolicy, verifyEvidence } from "@wattest/verifier"
import { createWorkerEngine } from "@wattest/verifier/node"

const [evidence, certificate, policy] = process.argv.slice(2)
const stream = createReadStream(evidence, { highWaterMark: 256 * 1024 })
const world = { policy: parsePolicy(readFileSync(policy)), readers: { signatures: nodeSignatures, chain: null } }
const start = performance.now()
const options = { engine: createWorkerEngine }
const { verdict } = await verifyEvidence(stream, parseCertificate(readFileSync(certificate)), world, options)
const seconds = (performance.now() - start) / 1000
const cpu = process.resourceUsage()
console.log(
  JSON.stringify({
    status: verdict.status,
    detail: verdict.detail,
    seconds,
    cpuSeconds: (cpu.userCPUTime + cpu.systemCPUTime) / 1e6,
    peakMB: cpu.maxRSS / 1024,
  }),
)
