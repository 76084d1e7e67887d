import { settled } from "@wattest/chain"
import { HintedError } from "@wattest/command"
import type { Deployment, Hex } from "@wattest/protocol"
import { keccak256, type PublicClient } from "viem"
import { checkCode, type Found } from "./check.ts"
import { type Code, CodeMismatch, immutablesIn } from "./code.ts"
import { CLAIMS, type Contracts, contractOf, REGISTRY, withParts } from "./contracts.ts"
import { FACTORY, type Planned, planOf } from "./factory.ts"
import type { Payer } from "./payer.ts"

/** Chains that live with one process; development keys and keys of public knowledge may be used there. */
export const LOCAL_CHAIN_IDS: readonly number[] = [31337, 1337]

/** A deployment that must not be, or cannot; nothing was sent, or what was is still good. */
export class DeploymentRefused extends HintedError {
  override readonly name = "DeploymentRefused"
}

export type DeployOptions = {
  readonly client: PublicClient
  readonly chainId: number
  readonly payer: Payer
  readonly contracts: Contracts
  /** False: the registry of anchors alone. */
  readonly claims: boolean
  /** Told of each step. */
  readonly say: (line: string) => void
}

const hasCode = (code: Hex | undefined): code is Hex => code !== undefined && code !== "0x"

async function prepareFactory({ client, chainId, payer, say }: DeployOptions): Promise<void> {
  const code = await client.getCode({ address: FACTORY.address })
  if (hasCode(code)) {
    if (keccak256(code) === FACTORY.codeHash) return
    throw new DeploymentRefused(`${FACTORY.address} holds another contract on chain ${chainId}`, "use another chain")
  }
  if (!LOCAL_CHAIN_IDS.includes(chainId))
    throw new DeploymentRefused(
      `chain ${chainId} has no deterministic deployment proxy at ${FACTORY.address}`,
      "have it set up there first; without it the addresses would differ from those on other chains",
    )
  await payer.send({ to: FACTORY.maker, value: FACTORY.costWei })
  const hash = await client.sendRawTransaction({ serializedTransaction: FACTORY.transaction })
  await client.waitForTransactionReceipt({ hash })
  say(`set up the deterministic deployment proxy at ${FACTORY.address}`)
}

async function put({ client, payer, contracts, say }: DeployOptions, { name, address, data }: Planned): Promise<void> {
  const read = async (): Promise<Code> => ({ address, code: await client.getCode({ address }) })
  const before = await read()
  if (hasCode(before.code)) {
    immutablesIn(contractOf(contracts, name), before)
    return say(`${name} is at ${address} already`)
  }
  const { status, transactionHash } = await payer.send({ to: FACTORY.address, data })
  const after = await read()
  if (!hasCode(after.code))
    throw new DeploymentRefused(
      `${name} was not made: transaction ${transactionHash} ${status === "success" ? "left no code" : "reverted"}`,
      "docs/contracts.md says what the chain must offer; what is deployed already stays good",
    )
  immutablesIn(contractOf(contracts, name), after)
  say(`deployed ${name} to ${address}`)
}

/** The record of what was found on a chain. */
function recordOf(found: readonly Found[], block: bigint, { chainId, contracts }: DeployOptions): Deployment {
  const addressOf = (name: string) => found.find((contract) => contract.name === name)?.address
  const registry = addressOf(REGISTRY)
  if (registry === undefined) throw new CodeMismatch(`no ${REGISTRY} was found`)
  const { verificationKeys, developmentKeys } = contracts
  return {
    chainId,
    block: Number(block),
    registry,
    claims: addressOf(CLAIMS) ?? null,
    contracts: Object.fromEntries(found.map(({ name, ...place }) => [name, place])),
    ...(addressOf(CLAIMS) === undefined ? {} : { keys: { ...verificationKeys, development: developmentKeys } }),
  }
}

/**
 * Puts both registries on a chain, at the same addresses as on every other, and reads them back. What is there already is
 * left and compared, so that an attempt that was cut short goes on and a second one changes nothing. Rejects with
 * {@link DeploymentRefused} before anything is sent where development keys would leave local chains, with
 * {@link CodeMismatch}, or with what the client throws.
 */
export async function deploy(options: DeployOptions): Promise<Deployment> {
  const { client, chainId, contracts, claims } = options
  if (claims && contracts.developmentKeys && !LOCAL_CHAIN_IDS.includes(chainId))
    throw new DeploymentRefused(
      `the verifiers hold development keys, whose secret is public: anybody could forge claims on chain ${chainId}`,
      '"npm run ceremony" makes keys to trust; --anchors-alone deploys the registry of anchors alone',
    )
  const root = claims ? CLAIMS : REGISTRY
  await settled(options.client, options.payer.address, options.say)
  await prepareFactory(options)
  const plan = planOf(
    contracts,
    withParts(contracts, root).map(({ name }) => name),
  )
  for (const planned of plan) await put(options, planned)
  const found = await checkCode(client, contracts, root, plan.at(-1)?.address as Hex)
  return recordOf(found, await client.getBlockNumber(), options)
}
