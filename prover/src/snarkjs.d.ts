/** The part of snarkjs that Wattest uses. Files are named by path; numbers are decimal strings. */
declare module "snarkjs" {
  export type Numeric = bigint | number | string
  export type Groth16Proof = {
    readonly pi_a: readonly string[]
    readonly pi_b: readonly (readonly string[])[]
    readonly pi_c: readonly string[]
    readonly protocol: string
    readonly curve: string
  }
  export type VerificationKey = {
    readonly protocol: string
    readonly curve: string
    readonly nPublic: number
    readonly vk_alpha_1: readonly string[]
    readonly vk_beta_2: readonly (readonly string[])[]
    readonly vk_gamma_2: readonly (readonly string[])[]
    readonly vk_delta_2: readonly (readonly string[])[]
    readonly IC: readonly (readonly string[])[]
  }
  /** A file by its path, its bytes, or a place in memory that a call fills in. */
  export type File = string | Uint8Array | { readonly type: "mem"; data?: Uint8Array }
  export type Logger = { [level in "debug" | "info" | "warn" | "error"]: (message: string) => void }

  /** Points of one group of the curve: affine or projective in Montgomery form; scalars are elements of its Fr. */
  export type Group = {
    readonly zero: Uint8Array
    /** The generator, projective. */
    readonly g: Uint8Array
    isZero(point: Uint8Array): boolean
    add(left: Uint8Array, right: Uint8Array): Uint8Array
    double(point: Uint8Array): Uint8Array
    timesFr(point: Uint8Array, scalar: Uint8Array): Uint8Array
    toAffine(point: Uint8Array): Uint8Array
    toObject(point: Uint8Array): readonly (bigint | readonly bigint[])[]
    /** The sum of affine points, each times its scalar of 32 bytes, least significant first and not in Montgomery form. */
    multiExpAffine(points: Uint8Array, scalars: Uint8Array): Promise<Uint8Array>
  }
  export type Curve = {
    /** `w[i]` is a root of unity of order 2^i. */
    readonly Fr: {
      readonly one: Uint8Array
      readonly w: readonly Uint8Array[]
      e(value: bigint): Uint8Array
      mul(left: Uint8Array, right: Uint8Array): Uint8Array
      neg(value: Uint8Array): Uint8Array
    }
    readonly G1: Group
    readonly G2: Group
    /** Runs steps on one thread's WebAssembly, in order; gives what they `GET`. */
    readonly tm: {
      readonly concurrency: number
      readonly instance: { readonly exports: object }
      queueAction(steps: readonly object[]): Promise<readonly Uint8Array[]>
    }
    terminate(): Promise<void>
  }

  export const groth16: {
    prove(
      zkey: File,
      witness: File,
      logger?: Logger,
      options?: { singleThread: boolean },
    ): Promise<{ proof: Groth16Proof; publicSignals: string[] }>
    verify(key: VerificationKey, publicSignals: readonly string[], proof: Groth16Proof): Promise<boolean>
  }
  export const wtns: {
    calculate(input: Readonly<Record<string, unknown>>, wasm: File, witness: File): Promise<void>
    exportJson(witness: File): Promise<bigint[]>
  }
  export const zKey: {
    newZKey(r1cs: File, ptau: File, zkey: File, logger?: Logger): Promise<Uint8Array | -1>
    contribute(before: File, after: File, name: string, entropy: string, logger?: Logger): Promise<Uint8Array>
    beacon(
      before: File,
      after: File,
      name: string,
      hash: string,
      iterationsExponent: number,
      logger?: Logger,
    ): Promise<Uint8Array | false>
    verifyFromR1cs(r1cs: File, ptau: File, zkey: File, logger?: Logger): Promise<boolean>
    exportVerificationKey(zkey: File): Promise<VerificationKey>
    exportSolidityVerifier(zkey: File, templates: { groth16: string }): Promise<string>
  }
  export const powersOfTau: {
    newAccumulator(curve: unknown, power: number, ptau: File, logger?: Logger): Promise<Uint8Array>
    contribute(before: File, after: File, name: string, entropy: string, logger?: Logger): Promise<Uint8Array>
    beacon(
      before: File,
      after: File,
      name: string,
      hash: string,
      iterationsExponent: number,
      logger?: Logger,
    ): Promise<Uint8Array | false>
    preparePhase2(before: File, after: File, logger?: Logger): Promise<void>
    verify(ptau: File, logger?: Logger): Promise<boolean>
  }
  export const curves: {
    getCurveFromName(name: string, options?: { singleThread: boolean }): Promise<Curve>
  }
}
