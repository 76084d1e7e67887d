import { type CertifiedRun, check, GRADES, type Grade } from "@wattest/protocol"
import { chainOf } from "../policy.ts"
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
    const chain = chainOf(policy, chainId)
    check(chain !== undefined, "CHAIN_NOT_ACCEPTED", `chain ${chainId} is not in the policy`)
    check(chain.registries.includes(registry), "REGISTRY_NOT_ACCEPTED", `${registry} on chain ${chainId}`)
  }
}

/** The policy believes the voucher and expects the ledger. */
export function checkLedger({ certificate, policy: { vouchers, ledgers } }: Subject): void {
  const [first] = certificate.runs
  for (const { run, anchor } of certificate.runs) {
    const { operator, voucher } = anchor
    check(vouchers.includes(voucher), "VOUCHER_NOT_ACCEPTED", `voucher ${voucher}`)
    const isExpected =
      ledgers === null || ledgers.some((ledger) => ledger.operator === operator && ledger.voucher === voucher)
    check(isExpected, "LEDGER_NOT_ACCEPTED", `operator ${operator}, voucher ${voucher}`)
    const isSame = operator === first?.anchor.operator && voucher === first.anchor.voucher
    check(isSame, "ANCHOR_MISMATCH", `run ${run}: a device belongs to one ledger, but the anchors name two`)
  }
}

function checkGrade(run: bigint, what: string, actual: Grade, worst: Grade): void {
  const isAccepted = GRADES.indexOf(actual) <= GRADES.indexOf(worst)
  check(isAccepted, "GRADE_NOT_ACCEPTED", `run ${run}: ${what} is ${actual}, the policy demands ${worst} or better`)
}

export function checkGrades({ certificate, policy: { grades } }: Subject): void {
  for (const { run, statement } of certificate.runs) {
    checkGrade(run, "energy", statement.energyGrade, grades.energy)
    const { workUnits, acceptedUnits } = statement.registers
    if (workUnits > 0n || acceptedUnits > 0n) checkGrade(run, "work", statement.workGrade, grades.work)
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
