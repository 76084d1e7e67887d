import type { ByteStream } from "./lines.ts"

/** A file of evidence as whoever judges it finds it. */
export type EvidenceFile = {
  readonly name: string
  /** Called where the certificate is not refused; beside a job also to see of which run it is. */
  readonly open: () => Promise<ByteStream>
  /** Called now and then with the number of captures that were checked. */
  readonly onProgress?: (captures: number) => void
}
