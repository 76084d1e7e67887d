import { createHash } from "node:crypto"
import { mkdirSync, readFileSync, rmSync, writeFileSync } from "node:fs"
import { join } from "node:path"
import { gunzipSync } from "node:zlib"
import { ARCHIVE_FILES, parseCertificate } from "@wattest/protocol"
import { readRecord } from "@wattest/registry"
import { LOCAL_CHAIN_ID, LOCAL_KEYS } from "@wattest/testkit/local/accounts"
import { type Anvil, startAnvil } from "@wattest/testkit/local/anvil"
import { type LocalRelayer, startRelayer } from "@wattest/testkit/local/relayer"
import type { Hex } from "viem"
import { privateKeyToAccount } from "viem/accounts"
import { lookUpBlocks, settle } from "./blocks.ts"
import type { Narration } from "./narration.ts"
import { tamperCertificate, tamperEvidence } from "./tamper.ts"

/** What the steps of the demonstration share: where they write, and how they tell. */
export type Stage = { readonly folder: string; readonly narration: Narration }
export type Ground = { readonly chain: Anvil; readonly registry: Hex; readonly target: readonly string[] }

const addressOf = (key: Hex) => privateKeyToAccount(key).address.toLowerCase() as Hex
const OPERATOR = addressOf(LOCAL_KEYS.operator)
const VOUCHER = addressOf(LOCAL_KEYS.voucher)

/** Files of the demonstration, by what they are. */
export function filesIn(folder: string, device = "") {
  const run = join(folder, "device/archive", device.slice(2), "0".repeat(20))
  return {
    home: join(folder, "device"),
    enrolment: join(folder, "enrolment.json"),
    archive: join(folder, "device/archive"),
    archived: join(run, ARCHIVE_FILES.evidence),
    evidence: join(folder, "run-0.evidence.ndjson"),
    record: join(folder, "deployment.json"),
    run: join(run, "run.json"),
    certificate: join(folder, "run-0.certificate.json"),
    policy: join(folder, "policy.json"),
    report: join(folder, "report.html"),
    forgedCertificate: join(folder, "forged.certificate.json"),
    forgedEvidence: join(folder, "forged.evidence.ndjson"),
  }
}

export async function layGround({ folder, narration }: Stage): Promise<Ground> {
  narration.step("A local chain, and the registry on it")
  rmSync(folder, { recursive: true, force: true })
  mkdirSync(folder, { recursive: true })
  const chain = await startAnvil({ mining: 1 })
  const { record } = filesIn(folder)
  const env = { WATTEST_RPC: chain.url, WATTEST_KEY: `${chain.url}#${addressOf(LOCAL_KEYS.deployer)}` }
  await narration.command(["wattest", "registry", "deploy", "--anchors-alone", "--record", record], { env })
  const { registry } = readRecord(record)
  narration.say(`chain ${LOCAL_CHAIN_ID} at ${chain.url}, registry ${registry}: at this address on every chain`)
  return { chain, registry, target: ["--chain", `${LOCAL_CHAIN_ID}`, "--registry", registry] }
}

/** A device makes its key. Answers its id. */
export async function makeDevice({ folder, narration }: Stage): Promise<Hex> {
  narration.step("A device with its key")
  const { home } = filesIn(folder)
  return JSON.parse(await narration.command(["wattest", "device", "init", "--home", home, "--json"])).device
}

/** Where the device metered the trace: there it enrols, for life. */
function boundaryOf(folder: string, device: Hex): string {
  return JSON.parse(readFileSync(filesIn(folder, device).run, "utf8")).statement.boundary
}

/** A voucher gives its word for the device, and the operator enrols it. */
export async function enrolDevice({ folder, narration }: Stage, { chain, registry, target }: Ground, device: Hex) {
  narration.step("A voucher's word for the device, and an operator's ledger")
  const { home, enrolment } = filesIn(folder)
  const as = (key: Hex) => ({
    // The local chain keeps the keys of its own accounts and signs for them.
    env: { WATTEST_RPC: chain.url, WATTEST_REGISTRY: registry, WATTEST_KEY: `${chain.url}#${addressOf(key)}` },
  })
  const evidence = `0x${createHash("sha256").update("what the voucher saw of the device").digest("hex")}`
  await narration.command(["wattest", "registry", "vouch", device, OPERATOR, evidence, "--yes"], as(LOCAL_KEYS.voucher))
  const ledger = ["--operator", OPERATOR, "--voucher", VOUCHER]
  const terms = [...ledger, "--boundary", boundaryOf(folder, device), "--evidence", evidence, "--json"]
  writeFileSync(enrolment, await narration.command(["wattest", "device", "enrol", "--home", home, ...target, ...terms]))
  await narration.command(["wattest", "registry", "enrol", enrolment, "--yes"], as(LOCAL_KEYS.operator))
  await settle(chain)
  narration.say(`device ${device}: vouched for by ${VOUCHER}, enrolled by ${OPERATOR}`)
}

