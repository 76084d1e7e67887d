import { keccak_256 } from "@noble/hashes/sha3.js"
import { utf8ToBytes } from "@noble/hashes/utils.js"
import type { PeriodEnd } from "../documents/presentation.ts"
import { bytesToBigInt, fromHex, type Hex, toHex } from "../encoding/bytes.ts"
import { check } from "../rejection.ts"
import { REGISTRY_READS } from "./registry-abi.ts"

const WORD_BYTES = 32

/** The first four bytes of a call: keccak256 of the function's name and the types of its parameters. */
function selectorOf(name: string): string {
  const member = REGISTRY_READS.find((line) => line.startsWith(`function ${name}(`)) ?? ""
  const parameters = member.slice(member.indexOf("(") + 1, member.indexOf(")")).split(", ")
  const types = parameters.map((parameter) => parameter.split(" ")[0])
  return toHex(keccak_256(utf8ToBytes(`${name}(${types.join(",")})`))).slice(2, 10)
}

/** The call that asks where a ledger stood before `time`, Unix seconds. */
export function encodeCheckpointBefore(ledger: Hex, time: number): Hex {
  return `0x${selectorOf("checkpointBefore")}${ledger.slice(2)}${time.toString(16).padStart(2 * WORD_BYTES, "0")}`
}

/** The answer to {@link encodeCheckpointBefore}. Throws FIELD_MALFORMED. */
export function parseCheckpointBefore(answer: Hex): PeriodEnd {
  const data = fromHex(answer)
  check(data.length === 3 * WORD_BYTES, "FIELD_MALFORMED", () => `a checkpoint of ${data.length} bytes`)
  const word = (index: number) => data.subarray(WORD_BYTES * index, WORD_BYTES * (index + 1))
  return { checkpoints: bytesToBigInt(word(0)), head: toHex(word(1)), length: bytesToBigInt(word(2)) }
}
