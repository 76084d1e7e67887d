import { execFileSync } from "node:child_process"
import {
  cpSync,
  existsSync,
  lstatSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  readlinkSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from "node:fs"
import { dirname, join, resolve } from "node:path"

/** What contracts are built into: too slow to build again for each tree. */
const BUILT_CONTRACTS = ["artifacts", "cache", "registry/assets"]
const BUILT_CIRCUITS = "build/circuits"
/** The compiler of circuits sees its working folder alone: it follows no link out of it. */
const INCLUDED_BY_CIRCUITS = "circomlib"
/** Versions that one member has for itself. */
const OWN_PACKAGES = "testkit/node_modules"
/** Hardhat knows sources by their whole paths. */
const COMPILED = "cache/compile-cache.json"

/** A copy of the working tree in which one file at a time is changed: the tree itself never holds a mutant. */
export interface Tree {
  readonly root: string
  write(file: string, text: string): void
  /** Puts back what the working tree holds: of a contract or circuit also what was built, or other tests would run on the mutant. */
  restore(file: string): void
}

/**
 * Copies the working tree: tracked files and those that git does not ignore. Packages are linked, our own members are
 * not, so that a mutant is what every import finds. `../shared` lies beside the copy as it lies beside the tree.
 */
export function createTree(root: string): Tree {
  rmSync(root, { recursive: true, force: true })
  const listed = execFileSync("git", ["ls-files", "-z", "--cached", "--others", "--exclude-standard"], {
    encoding: "utf8",
  })
  for (const file of listed.split("\0").filter((path) => path !== "" && existsSync(path))) copy(file, root)
  putBuiltCircuits(root)
  putBuiltContracts(root)
  for (const path of readdirSync("build").filter((name) => name !== "mutation" && name !== "circuits"))
    link(join("build", path), root)
  linkPackages("node_modules", root)
  if (existsSync(OWN_PACKAGES)) link(OWN_PACKAGES, root)
  if (existsSync("../shared") && !existsSync(join(root, "../shared")))
    symlinkSync(resolve("../shared"), join(root, "../shared"))
  return {
    root,
    write: (file, text) => writeFileSync(join(root, file), text),
    restore(file) {
      writeFileSync(join(root, file), readFileSync(file))
      if (file.endsWith(".sol")) putBuiltContracts(root)
      if (file.endsWith(".circom")) putBuiltCircuits(root, (path) => !path.endsWith(".zkey"))
    },
  }
}

/** Keys are large, and stay as they are. */
function putBuiltCircuits(root: string, isMeant = (_: string) => true) {
  if (existsSync(BUILT_CIRCUITS))
    cpSync(BUILT_CIRCUITS, join(root, BUILT_CIRCUITS), { recursive: true, filter: isMeant })
}

function putBuiltContracts(root: string) {
  for (const path of BUILT_CONTRACTS.filter(existsSync)) {
    rmSync(join(root, path), { recursive: true, force: true })
    cpSync(path, join(root, path), { recursive: true })
  }
  if (existsSync(COMPILED))
    writeFileSync(join(root, COMPILED), readFileSync(COMPILED, "utf8").replaceAll(resolve("."), root))
}

function copy(file: string, root: string) {
  mkdirSync(dirname(join(root, file)), { recursive: true })
  cpSync(file, join(root, file), { verbatimSymlinks: true })
}

function repeatLink(path: string, root: string) {
  mkdirSync(dirname(join(root, path)), { recursive: true })
  symlinkSync(readlinkSync(path), join(root, path))
}

function link(path: string, root: string) {
  mkdirSync(dirname(join(root, path)), { recursive: true })
  symlinkSync(resolve(path), join(root, path))
}

/** Scopes are folders of their own; in ours the members' links are copied as they are and lead into the copy. */
function linkPackages(folder: string, root: string) {
  for (const name of readdirSync(folder)) {
    const path = join(folder, name)
    if (name === "@wattest") for (const member of readdirSync(path)) repeatLink(join(path, member), root)
    else if (name.startsWith("@") && lstatSync(path).isDirectory()) linkPackages(path, root)
    else if (name === INCLUDED_BY_CIRCUITS) cpSync(path, join(root, path), { recursive: true })
    else link(path, root)
  }
}
