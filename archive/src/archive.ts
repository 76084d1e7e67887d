import { ArchiveFault } from "./fault.ts"

/** Bytes that are on their way into an archive; `open` gives them again each time. */
export type Content = {
  readonly bytes: number
  /** 64 lower-case hexadecimal digits. */
  readonly sha256: string
  readonly open: () => AsyncIterable<Uint8Array>
}

/**
 * Where closed runs are kept: names with slashes to bytes, each written once. Whoever keeps the bytes is believed in
 * nothing: a reader compares them with a root that is anchored, a writer reads back before it lets go of its own copy.
 */
export type Archive = {
  /** What a person knows it by. */
  readonly place: string
  /** Names directly below a folder, ascending, without duplicates; none where there is no such folder. */
  readonly list: (folder: string) => Promise<readonly string[]>
  /** Null where there is no such name. The iteration throws `untrue` where what comes is cut off. */
  readonly open: (name: string) => Promise<AsyncIterable<Uint8Array> | null>
  /**
   * Durable when this resolves. `there`: the same bytes are there already, as far as the archive says. Throws `conflict`
   * where others are; no content is ever written over, however many write at once.
   */
  readonly create: (name: string, content: Content) => Promise<"created" | "there">
}

const SEGMENT = /^[A-Za-z0-9_][A-Za-z0-9._-]{0,254}$/

/** Names that mean the same in a folder and in a bucket, and lead out of neither. Throws `address`. */
export function checkName(name: string): void {
  if (name.length > 900 || !name.split("/").every((segment) => SEGMENT.test(segment)))
    throw new ArchiveFault("address", `${JSON.stringify(name)} is no name within an archive`, "name it otherwise")
}
