import { execFileSync } from "node:child_process"
import { cpSync, existsSync, mkdirSync, readFileSync, rmSync, writeFileSync } from "node:fs"
import { join, resolve } from "node:path"

/**
 * Makes an installable tarball of each workspace member: JavaScript and declarations in dist/, and a package.json
 * whose entry points lead there. The sources run as they are in the repository; Node strips types, but not of
 * what is installed. Usage: node scripts/pack.ts [FOLDER]
 */
export const MEMBERS = ["protocol", "attester", "relayer", "verifier", "prover"] as const

type Manifest = {
  name: string
  version: string
  exports: string | Record<string, string>
  bin?: Record<string, string>
  [field: string]: unknown
}

const COMPILER = {
  noEmit: false,
  declaration: true,
  rewriteRelativeImportExtensions: true,
  types: ["node"],
  rootDir: "src",
  outDir: "dist",
}

const built = (source: string) => source.replace("./src/", "./dist/").replace(/\.ts$/, ".js")

function publishedManifest(manifest: Manifest): Manifest {
  const entries = typeof manifest.exports === "string" ? { ".": manifest.exports } : manifest.exports
  const exports = Object.entries(entries).map(([name, source]) => [
    name,
    { types: built(source).replace(/\.js$/, ".d.ts"), default: built(source) },
  ])
  const bin = Object.entries(manifest.bin ?? {}).map(([name, source]) => [name, built(source)])
  return { ...manifest, exports: Object.fromEntries(exports), ...(bin.length > 0 && { bin: Object.fromEntries(bin) }) }
}

/** Packs one member into `folder` and answers the tarball's path. */
export function packMember(member: string, folder: string): string {
  const stage = resolve("build/pack", member)
  rmSync(stage, { recursive: true, force: true })
  mkdirSync(stage, { recursive: true })
  mkdirSync(folder, { recursive: true })
  cpSync(join(member, "src"), join(stage, "src"), { recursive: true })
  for (const file of ["README.md", "LICENSE", "assets"])
    if (existsSync(join(member, file))) cpSync(join(member, file), join(stage, file), { recursive: true })
  const tsconfig = { extends: resolve("tsconfig.json"), compilerOptions: COMPILER, include: ["src"] }
  writeFileSync(join(stage, "tsconfig.json"), JSON.stringify(tsconfig))
  execFileSync("tsc", ["-p", stage], { stdio: "inherit" })
  const manifest = JSON.parse(readFileSync(join(member, "package.json"), "utf8")) as Manifest
  writeFileSync(join(stage, "package.json"), `${JSON.stringify(publishedManifest(manifest), null, 2)}\n`)
  const output = execFileSync("npm", ["pack", "--json", "--pack-destination", resolve(folder)], {
    cwd: stage,
    encoding: "utf8",
    stdio: ["ignore", "pipe", "ignore"],
  })
  const packed = JSON.parse(output) as { filename: string }[] | Record<string, { filename: string }>
  const [tarball] = Array.isArray(packed) ? packed : Object.values(packed)
  if (tarball === undefined) throw new Error(`npm pack made nothing of ${member}`)
  return join(resolve(folder), tarball.filename)
}

if (import.meta.main) {
  const folder = process.argv[2] ?? "build/packages"
  for (const member of MEMBERS) console.log(packMember(member, folder))
}
