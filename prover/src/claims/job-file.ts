import {
  closeSync,
  constants,
  existsSync,
  fstatSync,
  fsyncSync,
  ftruncateSync,
  lstatSync,
  openSync,
  readFileSync,
  rmSync,
  type Stats,
  writeFileSync,
} from "node:fs"
import { hostname } from "node:os"
import { dirname } from "node:path"
import { explainError, syncNames } from "@wattest/command"
import { Refusal } from "../refusal.ts"

/** Longest job, in bytes: four times what a tally with as many segments as a document holds takes. */
const MAX_JOB_BYTES = 64 * 1024 * 1024
const MAX_LOCK_BYTES = 512

/** The first line of a job: what the file is, and the version of its other lines. */
const HEADER = `${JSON.stringify({ mediaType: "application/vnd.wattest.tally-job.v1+ndjson" })}\n`

/** Lines on the disk, for one process at a time. */
export type JobFile = {
  /** The lines that were there; the last one may be cut short, and be none. */
  readonly lines: readonly string[]
  /** Appends a line, which is on the disk when this returns. Throws JOB_STOPPED. */
  readonly write: (line: string) => void
  /** Lets go of the job, which another process may take up. */
  readonly close: () => void
}

const isAlive = (pid: number): boolean => {
  try {
    return process.kill(pid, 0)
  } catch (error) {
    return (error as NodeJS.ErrnoException).code === "EPERM"
  }
}

const stopped = (error: unknown, path: string) =>
  new Refusal(
    "JOB_STOPPED",
    explainError({ code: (error as NodeJS.ErrnoException).code, path })?.message ?? `${path} cannot be written`,
    "make room or name another place with --out; the same command goes on with what was kept",
  )

type Owner = { readonly pid: number; readonly host: string }

/** Who holds a lock; null where it says of nobody. */
function ownerOf(path: string): Owner | null {
  const found = lstatSync(path, { throwIfNoEntry: false })
  const text = found?.isFile() && found.size <= MAX_LOCK_BYTES ? readFileSync(path, "utf8") : ""
  const [, pid = "", host = ""] = /^(\d+) (\S+)$/.exec(text) ?? []
  return pid === "" ? null : { pid: Number(pid), host }
}

/** Of another machine nobody here can tell whether the process is there. */
const mayLive = ({ pid, host }: Owner): boolean => host !== hostname() || (pid !== process.pid && isAlive(pid))

function heldBy({ pid, host }: Owner, path: string): Refusal {
  const where = host === hostname() ? "" : ` of ${host}`
  return new Refusal(
    "JOB_STOPPED",
    `process ${pid}${where} works on it`,
    `wait until it ends; if it is gone, remove ${path}`,
  )
}

function take(path: string): boolean {
  try {
    writeFileSync(path, `${process.pid} ${hostname()}`, { flag: "wx", mode: 0o600 })
    return true
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === "EEXIST") return false
    throw stopped(error, path)
  }
}

/**
 * Two processes do not work on one job, whichever machines they run on. A lock whose process is gone is taken over on its
 * own machine.
 */
function lock(path: string): void {
  if (take(path)) return
  const owner = ownerOf(path)
  if (owner !== null && mayLive(owner)) throw heldBy(owner, path)
  try {
    rmSync(path, { force: true })
  } catch (error) {
    throw stopped(error, path)
  }
  // Another one was quicker
  if (!take(path)) throw heldBy(ownerOf(path) ?? { pid: 0, host: "another machine" }, path)
}

/**
 * Who writes a job chooses the blinds that hide a tally's totals, and its owner deletes it at the end: refused is a file of
 * another account, one that strangers may read or write, a link, and one that is no job of this version.
 */
function checkOwn(path: string, found: Stats): void {
  const refuse = (why: string) => {
    throw new Refusal("JOB_STOPPED", `${path} ${why}`, "move it away, or name another place with --out")
  }
  if (!found.isFile()) refuse("is no plain file")
  if (process.getuid !== undefined && found.uid !== process.getuid()) refuse("belongs to another account")
  if ((found.mode & 0o007) !== 0) refuse("is open to other accounts, and a job is private")
  if (found.size > MAX_JOB_BYTES) refuse(`has more than ${MAX_JOB_BYTES} bytes: it is no job of a tally`)
}

/** Opens without following a link, whoever put it there since it was looked at. Begins a file with its first line. */
function openOwn(path: string): number {
  const isNew = !existsSync(path)
  const { O_APPEND, O_CREAT, O_EXCL, O_NOFOLLOW, O_RDWR } = constants
  try {
    const file = openSync(path, O_RDWR | O_APPEND | O_NOFOLLOW | (isNew ? O_CREAT | O_EXCL : 0), 0o600)
    checkOwn(path, fstatSync(file))
    if (isNew) syncNames(dirname(path))
    return file
  } catch (error) {
    throw error instanceof Refusal ? error : stopped(error, path)
  }
}

/** What a job holds. Within its first line it holds nothing yet. */
function readJob(path: string, file: number): string {
  const text = readFileSync(file, "utf8")
  if (HEADER.startsWith(text)) return ""
  if (text.startsWith(HEADER)) return text
  closeSync(file)
  throw new Refusal(
    "JOB_STOPPED",
    `${path} is no job of this version`,
    "move it away, or name another place with --out",
  )
}

/** The lines of a job that is locked. A file is made with the first line that is written. */
function openLocked(path: string): JobFile {
  const found = lstatSync(path, { throwIfNoEntry: false })
  if (found !== undefined) checkOwn(path, found)
  let file = found === undefined ? null : openOwn(path)
  const text = file === null ? "" : readJob(path, file)
  let isEmpty = text === ""
  let isCut = !(isEmpty || text.endsWith("\n"))
  const write = (line: string) => {
    file ??= openOwn(path)
    try {
      if (isEmpty) ftruncateSync(file)
      // What was cut short stays a line of its own, which means nothing
      writeFileSync(file, `${isEmpty ? HEADER : isCut ? "\n" : ""}${line}\n`)
      fsyncSync(file)
      ;[isEmpty, isCut] = [false, false]
    } catch (error) {
      isCut = true
      throw stopped(error, path)
    }
  }
  const close = () => {
    if (file !== null) closeSync(file)
    file = null
  }
  return { lines: text.slice(HEADER.length).split("\n"), write, close }
}

/** Takes up the job in a file, or begins one. Throws JOB_STOPPED where another process works on it, or it is none of ours. */
export function openJobFile(path: string): JobFile {
  const lockPath = `${path}.lock`
  lock(lockPath)
  let isLocked = true
  // Once: whoever locks it afterwards keeps it
  const unlock = () => {
    if (isLocked) rmSync(lockPath, { force: true })
    isLocked = false
  }
  try {
    const { lines, write, close } = openLocked(path)
    return {
      ...{ lines, write },
      close: () => {
        close()
        unlock()
      },
    }
  } catch (error) {
    unlock()
    throw error
  }
}
