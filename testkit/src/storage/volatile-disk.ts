import { spawnSync } from "node:child_process"
import {
  appendFileSync,
  chmodSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  realpathSync,
  rmSync,
  statSync,
  writeFileSync,
} from "node:fs"
import { dirname, join } from "node:path"

const SOURCE = new URL("./volatile-disk.c", import.meta.url).pathname
const HEADER_BYTES = 48
const SECTOR_BYTES = 512
const SYNCS: ReadonlySet<string> = new Set(["S", "D"])

type Change = { readonly kind: string; readonly offset: number; readonly length: number; readonly data: Buffer }
type Entry = Change & { readonly inode: number; readonly name: string }
/** A name given to a file, or taken away. */
type Naming = { readonly name: string; readonly file: File | null }

/** Numbers in [0, 1) that a seed fixes (mulberry32). */
export function seeded(seed: number): () => number {
  let state = seed
  return () => {
    state = (state + 0x6d2b79f5) | 0
    let mixed = Math.imul(state ^ (state >>> 15), 1 | state)
    mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed)) ^ mixed
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32
  }
}

/** Builds the disk; false where there is no compiler. */
export function buildDisk(library: string): boolean {
  const build = spawnSync("gcc", ["-shared", "-fPIC", "-O1", "-o", library, SOURCE])
  if (build.error) return false
  if (build.status !== 0) throw new Error(String(build.stderr))
  return true
}

export type Loss = {
  /** Records of the journal that were done when the power went. */
  readonly at: number
  /** Which unsynced changes the disk has kept all the same; null: none. */
  readonly seed: number | null
  /** Whether a file's sync makes its name safe too, as on ext4, XFS and Btrfs; POSIX promises it of the folder's sync alone. */
  readonly namesFollowFiles?: boolean
  /** Whether the disk only claims to have synced, as one with an unsafe cache does. */
  readonly isLying?: boolean
}

/** What a process on the disk itself promises: `journal` is in its environment as DISK_JOURNAL. Names are ASCII. */
export function notePromise(journal: string, name: string): void {
  const record = Buffer.alloc(HEADER_BYTES)
  record.write("A")
  record.writeBigUInt64LE(BigInt(name.length), 32)
  appendFileSync(journal, Buffer.concat([record, Buffer.from(name)]))
}

/** A folder on a volatile disk: what is done in it by processes with these settings is journaled. */
export class VolatileDisk {
  readonly folder: string
  readonly settings: Readonly<Record<string, string>>
  readonly #journal: string
  readonly #base: ReadonlyMap<number, string>
  #entries: readonly Entry[] = []

