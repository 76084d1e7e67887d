const PATTERN = /^[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}$/i

/** Whether a text is a UUID of whatever version, in either case. */
export const isUuid = (text: string): boolean => PATTERN.test(text)

/** The UUID of a version that the first 16 bytes of a digest make (RFC 9562, sections 5.5 and 5.8): the same content has the same one. */
export function uuidOf(digest: Uint8Array, version: 5 | 8): string {
  const bytes = Buffer.from(digest.subarray(0, 16))
  bytes.writeUInt8((bytes.readUInt8(6) & 0x0f) | (version << 4), 6)
  bytes.writeUInt8((bytes.readUInt8(8) & 0x3f) | 0x80, 8)
  return bytes.toString("hex").replace(/^(.{8})(.{4})(.{4})(.{4})/, "$1-$2-$3-$4-")
}
