import { readFileSync } from "node:fs"
import { verificationKeyDigest } from "@wattest/protocol"
import { readVerificationKey } from "@wattest/prover"
import type { Contract, Contracts, Immutable, Place } from "@wattest/registry"
import { artifacts, network } from "hardhat"
import type { Artifact } from "hardhat/types/artifacts"
import { type Hex, hexToBytes, keccak256 } from "viem"

/** Constructors of both registries: the contracts that each names, in order. A contract comes after what it names. */
const PARTS: readonly (readonly [name: string, parts: readonly string[]])[] = [
  ["Ed25519", []],
  ["Ed25519Table", []],
  ["PoseidonT3", []],
  ["AnchorRegistry", ["Ed25519", "Ed25519Table", "PoseidonT3"]],
  ["ClaimRegistry", ["AnchorRegistry", "PoseidonT3"]],
]

const KEYS = "circuits/keys"

const placesIn = (artifact: Artifact): readonly (readonly Place[])[] =>
  Object.values((artifact as { immutableReferences?: Record<string, Place[]> }).immutableReferences ?? {})

/** Which places hold which part is seen in code that was really made: the compiler names immutables by numbers alone. */
function immutablesOf(artifact: Artifact, code: Hex, addresses: ReadonlyMap<string, Hex>, parts: readonly string[]) {
  const groups = placesIn(artifact)
  const found = parts.map((contract): Immutable => {
    const word = addresses.get(contract)?.slice(2).toLowerCase().padStart(64, "0")
    const places = groups.filter(([first]) => first && code.slice(2 + 2 * first.start, 66 + 2 * first.start) === word)
    return { contract, places: places.flat() }
  })
  if (found.flatMap(({ places }) => places).length !== groups.flat().length || found.some((f) => f.places.length === 0))
    throw new Error(`${artifact.contractName} has other immutables than ${parts.join(", ")}`)
  return found
}

/** Code as it is on chain, with zeros for immutables. */
function hashOf(code: Hex, immutables: readonly Immutable[]): Hex {
  const bytes = hexToBytes(code)
  for (const { start, length } of immutables.flatMap(({ places }) => places)) bytes.fill(0, start, start + length)
  return keccak256(bytes)
}

/** What `wattest-registry` deploys and compares with: compiled code, tried once on a chain within this process. */
export async function exportContracts(): Promise<Contracts> {
  const { viem } = await network.create()
  const client = await viem.getPublicClient()
  const addresses = new Map<string, Hex>()
  const contracts: Contract[] = []
  for (const [name, parts] of PARTS) {
    const artifact = await artifacts.readArtifact(name)
    const { address } = await viem.deployContract(name, parts.map((part) => addresses.get(part)) as never)
    const code = (await client.getCode({ address })) ?? "0x"
    const immutables = immutablesOf(artifact, code, addresses, parts)
    addresses.set(name, address)
    contracts.push({ name, creation: artifact.bytecode as Hex, codeHash: hashOf(code, immutables), immutables })
  }
  const { kind } = JSON.parse(readFileSync(`${KEYS}/manifest.json`, "utf8")) as { kind: string }
  const digest = (circuit: "fold" | "join" | "bound") => verificationKeyDigest(readVerificationKey(KEYS, circuit))
  const verificationKeys = { fold: digest("fold"), join: digest("join"), bound: digest("bound") }
  return { developmentKeys: kind === "development", verificationKeys, contracts }
}
