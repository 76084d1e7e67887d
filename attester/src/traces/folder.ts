import { readdir, stat } from "node:fs/promises"
import { basename, extname, join } from "node:path"
import { WindowError } from "./recording/window.ts"

/** The logs of a job's nodes, one a node, as MLPerf training lays them out. */
const NODE_LOG = /^node_[0-9]+\.txt$/

const isFolder = async (path: string) => (await stat(path).catch(() => null))?.isDirectory() === true

/** By the number in the name: node_2 before node_10. */
const byNumber = (a: string, b: string) => Number(/[0-9]+/.exec(a)?.[0]) - Number(/[0-9]+/.exec(b)?.[0])

/** The files that paths stand for: a folder for its `node_*.txt`, whatever else it holds being named as left out. */
export async function tracesOf(
  paths: readonly string[],
): Promise<{ files: readonly string[]; notes: readonly string[] }> {
  const files: string[] = []
  const notes: string[] = []
  for (const path of paths) {
    if (!(await isFolder(path))) {
      files.push(path)
      continue
    }
    const names = (await readdir(path)).sort()
    const logs = names.filter((name) => NODE_LOG.test(name)).sort(byNumber)
    if (logs.length === 0) throw new WindowError(`${path} holds no node_*.txt`, "name the traces one by one")
    const others = names.filter((name) => !NODE_LOG.test(name))
    if (others.length > 0) notes.push(`${path}: ${logs.length} node logs; left out: ${others.join(", ")}`)
    files.push(...logs.map((name) => join(path, name)))
  }
  return { files, notes }
}

/** The device's folder of each trace: `DIR/node_1` for `node_1.txt`. Throws {@link WindowError} unless all are there. */
export async function homesOf(folder: string, files: readonly string[]): Promise<ReadonlyMap<string, string>> {
  const homes = new Map(files.map((file) => [file, join(folder, basename(file, extname(file)))]))
  if (new Set(homes.values()).size !== files.length)
    throw new WindowError("two traces have one name, so one device", "give them apart, each with its own --home")
  const missing = []
  for (const home of homes.values()) if (!(await isFolder(home))) missing.push(home)
  if (missing.length > 0)
    throw new WindowError(
      `${missing.length} devices are not there: ${missing.slice(0, 3).join(", ")}`,
      `make each by wattest-attest init --home ${missing[0]}`,
    )
  return homes
}
