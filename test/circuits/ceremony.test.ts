import { deepEqual, equal, match, ok } from "node:assert/strict"
import { spawnSync } from "node:child_process"
import {
  copyFileSync,
  cpSync,
  mkdirSync,
  mkdtempSync,
  readFileSync,
  rmSync,
  truncateSync,
  writeFileSync,
} from "node:fs"
import { tmpdir } from "node:os"
import { join } from "node:path"
import { curves, powersOfTau, zKey } from "snarkjs"
import { readContributions } from "../../scripts/ceremony/contributions.ts"
import { publish } from "../../scripts/ceremony/publish.ts"
import { applyBeacon, contribute, type Phase1, start } from "../../scripts/ceremony/steps.ts"
import {
  CeremonyError,
  keyFile,
  readTranscript,
  sha256OfFile,
  writeTranscript,
} from "../../scripts/ceremony/transcript.ts"
import { verifyCeremony } from "../../scripts/ceremony/verify.ts"
import { checkCeremonyKeys, readManifest } from "../../scripts/keys/development.ts"
import { CIRCUITS, releaseCurve } from "../../scripts/keys/export.ts"
import { section } from "../../scripts/keys/r1cs.ts"

const SCRATCH = "build/circuits/ceremony"
const SOURCE = `${SCRATCH}/small.circom`
const OTHER = `${SCRATCH}/other.circom`
const BEACON = { hash: "ab".repeat(32), iterationsExponent: 10 }
const quiet = () => {}

const circuitOf = (template: string, file: string) =>
  `pragma circom 2.2.0;\ninclude "../../../circuits/lib/${file}.circom";\ncomponent main = ${template};\n`

/** Powers of tau, one contribution and a beacon, made as the real ones are, but small. */
async function makePhase1(folder: string, name: string): Promise<Phase1> {
  const at = (i: number) => join(folder, `${name}.${i}.ptau`)
  await powersOfTau.newAccumulator(await curves.getCurveFromName("bn128"), 6, at(0))
  await powersOfTau.contribute(at(0), at(1), name, name)
  await powersOfTau.beacon(at(1), at(2), "beacon", BEACON.hash, BEACON.iterationsExponent)
  await powersOfTau.preparePhase2(at(2), at(3))
  return { path: at(3), pin: await sha256OfFile(at(3)) }
}

