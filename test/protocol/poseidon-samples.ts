import assert from "node:assert/strict"
import { FIELD_ORDER } from "@wattest/protocol"
import * as lite from "poseidon-lite"

type Hash = (inputs: bigint[]) => bigint

/** poseidon-lite, an implementation of others. */
export function reference(inputs: number): Hash {
  const hash = Reflect.get(lite, `poseidon${inputs}`) as Hash | undefined
  assert.ok(hash)
  return hash
}

/** Words that meet every edge: 0, 1, p - 1, and spread values. */
export function samples(inputs: number): bigint[][] {
  const edges = [0n, 1n, FIELD_ORDER - 1n].map((edge) => Array<bigint>(inputs).fill(edge))
  const spread = Array.from({ length: 12 }, (_, k) =>
    Array.from({ length: inputs }, (_, i) => BigInt(k * 31 + i + 2) ** 97n % FIELD_ORDER),
  )
  return [...edges, ...spread]
}
