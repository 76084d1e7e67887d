import { mkdtempSync, rmSync } from "node:fs"
import { tmpdir } from "node:os"
import { join } from "node:path"
import { createProverPool, openLedgerReader } from "@wattest/prover"
import { deployAnchors, deployClaims } from "../local/contracts.ts"
import type { RunPlan } from "./archive.ts"
import { LedgerOnChain } from "./ledger.ts"
import { startChain } from "./local-chain.ts"

/** A period, with a submission before it, one within, one at its end, and one after the tally is taken. */
export const FROM = 1_800_000_000
export const TO = FROM + 1_020
export const AS_OF = TO + 60

export const KEYS = "build/circuits"

const tokens = (energy: bigint, work: bigint, more: RunPlan = {}): RunPlan => ({
  ...more,
  registers: {
    energyMillijoules: energy,
    uncertaintyMillijoules: energy / 100n,
    acceleratorMillijoules: energy / 2n,
    idleMillijoules: energy / 20n,
    workUnits: work,
    acceptedUnits: work / 2n,
    carbonMilligrams: energy / 10n,
    waterMillilitres: energy / 7n,
    ...more.registers,
  },
})

/** 30 matching runs of 100 J and 2,000 tokens each, 5 of another model, one idle, one void: 37 in two segments. */
const LARGE = [
  [...Array.from({ length: 20 }, () => tokens(100_000n, 2_000n)), null],
  [
    ...Array.from({ length: 10 }, () => tokens(100_000n, 2_000n)),
    ...Array.from({ length: 5 }, () =>
      tokens(900_000n, 10n, { model: "other", unit: "image", energyGrade: "simulated" }),
    ),
    tokens(0n, 0n, { unit: "" }),
  ],
] as const

/** Two ledgers of one operator on a chain of our own, an archive of their runs, and processes that hold the keys. */
export async function createWorld() {
  const archive = mkdtempSync(join(tmpdir(), "wattest-claims-"))
  const chain = await startChain(FROM - 10_000)
  const [operator, voucher, second, relayer] = chain.accounts
  if (!operator || !voucher || !second || !relayer) throw new Error("the chain has fewer than four accounts")
  const registry = await deployAnchors(chain.deploy)
  const claims = await deployClaims(chain.deploy, registry)
  const large = new LedgerOnChain(chain, registry, { operator, voucher, archive })
  const small = new LedgerOnChain(chain, registry, { operator, voucher: second, archive })
  const [a, b, mute] = [await large.enrol(), await small.enrol(), await small.enrol()]
  await large.anchor(a, FROM - 1, [tokens(1n, 1n, { workGrade: "simulated" })])
  await large.anchor(a, FROM + 360, LARGE[0], FROM)
  await large.anchor(a, TO + 1, LARGE[1], FROM + 360)
  const [chosen] = await small.anchor(
    b,
    TO + 10,
    [tokens(300_000n, 1_000n), tokens(100_000n, 500n, { model: "other" })],
    FROM,
  )
  await large.anchor(a, TO + 120, [tokens(1n, 1n, { workGrade: "simulated" })], TO)
  await chain.client.mine({ blocks: 3 })
  const { number: finalNumber } = await chain.client.getBlock({ blockTag: "finalized" })
  const pool = createProverPool({ folder: KEYS })
  const stop = async () => {
    pool.close()
    await chain.stop()
    rmSync(archive, { recursive: true })
  }
  return {
    archive,
    chain,
    registry,
    claims,
    operator,
    large,
    small,
    a,
    b,
    /** A device of the small ledger that never anchors a run. */
    mute,
    chosen,
    finalNumber: finalNumber ?? 0n,
    pool,
    reader: await openLedgerReader(chain.url, registry),
    stop,
  }
}

export type World = Awaited<ReturnType<typeof createWorld>>
