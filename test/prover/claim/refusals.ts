import assert from "node:assert/strict"
import { readFileSync, renameSync, writeFileSync } from "node:fs"
import { join } from "node:path"
import { ARCHIVE_FILES, encodeDocument, type RunRecord, runFolder } from "@wattest/protocol"
import {
  createTally,
  noJournal,
  openLedgerReader,
  readBound,
  readTerms,
  type TallyFile,
  type WrittenBound,
  type WrittenTerms,
} from "@wattest/prover"
import { AS_OF, FROM, KEYS, TO } from "@wattest/testkit/ledger/world"
import { PER_TOKEN, REQUEST, type Tallies } from "./tallies.ts"

/** What a claim is refused for while it costs nothing: each of these ends before a proof is begun. */
export function refusesBeforeProof(tallies: () => Tallies): void {
  describe("is refused before any proof", () => {
    let world: Tallies["world"]
    let tally: Tallies["tally"]
    let bounded: Tallies["bounded"]
    let large: TallyFile

    before(async () => {
      ;({ world, tally, bounded } = tallies())
      large = await tally()
    })

    it("when its bound is false, and the operator alone is told what would hold", async () => {
      const close = {
        code: "BOUND_FALSE",
        message: /above 0\.050499 J per token: at most 0\.0505 J per token would hold/,
      }
      await assert.rejects(bounded(large, { ...PER_TOKEN, atMost: "0.050499" }), close)
      await assert.rejects(bounded(large, { metric: "energy", atLeast: "3031 J" }), {
        ...{ code: "BOUND_FALSE", message: /at least 3030 J would hold/ },
      })
    })

    it("when no run counts, or nothing is divided by", async () => {
      const nobody = await tally({ model: "nobody's" }, { ledger: world.small.id })
      await assert.rejects(bounded(nobody, { metric: "energy", atMost: "0" }), {
        code: "BOUND_FALSE",
        message: /no run counts/,
      })
      await assert.rejects(bounded(large, { metric: "pue", atMost: "2" }), {
        code: "BOUND_FALSE",
        message: /divides by 0/,
      })
    })

    it("when it would flatter from what runs need not feed", async () => {
      const flattering = { metric: "idle-tax", atMost: "50 %" }
      await assert.rejects(bounded(large, flattering), { code: "TERMS_INVALID", message: /feed no idle/ })
      await assert.rejects(tally({ require: ["idle"] }), { code: "CONDITION_FAILED", message: /SOURCE_MISSING/ })
    })

    it("when the bounds that close it are false", async () => {
      for (const closing of [{ meteredAtLeast: "1021 s" }, { blindAtMost: "x" }])
        await assert.rejects(tally({}, { closing }), (error: { code: string }) =>
          ["BOUND_FALSE", "TERMS_INVALID"].includes(error.code),
        )
    })

    it("when runs cannot be opened, naming them", async () => {
      const missing = join(world.archive, runFolder(world.a.id, 3n))
      renameSync(missing, `${missing}.away`)
      try {
        await assert.rejects(tally(), {
          code: "OPENINGS_MISSING",
          message: new RegExp(`has 1 of .*${world.a.id}/3$`),
        })
      } finally {
        renameSync(`${missing}.away`, missing)
      }
    })

    it("when the archive has another statement than was anchored", async () => {
      const path = join(world.archive, runFolder(world.b.id, 0n), ARCHIVE_FILES.record)
      const good = readFileSync(path)
      const record = world.chosen as RunRecord
      const registers = { ...record.statement.registers, energyMillijoules: 1n }
      try {
        writeFileSync(path, encodeDocument({ ...record, statement: { ...record.statement, registers } }))
        await assert.rejects(tally({}, { ledger: world.small.id }), { code: "ARCHIVE_BROKEN" })
        writeFileSync(path, encodeDocument({ ...record, root: record.capturesRoot }))
        await assert.rejects(tally({}, { ledger: world.small.id }), { code: "ARCHIVE_BROKEN" })
      } finally {
        writeFileSync(path, good)
      }
    })

    it("when counted runs break its conditions, naming them and what to do", async () => {
      await assert.rejects(tally({ model: undefined, unit: undefined }), {
        ...{ code: "CONDITION_FAILED", message: /5 counted runs have ENERGY_GRADE_WORSE/ },
        hint: /--energy-grade/,
      } as object)
      await assert.rejects(tally({ unit: "sample" }), {
        code: "CONDITION_FAILED",
        message: /30 counted runs have UNIT_DIFFERS/,
      })
      await assert.rejects(tally({ workGrade: "measured" }), { code: "CONDITION_FAILED", message: /WORK_GRADE_WORSE/ })
    })

    it("when it has more runs than a document has room for", async () => {
      const many = { device: world.a.id, run: 0n, root: `0x${"00".repeat(32)}` } as const
      const period = await world.reader.period(world.large.id, { from: FROM, to: TO }, AS_OF, 0)
      const reader = {
        ...world.reader,
        period: async () => ({ ...period, runs: Array.from({ length: 16_000 * 56 + 1 }, () => many) }),
      }
      const request = { registry: world.registry, ledgers: [world.large.id], archives: [], unopened: 0, keys: KEYS }
      const terms = readTerms(REQUEST)
      await assert.rejects(createTally({ ...request, reader, terms, pool: world.pool, journal: noJournal() }), {
        code: "INPUT_INVALID",
        message: /896001 runs take 16001 segments/,
      })
    })

    it("when its period has not ended on the chain", async () => {
      await assert.rejects(tally({ to: TO + 100_000, asOf: undefined }), { code: "PERIOD_NOT_ENDED" })
      await assert.rejects(tally({ asOf: TO + 100_000 }), { code: "PERIOD_NOT_ENDED" })
    })

    it("when the registry has no such ledger, or is none", async () => {
      await assert.rejects(tally({}, { ledger: `0x${"99".repeat(32)}` }), { code: "INPUT_INVALID" })
      const nowhere = await openLedgerReader(world.chain.url, `0x${"11".repeat(20)}`)
      const period = { from: FROM, to: TO }
      await assert.rejects(nowhere.period(world.large.id, period, AS_OF, 1), { code: "SOURCE_UNREACHABLE" })
      await assert.rejects(openLedgerReader("http://127.0.0.1:9", world.registry), { code: "SOURCE_UNREACHABLE" })
    })

    it("when its terms make no sense", () => {
      const refused = (written: Partial<WrittenTerms>, message: RegExp) =>
        assert.throws(() => readTerms({ ...REQUEST, ...written }), { code: "TERMS_INVALID", message })
      refused({ boundary: undefined }, /no boundary/)
      refused({ boundary: "moon" }, /--boundary: "moon"/)
      refused({ from: REQUEST.to }, /is empty/)
      refused({ asOf: REQUEST.to }, /--as-of .* is not after --to/)
      refused({ energyGrade: "perfect" }, /--energy-grade/)
      refused({ origin: "dreamt" }, /--origin/)
      refused({ require: ["luck"] }, /--require: "luck"/)
      const subject = readTerms(REQUEST)
      const unbound = (written: Partial<WrittenBound>, message: RegExp) =>
        assert.throws(() => readBound({ ...PER_TOKEN, ...written }, subject), { code: "TERMS_INVALID", message })
      unbound({ metric: "happiness" }, /--metric: "happiness"/)
      unbound({ metric: "joules-per-image" }, /counts token/)
      unbound({ atMost: undefined }, /no bound/)
      unbound({ atMost: "0.00000001" }, /finer/)
      unbound({ atLeast: "2", atMost: "1" }, /is above/)
      unbound({ metric: "ratio" }, /no numerator/)
      unbound({ numerator: ["runs"] }, /its own numerator/)
      const unitless = readTerms({ ...REQUEST, unit: undefined })
      assert.throws(() => readBound({ metric: "work", atMost: "1" }, unitless), { message: /counts work/ })
    })
  })
}
