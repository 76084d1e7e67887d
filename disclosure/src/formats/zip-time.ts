const END = 0x06054b50
const END_LENGTH = 22
/** Length of an entry of the directory before its name, extra field and comment. */
const ENTRY_LENGTH = 46

/** 1980-01-01 00:00, the first time that the format knows: two words, time and date, little-endian. */
const FIRST_TIME = 0x0021_0000

/**
 * A ZIP archive without a comment, whose files all have the first time that there is, so that the same content is the same
 * bytes whenever it is written. Changes the archive in place and answers it. Throws a RangeError where it is none.
 */
export function timeless(archive: Buffer): Buffer {
  const end = archive.length - END_LENGTH
  if (end < 0 || archive.readUInt32LE(end) !== END) throw new RangeError("no ZIP archive, or one with a comment")
  const entries = archive.readUInt16LE(end + 10)
  let at = archive.readUInt32LE(end + 16)
  for (let i = 0; i < entries; i++) {
    archive.writeUInt32LE(FIRST_TIME, at + 12)
    archive.writeUInt32LE(FIRST_TIME, archive.readUInt32LE(at + 42) + 10)
    at += ENTRY_LENGTH + [28, 30, 32].reduce((sum, field) => sum + archive.readUInt16LE(at + field), 0)
  }
  return archive
}
