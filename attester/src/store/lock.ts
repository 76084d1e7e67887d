import { rm, stat } from "node:fs/promises"
import { createServer } from "node:net"
import { join } from "node:path"

/** Another process has this device open: two would number runs twice. */
export class DeviceBusy extends Error {
  override readonly name = "DeviceBusy"
}

/**
 * Holds a device's folder for this process until the returned function is called. On Linux the lock is an abstract
 * socket named after the folder's inode: the kernel frees it when the process dies, however it dies. Elsewhere it is
 * a socket in the folder, and one that a dead process left must be removed by hand.
 */
export async function lockDevice(home: string): Promise<() => Promise<void>> {
  const { dev, ino } = await stat(home)
  const linux = process.platform === "linux"
  const path = linux ? `\0wattest-device-${dev}-${ino}` : join(home, "lock.sock")
  const server = createServer().unref()
  await new Promise<void>((resolve, reject) => {
    server.once("error", (error: NodeJS.ErrnoException) =>
      reject(error.code === "EADDRINUSE" ? new DeviceBusy(`another process holds the device in ${home}`) : error),
    )
    server.listen(path, resolve)
  })
  return async () => {
    await new Promise((resolve) => server.close(resolve))
    if (!linux) await rm(path, { force: true })
  }
}
