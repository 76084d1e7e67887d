import { readdirSync, readFileSync } from "node:fs"
import { join } from "node:path"
import { nodeSignatures } from "@wattest/protocol/node"
import {
  judge,
  type Policy,
  parsePolicy,
  renderExtractHtml,
  renderHtml,
  renderJobHtml,
  renderPresentationHtml,
} from "@wattest/verifier"
import { judgeTogether } from "../../verifier/src/desk/desk.ts"
import { renderIndex } from "../../verifier/src/desk/output/html.ts"

const CASES = "conformance/cases"
const READERS = { signatures: nodeSignatures, chain: null }

/** 31 January 2027. */
const TIME = 1_801_353_600

const policyOf = (name: string) => parsePolicy(readFileSync(join(CASES, name, "policy.json")))

/** The page on a conformance case's document and evidence, under another policy if that is wanted. */
async function pageOf(name: string, change: (policy: Policy) => Policy = (policy) => policy): Promise<string> {
  const files = readdirSync(join(CASES, name))
  const document = files.find((file) => /^(?:certificate|presentation|extract)\.json$/.test(file)) ?? ""
  const evidence = files
    .filter((file) => file.includes("evidence"))
    .map((file) => ({
      ...{ name: file, open: async () => streamOf(readFileSync(join(CASES, name, file))) },
    }))
  const bytes = readFileSync(join(CASES, name, document))
  const world = { policy: change(policyOf(name)), readers: READERS, time: TIME }
  const judged = await judge({ name: document, bytes }, evidence, world)
  if (judged.kind === "job") return renderJobHtml(judged.model)
  if (judged.kind === "extract") return renderExtractHtml(judged.model)
  return judged.kind === "certificate" ? renderHtml(judged.model) : renderPresentationHtml(judged.model)
}

async function* streamOf(bytes: Uint8Array) {
  yield bytes
}

async function deskPage(): Promise<string> {
  const paths = ["valid-evidence", "capture-register-changed", "presentation-valid"].map((name) => join(CASES, name))
  const desk = { policy: policyOf("valid-evidence"), time: TIME, offline: true, nodesDeadlineMs: 1000 }
  return renderIndex(await judgeTogether({ ...desk, paths, pages: null, sample: null, showsProgress: false }))
}

/** A page of each kind and outcome. */
export const REPORTS: { readonly [name: string]: () => Promise<string> } = {
  valid: () => pageOf("valid-evidence"),
  "valid, of a job": () => pageOf("valid-job"),
  invalid: () => pageOf("capture-register-changed"),
  unaccepted: () => pageOf("valid-evidence", (policy) => ({ ...policy, vouchers: [] })),
  undetermined: () =>
    pageOf("valid-evidence", (policy) => ({
      ...policy,
      chains: policy.chains.map((chain) => ({ ...chain, trustedBlocks: [] })),
    })),
  presentation: () => pageOf("presentation-valid"),
  desk: deskPage,
}