export async function replayTrace({ folder, narration }: Stage, replay: readonly string[]): Promise<void> {
  narration.step("A power trace becomes a signed run")
  narration.say(await narration.command(["wattest", "device", "replay", ...replay, "--home", filesIn(folder).home]))
}

export async function anchorRun(
  { folder, narration }: Stage,
  { chain, registry, target }: Ground,
  device: Hex,
): Promise<LocalRelayer> {
  narration.step("A relayer anchors the run's root; it never sees more")
  const relayer = await startRelayer({ rpcUrl: chain.url, registry, folder: join(folder, "relayer") })
  await narration.command([
    "wattest",
    "device",
    "submit",
    "--home",
    filesIn(folder).home,
    ...target,
    "--relayer",
    relayer.url,
  ])
  await relayer.final(device, 0n)
  narration.say("anchored, and final: no reorganisation of the chain can remove it")
  return relayer
}

export async function certify({ folder, narration }: Stage, relayer: LocalRelayer, device: Hex): Promise<void> {
  narration.step("The operator makes a certificate")
  const { archive, archived, certificate, evidence } = filesIn(folder, device)
  const what = ["--archive", archive, "--device", device, "--runs", "0"]
  await narration.command(["wattest", "prove", "certificate", ...what, "--relayer", relayer.url, "--out", certificate])
  writeFileSync(evidence, gunzipSync(readFileSync(archived)))
}

/**
 * A stranger says what they believe, and verifies. The blocks are looked up now and listed, so that the policy holds when
 * the local chain is gone. A trace is recorded, the sample simulated, and published traces fall silent for up to 20 s: this
 * policy accepts as much, openly.
 */
export async function verify({ folder, narration }: Stage, { chain, registry }: Ground): Promise<void> {
  narration.step("A stranger writes down what they believe, and verifies")
  const { policy, certificate, evidence, report } = filesIn(folder)
  const blocks = await lookUpBlocks(parseCertificate(readFileSync(certificate)), chain)
  narration.say("looked up on the chain: the blocks that the certificate's proofs lie under")
  const listed = blocks.flatMap((block) => ["--block", block])
  const believed = ["--chain", `${LOCAL_CHAIN_ID}`, "--registry", registry, "--voucher", VOUCHER, ...listed]
  const written = JSON.parse(await narration.command(["wattest", "verify", "policy", "init", ...believed]))
  const accepting = {
    ...written,
    books: { ...written.books, origins: ["live", "recorded"], blindPercent: 10 },
    grades: { energy: "simulated", work: "simulated" },
  }
  writeFileSync(policy, `${JSON.stringify(accepting, null, 2)}\n`)
  const judged = ["wattest", "verify", certificate, "--evidence", evidence, "--policy", policy]
  narration.say(await narration.command([...judged, "--html", report]))
}

/** One number changed in a copy of each document: the verifier must refuse both. */
export async function forge({ folder, narration }: Stage): Promise<void> {
  narration.step("A forger lowers one register, in a copy of each document")
  const { policy, certificate, evidence, forgedCertificate, forgedEvidence } = filesIn(folder)
  tamperCertificate(certificate, forgedCertificate)
  tamperEvidence(evidence, forgedEvidence)
  const attempts = [
    ["wattest", "verify", forgedCertificate, "--policy", policy, "--json"],
    ["wattest", "verify", certificate, "--evidence", forgedEvidence, "--policy", policy, "--json"],
  ]
  for (const attempt of attempts) {
    const { verdict } = JSON.parse(await narration.command(attempt, { exit: 1 }))
    narration.say(`${verdict.status}: ${verdict.code} (${verdict.detail})`)
  }
}
