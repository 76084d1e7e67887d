import { deviceIdOf, type Hex, parseCertificate, Rejection } from "@wattest/protocol"

/** A run of the registry: whose it is, which, and the root that stands there. */
export type AnchoredRun = { readonly device: Hex; readonly run: number; readonly root: Hex }

/**
 * Whether a certificate holds this run: of this device, with this root in its very place. A root alone would do for a
 * device that anchored another one's.
 */
export function certifies(bytes: Uint8Array, { device, run, root }: AnchoredRun): boolean {
  try {
    return parseCertificate(bytes).runs.some(({ run: certified, submission }) => {
      const { device: key, firstRun, roots } = submission
      return certified === BigInt(run) && deviceIdOf(key) === device && roots[run - Number(firstRun)] === root
    })
  } catch (error) {
    if (error instanceof Rejection) return false
    throw error
  }
}
