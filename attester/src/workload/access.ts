import { createHash, randomBytes, timingSafeEqual } from "node:crypto"
import { rm } from "node:fs/promises"
import { join } from "node:path"
import { type Access, accessIn } from "@wattest/command"
import { DEVICE_FILES } from "../store/device-folder.ts"
import { writeDurably } from "../store/durable.ts"
import { openPrivate } from "../store/private.ts"

/** What a token looks like: 32 bytes in base64url are 43 characters. */
export const TOKEN = /^[A-Za-z0-9_-]{32,128}$/

/** A token that nobody can guess: 32 random bytes in base64url. */
export const createToken = (): string => randomBytes(32).toString("base64url")

const digest = (text: string): Buffer => createHash("sha256").update(text).digest()

/** Whether a request's `Authorization` holds the token. Takes as long for each wrong one. */
export const isAuthorized = (header: string | undefined, token: string): boolean =>
  timingSafeEqual(digest(header ?? ""), digest(`Bearer ${token}`))

/** Writes `endpoint.json` into the device's folder, whole and for its owner alone. `socket`: path of a Unix socket too. */
export const writeAccess = (home: string, access: Access & { readonly socket?: string }): Promise<void> =>
  writeDurably(join(home, DEVICE_FILES.endpoint), [`${JSON.stringify(access)}\n`])

export const removeAccess = (home: string): Promise<void> => rm(join(home, DEVICE_FILES.endpoint), { force: true })

/** `endpoint.json` says nothing by which an endpoint can be reached. */
export class NoEndpoint extends Error {
  override readonly name = "NoEndpoint"
}

/** The endpoint of the process that has the device. Throws ENOENT where it has none, NotPrivate or {@link NoEndpoint}. */
export async function readAccess(home: string): Promise<Access> {
  const path = join(home, DEVICE_FILES.endpoint)
  const file = await openPrivate(path)
  try {
    const access = accessIn(await file.readFile("utf8"))
    if (access === null) throw new NoEndpoint(`${path}: it tells of no local endpoint`)
    return access
  } finally {
    await file.close()
  }
}
