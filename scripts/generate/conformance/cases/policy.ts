import { accountOf } from "@wattest/testkit/conformance/keys"
import type { Story } from "@wattest/testkit/conformance/story"
import type { Policy } from "@wattest/verifier"
import { type Case, fullEvidence, SHORT, unaccepted, undetermined, valid } from "./case.ts"

const under = (change: (policy: Policy) => Policy): Story => ({ ...SHORT, policy: change })
const other = accountOf("somebody else")

/** The plan counts input and no other units. */
const inputAlone: Story = {
  labels: ({ context, ...labels }) => ({
    ...labels,
    context: {
      ...context,
      metering: context.metering.map((item) => (item.role === "work" ? { ...item, role: "input" } : item)),
    },
  }),
}

/** What the verifier believes. */
export const POLICY_CASES: readonly Case[] = [
  {
    name: "policy-empty",
    title: "The policy believes nobody.",
    expect: unaccepted("CHAIN_NOT_ACCEPTED"),
    story: under((policy) => ({ ...policy, chains: [], vouchers: [] })),
  },
  {
    ...{
      name: "policy-other-chain",
      title: "The policy accepts another chain.",
      expect: unaccepted("CHAIN_NOT_ACCEPTED"),
    },
    story: under((policy) => ({ ...policy, chains: policy.chains.map((chain) => ({ ...chain, chainId: 1 })) })),
  },
  {
    ...{
      name: "policy-other-registry",
      title: "The policy accepts another registry.",
      expect: unaccepted("REGISTRY_NOT_ACCEPTED"),
    },
    story: under((policy) => ({
      ...policy,
      chains: policy.chains.map((chain) => ({ ...chain, registries: [other] })),
    })),
  },
  {
    name: "policy-other-voucher",
    title: "The operator vouched for himself.",
    expect: unaccepted("VOUCHER_NOT_ACCEPTED"),
    story: {
      ...SHORT,
      voucher: accountOf("operator"),
      policy: (policy) => ({ ...policy, vouchers: [accountOf("voucher")] }),
    },
  },
  {
    ...{
      name: "policy-other-ledger",
      title: "The policy expects the ledger of another operator.",
      expect: unaccepted("LEDGER_NOT_ACCEPTED"),
    },
    story: under((policy) => ({ ...policy, ledgers: [{ operator: other, voucher: accountOf("voucher") }] })),
  },
  {
    ...{ name: "valid-expected-ledger", title: "The policy names the ledger that it expects.", expect: valid },
    story: under((policy) => ({
      ...policy,
      ledgers: [{ operator: accountOf("operator"), voucher: accountOf("voucher") }],
    })),
  },
  {
    name: "policy-energy-grade",
    title: "Energy is measured, and the policy demands calibrated.",
    expect: unaccepted("GRADE_NOT_ACCEPTED"),
    story: under((policy) => ({ ...policy, grades: { ...policy.grades, energy: "calibrated" } })),
  },
  {
    name: "policy-work-grade",
    title: "Work is declared, and the policy demands measured.",
    expect: unaccepted("GRADE_NOT_ACCEPTED"),
    story: under((policy) => ({ ...policy, grades: { ...policy.grades, work: "measured" } })),
  },
  {
    name: "policy-input-grade",
    title: "Only input units are counted, and declared, where the policy demands measured work.",
    expect: unaccepted("GRADE_NOT_ACCEPTED"),
    story: {
      ...under((policy) => ({ ...policy, grades: { ...policy.grades, work: "measured" } })),
      ...inputAlone,
    },
  },
  {
    name: "valid-input-alone",
    title: "Only input units are counted, and declared, as the policy allows.",
    expect: valid,
    findings: { present: ["WORK_DECLARED"], absent: [] },
    story: { ...SHORT, ...inputAlone },
  },
  {
    name: "evidence-demanded",
    title: "The policy demands evidence, and there is none.",
    expect: undetermined("EVIDENCE_ABSENT"),
    story: under((policy) => ({ ...policy, require: [...policy.require, "evidence"] })),
  },
  {
    ...{ name: "valid-evidence-demanded", title: "The policy demands evidence, and it is there.", expect: valid },
    story: under((policy) => ({ ...policy, require: [...policy.require, "evidence"] })),
    evidence: fullEvidence,
  },
]
