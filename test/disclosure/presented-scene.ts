import { mkdtempSync, writeFileSync } from "node:fs"
import { tmpdir } from "node:os"
import { join } from "node:path"
import {
  type Certificate,
  encodeCertificate,
  encodePresentation,
  encodeProfile,
  type Fed,
  type Hex,
  type Presentation,
  toJson,
} from "@wattest/protocol"
import {
  createBound,
  createCertificate,
  createProverPool,
  createTally,
  noJournal,
  openArchive,
  openLedgerReader,
  readTerms,
  type TallyFile,
  type WrittenBound,
} from "@wattest/prover"
import type { RunPlan } from "@wattest/testkit/ledger/archive"
import { LedgerOnChain } from "@wattest/testkit/ledger/ledger"
import { startChain } from "@wattest/testkit/ledger/local-chain"
import { receiptOnChain } from "@wattest/testkit/ledger/receipts"
import { KEYS } from "@wattest/testkit/ledger/world"
import { deployAnchors } from "@wattest/testkit/local/contracts"
import { POLICY_TEMPLATE, type Policy } from "@wattest/verifier"
import { keccak256 } from "viem"
import { parseHeader } from "../../verifier/src/chain/header.ts"
import { profileOf } from "./scene.ts"

/** The day that all of it is about, and its ends in Unix seconds. */
export const DAY = "2027-01-15"
const FROM = Date.parse(DAY) / 1000
const TO = FROM + 86_400
const AS_OF = TO + 3_600
const MWH = 3_600_000_000_000n

/** An operator of whom there is nothing. */
export const STRANGER: Hex = `0x${"99".repeat(20)}`

const headersOf = ({ tallies }: Presentation): readonly Hex[] =>
  tallies.flatMap((one) => (one.kind === "period" ? one.ledgers.flatMap(({ state }) => state?.header ?? []) : []))
const headersIn = ({ runs }: Certificate): readonly Hex[] =>
  runs.flatMap(({ proof }) =>
    proof === undefined ? [] : [proof.anchored.header, ...(proof.state ? [proof.state.header] : [])],
  )

/** A run at the facility of "zurich" that ends with the day, of so many seconds and MWh. */
const runOf = (seconds: number, mwh: bigint, fed: readonly Fed[] = []): RunPlan => ({
  ...{ captures: 2, startTimeMs: (TO - seconds) * 1000, endTimeMs: TO * 1000 },
  ...{ boundary: "facility", site: "zurich", energyGrade: "declared", fed, context: { beacon: null } },
  lifetimeMillijoules: mwh * MWH,
  registers: { energyMillijoules: mwh * MWH, carbonMilligrams: fed.includes("carbon") ? mwh * 45_000_000n : 0n },
})

/**
 * Two ledgers of one operator on a real chain: one device metered 36 MWh in all of the day, the other one 3 MWh in its last
 * second. Each has a tally, made as the prover makes it, and the second one's run a certificate.
 */
export async function present() {
  const folder = mkdtempSync(join(tmpdir(), "wattest-presented-"))
  const archive = join(folder, "archive")
  const chain = await startChain(FROM - 10_000)
  const [operator, voucher, second] = chain.accounts
  if (!operator || !voucher || !second) throw new Error("the chain has fewer than three accounts")
  const registry = await deployAnchors(chain.deploy)
  const large = new LedgerOnChain(chain, registry, { operator, voucher, archive })
  const small = new LedgerOnChain(chain, registry, { operator, voucher: second, archive })
  const [hall, shed] = [await large.enrol("facility"), await small.enrol("facility")]
  await large.anchor(hall, TO + 60, [runOf(86_400, 36n, ["carbon"])])
  await small.anchor(shed, TO + 120, [runOf(1, 3n)])
  await chain.setTime(AS_OF + 60)
  await chain.client.mine({ blocks: 4 })
  const pool = createProverPool({ folder: KEYS })
  const reader = await openLedgerReader(chain.url, registry)
  const written = {
    boundary: "facility",
    energyGrade: "declared",
    from: FROM,
    to: TO,
    asOf: AS_OF,
    require: ["carbon"],
  }
  const proving = { keys: KEYS, pool }
  const tally = (ledger: Hex, require: readonly string[] = []) =>
    createTally({
      ...{ reader, registry, ledgers: [ledger], archives: [openArchive(archive)], unopened: 0, journal: noJournal() },
      ...{ ...proving, terms: readTerms({ ...written, require }) },
    })
  const at = (name: string) => join(folder, name)
  const bounded = async (file: TallyFile, name: string, bound: WrittenBound): Promise<Presentation> => {
    const { document } = await createBound({ ...proving, file, written: bound })
    writeFileSync(at(name), encodePresentation(document))
    return document
  }
  const [whole, part] = [await tally(large.id, ["carbon"]), await tally(small.id)]
  const documents = [
    await bounded(whole, "large.json", { metric: "energy", atMost: "40 MWh" }),
    await bounded(whole, "carbon.json", { metric: "carbon", atMost: "1.7 t" }),
    await bounded(part, "small.json", { metric: "energy", atMost: "4 MWh" }),
  ]
  pool.close()
  const receipts = (_: unknown, run: bigint) => receiptOnChain(small, shed, run)
  const certificate = await createCertificate({
    ...{ archive: openArchive(archive), receipts, device: shed.id, firstRun: 0n, lastRun: 0n },
  })
  writeFileSync(at("shed.json"), encodeCertificate(certificate))
  const headers = [...documents.flatMap(headersOf), ...headersIn(certificate)]
  const trustedBlocks = [...new Set(headers)].map((header) => ({
    number: parseHeader(header).number,
    hash: keccak256(header),
  }))
  const policy: Policy = {
    ...POLICY_TEMPLATE,
    chains: [{ chainId: 31337, registries: [registry], trustedBlocks, rpcs: [], checkpoints: null }],
    ...{ vouchers: [voucher, second], grades: { energy: "declared", work: "declared" }, require: [] },
    claims: { ...POLICY_TEMPLATE.claims, developmentKeys: true },
  }
  const lenient = { ...policy, claims: { ...policy.claims, missingPercent: 100 } }
  writeFileSync(at("policy.json"), JSON.stringify(toJson(policy)))
  writeFileSync(at("lenient.json"), JSON.stringify(toJson(lenient)))
  const meters = [hall, shed].map(({ id }) => ({ device: id, site: "zurich", within: null, from: DAY, to: DAY }))
  for (const [name, account] of [
    ["profile.json", operator],
    ["stranger.json", STRANGER],
  ] as const)
    writeFileSync(at(name), encodeProfile(profileOf({ operator: account, meters })))
  await chain.stop()
  return { folder, at, operator, documents }
}
