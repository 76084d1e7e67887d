import { closeSync, constants, lstatSync, openSync } from "node:fs"
import { join } from "node:path"
import { DatabaseSync } from "node:sqlite"
import { NotPrivate, refuseShared } from "./private.ts"

/** Another process has this device open: two would number runs twice. */
export class DeviceBusy extends Error {
  override readonly name = "DeviceBusy"
}

/** SQLite's result code where another holds the lock. */
const SQLITE_BUSY = 5

/** A private, empty file; one that is there stays untouched, since closing it would let go of a lock of this process. */
function makeLockFile(path: string): void {
  try {
    closeSync(openSync(path, constants.O_RDWR | constants.O_CREAT | constants.O_EXCL, 0o600))
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== "EEXIST") throw error
  }
  if (!lstatSync(path).isFile()) throw new NotPrivate(`${path} is no file: remove it`)
}

/**
 * Holds a device's folder for this process until the returned function is called. The lock is the kernel's, on a file in
 * the folder, taken as SQLite takes it for an exclusive transaction: it holds in every container that has the folder, and
 * is gone when the process is, however it ends. The file stays empty. Throws {@link DeviceBusy}, or NotPrivate where
 * others could take the lock or the folder away.
 */
export async function lockDevice(home: string): Promise<() => Promise<void>> {
  await refuseShared(home)
  const path = join(home, "lock")
  makeLockFile(path)
  const database = new DatabaseSync(path)
  try {
    database.exec("PRAGMA busy_timeout = 0; PRAGMA journal_mode = MEMORY; BEGIN EXCLUSIVE")
  } catch (error) {
    database.close()
    if ((error as { errcode?: number }).errcode !== SQLITE_BUSY) throw error
    throw new DeviceBusy(`another process holds the device in ${home}`)
  }
  return async () => database.close()
}
