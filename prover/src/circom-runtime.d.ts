/** The part of circom_runtime that Wattest uses: the witness calculator of a circuit, which serves many inputs. */
declare module "circom_runtime" {
  export function WitnessCalculatorBuilder(wasm: Uint8Array): Promise<{
    /** The assignment of all signals as a file of snarkjs. Throws where the circuit has none for the input. */
    calculateWTNSBin(input: Readonly<Record<string, unknown>>): Promise<Uint8Array>
  }>
}
