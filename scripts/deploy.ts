// `npm run deploy -- --network NAME`: puts the registry on a chain, at the same address on every chain, and checks its code.
import { existsSync, readFileSync, rmSync } from "node:fs"
import { parseArgs } from "node:util"
import { artifacts, config, network } from "hardhat"
import { type Hex, keccak256, toBytes } from "viem"
import anchors from "../ignition/modules/anchors.ts"
import { CodeMismatch, checkCode } from "./deploy/code.ts"
import { recordDeployment } from "./deploy/record.ts"

const USAGE = `usage: npm run deploy -- --network local | amoy | polygon

Deploys the registry by CREATE2 through CreateX, verifies the code on chain and prints addresses and code hashes. On a
public chain it records them in protocol/src/chain/deployments.ts. What is there already is left and verified.

amoy and polygon take WATTEST_RPC_URL and WATTEST_DEPLOYER_KEY from the environment.

Exit status: 0 deployed and verified, 1 refused, 2 usage.`

/** Chain ids; only these are deployed to, whatever the RPC endpoint says it is. */
const CHAINS: Record<string, number> = { local: 31337, amoy: 80002, polygon: 137 }
const SALT = keccak256(toBytes("wattest.registry.v1"))

/** Ignition keeps a journal of each deployment. That of a local chain outlives the chain: it is dropped when its code is gone. */
async function forgetPast(codeAt: (address: Hex) => Promise<Hex | undefined>): Promise<void> {
  const journal = "ignition/deployments/chain-31337"
  const path = `${journal}/deployed_addresses.json`
  const addresses: Hex[] = existsSync(path) ? Object.values(JSON.parse(readFileSync(path, "utf8"))) : []
  const codes = await Promise.all(addresses.map(codeAt))
  if (codes.length === 0 || codes.includes(undefined)) rmSync(journal, { recursive: true, force: true })
}

async function deploy(name: string, expected: number): Promise<void> {
  const connection = await network.create(name)
  const client = await connection.viem.getPublicClient()
  const chainId = await client.getChainId()
  if (chainId !== expected)
    throw new CodeMismatch(`network ${name} is chain ${expected}, the endpoint serves ${chainId}`)
  if (name === "local") await forgetPast((address) => client.getCode({ address }))
  const contracts = await connection.ignition.deploy(anchors, {
    strategy: "create2",
    strategyConfig: { salt: SALT },
    displayUi: false,
  })
  const { registry, ed25519, ed25519Table, poseidon } = contracts
  const immutables = [ed25519.address, ed25519Table.address, poseidon.address]
  for (const [contract, { address }] of Object.entries({
    Ed25519: ed25519,
    Ed25519Table: ed25519Table,
    PoseidonT3: poseidon,
    AnchorRegistry: registry,
  })) {
    const hash = checkCode(await artifacts.readArtifact(contract), await client.getCode({ address }), immutables)
    console.log(`${contract.padEnd(16)}${address}  code ${hash}`)
  }
  if (name === "local") return
  const block = Number(await client.getBlockNumber())
  const addresses = { registry: registry.address, ed25519: ed25519.address, ed25519Table: ed25519Table.address }
  console.log(`recorded in ${recordDeployment(chainId, { ...addresses, poseidon: poseidon.address, block })}`)
}

function refuse(error: string, hint: string, status: number): never {
  console.error(`error: ${error}\nhint: ${hint}`)
  process.exit(status)
}

let name: string | undefined
try {
  name = parseArgs({ options: { network: { type: "string" } } }).values.network
} catch (error) {
  refuse((error as Error).message, USAGE, 2)
}
const chainId = CHAINS[name ?? ""]
if (name === undefined || chainId === undefined) refuse(`no network ${name ?? "given"}`, USAGE, 2)
if (!(name in config.networks)) refuse(`hardhat.config.ts has no network ${name}`, USAGE, 2)
try {
  await deploy(name, chainId)
} catch (error) {
  refuse(
    (error as Error).message.split("\n")[0] ?? "",
    "nothing is recorded; mend it and run the same command again",
    1,
  )
}
process.exit(0)
