import { type CertifiedRun, check, GRADES, type Grade, type Hex } from "@wattest/protocol"
import { chainOf, type Policy } from "../policy.ts"
import { accept } from "../verdict.ts"
import type { Subject } from "./subject.ts"

/** Submissions and anchors of all runs name one registry on one chain, and the policy accepts both. */
export function checkChain({ certificate, policy }: Subject): void {
  const [first] = certificate.runs
  for (const { run, submission, anchor } of certificate.runs) {
    const { chainId, registry } = anchor
    const isSame = submission.chainId === chainId && submission.registry === registry
    check(isSame, "ANCHOR_MISMATCH", `run ${run}: submission and anchor name different registries`)
    const isFirst = chainId === first?.anchor.chainId && registry === first.anchor.registry
    check(isFirst, "ANCHOR_MISMATCH", `run ${run}: one certificate is of one registry, but its anchors name two`)
  }
  if (first !== undefined) acceptRegistry(policy, first.anchor)
}

/** The policy accepts the chain, and on it the registry. */
export function acceptRegistry(
  policy: Policy,
  { chainId, registry }: { readonly chainId: number; readonly registry: Hex },
): void {
  const chain = chainOf(policy, chainId)
  accept(chain !== undefined, "CHAIN_NOT_ACCEPTED", `chain ${chainId}`)
  const isKnown = chain.registries.includes(registry)
  accept(isKnown, "REGISTRY_NOT_ACCEPTED", `registry ${registry} of chain ${chainId}`)
}

type Owner = { readonly operator: Hex; readonly voucher: Hex }

/** The policy believes the voucher and expects the ledger. */
export function acceptOwner({ vouchers, ledgers }: Policy, { operator, voucher }: Owner): void {
  const isBelieved = vouchers.includes(voucher)
  accept(isBelieved, "VOUCHER_NOT_ACCEPTED", `voucher ${voucher}`)
  const isExpected = ledgers?.some((ledger) => ledger.operator === operator && ledger.voucher === voucher) ?? true
  const ledger = `operator ${operator}, voucher ${voucher}`
  accept(isExpected, "LEDGER_NOT_ACCEPTED", ledger)
}

const rankOf = (grade: Grade) => GRADES.indexOf(grade)

/** The grade of `what` is the policy's worst one or better. */
export function acceptGrade(what: string, actual: Grade, worst: Grade): void {
  const isAccepted = rankOf(actual) <= rankOf(worst)
  accept(isAccepted, "GRADE_NOT_ACCEPTED", `${what} is ${actual}; the policy's "grades" demand ${worst} or better`)
}

/** The policy believes the voucher and expects the ledger. */
export function checkLedger({ certificate, policy }: Subject): void {
  const [first] = certificate.runs
  for (const { run, anchor } of certificate.runs) {
    const { operator, voucher } = anchor
    const isSame = operator === first?.anchor.operator && voucher === first.anchor.voucher
    check(isSame, "ANCHOR_MISMATCH", `run ${run}: a device belongs to one ledger, but the anchors name two`)
  }
  if (first !== undefined) acceptOwner(policy, first.anchor)
}

export function checkGrades({ certificate, policy: { grades } }: Subject): void {
  for (const { run, statement } of certificate.runs) {
    acceptGrade(`run ${run}: energy`, statement.energyGrade, grades.energy)
    const { workUnits, inputUnits } = statement.registers
    if (workUnits > 0n || inputUnits > 0n) acceptGrade(`run ${run}: work`, statement.workGrade, grades.work)
  }
}

const endsAt = ({ statement }: CertifiedRun) => statement.endTimeMs

/** "Not later than" the block: a run ends before its anchor, as far as the clocks agree. */
export function checkAnchorOrder({ certificate, policy: { tolerances } }: Subject): void {
  for (const run of certificate.runs) {
    const lateMs = endsAt(run) - run.anchor.anchoredAt * 1000
    check(lateMs <= tolerances.clockMs, "ANCHOR_BEFORE_END", `run ${run.run} ends ${lateMs} ms after its anchor`)
  }
}
