// Run after every `npm install`. Repairs two things npm leaves in package-lock.json:
// 1. optional platform packages that this machine's registry does not list have no entry,
//    and then `npm ci` stops with "Missing: … from lock file": a stub entry is added;
// 2. `engines` on optional packages: npm run by Node 20 silently drops those that want Node 22
//    (Hardhat's EDR binding), though our scripts run under the Node 24 of node_modules/.bin.
import { readFileSync, writeFileSync } from "node:fs"

const file = "package-lock.json"
const lock = JSON.parse(readFileSync(file, "utf8"))
const P = lock.packages
const OS = {
  darwin: "darwin",
  linux: "linux",
  linuxmusl: "linux",
  win32: "win32",
  windows: "win32",
  android: "android",
  freebsd: "freebsd",
  openbsd: "openbsd",
  netbsd: "netbsd",
  sunos: "sunos",
  aix: "aix",
  openharmony: "openharmony",
}
const CPU = {
  x64: "x64",
  amd64: "x64",
  arm64: "arm64",
  ia32: "ia32",
  arm: "arm",
  ppc64: "ppc64",
  ppc64le: "ppc64",
  s390x: "s390x",
  riscv64: "riscv64",
  loong64: "loong64",
  mips64el: "mips64el",
  wasm32: "wasm32",
}
const LIBC = { gnu: "glibc", glibc: "glibc", gnueabihf: "glibc", musl: "musl", musleabihf: "musl", linuxmusl: "musl" }
let stubs = 0,
  freed = 0
for (const [at, pkg] of Object.entries(P)) {
  for (const [name, range] of Object.entries(pkg.optionalDependencies ?? {})) {
    let dir = at,
      found = false
    for (;;) {
      if (P[`${dir ? `${dir}/` : ""}node_modules/${name}`]) {
        found = true
        break
      }
      if (!dir) break
      const cut = dir.lastIndexOf("/node_modules/")
      dir = cut < 0 ? "" : dir.slice(0, cut)
    }
    if (found || !/^\d+\.\d+\.\d+/.test(range)) continue
    const parts = name.split(/[-/]/)
    const pick = (t) => parts.map((x) => t[x]).find(Boolean)
    const os = pick(OS),
      cpu = pick(CPU),
      libc = pick(LIBC)
    if (!os && !cpu) {
      console.warn("no platform in the name:", name)
      continue
    }
    P[`node_modules/${name}`] = {
      version: range,
      ...(cpu && { cpu: [cpu] }),
      ...(pkg.dev && { dev: true }),
      ...(libc && os === "linux" && { libc: [libc] }),
      optional: true,
      ...(os && { os: [os] }),
    }
    stubs++
  }
}
for (const p of Object.values(P))
  if (p.optional && p.engines) {
    delete p.engines
    freed++
  }
lock.packages = Object.fromEntries(Object.entries(P).sort(([a], [b]) => (a < b ? -1 : a > b ? 1 : 0)))
writeFileSync(file, `${JSON.stringify(lock, null, 2)}\n`)
console.log(`${stubs} stub entries added, ${freed} engines fields dropped`)
