import { CLAIMS_ABI as CLAIMS_MEMBERS, REGISTRY_ABI, REGISTRY_READS } from "@wattest/protocol"
import { parseAbi } from "viem"

/** The registry of anchors, typed for viem. */
export const ANCHORS_ABI = parseAbi([...REGISTRY_ABI, ...REGISTRY_READS])

/** The registry of claims, typed for viem. */
export const CLAIMS_ABI = parseAbi(CLAIMS_MEMBERS)
