/** Where a machine shows what it has. Tests name places of their own. */
export type Places = {
  /** Options of the sources that read the machine itself, by kind. */
  readonly local: { readonly [kind: string]: object }
  /** Local ports on which exporters and engines listen unless they are told otherwise, by kind. */
  readonly pages: { readonly [kind: string]: readonly number[] }
  /** Addresses that BMCs give themselves on a host's own Redfish interface (DSP0270). */
  readonly bmcs: readonly string[]
}

/** Ports by each program's own documentation; addresses by the makers': Supermicro and AMI, Lenovo, Dell, HPE. */
export const PLACES: Places = {
  local: { nvidia: {}, hwmon: {}, "amd-smi": {}, rapl: {}, ipmi: {} },
  pages: {
    dcgm: [9400],
    "amd-exporter": [5000],
    gaudi: [41_611],
    "ipmi-exporter": [9290],
    kepler: [28_282, 9102],
    "kepler-platform": [28_282],
    vllm: [8000],
    sglang: [30_000],
    triton: [8002],
    "llama-cpp": [8080],
  },
  bmcs: ["https://169.254.0.17", "https://169.254.95.118", "https://169.254.1.1", "https://16.1.15.1"],
}
