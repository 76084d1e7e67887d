import { constants } from "node:fs"
import { type FileHandle, lstat, open } from "node:fs/promises"

/** A folder or file of a device that others can change, or that only points elsewhere. */
export class NotPrivate extends Error {
  override readonly name = "NotPrivate"
}

const OTHERS_WRITE = 0o022
const OTHERS_USE = 0o077

/** The owner can change what it owns whatever its mode says; root is believed, and believes. */
const isStranger = (owner: number): boolean => {
  const own = process.geteuid?.() ?? 0
  return own !== 0 && owner !== own && owner !== 0
}

/** Refuses a device's folder that is a symbolic link, or that others can write. Throws {@link NotPrivate}. */
export async function refuseShared(home: string): Promise<void> {
  const found = await lstat(home)
  if (found.isSymbolicLink()) throw new NotPrivate(`${home} is a symbolic link: name the folder itself`)
  if (!found.isDirectory()) throw new NotPrivate(`${home} is no folder`)
  if (isStranger(found.uid)) throw new NotPrivate(`${home} belongs to another user (${found.uid})`)
  if ((found.mode & OTHERS_WRITE) !== 0)
    throw new NotPrivate(`${home} can be written by others: run chmod go-w ${home}`)
}

/**
 * Opens a file that is its owner's alone, never through a symbolic link. What is looked at is what is read. Throws
 * {@link NotPrivate}, or ENOENT.
 */
export async function openPrivate(path: string): Promise<FileHandle> {
  const flags = constants.O_RDONLY | constants.O_NOFOLLOW | constants.O_NONBLOCK
  const file = await open(path, flags).catch((error: NodeJS.ErrnoException) => {
    throw error.code === "ELOOP" ? new NotPrivate(`${path} is a symbolic link: put the file itself there`) : error
  })
  try {
    const { mode, uid } = await file.stat()
    if ((mode & constants.S_IFMT) !== constants.S_IFREG) throw new NotPrivate(`${path} is no file`)
    if (isStranger(uid)) throw new NotPrivate(`${path} belongs to another user (${uid})`)
    if ((mode & OTHERS_USE) !== 0)
      throw new NotPrivate(`${path} has mode ${(mode & 0o777).toString(8)}: others may read it; run chmod 600 ${path}`)
    return file
  } catch (error) {
    await file.close()
    throw error
  }
}
