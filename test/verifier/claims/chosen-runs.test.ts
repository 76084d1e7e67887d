import assert from "node:assert/strict"
import { inspect } from "node:util"
import {
  type ChosenRun,
  encodePresentation,
  type Presentation,
  type RejectCode,
  type RunsTally,
} from "@wattest/protocol"
import { nodeSignatures } from "@wattest/protocol/node"
import {
  createChosenPresentation,
  openArchive,
  type ReceiptSource,
  readSubject,
  type WrittenBound,
  type WrittenFilters,
} from "@wattest/prover"
import { receiptOnChain } from "@wattest/testkit/ledger/receipts"
import { createWorld, FROM, KEYS, TO, type World } from "@wattest/testkit/ledger/world"
import { POLICY_TEMPLATE, type Policy, verifyPresentation } from "@wattest/verifier"
import { keccak256 } from "viem"
import { parseHeader } from "../../../verifier/src/chain/header.ts"

const FILTERS: WrittenFilters = { model: "llama", unit: "token", boundary: "node" }
const BOUND: WrittenBound = { metric: "joules-per-token", atMost: "0.0505" }

describe("a presentation of chosen runs", function () {
  this.timeout(120_000)
  let world: World
  let document: Presentation

  const onChain: ReceiptSource = (_device, run) => receiptOnChain(world.large, world.a, run)
  const prove = (runs: readonly bigint[], written: Partial<WrittenBound> = {}, receipts = onChain) => {
    const { archive, pool, a } = world
    const subject = readSubject(FILTERS)
    return createChosenPresentation({
      archive: openArchive(archive),
      receipts,
      device: a.id,
      runs,
      subject,
      written: { ...BOUND, ...written },
      keys: KEYS,
      pool,
    })
  }
  before(async () => {
    world = await createWorld()
    document = await prove([1n, 2n, 22n])
  })
  after(() => world.stop())

  const tallyOf = ({ tallies: [tally] }: Presentation): RunsTally => {
    if (tally?.kind !== "runs") throw new Error("no tally of runs")
    return tally
  }
  const withTally = (change: Partial<RunsTally>): Presentation => ({
    ...document,
    tallies: [{ ...tallyOf(document), ...change }],
  })
  const withRuns = (change: (runs: readonly ChosenRun[]) => readonly ChosenRun[]): Presentation =>
    withTally({ runs: change(tallyOf(document).runs) })
  const withFirst = (change: (run: ChosenRun) => object) =>
    withRuns(([first, ...rest]) => (first ? [{ ...first, ...change(first) }, ...rest] : []))

  /** A policy that believes what the test made, and knows the blocks of this document. */
  function policyFor(presentation: Presentation): Policy {
    const headers = tallyOf(presentation).runs.flatMap(({ anchorProof }) =>
      anchorProof ? [anchorProof.anchored.header, ...(anchorProof.state ? [anchorProof.state.header] : [])] : [],
    )
    const trustedBlocks = headers.map((header) => ({ number: parseHeader(header).number, hash: keccak256(header) }))
    return {
      ...POLICY_TEMPLATE,
      chains: [{ chainId: 31337, registries: [world.registry], trustedBlocks, rpcs: [], checkpoints: null }],
      vouchers: [world.large.voucher],
      claims: { ...POLICY_TEMPLATE.claims, developmentKeys: true },
    }
  }
  const verify = (presentation: Presentation, policy = policyFor(document)) =>
    verifyPresentation(encodePresentation(presentation), policy, { signatures: nodeSignatures, chain: null })
  async function refused(presentation: Presentation, code: RejectCode, policy = policyFor(document)) {
    const { verdict } = await verify(presentation, policy)
    assert.equal(verdict.status === "invalid" && verdict.code, code, inspect(verdict))
  }

  it("holds for these runs, and says that it is silent about the others", async () => {
    const { verdict } = await verify(document)
    assert.equal(verdict.status, "valid", inspect(verdict))
    const [claim] = verdict.status === "valid" ? verdict.claim : []
    assert.match(
      claim?.sentence ?? "",
      /^3 runs that operator 0x[0-9a-f]{40} .* chose, model "llama", metered at the node, that ended after 1970-01-01T00:00:00Z and not after \S+, took/,
    )
    assert.match(claim?.limits ?? "", /any run that was not chosen/)
    assert.equal(claim?.block, null)
    assert.deepEqual([claim?.completeness, claim?.coverage], [null, null])
  })

  it("is refused when runs are dropped, repeated, reordered or relabelled", async () => {
    await refused(
      withRuns(([, ...rest]) => rest),
      "CLAIM_SEGMENTS_BROKEN",
    )
    await refused(
      withRuns((runs) => runs.slice(0, -1)),
      "CLAIM_PROOF_INVALID",
    )
    await refused(
      withRuns((runs) => [...runs, ...runs.slice(-1)]),
      "CLAIM_SEGMENTS_BROKEN",
    )
    await refused(
      withRuns((runs) => runs.toReversed()),
      "CLAIM_SEGMENTS_BROKEN",
    )
    await refused(
      withFirst(() => ({ run: 0n })),
      "ANCHOR_MISMATCH",
    )
    await refused(
      withFirst(() => ({ device: `0x${"00".repeat(32)}` })),
      "ANCHOR_MISMATCH",
    )
    const { filters } = tallyOf(document)
    await refused(withTally({ filters: { ...filters, model: null } }), "CLAIM_PROOF_INVALID")
    await refused(withTally({ to: 2 ** 40 - 2 }), "CLAIM_PROOF_INVALID")
  })

  it("is refused when a root is not the anchored one, or the anchor is of another registry, ledger or transaction", async () => {
    const other = tallyOf(document).runs[1] as ChosenRun
    await refused(
      withFirst(() => ({ root: other.root })),
      "CLAIM_PROOF_INVALID",
    )
    await refused(
      withFirst(() => ({ anchorProof: other.anchorProof, anchor: other.anchor })),
      "ANCHOR_MISMATCH",
    )
    await refused(
      withFirst(({ anchor }) => ({ anchor: { ...anchor, registry: `0x${"11".repeat(20)}` } })),
      "ANCHOR_MISMATCH",
    )
    await refused(
      withFirst(({ anchor }) => ({ anchor: { ...anchor, operator: `0x${"11".repeat(20)}` } })),
      "ANCHOR_MISMATCH",
    )
    await refused(
      withFirst(({ anchor }) => ({ anchor: { ...anchor, blockNumber: 1n } })),
      "ANCHOR_MISMATCH",
    )
    const cut = withFirst(({ anchorProof }) => ({
      anchorProof: anchorProof && {
        ...anchorProof,
        anchored: { ...anchorProof.anchored, nodes: [other.anchorProof?.anchored.header ?? "0x"] },
      },
    }))
    await refused(cut, "ANCHOR_PROOF_INVALID")
  })

  it("stays undetermined without anchor proofs", async () => {
    const bare = withRuns((runs) => runs.map(({ anchorProof: _, ...run }) => run))
    const stateless = withFirst(({ anchorProof }) => ({ anchorProof: { anchored: anchorProof?.anchored } }))
    for (const lacking of [bare, stateless]) {
      const { verdict } = await verify(lacking)
      assert.equal(verdict.status === "undetermined" && verdict.code, "PROOF_ABSENT")
    }
  })

  it("is refused when time, place or head of an anchor are others than the chain has", async () => {
    for (const change of [{ anchoredAt: FROM - 1 }, { position: 77n }, { head: `0x${"00".repeat(32)}` }] as const)
      await refused(
        withFirst(({ anchor }) => ({ anchor: { ...anchor, ...change } })),
        "ANCHOR_MISMATCH",
      )
  })

  it("is not made from receipts that do not prove the vouch", async () => {
    const stateless: ReceiptSource = async (device, run) => {
      const { proof, ...receipt } = await onChain(device, run)
      return { ...receipt, proof: { anchored: proof.anchored } }
    }
    await assert.rejects(prove([1n], {}, stateless), { code: "RECEIPT_INCOMPLETE" })
  })

  it("is not made of runs that do not match, are worse than said, or miss the bound", async () => {
    await assert.rejects(prove([1n, 32n]), { code: "CONDITION_FAILED", message: /run 32: NOT_COUNTED/ })
    await assert.rejects(prove([0n]), { code: "CONDITION_FAILED", message: /WORK_GRADE_WORSE/ })
    await assert.rejects(prove([1n], { atMost: "0.05" }), { code: "BOUND_FALSE" })
    await assert.rejects(prove([1n], { metric: "joules-per-image" }), { code: "TERMS_INVALID" })
    await assert.rejects(prove([]), { code: "INPUT_INVALID" })
  })

  it("is refused once the voucher withdrew its word from before an anchor, and holds for runs before that", async () => {
    await world.large.withdraw(world.a, TO)
    await world.chain.client.mine({ blocks: 3 })
    const later: ChosenRun[] = []
    for (const chosen of tallyOf(document).runs) {
      const { proof } = await onChain(chosen.device, chosen.run)
      later.push({ ...chosen, anchorProof: proof })
    }
    const shown = withRuns(() => later)
    await refused(shown, "VOUCH_WITHDRAWN", policyFor(shown))
    const early = await prove([1n, 2n])
    assert.equal((await verify(early, policyFor(early))).verdict.status, "valid")
  })
})