describe("a ceremony of three people", function () {
  this.timeout(180_000)
  let scratch: string
  let folder: string
  let phase1: Phase1

  before(async () => {
    mkdirSync(SCRATCH, { recursive: true })
    writeFileSync(SOURCE, circuitOf("EqualOrAny()", "run/equal-or-any"))
    writeFileSync(OTHER, circuitOf("MaskedSum()", "claim/masked-sum"))
    scratch = mkdtempSync(join(tmpdir(), "ceremony-"))
    folder = join(SCRATCH, "honest")
    rmSync(folder, { recursive: true, force: true })
    phase1 = await makePhase1(scratch, "honest")
    await start(folder, phase1, [SOURCE], quiet)
    for (const name of ["Ada", "Grace", "Emmy"]) {
      await verifyCeremony(folder, phase1, { sources: [SOURCE], unfinished: true })
      await contribute(folder, name, quiet)
    }
    await applyBeacon(folder, BEACON, quiet)
  })

  after(async () => {
    rmSync(scratch, { recursive: true })
    rmSync(SCRATCH, { recursive: true })
    await releaseCurve()
  })

  const FINISHED = { sources: [SOURCE], unfinished: false }

  /** A copy of the honest ceremony, changed by hand. */
  function forged(name: string, change: (copy: string) => void): string {
    const copy = join(SCRATCH, name)
    cpSync(folder, copy, { recursive: true })
    change(copy)
    return copy
  }

  async function refuses(copy: string, reason: RegExp, { with: other = phase1, options = FINISHED } = {}) {
    const refusal = await verifyCeremony(copy, other, options).then(
      () => "verified",
      (error: unknown) => (error instanceof CeremonyError ? error.message : Promise.reject(error)),
    )
    match(String(refusal), reason)
  }

  it("verifies, and the key records what the transcript says", async () => {
    const { contributions } = await verifyCeremony(folder, phase1, FINISHED)
    deepEqual(
      contributions.map(({ name }) => name),
      ["Ada", "Grace", "Emmy", "beacon"],
    )
    deepEqual(contributions.at(-1)?.beacon, BEACON)
    const hashes = readContributions(readFileSync(keyFile(folder, "small", 4))).map(({ hash }) => hash)
    deepEqual(
      contributions.map(({ hashes: { small } }) => small),
      hashes,
    )
    equal(new Set(hashes).size, 4)
  })

  it("is refused with another phase 1, even one that made a sound key", async () => {
    const other = await makePhase1(scratch, "other")
    await refuses(folder, /SHA-256/, { with: { ...phase1, path: other.path } })
    await refuses(folder, /is about phase 1/, { with: other })
    // With the transcript forged to name the other phase 1, the key itself does not follow
    const copy = forged("other-phase1", (at) => writeTranscript(at, { ...readTranscript(at), phase1: other.pin }))
    await refuses(copy, /does not follow/, { with: other })
  })

  it("is refused about other circuits", async () => {
    await refuses(folder, /is about/, { options: { ...FINISHED, sources: [OTHER] } })
    const copy = forged("other-circuit", (at) => {
      const transcript = readTranscript(at)
      const circuits = { small: { source: OTHER, r1cs: transcript.circuits.small?.r1cs ?? "" } }
      writeTranscript(at, { ...transcript, circuits })
    })
    await refuses(copy, /not a transcript: circuit small/, { options: { ...FINISHED, sources: [OTHER] } })
  })

  it("is refused, not crashed on, when its files are damaged", async () => {
    const cut = forged("cut", (at) => truncateSync(keyFile(at, "small", 4), 5000))
    await refuses(cut, /cannot be read/)
    const texts = ["", "[]", "{}", '{"phase1":"", "circuits":{"../x":{"source":"a","r1cs":""}}, "contributions":[]}']
    for (const [i, text] of texts.entries())
      await refuses(
        forged(`text-${i}`, (at) => writeFileSync(join(at, "transcript.json"), text)),
        /not a transcript/,
      )
  })

  it("is refused when a source changed since", async () => {
    const source = readFileSync(SOURCE, "utf8")
    writeFileSync(SOURCE, circuitOf("MaskedSum()", "claim/masked-sum"))
    await refuses(folder, /another r1cs/)
    writeFileSync(SOURCE, source)
  })

  it("is refused without its beacon, or with a contribution left out, renamed or twice", async () => {
    const edit = (name: string, change: (entries: ReturnType<typeof readTranscript>["contributions"]) => unknown[]) =>
      forged(name, (at) => {
        const transcript = readTranscript(at)
        const contributions = change(transcript.contributions) as typeof transcript.contributions
        writeTranscript(at, { ...transcript, contributions })
        copyFileSync(keyFile(folder, "small", 4), keyFile(at, "small", contributions.length))
      })
    await refuses(
      edit("no-beacon", (entries) => entries.slice(0, 3)),
      /not a beacon/,
    )
    await refuses(
      edit("left-out", (entries) => entries.slice(1)),
      /not those of the transcript/,
    )
    await refuses(
      edit("renamed", ([first, ...rest]) => [{ ...first, name: "Eve" }, ...rest]),
      /not those of the transcript/,
    )
    await refuses(
      edit("twice", ([first, ...rest]) => [first, first, ...rest]),
      /two contributions have one name/,
    )
    await refuses(
      edit("nobody", (entries) => entries.slice(3)),
      /nobody has contributed/,
    )
  })

  it("is refused when one byte of any part of the key changed", async () => {
    // Header, coefficients, points of each kind, contributions
    for (const part of [2, 4, 5, 8, 9, 10]) {
      const copy = forged(`tampered-${part}`, (at) => {
        const bytes = readFileSync(keyFile(folder, "small", 4))
        const inside = section(bytes, part)
        inside[part === 2 ? 100 : 40] = (inside[part === 2 ? 100 : 40] ?? 0) ^ 1
        writeFileSync(keyFile(at, "small", 4), bytes)
      })
      await refuses(copy, /does not follow|not those of the transcript/)
    }
  })

  it("takes no contribution after its beacon, and no beacon before a contribution", async () => {
    await contribute(folder, "late", quiet).then(
      () => ok(false, "contributed"),
      (error: Error) => match(error.message, /ended/),
    )
    const fresh = join(SCRATCH, "fresh")
    await start(fresh, phase1, [SOURCE], quiet)
    await applyBeacon(fresh, BEACON, quiet).then(
      () => ok(false, "applied"),
      (error: Error) => match(error.message, /nobody/),
    )
  })

  it("puts its keys in the place of the development keys", async () => {
    const own = join(SCRATCH, "publish")
    const sources = CIRCUITS.map((name) => join(SCRATCH, `${name}.circom`))
    for (const source of sources) writeFileSync(source, circuitOf("EqualOrAny()", "run/equal-or-any"))
    await start(own, phase1, sources, quiet)
    await contribute(own, "Ada", quiet)
    await applyBeacon(own, BEACON, quiet)
    const root = join(scratch, "root")
    const paths = await publish(own, root)
    const manifest = readManifest(join(root, "circuits/keys/manifest.json"))
    ok(manifest)
    deepEqual([manifest.kind, manifest.phase1], ["ceremony", phase1.pin])
    checkCeremonyKeys(join(root, "build/circuits"), manifest)
    const constants = readFileSync(join(root, "contracts/generated/Keys.sol"), "utf8")
    match(constants, /DEVELOPMENT_KEYS = false/)
    const key = await zKey.exportVerificationKey(keyFile(own, "fold", 2))
    for (const coordinate of key.vk_delta_2.flat().slice(0, 4))
      ok(constants.includes(BigInt(coordinate).toString(16).padStart(64, "0")))
    equal(paths.length, 6)
  })

  it("is held by the command line as by the library", () => {
    const own = join(SCRATCH, "cli")
    const run = (...args: string[]) => {
      const { status, stdout, stderr } = spawnSync("node", ["scripts/ceremony.ts", ...args], { encoding: "utf8" })
      return { status, text: `${stdout}${stderr}` }
    }
    const phase = ["--phase1", phase1.path, "--pin", phase1.pin, "--circuit", SOURCE]
    equal(run("start", own, ...phase).status, 0)
    equal(run("contribute", own, "--name", "Ada").status, 0)
    equal(run("verify", own, ...phase, "--unfinished").status, 0)
    equal(run("verify", own, ...phase).status, 1)
    equal(run("beacon", own, "--hash", BEACON.hash, "--iterations", "10").status, 0)
    match(run("verify", own, ...phase).text, /Ada: .*\nbeacon: /)
    // Without --pin the real phase 1 is expected
    match(run("verify", own, "--phase1", phase1.path, "--circuit", SOURCE).text, /f807e065fde53f72/)
    for (const wrong of [["start"], ["dance", own], ["beacon", own, "--hash", "xyz"], ["--nope"]])
      equal(run(...wrong).status, 2, wrong.join(" "))
    equal(run("--help").status, 0)
    equal(run("contribute", join(SCRATCH, "nowhere"), "--name", "Ada").status, 1)
  })
})
