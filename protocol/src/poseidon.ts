import { poseidon2, poseidon6, poseidon9, poseidon11 } from "poseidon-lite"

const by: Record<number, (i: bigint[]) => bigint> = { 2: poseidon2, 6: poseidon6, 9: poseidon9, 11: poseidon11 }
export const FIELD_ORDER = 21888242871839275222246405745257275088548364400416034343698204186575808495617n
export const poseidon = (inputs: readonly bigint[]): bigint =>
  (by[inputs.length] as (i: bigint[]) => bigint)([...inputs])
