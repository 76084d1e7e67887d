import { spawnSync } from "node:child_process"
import { mkdirSync, writeFileSync } from "node:fs"
import { join } from "node:path"
import { encodeDocument, toJson } from "@wattest/protocol"
import { ed25519Device } from "@wattest/testkit/conformance/keys"
import { tell } from "@wattest/testkit/conformance/story"
import type { Row } from "../rows/row.ts"

const CERTIFICATES = 1000
const DEVICES = 50
const FIRST_CHAIN = 1000

/** Certificates of several devices, each on a chain of its own, so that one policy can list the blocks of all. */
function writeCertificates(folder: string, policyPath: string): void {
  const told = Array.from({ length: DEVICES }, (_, i) =>
    tell({ device: ed25519Device(`device ${i}`), chainId: FIRST_CHAIN + i }),
  )
  const [first] = told
  if (first === undefined) throw new RangeError("there are no devices")
  const policy = { ...first.policy, chains: told.flatMap(({ policy: { chains } }) => chains) }
  writeFileSync(policyPath, JSON.stringify(toJson(policy)))
  mkdirSync(folder)
  const documents = told.map(({ certificate }) => encodeDocument(certificate))
  for (let i = 0; i < CERTIFICATES; i++) writeFileSync(join(folder, `${i}.json`), documents[i % DEVICES] as Uint8Array)
}

// The command prints its own processor time, children and threads included, behind its answer.
const TOLD =
  'process.on("exit",()=>{const{userCPUTime:u,systemCPUTime:s}=process.resourceUsage();process.stderr.write("cpu "+(u+s)/1e6)})'

/** Certificates judged in one go by the installed command, by processor time from its start to its end. */
export function manyRows(home: string): readonly Row[] {
  const [folder, policy] = [join(home, "many"), join(home, "many.policy.json")]
  writeCertificates(folder, policy)
  const main = join(home, "node_modules/@wattest/verifier/dist/main.js")
  const preload = `data:text/javascript,${encodeURIComponent(TOLD)}`
  const command = ["--import", preload, main, folder, "--policy", policy, "--offline", "--csv"]
  const start = performance.now()
  const { status, stdout, stderr } = spawnSync(process.execPath, command, { encoding: "utf8", maxBuffer: 2 ** 28 })
  const seconds = (performance.now() - start) / 1000
  const valid = stdout.split("\n").filter((line) => line.includes(",valid,")).length
  const cpuSeconds = Number(/cpu ([0-9.]+)/.exec(stderr)?.[1])
  if (status !== 0 || valid !== CERTIFICATES) throw new Error(`${valid} of ${CERTIFICATES} valid: ${stderr}`)
  const perCpuSecond = Math.round(CERTIFICATES / cpuSeconds)
  return [
    {
      key: "certificates.perCpuSecond",
      value: perCpuSecond,
      unit: `of ${CERTIFICATES}, by one command`,
      goal: 170,
      goalIsFloor: true,
    },
    { key: "certificates.perSecond", value: Math.round(CERTIFICATES / seconds), unit: "by the clock" },
  ]
}
