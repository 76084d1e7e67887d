import { constants, existsSync, readlinkSync } from "node:fs"
import { createRequire, syncBuiltinESMExports } from "node:module"
import { dirname } from "node:path"

/** What a program asks of a disk, as far as a loss of power can tell the difference. */
export type DiskOp =
  | { readonly op: "create" | "write" | "sync"; readonly path: string }
  | { readonly op: "rename"; readonly path: string; readonly to: string }

type Method = (...given: never[]) => unknown
type Methods = Record<string, Method>

const pathOf = (fd: number) => readlinkSync(`/proc/self/fd/${fd}`).replace(/ \(deleted\)$/, "")

/**
 * Everything that `work` asks of the disk, in its order. Node's own functions are watched while it goes on, so nothing else
 * may use files meanwhile. Works on Linux.
 */
export async function watchDisk(work: () => unknown): Promise<readonly DiskOp[]> {
  const require = createRequire(import.meta.url)
  const [fs, promises]: readonly Methods[] = [require("node:fs"), require("node:fs/promises")]
  if (fs === undefined || promises === undefined) throw new Error("Node has no files")
  const ops: DiskOp[] = []
  const undo: (() => void)[] = []
  function watch(owner: Methods, name: string, note: (given: readonly unknown[], self: unknown) => void): void {
    const original = owner[name]
    if (original === undefined) return
    undo.push(() => Object.assign(owner, { [name]: original }))
    Object.assign(owner, {
      [name](this: unknown, ...given: never[]) {
        note(given, this)
        return original.apply(this, given)
      },
    })
  }
  const created = (given: readonly unknown[]) => {
    const [path, flags = "r"] = given
    const makes = typeof flags === "number" ? (flags & constants.O_CREAT) !== 0 : /[wa]/.test(String(flags))
    if (typeof path === "string" && makes && !existsSync(path)) ops.push({ op: "create", path })
  }
  /** Whole files by their path, or by the number of one that is open; and folders, with those above them. */
  const written = ([place]: readonly unknown[]) => {
    const path = typeof place === "number" ? pathOf(place) : String(place)
    if (!existsSync(path)) ops.push({ op: "create", path })
    ops.push({ op: "write", path })
  }
  const made = ([path]: readonly unknown[]) => {
    for (let at = String(path); !existsSync(at); at = dirname(at)) ops.push({ op: "create", path: at })
  }
  const renamed = ([path, to]: readonly unknown[]) => ops.push({ op: "rename", path: String(path), to: String(to) })
  const linked = ([, to]: readonly unknown[]) => ops.push({ op: "create", path: String(to) })

  const open = promises.open as (path: string, flags: string) => Promise<{ close(): Promise<void> }>
  const probe = await open("/dev/null", "r")
  const handle: Methods = Object.getPrototypeOf(probe)
  await probe.close()
  const fdOf = (self: unknown) => (self as { readonly fd: number }).fd
  for (const name of ["write", "writev", "writeFile", "appendFile", "truncate"])
    watch(handle, name, (_, self) => ops.push({ op: "write", path: pathOf(fdOf(self)) }))
  for (const name of ["sync", "datasync"])
    watch(handle, name, (_, self) => ops.push({ op: "sync", path: pathOf(fdOf(self)) }))
  for (const name of ["writeSync", "ftruncateSync"])
    watch(fs, name, ([fd]) => ops.push({ op: "write", path: pathOf(Number(fd)) }))
  for (const name of ["fsyncSync", "fdatasyncSync"])
    watch(fs, name, ([fd]) => ops.push({ op: "sync", path: pathOf(Number(fd)) }))
  for (const owner of [fs, promises]) {
    watch(owner, owner === fs ? "openSync" : "open", created)
    watch(owner, owner === fs ? "renameSync" : "rename", renamed)
    watch(owner, owner === fs ? "linkSync" : "link", linked)
    watch(owner, owner === fs ? "mkdirSync" : "mkdir", made)
    for (const name of ["writeFile", "appendFile"]) watch(owner, owner === fs ? `${name}Sync` : name, written)
  }
  syncBuiltinESMExports()
  try {
    await work()
  } finally {
    for (const restore of undo.reverse()) restore()
    syncBuiltinESMExports()
  }
  return ops
}

/**
 * What a loss of power at the end, or just after a rename, could undo: bytes that were not synced since they were written,
 * and names whose folder was not synced since they came.
 */
export function losses(ops: readonly DiskOp[]): readonly string[] {
  const isSyncedBetween = (path: string, from: number, to: number) =>
    ops.slice(from, to).some((op) => op.op === "sync" && op.path === path)
  return ops.flatMap((op, i) => {
    if (op.op === "sync") return []
    if (op.op === "write") {
      const moved = ops.findIndex((later, at) => at > i && later.op === "rename" && later.path === op.path)
      return isSyncedBetween(op.path, i, moved === -1 ? ops.length : moved) ? [] : [`bytes of ${op.path}`]
    }
    const name = op.op === "rename" ? op.to : op.path
    const isDraft = ops.some((later, at) => at > i && later.op === "rename" && later.path === name)
    return isDraft || isSyncedBetween(dirname(name), i, ops.length) ? [] : [`the name ${name}`]
  })
}
