import { createHash, randomBytes } from "node:crypto"
import { createReadStream } from "node:fs"
import { link, open, readdir, rm } from "node:fs/promises"
import { dirname, join } from "node:path"
import { type Archive, type Content, checkName } from "./archive.ts"
import { digestOf } from "./content.ts"
import { ArchiveFault } from "./fault.ts"
import { makeFolders, syncFolder } from "./sync-folder.ts"

const codeOf = (error: unknown) => (error as NodeJS.ErrnoException).code

const opened = (path: string) => createReadStream(path, { highWaterMark: 1 << 18 })

/** Writes to a file that nobody else has, and checks on the way that the source gave what it announced. */
async function writeBeside(path: string, { bytes, sha256, open: source }: Content): Promise<void> {
  const hash = createHash("sha256")
  const file = await open(path, "wx", 0o600)
  try {
    let written = 0
    for await (const chunk of source()) {
      hash.update(chunk)
      written += chunk.length
      await file.appendFile(chunk)
    }
    if (written !== bytes || hash.digest("hex") !== sha256)
      throw new ArchiveFault("untrue", `the source of ${path} changed while it was read`, "try again")
    await file.sync()
  } finally {
    await file.close()
  }
}

async function compare(path: string, { sha256 }: Content): Promise<"there"> {
  const found = await digestOf(opened(path))
  if (found.sha256 === sha256) return "there"
  throw new ArchiveFault("conflict", `${path} holds other bytes`, "nothing was written over; find out which are right")
}

/** An archive in a folder of this machine, or of a file system that it shares. */
export function openFolder(folder: string): Archive {
  const pathOf = (name: string) => {
    checkName(name)
    return join(folder, ...name.split("/"))
  }
  return {
    place: folder,
    async list(name) {
      const path = name === "" ? folder : pathOf(name)
      return readdir(path).then(
        (names) => names.filter((found) => !found.startsWith(".")).sort(),
        (error) => {
          if (codeOf(error) === "ENOENT") return []
          throw error
        },
      )
    },
    async open(name) {
      const stream = opened(pathOf(name))
      return new Promise((resolve, reject) => {
        stream.once("ready", () => resolve(stream))
        stream.once("error", (error) => (codeOf(error) === "ENOENT" ? resolve(null) : reject(error)))
      })
    },
    async create(name, content) {
      const path = pathOf(name)
      await makeFolders(dirname(path))
      const unfinished = join(dirname(path), `.${randomBytes(8).toString("hex")}`)
      try {
        await writeBeside(unfinished, content)
        // A link, not a renaming: it fails where the name is taken, also when two come at once.
        await link(unfinished, path)
      } catch (error) {
        if (codeOf(error) === "EEXIST") return await compare(path, content)
        throw error
      } finally {
        await rm(unfinished, { force: true })
      }
      await syncFolder(dirname(path))
      return "created"
    },
  }
}
