import { execFileSync } from "node:child_process"
import { cpSync, existsSync, globSync, mkdirSync, readFileSync, rmSync, writeFileSync } from "node:fs"
import { join, resolve } from "node:path"
import { build } from "vite"

/**
 * Makes an installable tarball of each workspace member: JavaScript and declarations in dist/, and a package.json
 * whose entry points lead there. The sources run as they are in the repository; Node strips types, but not of
 * what is installed.
 */
export const MEMBERS = [
  "protocol",
  "command",
  "store",
  "archive",
  "client",
  "chain",
  "attester",
  "verifier",
  "relayer",
  "registry",
  "prover",
  "budget",
  "index",
  "disclosure",
  "cli",
] as const

/**
 * Members whose modules are joined into few files, and what they start by its path beside their entry points. A
 * verifier is started anew for each document, and finding a hundred files takes longer than the verdict.
 */
const JOINED: { readonly [member: string]: readonly string[] } = {
  protocol: [],
  command: [],
  verifier: ["./src/node/capture-worker.ts", "./src/desk/worker.ts"],
}

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

const exportsOf = ({ exports }: Manifest) => (typeof exports === "string" ? { ".": exports } : exports)

function publishedManifest(manifest: Manifest): Manifest {
  const exports = Object.entries(exportsOf(manifest)).map(([name, source]) => [
    name,
    { types: built(source).replace(/\.js$/, ".d.ts"), default: built(source) },
  ])
  const bin = Object.entries(manifest.bin ?? {}).map(([name, source]) => [name, built(source)])
  // Provenance names the repository that built a package, and npm wants the package to name the same.
  const repository = process.env.WATTEST_REPOSITORY
  return {
    ...manifest,
    ...(repository !== undefined && { repository: { type: "git", url: `git+${repository}.git` } }),
    exports: Object.fromEntries(exports),
    ...(bin.length > 0 && { bin: Object.fromEntries(bin) }),
  }
}

/** JavaScript and declarations of a staged member, file by file. */
function compile(stage: string, emitDeclarationOnly: boolean): void {
  const compilerOptions = { ...COMPILER, emitDeclarationOnly }
  // A member that imports another one sees its sources, and so needs what those declare of untyped packages.
  const ambient = globSync(`{${MEMBERS.join()}}/src/**/*.d.ts`).map((file) => resolve(file))
  const tsconfig = { extends: resolve("tsconfig.json"), compilerOptions, include: ["src", ...ambient] }
  writeFileSync(join(stage, "tsconfig.json"), JSON.stringify(tsconfig))
  execFileSync("tsc", ["-p", stage], { stdio: "inherit" })
}

/** One file for each entry point and one for what several share, readable; dependencies stay dependencies. */
async function joinModules(stage: string, manifest: Manifest, started: readonly string[]): Promise<void> {
  const sources = [...Object.values(exportsOf(manifest)), ...Object.values(manifest.bin ?? {}), ...started]
  const entries = sources.map((source) => [source.slice("./src/".length, -".ts".length), join(stage, source)])
  const rolldownOptions = {
    input: Object.fromEntries(entries),
    external: (id: string) => !id.startsWith(".") && !id.startsWith("/"),
    preserveEntrySignatures: "strict" as const,
    output: {
      entryFileNames: "[name].js",
      chunkFileNames: "shared/[name].js",
      // What the verdict on one certificate needs is one file, however many other rooms share parts of it.
      codeSplitting: {
        groups: [
          { name: "certificate", test: /verifier\/src\/(?:judge|certificate\/verify|rpc\/reader|report\/text)\.ts$/ },
        ],
      },
    },
  }
  const options = { ssr: true, outDir: join(stage, "dist"), target: "es2024", minify: false, rolldownOptions }
  await build({ configFile: false, root: stage, logLevel: "warn", build: options })
}

/** Packs one member into `folder` and answers the tarball's path. */
export async function packMember(member: string, folder: string): Promise<string> {
  const stage = resolve("build/pack", member)
  rmSync(stage, { recursive: true, force: true })
  mkdirSync(stage, { recursive: true })
  mkdirSync(folder, { recursive: true })
  cpSync(join(member, "src"), join(stage, "src"), { recursive: true })
  for (const file of ["README.md", "LICENSE", "assets", "ci", "standards"])
    if (existsSync(join(member, file))) cpSync(join(member, file), join(stage, file), { recursive: true })
  const manifest = JSON.parse(readFileSync(join(member, "package.json"), "utf8")) as Manifest
  const started = JOINED[member]
  if (started !== undefined) await joinModules(stage, manifest, started)
  compile(stage, started !== undefined)
  writeFileSync(join(stage, "package.json"), `${JSON.stringify(publishedManifest(manifest), null, 2)}\n`)
  const missing = (manifest.files as readonly string[]).filter((file) => !existsSync(join(stage, file)))
  if (missing.length > 0) throw new Error(`${member} lacks ${missing.join(", ")}: "npm run setup" makes it`)
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
