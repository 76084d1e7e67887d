/** The part of ffjavascript that Wattest uses: snarkjs' curve, with functions of ours in its WebAssembly. */
declare module "ffjavascript" {
  import type { Curve } from "snarkjs"

  /** Bytes of instructions that leave a value, or none. */
  export type Code = readonly number[]
  /** Writes instructions. A place in memory is a 32-bit number. */
  export type CodeBuilder = {
    getLocal(name: string): Code
    setLocal(name: string, value: Code): Code
    i32_const(value: number): Code
    i32_load(place: Code, offset?: number, align?: number): Code
    i32_store(place: Code, value: Code): Code
    i32_eqz(value: Code): Code
    i64_const(value: bigint): Code
    i64_load(place: Code, offset: number): Code
    i64_store(place: Code, offset: number, value: Code): Code
    i64_extend_i32_u(value: Code): Code
    call(name: string, ...values: readonly Code[]): Code
    if(condition: Code, then: Code, otherwise?: Code): Code
    block(...code: readonly Code[]): Code
    loop(...code: readonly Code[]): Code
    br(depth: number): Code
    br_if(depth: number, condition: Code): Code
  } & {
    readonly [operation in
      | "i32_add"
      | "i32_sub"
      | "i32_mul"
      | "i32_and"
      | "i32_or"
      | "i32_shl"
      | "i32_shr_u"
      | "i32_eq"
      | "i32_lt_s"
      | "i32_gt_s"
      | "i64_add"
      | "i64_sub"
      | "i64_mul"
      | "i64_and"
      | "i64_or"
      | "i64_shl"
      | "i64_shr_u"
      | "i64_lt_u"]: (left: Code, right: Code) => Code
  }
  export type FunctionBuilder = {
    addParam(name: string, type: "i32"): void
    addLocal(name: string, type: "i32" | "i64"): void
    addCode(...code: readonly Code[]): void
    getCodeBuilder(): CodeBuilder
  }
  export type ModuleBuilder = {
    /** All functions; callers know them by their index. */
    readonly functions: FunctionBuilder[]
    readonly functionIdxByName: { readonly [name: string]: number | undefined }
    /** The prime of each field, and where it lies in memory. */
    readonly modules: { readonly [field in "f1m" | "frm"]: { readonly q: bigint; readonly pq: number } }
    /** A place for so many bytes in every instance's memory. */
    alloc(bytes: number): number
    addFunction(name: string): FunctionBuilder
    exportFunction(name: string): void
  }
  export function buildBn128(singleThread: boolean, plugins?: (module: ModuleBuilder) => void): Promise<Curve>
}
