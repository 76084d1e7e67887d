/** The part of ffjavascript that making keys uses. */
declare module "ffjavascript" {
  export class ChaCha {
    constructor(seed: readonly number[])
    nextU64(): bigint | number
  }
  export type WasmGroup = { readonly g: Uint8Array }
  export type WasmCurve = {
    readonly G1: WasmGroup
    readonly G2: WasmGroup
    readonly tm: {
      readonly instance: WebAssembly.Instance
      readonly memory: WebAssembly.Memory
      u8: Uint8Array
      u32: Uint32Array
      alloc(bytes: number): number
      setBuff(pointer: number, bytes: Uint8Array): void
      getBuff(pointer: number, bytes: number): Uint8Array
    }
  }
  export function buildBn128(singleThread: boolean): Promise<WasmCurve>
}
