// Prepares a fresh clone: `node scripts/setup.mjs [contracts] [keys] [explorer]`. Plain JavaScript without imports from npm,
// because it runs before anything is installed, under whatever Node the machine has. Packages are installed where npm's
// own record of node_modules lacks one of the lockfile; each other stage is skipped when the digest of its inputs is the
// one that its last success left behind. No package's install script runs: nothing is compiled on the way to the first
// certificate, and nobody else's code runs before it is asked for.
import { spawnSync } from "node:child_process"
import { createHash } from "node:crypto"
import { existsSync, mkdirSync, readdirSync, readFileSync, statSync, writeFileSync } from "node:fs"
import { delimiter, join, resolve } from "node:path"

const MARKS = "node_modules/.wattest"
const STAGES = {
  install: {
    title: "installing packages from the lockfile",
    isDone: isInstalled,
    command: "npm ci --ignore-scripts --no-audit --no-fund --loglevel=error",
  },
  contracts: {
    title: "compiling the contracts",
    inputs: ["contracts", "circuits/keys", "scripts/deploy", "hardhat.config.ts", "package-lock.json"],
    output: "registry/assets/contracts.json",
    command: "npm run --silent build",
    isQuiet: true,
  },
  keys: {
    title: "compiling the circuits and making development keys",
    inputs: ["circuits", "package-lock.json"],
    output: "build/circuits",
    command: "npm run --silent keys",
  },
  explorer: {
    title: "building the explorer",
    inputs: ["explorer", "table", "protocol/src", "command/src", "chain/src", "verifier/src", "package-lock.json"],
    output: "index/assets/explorer",
    command: "npm run --silent explorer",
    isQuiet: true,
  },
}

const filesUnder = (path) =>
  statSync(path).isDirectory()
    ? readdirSync(path)
        .sort()
        .flatMap((name) => filesUnder(join(path, name)))
    : [path]

function digestOf(inputs) {
  const hash = createHash("sha256")
  for (const path of inputs.filter(existsSync).flatMap(filesUnder))
    hash.update(path).update("\0").update(readFileSync(path))
  return hash.digest("hex")
}

/** Whether node_modules holds what the lockfile demands, whoever installed it. npm writes its record when it is done. */
function isInstalled() {
  const record = "node_modules/.package-lock.json"
  if (!existsSync(record)) return false
  const packagesOf = (file) => JSON.parse(readFileSync(file, "utf8")).packages
  const held = packagesOf(record)
  return Object.entries(packagesOf("package-lock.json")).every(([path, { version, integrity, optional, link }]) => {
    const there = held[path]
    if (there === undefined) return optional === true || integrity === undefined
    return link === true || (there.version === version && there.integrity === integrity)
  })
}

/** Whether a stage's output is there, of the inputs as they are now. */
function isMarked({ output }, mark, digest) {
  return existsSync(output) && existsSync(mark) && readFileSync(mark, "utf8") === digest
}

function run(name) {
  const { title, inputs = [], command, isQuiet, isDone = isMarked } = STAGES[name]
  const mark = join(MARKS, name)
  const digest = digestOf(inputs)
  if (isDone(STAGES[name], mark, digest)) return
  const startedAt = Date.now()
  console.error(`set-up: ${title} …`)
  const { status, stdout, stderr } = spawnSync(command, { stdio: isQuiet ? "pipe" : "inherit", shell: true })
  if (status !== 0) {
    if (isQuiet) process.stderr.write(Buffer.concat([stdout, stderr]))
    console.error(
      `error: set-up stopped at "${command}" (exit ${status}); nothing after it was done. Mend it and run the same command again.`,
    )
    process.exit(status ?? 1)
  }
  mkdirSync(MARKS, { recursive: true })
  writeFileSync(mark, digest)
  console.error(`set-up: ${title}: done in ${Math.round((Date.now() - startedAt) / 1000)} s`)
}

/** Scripts are TypeScript. The lockfile brings a Node that runs them to Linux, and npm puts it first in PATH. */
function requireNodeOfScripts() {
  const needed = readFileSync(".nvmrc", "utf8").trim()
  const PATH = [resolve("node_modules/.bin"), process.env.PATH].join(delimiter)
  const version = spawnSync("node", ["--version"], { env: { ...process.env, PATH }, encoding: "utf8" }).stdout.trim()
  if (Number(version.slice(1).split(".")[0]) >= Number(needed)) return
  console.error(`error: a clone's scripts need Node.js ${needed}, and this machine gives them ${version}`)
  console.error("hint: on Linux npm installs it unless optional packages are left out; elsewhere install it yourself")
  process.exit(2)
}

run("install")
requireNodeOfScripts()
for (const name of process.argv.slice(2)) run(name)
