import { type DeviceKey, deviceIdOf, type Hex } from "@wattest/protocol"

/**
 * The device's key wherever it is: a file, a token, a TPM. `sign` gives the 64 bytes of the device's scheme
 * (Ed25519, or ECDSA r ‖ s over SHA-256 of the message) and throws where the key cannot be used now.
 */
export interface Signer {
  readonly device: DeviceKey
  sign(message: Uint8Array): Promise<Uint8Array>
  /** A counter in the key's hardware that only rises; null where it can hold none. */
  readonly counter: RunCounter | null
  close(): Promise<void>
}

/** The number of the next run as the token knows it: a restored disk image cannot turn it back. */
export interface RunCounter {
  read(): Promise<bigint>
  /** Durable when it returns. */
  write(nextRun: bigint): Promise<void>
}

export const deviceOf = (signer: Signer): Hex => deviceIdOf(signer.device)
