import assert from "node:assert/strict"
import { globSync, readFileSync } from "node:fs"
import { FLOORS } from "./floors.ts"

/** Whatever makes a random value, whether or not an attacker who guessed it would gain anything. */
const SOURCES =
  /randomBytes\([^)]*\)|randomUUID\(\)|randomInt\([^)]*\)|randomFillSync|getRandomValues|generateKeyPair(?:Sync)?\([^)]*\)|generatePrivateKey\(\)|generate\w*Identity\(\)|Math\.random|uuid\.uuid4\(\)|os\.urandom|\bsecrets\.\w+\(/g

/** Every place that asks for randomness, with the source and the length. Who changes one says why it is enough. */
const PLACES: { readonly [file: string]: readonly string[] } = {
  // what must be guessed by nobody
  "attester/src/keys/file-key.ts": [
    ...['generateKeyPairSync("ed25519")', 'generateKeyPairSync("ec", { namedCurve: "P-256" })'],
  ],
  "attester/src/run/run.ts": ["randomBytes(16)", "randomBytes(32)"],
  "attester/src/workload/access.ts": ["randomBytes(32)"],
  "chain/src/account/keystore.ts": ["randomBytes(32)", "randomBytes(16)", "randomUUID()"],
  "cli/src/commands/archive.ts": ["generateHybridIdentity()"],
  "cli/src/commands/key.ts": ["generatePrivateKey()", "randomBytes(24)"],
  "disclosure/src/pact/access.ts": ["randomBytes(32)", "randomBytes(32)"],
  "prover/src/fresh-blind.ts": ["randomBytes(48)"],
  "prover/src/queue/sealed.ts": ["generateX25519Identity()"],
  "relayer/src/cli/config.ts": ["randomBytes(32)"],
  // names that must be nobody else's
  "archive/src/folder.ts": ["randomBytes(8)"],
  "cli/src/archive/backup.ts": ["randomUUID()"],
  "cli/src/export/parquet.ts": ["randomUUID()"],
  "prover/src/whole-file.ts": ["randomUUID()"],
  "python/src/wattest/agent/counts.py": ["uuid.uuid4()"],
  "relayer/src/worker.ts": ["randomUUID()"],
  // when a poll falls: that many devices do not ask at once
  "attester/src/agent/poller.ts": ["Math.random"],
}

describe("randomness", () => {
  const files = [...globSync(`{${FLOORS.flat().join()}}/{src,web}/**/*.ts`), ...globSync("python/src/**/*.py")]
  const found = Object.fromEntries(
    files.flatMap((file) => {
      const uses = readFileSync(file, "utf8").match(SOURCES)
      return uses === null ? [] : [[file, [...uses]] as const]
    }),
  )

  it("comes from the system's source, as much as is written here, and from nowhere else", () =>
    assert.deepEqual(found, PLACES))

  it("is asked by its name of Node, of viem or of age, which take it from the system", () => {
    const MAKERS = ["node:crypto", "viem/accounts", "age-encryption"]
    for (const [file, uses] of Object.entries(PLACES).filter(([file]) => file.endsWith(".ts")))
      for (const [name = ""] of uses.flatMap((use) => [...use.matchAll(/^\w+(?=\()/g)])) {
        const imported = new RegExp(`import \\{[^}]*\\b${name}\\b[^}]*\\} from "([^"]+)"`).exec(
          readFileSync(file, "utf8"),
        )
        assert.ok(MAKERS.includes(imported?.[1] ?? ""), `${name} in ${file} is of ${imported?.[1]}`)
      }
  })

  it("is the system's wherever a secret depends on it", () => {
    for (const [file, uses] of Object.entries(PLACES))
      if (uses.includes("Math.random")) assert.equal(file, "attester/src/agent/poller.ts")
  })
})
