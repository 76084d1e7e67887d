import type { KeyReference } from "@wattest/command"
import { type Found, foundOf } from "../deploy/check.ts"
import { readContracts } from "../deploy/contracts.ts"
import { deploy as deployContracts, LOCAL_CHAIN_IDS } from "../deploy/deploy.ts"
import { createPayer } from "../deploy/payer.ts"
import { checkRecordPlace, keepRecord, recordPath } from "../deploy/record.ts"
import type { Reached } from "../target.ts"

export type DeployWords = {
  readonly key: KeyReference
  readonly record: string | undefined
  readonly anchorsAlone: boolean
  readonly say: (line: string) => void
  /** Asked before a public chain is paid for; rejects where the answer is no. */
  readonly confirm: (consequence: string) => Promise<void>
}

/** What a deployment answers: where its record is, and all contracts in the order of their making. */
export type Deployed = { readonly record: string; readonly chainId: number; readonly contracts: readonly Found[] }

/** Deploys both registries and records them. */
export async function deploy({ chainId, client, wallet }: Reached, words: DeployWords): Promise<Deployed> {
  const record = words.record ?? recordPath(chainId)
  checkRecordPlace(record, chainId)
  const payer = createPayer(client, await wallet(words.key))
  const consequence = `the registries come to chain ${chainId}, and ${payer.address} pays for what is not there yet`
  if (!LOCAL_CHAIN_IDS.includes(chainId)) await words.confirm(consequence)
  const contracts = readContracts()
  const { say, anchorsAlone } = words
  const deployment = await deployContracts({ client, chainId, payer, contracts, claims: !anchorsAlone, say })
  return { record, chainId, contracts: foundOf(keepRecord(record, deployment)) }
}
