import assert from "node:assert/strict"
import { mkdtempSync, rmSync } from "node:fs"
import { tmpdir } from "node:os"
import { join } from "node:path"
import {
  bigIntToBytes,
  boundPublic,
  encodeDocument,
  encodePresentation,
  type FoldInput,
  foldPublic,
  type Presentation,
  toHex,
} from "@wattest/protocol"
import {
  createBound,
  createTally,
  noJournal,
  openArchive,
  openLedgerReader,
  type ProverPool,
  presentPublished,
  publishPresentation,
  readTerms,
} from "@wattest/prover"
import { LedgerOnChain } from "@wattest/testkit/ledger/ledger"
import { type LocalChain, startChain } from "@wattest/testkit/ledger/local-chain"
import { KEYS } from "@wattest/testkit/ledger/world"
import { deployAnchors, deployClaims } from "@wattest/testkit/local/contracts"
import { createSimulator } from "../../scripts/keys/simulate.ts"

const FROM = 1_800_000_000
const TO = FROM + 1_020
const AS_OF = TO + 60
/** A full segment, and sixteen: of the shortest ledger and of one that a fleet has. */
const [SHORT, LONG] = [56, 16 * 56]
/** What a segment takes in a document at least: its proof of eight coordinates. */
const SEGMENT_BYTES = 600
const TERMS = readTerms({ model: "llama", unit: "token", boundary: "node", from: FROM, to: TO, asOf: AS_OF })

/** Proofs from the development keys' public secret: the chain and the verifier take them as they take real ones. */
function simulatedPool(): ProverPool {
  const [fold, bound] = (["fold", "bound"] as const).map((circuit) => createSimulator(KEYS, circuit))
  const word = (value: bigint) => toHex(bigIntToBytes(value, 32))
  return {
    prove: async (circuit, input) => {
      const isFold = circuit === "fold"
      const signals = isFold ? foldPublic(input as FoldInput) : boundPublic(input as Parameters<typeof boundPublic>[0])
      const proof = (isFold ? fold : bound)?.(signals)
      if (proof === undefined) throw new Error(`nothing simulates ${circuit}`)
      // A document has the real part first, the contract the imaginary one
      const b = proof.b.map((pair) => pair.toReversed().map(word))
      return { a: proof.a.map(word), b, c: proof.c.map(word) }
    },
    peakBytes: () => 0,
    close: () => {},
  }
}

describe("the size of a presentation", function () {
  this.timeout(300_000)
  let chain: LocalChain
  let archive: string
  before(async () => {
    chain = await startChain(FROM - 10_000)
    archive = mkdtempSync(join(tmpdir(), "wattest-size-"))
  })
  after(async () => {
    await chain.stop()
    rmSync(archive, { recursive: true })
  })

  it("is the same for 16 segments as for one where the tally is on the chain, and grows with them where it is not", async () => {
    const [operator, first, second] = chain.accounts
    if (!operator || !first || !second) throw new Error("the chain has fewer than three accounts")
    const registry = await deployAnchors(chain.deploy)
    const claims = await deployClaims(chain.deploy, registry)
    const run = { registers: { energyMillijoules: 1_000n, workUnits: 10n } }
    const ledgers: { readonly id: `0x${string}`; readonly runs: number }[] = []
    let since = FROM
    for (const [voucher, runs] of [
      [first, SHORT],
      [second, LONG],
    ] as const) {
      const ledger = new LedgerOnChain(chain, registry, { operator, voucher, archive })
      const device = await ledger.enrol()
      // A submission holds 128 runs at most; each tells of two minutes
      for (let left = runs; left > 0; left -= 128) {
        const plans = Array.from({ length: Math.min(128, left) }, () => run)
        await ledger.anchor(device, since + 121, plans, since)
        since += 120
      }
      ledgers.push({ id: ledger.id, runs })
    }
    await chain.setTime(AS_OF + 60)
    await chain.client.mine({ blocks: 3 })
    const reader = await openLedgerReader(chain.url, registry)
    const pool = simulatedPool()
    const folded: Presentation[] = []
    for (const { id, runs } of ledgers) {
      const file = await createTally({
        ...{ reader, registry, ledgers: [id], archives: [openArchive(archive)], terms: TERMS, unopened: 0 },
        ...{ keys: KEYS, pool, journal: noJournal() },
      })
      const written = { metric: "joules-per-token", atMost: "0.2" }
      const { document } = await createBound({ file, written, keys: KEYS, pool })
      const [tally] = document.tallies
      assert.equal(tally?.kind === "period" && tally.ledgers[0]?.segments.length, runs / SHORT)
      await publishPresentation({ document, rpc: chain.url, claims, account: operator, gasCap: 16_777_216n })
      folded.push(document)
    }
    await chain.client.mine({ blocks: 3 })
    const place = { rpc: chain.url, claims, operator }
    const published = await Promise.all([0n, 1n].map((number) => presentPublished({ ...place, numbers: [number] })))
    const size = (document: Presentation | undefined) => encodePresentation(document as Presentation).length
    assert.ok(size(folded[1]) > size(folded[0]) + 15 * SEGMENT_BYTES)
    // Apart from the digits of counts: what is said is as long
    const said = (document: Presentation | undefined) => {
      const { tallies, bounds } = document as Presentation
      const stated = tallies.map((tally) =>
        tally.kind === "published"
          ? { ...tally, runs: 0n, state: undefined, ledgers: tally.ledgers.map(({ voucher }) => ({ voucher })) }
          : tally,
      )
      return encodeDocument({ stated, bounds }).length
    }
    assert.ok(Math.abs(said(published[1]) - said(published[0])) < 32)
    // Storage proofs differ by where their slots lie in the tree, which runs have no part in
    const difference = Math.abs(size(published[1]) - size(published[0]))
    assert.ok(difference < 7 * SEGMENT_BYTES, `${difference} bytes`)
  })
})