  /** Files that are in the folder already count as synced. */
  constructor(library: string, folder: string) {
    mkdirSync(folder, { recursive: true })
    this.folder = realpathSync(folder)
    this.#journal = `${this.folder}.journal`
    writeFileSync(this.#journal, "")
    chmodSync(this.#journal, 0o666)
    this.#base = new Map(filesIn(this.folder).map((name) => [statSync(join(this.folder, name)).ino, name]))
    this.settings = {
      LD_PRELOAD: library,
      DISK_VOLATILE: this.folder,
      DISK_JOURNAL: this.#journal,
    }
  }

  /** Notes in the journal that something was promised by now. */
  promised(name: string): void {
    notePromise(this.#journal, name)
  }

  /** Reads what was journaled so far; answers how many records there are. */
  read(): number {
    this.#entries = parseJournal(readFileSync(this.#journal))
    return this.#entries.length
  }

  /** The names that were promised before the power went. */
  promisedBy(at: number): string[] {
    return this.#entries.slice(0, at).flatMap(({ kind, name }) => (kind === "A" ? [name] : []))
  }

  /** Makes of `target`, a copy of what was in the folder at first, what a loss of power leaves. Answers the names. */
  leave(target: string, { at, seed, namesFollowFiles = false, isLying = false }: Loss): string[] {
    const replay = new Replay(target, this.#base, namesFollowFiles)
    for (const entry of this.#entries.slice(0, at)) if (!(isLying && SYNCS.has(entry.kind))) replay.take(entry)
    if (seed !== null) replay.keepSome(seeded(seed))
    return replay.write()
  }
}

/** What the disk holds of a file, and what was done to it since its last sync. */
class File {
  pending: Change[] = []
  #bytes: Buffer | null = null
  #length = 0
  readonly #path: string | null

  /** A new file, or one that lies at `path`. */
  constructor(path: string | null) {
    this.#path = path
  }

  #load(): Buffer {
    if (this.#bytes) return this.#bytes
    this.#bytes = this.#path === null ? Buffer.alloc(0) : readFileSync(this.#path)
    this.#length = this.#bytes.length
    return this.#bytes
  }

  #resize(length: number): Buffer {
    const bytes = this.#load()
    if (length < this.#length) bytes.fill(0, length, this.#length)
    this.#length = length
    if (length <= bytes.length) return bytes
    this.#bytes = Buffer.concat([bytes, Buffer.alloc(2 * length - bytes.length)])
    return this.#bytes
  }

  apply({ kind, offset, length, data }: Change): void {
    this.#load()
    if (kind === "T") this.#resize(offset)
    else {
      const bytes = this.#resize(Math.max(this.#length, kind === "Z" ? offset + length : offset + data.length))
      if (kind === "W") data.copy(bytes, offset)
    }
  }

  sync(): void {
    for (const change of this.pending.splice(0)) this.apply(change)
  }

  /** Some changes reach the disk, and the last write of those that do is cut at a sector. */
  keepSome(random: () => number): void {
    const survivors = this.pending.splice(0).filter(() => random() < 0.5)
    const last = survivors.findLastIndex(({ kind }) => kind === "W")
    survivors.forEach((change, i) => {
      this.apply(i === last ? torn(change, random) : change)
    })
  }

  /** Writes the file where it differs from what lies there. */
  write(path: string): void {
    if (this.#path === path && this.#bytes === null) return
    mkdirSync(dirname(path), { recursive: true })
    writeFileSync(path, this.#load().subarray(0, this.#length), { mode: 0o600 })
  }
}

/** A disk as the journal's entries change it, one after the other. */
class Replay {
  readonly #target: string
  readonly #namesFollowFiles: boolean
  readonly #files: Map<number, File>
  /** Names that the disk holds, and those that the processes see. */
  readonly #names: Map<string, File>
  readonly #seen: Map<string, File>
  #pending: Naming[] = []

  constructor(target: string, base: ReadonlyMap<number, string>, namesFollowFiles: boolean) {
    this.#target = target
    this.#namesFollowFiles = namesFollowFiles
    this.#files = new Map([...base].map(([inode, name]) => [inode, new File(join(target, name))]))
    this.#names = new Map([...base].map(([inode, name]) => [name, this.#files.get(inode) as File]))
    this.#seen = new Map(this.#names)
  }

  take(entry: Entry): void {
    const { kind, inode, name } = entry
    const file = this.#files.get(inode)
    if (kind === "C") this.#create(inode, name)
    else if (kind === "L") this.#rename({ name, file: file ?? null })
    else if (kind === "U") this.#rename({ name, file: null })
    else if (kind === "R") this.#move(name, entry.data.toString())
    else if (kind === "M") mkdirSync(join(this.#target, name), { recursive: true })
    else if (kind === "D") this.#settle((naming) => folderOf(naming.name) === name)
    else if (kind !== "S") file?.pending.push(entry)
    else if (file) {
      file.sync()
      if (this.#namesFollowFiles) this.#settle((naming) => naming.file === file)
    }
  }

  #create(inode: number, name: string): void {
    const file = new File(null)
    this.#files.set(inode, file)
    this.#rename({ name, file })
  }

  #move(from: string, to: string): void {
    const file = this.#seen.get(from)
    this.#rename({ name: from, file: null })
    if (file) this.#rename({ name: to, file })
  }

  #rename(naming: Naming): void {
    this.#pending.push(naming)
    put(this.#seen, naming)
  }

  #settle(isSafe: (naming: Naming) => boolean): void {
    const kept: Naming[] = []
    for (const naming of this.#pending) {
      if (isSafe(naming)) put(this.#names, naming)
      else kept.push(naming)
    }
    this.#pending = kept
  }

  keepSome(random: () => number): void {
    this.#settle(() => random() < 0.5)
    for (const file of new Set(this.#names.values())) file.keepSome(random)
  }

  /** Makes the folder hold the disk's files and no others; answers their names. */
  write(): string[] {
    mkdirSync(this.#target, { recursive: true })
    for (const gone of filesIn(this.#target)) if (!this.#names.has(gone)) rmSync(join(this.#target, gone))
    for (const [name, file] of this.#names) file.write(join(this.#target, name))
    return [...this.#names.keys()]
  }
}

function put(names: Map<string, File>, { name, file }: Naming): void {
  if (file) names.set(name, file)
  else names.delete(name)
}

/** The part of a write before some boundary of a sector; whole now and then. */
function torn(change: Change, random: () => number): Change {
  const { offset, data } = change
  const first = Math.floor(offset / SECTOR_BYTES)
  const sectors = Math.ceil((offset + data.length) / SECTOR_BYTES) - first
  const end = (first + Math.floor(random() * (sectors + 1))) * SECTOR_BYTES
  return { ...change, data: data.subarray(0, Math.max(0, end - offset)) }
}

function parseJournal(bytes: Buffer): Entry[] {
  const entries: Entry[] = []
  for (let at = 0; at + HEADER_BYTES <= bytes.length; ) {
    const [inode, offset, length, nameLength, dataLength] = [8, 16, 24, 32, 40].map((field) =>
      Number(bytes.readBigUInt64LE(at + field)),
    ) as [number, number, number, number, number]
    const start = at + HEADER_BYTES
    const end = start + nameLength + dataLength
    if (end > bytes.length) break
    const name = bytes.subarray(start, start + nameLength).toString()
    const data = bytes.subarray(start + nameLength, end)
    entries.push({ kind: String.fromCharCode(bytes[at] as number), inode, offset, length, name, data })
    at = end
  }
  return entries
}

const folderOf = (name: string) => (dirname(name) === "." ? "" : dirname(name))

const filesIn = (folder: string): string[] =>
  readdirSync(folder, { recursive: true, withFileTypes: true })
    .filter((entry) => entry.isFile())
    .map(({ parentPath, name }) => join(parentPath, name).slice(folder.length + 1))
