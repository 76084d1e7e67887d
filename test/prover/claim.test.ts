import assert from "node:assert/strict"
import { spawn } from "node:child_process"
import { chmodSync, existsSync, mkdirSync, mkdtempSync, readFileSync, renameSync, rmSync, writeFileSync } from "node:fs"
import { tmpdir } from "node:os"
import { delimiter, join } from "node:path"
import { inspect } from "node:util"
import { passwordFileOf, sealKeystore } from "@wattest/chain"
import {
  ARCHIVE_FILES,
  encodeDocument,
  encodePresentation,
  type Presentation,
  type PublishedTally,
  parsePresentation,
  type RunRecord,
  runFolder,
} from "@wattest/protocol"
import { nodeSignatures } from "@wattest/protocol/node"
import {
  createBound,
  createJoin,
  createTally,
  encodeTallyFile,
  noJournal,
  openArchive,
  openJournal,
  openLedgerReader,
  type ProofJournal,
  parseTallyFile,
  publishPresentation,
  readBound,
  readTerms,
  type TallyFile,
  type WrittenBound,
  type WrittenClosing,
  type WrittenTerms,
} from "@wattest/prover"
import { AS_OF, createWorld, FROM, KEYS, TO, type World } from "@wattest/testkit/ledger/world"
import { artifactOf, withoutNames } from "@wattest/testkit/local/contracts"
import { skip } from "@wattest/testkit/skip"
import { POLICY_TEMPLATE, type Policy, verifyPresentation } from "@wattest/verifier"
import { createPublicClient, http, keccak256, parseEther } from "viem"
import { generatePrivateKey, privateKeyToAccount } from "viem/accounts"
import { describeClaim, claims as listTallies } from "../../registry/src/commands/claims.ts"
import { assertClaimsExplored } from "../explorer/claims.ts"
import { assertClaimsIndexed } from "../index/claims.ts"
import { NO_BROWSER } from "../page/browser.ts"

const REQUEST: WrittenTerms = {
  ...{ model: "llama", unit: "token", boundary: "node" },
  ...{ from: FROM, to: TO, asOf: AS_OF },
}
const PER_TOKEN: WrittenBound = { metric: "joules-per-token", atMost: "0.0505" }

type Ended = { readonly status: number | null; readonly stdout: string; readonly stderr: string }

/** Runs a program of ours without stopping the test's own event loop. */
function run(main: string, args: readonly string[], env: NodeJS.ProcessEnv = process.env): Promise<Ended> {
  return new Promise((resolve) => {
    const child = spawn(process.execPath, [main, ...args], { env })
    let [stdout, stderr] = ["", ""]
    child.stdout.on("data", (text) => {
      stdout += text
    })
    child.stderr.on("data", (text) => {
      stderr += text
    })
    child.on("close", (status) => resolve({ status, stdout, stderr }))
  })
}

describe("a claim", function () {
  this.timeout(300_000)
  let world: World
  let folder: string
  before(async () => {
    world = await createWorld()
    folder = mkdtempSync(join(tmpdir(), "wattest-claim-"))
  })
  after(async () => {
    await world.stop()
    rmSync(folder, { recursive: true })
  })

  type Options = {
    readonly ledger?: `0x${string}`
    readonly archive?: string
    readonly unopened?: number
    readonly closing?: WrittenClosing
    readonly journal?: ProofJournal
  }
  const tally = (written: Partial<WrittenTerms> = {}, options: Options = {}) => {
    const {
      ledger = world.large.id,
      archive = world.archive,
      unopened = 0,
      closing = {},
      journal = noJournal(),
    } = options
    const { reader, registry, pool } = world
    return createTally({
      ...{ reader, registry, ledgers: [ledger], archives: [openArchive(archive)], unopened, closing, journal },
      ...{ terms: readTerms({ ...REQUEST, ...written }), keys: KEYS, pool },
    })
  }
  const bounded = (file: TallyFile, written: WrittenBound) =>
    createBound({ file, written, keys: KEYS, pool: world.pool })

  describe("is refused before any proof", () => {
    let large: TallyFile

    before(async () => {
      large = await tally()
    })

    it("when its bound is false, and the operator alone is told what would hold", async () => {
      const close = {
        code: "BOUND_FALSE",
        message: /above 0\.050499 J per token: at most 0\.0505 J per token would hold/,
      }
      await assert.rejects(bounded(large, { ...PER_TOKEN, atMost: "0.050499" }), close)
      await assert.rejects(bounded(large, { metric: "energy", atLeast: "3031 J" }), {
        ...{ code: "BOUND_FALSE", message: /at least 3030 J would hold/ },
      })
    })

    it("when no run counts, or nothing is divided by", async () => {
      const nobody = await tally({ model: "nobody's" }, { ledger: world.small.id })
      await assert.rejects(bounded(nobody, { metric: "energy", atMost: "0" }), {
        code: "BOUND_FALSE",
        message: /no run counts/,
      })
      await assert.rejects(bounded(large, { metric: "pue", atMost: "2" }), {
        code: "BOUND_FALSE",
        message: /divides by 0/,
      })
    })

    it("when it would flatter from what runs need not feed", async () => {
      const flattering = { metric: "idle-tax", atMost: "50 %" }
      await assert.rejects(bounded(large, flattering), { code: "TERMS_INVALID", message: /feed no idle/ })
      await assert.rejects(tally({ require: ["idle"] }), { code: "CONDITION_FAILED", message: /SOURCE_MISSING/ })
    })

    it("when the bounds that close it are false", async () => {
      for (const closing of [{ meteredAtLeast: "1021 s" }, { blindAtMost: "x" }])
        await assert.rejects(tally({}, { closing }), (error: { code: string }) =>
          ["BOUND_FALSE", "TERMS_INVALID"].includes(error.code),
        )
    })

    it("when runs cannot be opened, naming them", async () => {
      const missing = join(world.archive, runFolder(world.a.id, 3n))
      renameSync(missing, `${missing}.away`)
      try {
        await assert.rejects(tally(), {
          code: "OPENINGS_MISSING",
          message: new RegExp(`has 1 of .*${world.a.id}/3$`),
        })
      } finally {
        renameSync(`${missing}.away`, missing)
      }
    })

    it("when the archive has another statement than was anchored", async () => {
      const path = join(world.archive, runFolder(world.b.id, 0n), ARCHIVE_FILES.record)
      const good = readFileSync(path)
      const record = world.chosen as RunRecord
      const registers = { ...record.statement.registers, energyMillijoules: 1n }
      try {
        writeFileSync(path, encodeDocument({ ...record, statement: { ...record.statement, registers } }))
        await assert.rejects(tally({}, { ledger: world.small.id }), { code: "ARCHIVE_BROKEN" })
        writeFileSync(path, encodeDocument({ ...record, root: record.capturesRoot }))
        await assert.rejects(tally({}, { ledger: world.small.id }), { code: "ARCHIVE_BROKEN" })
      } finally {
        writeFileSync(path, good)
      }
    })

    it("when counted runs break its conditions, naming them and what to do", async () => {
      await assert.rejects(tally({ model: undefined, unit: undefined }), {
        ...{ code: "CONDITION_FAILED", message: /5 counted runs have ENERGY_GRADE_WORSE/ },
        hint: /--energy-grade/,
      } as object)
      await assert.rejects(tally({ unit: "sample" }), {
        code: "CONDITION_FAILED",
        message: /30 counted runs have UNIT_DIFFERS/,
      })
      await assert.rejects(tally({ workGrade: "measured" }), { code: "CONDITION_FAILED", message: /WORK_GRADE_WORSE/ })
    })

    it("when it has more runs than a document has room for", async () => {
      const many = { device: world.a.id, run: 0n, root: `0x${"00".repeat(32)}` } as const
      const period = await world.reader.period(world.large.id, { from: FROM, to: TO }, AS_OF, 0)
      const reader = {
        ...world.reader,
        period: async () => ({ ...period, runs: Array.from({ length: 16_000 * 56 + 1 }, () => many) }),
      }
      const request = { registry: world.registry, ledgers: [world.large.id], archives: [], unopened: 0, keys: KEYS }
      const terms = readTerms(REQUEST)
      await assert.rejects(createTally({ ...request, reader, terms, pool: world.pool, journal: noJournal() }), {
        code: "INPUT_INVALID",
        message: /896001 runs take 16001 segments/,
      })
    })

    it("when its period has not ended on the chain", async () => {
      await assert.rejects(tally({ to: TO + 100_000, asOf: undefined }), { code: "PERIOD_NOT_ENDED" })
      await assert.rejects(tally({ asOf: TO + 100_000 }), { code: "PERIOD_NOT_ENDED" })
    })

    it("when the registry has no such ledger, or is none", async () => {
      await assert.rejects(tally({}, { ledger: `0x${"99".repeat(32)}` }), { code: "INPUT_INVALID" })
      const nowhere = await openLedgerReader(world.chain.url, `0x${"11".repeat(20)}`)
      const period = { from: FROM, to: TO }
      await assert.rejects(nowhere.period(world.large.id, period, AS_OF, 1), { code: "SOURCE_UNREACHABLE" })
      await assert.rejects(openLedgerReader("http://127.0.0.1:9", world.registry), { code: "SOURCE_UNREACHABLE" })
    })

    it("when its terms make no sense", () => {
      const refused = (written: Partial<WrittenTerms>, message: RegExp) =>
        assert.throws(() => readTerms({ ...REQUEST, ...written }), { code: "TERMS_INVALID", message })
      refused({ boundary: undefined }, /no boundary/)
      refused({ boundary: "moon" }, /--boundary: "moon"/)
      refused({ from: REQUEST.to }, /is empty/)
      refused({ asOf: REQUEST.to }, /--as-of .* is not after --to/)
      refused({ energyGrade: "perfect" }, /--energy-grade/)
      refused({ origin: "dreamt" }, /--origin/)
      refused({ require: ["luck"] }, /--require: "luck"/)
      const subject = readTerms(REQUEST)
      const unbound = (written: Partial<WrittenBound>, message: RegExp) =>
        assert.throws(() => readBound({ ...PER_TOKEN, ...written }, subject), { code: "TERMS_INVALID", message })
      unbound({ metric: "happiness" }, /--metric: "happiness"/)
      unbound({ metric: "joules-per-image" }, /counts token/)
      unbound({ atMost: undefined }, /no bound/)
      unbound({ atMost: "0.00000001" }, /finer/)
      unbound({ atLeast: "2", atMost: "1" }, /is above/)
      unbound({ metric: "ratio" }, /no numerator/)
      unbound({ numerator: ["runs"] }, /its own numerator/)
      const unitless = readTerms({ ...REQUEST, unit: undefined })
      assert.throws(() => readBound({ metric: "work", atMost: "1" }, unitless), { message: /counts work/ })
    })
  })

  it("goes on where it was cut short, with the proofs that it made", async () => {
    const path = join(folder, "cut.part")
    const proved: string[] = []
    const pool = {
      ...world.pool,
      prove: (async (circuit, input) => {
        proved.push(circuit)
        if (circuit === "bound") throw new Error("cut short")
        return world.pool.prove(circuit, input)
      }) as typeof world.pool.prove,
    }
    const { reader, registry } = world
    const request = {
      ...{ reader, registry, ledgers: [world.small.id], archives: [openArchive(world.archive)], unopened: 0 },
      ...{ terms: readTerms(REQUEST), keys: KEYS },
    }
    await assert.rejects(createTally({ ...request, pool, journal: openJournal(path) }), /cut short/)
    // A cut line is left out
    while (!readFileSync(path, "utf8").includes("proof")) await new Promise((resolve) => setTimeout(resolve, 200))
    writeFileSync(path, `${readFileSync(path, "utf8")}{"input":"12`)
    proved.length = 0
    const again = {
      ...world.pool,
      prove: ((circuit, input) => {
        proved.push(circuit)
        return world.pool.prove(circuit, input)
      }) as typeof world.pool.prove,
    }
    const journal = openJournal(path)
    const file = await createTally({ ...request, pool: again, journal })
    assert.deepEqual(proved, ["bound", "bound", "bound"])
    journal.end()
    assert.equal(existsSync(path), false)
    assert.deepEqual(parseTallyFile(encodeTallyFile(file)), file)
  })

  it("goes by the command line from the chain to the registry of claims and to a verifier", async () => {
    const key = generatePrivateKey()
    const { address } = privateKeyToAccount(key)
    const { client, url } = world.chain
    // The ledgers' operator is an account of the node; a stranger's key may prove, and may not publish.
    await client.setBalance({ address, value: parseEther("10") })
    const [out, keyFile, policyFile] = ["claim.json", "operator.json", "policy.json"].map((name) =>
      join(folder, name),
    ) as [string, string, string]
    writeFileSync(keyFile, sealKeystore(key, address, "only for tests"))
    writeFileSync(passwordFileOf(keyFile), "only for tests\n")
    const tallyPath = join(folder, "small.tally.json")
    const folded = await run("prover/src/main.ts", [
      ...["tally", "--rpc", url, "--registry", world.registry, "--ledger", world.small.id, "--archive", world.archive],
      ...["--from", `${FROM}`, "--to", `${TO}`, "--as-of", `${AS_OF}`, "--model", "llama", "--unit", "token"],
      ...["--boundary", "node", "--keys", KEYS, "--out", tallyPath, "--json"],
    ])
    assert.equal(folded.status, 0, folded.stderr)
    assert.match(folded.stderr, /1 of 2 runs count; 4 proofs/)
    assert.match(folded.stderr, /proving: 4 of 4/)
    const proved = await run("prover/src/main.ts", [
      ...["bound", tallyPath, "--metric", "joules-per-token", "--at-most", "0.303 J/token", "--keys", KEYS],
      ...["--out", out, "--json"],
    ])
    assert.equal(proved.status, 0, proved.stderr)
    assert.match(proved.stderr, /at most 0\.303 J per token/)
    const chain = ["--rpc", url, "--claims", world.claims, "--key", keyFile]
    const foreign = await run("prover/src/main.ts", ["publish", out, ...chain])
    assert.equal(foreign.status, 1)
    assert.match(foreign.stderr, /error: .*the ledgers are of/)

    const { tallies } = parsePresentation(readFileSync(out))
    const state = tallies[0]?.kind === "period" ? tallies[0].ledgers[0]?.state : undefined
    const trustedBlocks = [{ number: `${world.finalNumber}`, hash: keccak256(state?.header ?? "0x") }]
    const policy = {
      ...POLICY_TEMPLATE,
      chains: [{ chainId: 31337, registries: [world.registry], trustedBlocks, rpcs: [], checkpoints: null }],
      vouchers: [world.small.voucher],
      claims: { ...POLICY_TEMPLATE.claims, developmentKeys: true, missingPercent: 50 },
    }
    writeFileSync(policyFile, JSON.stringify(policy))
    const judged = await run("verifier/src/main.ts", [out, "--policy", policyFile])
    assert.equal(judged.status, 0, judged.stdout + judged.stderr)
    assert.match(judged.stdout, /^VALID\n\nAll runs \(model "llama"/)
    writeFileSync(policyFile, JSON.stringify({ ...policy, claims: POLICY_TEMPLATE.claims }))
    const refused = await run("verifier/src/main.ts", [out, "--policy", policyFile, "--json"])
    assert.equal(refused.status, 5)
    assert.equal(JSON.parse(refused.stdout).verdict.code, "CLAIM_KEY_NOT_ACCEPTED")
  })

  /** The published tallies as a document that the verifier believes, and what it does not believe. */
  async function presents(numbers: readonly bigint[]): Promise<void> {
    const { chain, operator, claims, registry } = world
    const out = join(folder, "published.json")
    const named = numbers.flatMap((number) => ["--tally", `${number}`])
    const place = ["--rpc", chain.url, "--claims", claims, "--operator", operator]
    const made = await run("prover/src/main.ts", ["present", ...place, ...named, "--out", out, "--json"])
    assert.equal(made.status, 0, made.stderr)
    const document = parsePresentation(readFileSync(out))
    const [first] = document.tallies
    if (first?.kind !== "published" || first.state === undefined) throw new Error("it is no published tally")
    const block = await chain.client.getBlock({ blockTag: "finalized" })
    const code = (await chain.client.getCode({ address: claims })) ?? "0x"
    const claimsOf = (codeHash = keccak256(code), over = registry) => [{ address: claims, over, codeHash }]
    const judge = async (presented: Presentation, believed = claimsOf(), folded = false) => {
      const trustedBlocks = [{ number: block.number, hash: block.hash }]
      const place = { chainId: 31337, registries: [registry], trustedBlocks, rpcs: [], checkpoints: null }
      const policy: Policy = {
        ...POLICY_TEMPLATE,
        chains: [{ ...place, claims: believed }],
        vouchers: [world.large.voucher, world.small.voucher],
        claims: { ...POLICY_TEMPLATE.claims, missingPercent: 50, folded },
      }
      const readers = { signatures: nodeSignatures, chain: null }
      return (await verifyPresentation(encodePresentation(presented), policy, readers)).verdict
    }
    const verdict = await judge(document)
    assert.equal(verdict.status, "valid", inspect(verdict))
    if (verdict.status !== "valid") return
    assert.deepEqual(
      verdict.claim.map(({ bound, scope }) => [bound.metric, scope.runs, scope.owners.length]),
      [
        ["energy", 39n, 2],
        ["energy-per-work", 39n, 2],
      ],
    )
    const refused = async (presented: Presentation, code: string, believed = claimsOf()) => {
      const found = await judge(presented, believed)
      assert.equal(found.status === "valid" ? "valid" : found.code, code)
    }
    const changed = (change: Partial<PublishedTally>): Presentation => ({
      ...document,
      tallies: document.tallies.map((tally) => (tally.kind === "published" ? { ...tally, ...change } : tally)),
    })
    await refused(changed({ accumulator: `0x${"07".padStart(64, "0")}` }), "CLAIM_RECORD_MISMATCH")
    await refused(changed({ runs: 40n }), "CLAIM_RECORD_MISMATCH")
    await refused(changed({ filters: { ...first.filters, model: "other" } }), "CLAIM_RECORD_MISMATCH")
    await refused(changed({ closing: { ...first.closing, blindAtMost: 1n } }), "CLAIM_RECORD_MISMATCH")
    await refused(changed({ claims: registry }), "STATE_PROOF_INVALID")
    await refused(document, "REGISTRY_NOT_ACCEPTED", [])
    await refused(document, "CLAIM_REGISTRY_MISMATCH", claimsOf(keccak256("0x00")))
    await refused(document, "CLAIM_REGISTRY_MISMATCH", claimsOf(keccak256(code), claims))
    const bounds = document.bounds.map((bound) => ({ ...bound, hi: bound.hi - 1n }))
    await refused({ ...document, bounds }, "CLAIM_RECORD_MISMATCH")
  }

  it("is published in as many transactions as the gas cap needs, goes on after a crash, and once is enough", async () => {
    const [large, small] = [await tally(), await tally({}, { ledger: world.small.id })]
    const joined = await createJoin({ files: [large, small], keys: KEYS, pool: world.pool })
    const { document } = await bounded(await bounded(joined, { metric: "energy", atMost: "3333 J" }), {
      ...{ metric: "joules-per-token", atMost: "0.06" },
    })
    const { chain, operator, claims } = world
    const request = { document, rpc: chain.url, claims, account: operator, gasCap: 500_000n }
    // Two tallies of open, extend, close; a join and its close; two bounds: ten transactions
    for (const stop of [2, 3, 4]) {
      let sent = 0
      const progress = (done: number) => {
        sent = done
        if (done === stop) throw new Error("crash")
      }
      await assert.rejects(publishPresentation({ ...request, progress }), /crash/)
      assert.equal(sent, stop)
    }
    const { numbers, transactions } = await publishPresentation(request)
    assert.deepEqual(numbers, [0n, 1n, 2n])
    assert.equal(transactions, 10 - 2 - 3 - 4)
    assert.deepEqual(await publishPresentation(request), { numbers, transactions: 0 })
    await chain.client.mine({ blocks: 3 })
    const client = createPublicClient({ transport: http(chain.url) })
    const listed = await listTallies({ client, address: claims } as never, operator)
    assert.deepEqual(
      listed.map(({ number, closedAt, suspect, parts }) => [number, closedAt > 0n, suspect, parts.length]),
      [
        [0, true, false, 0],
        [1, true, false, 0],
        [2, true, false, 2],
      ],
    )
    const text = describeClaim(listed[2] as (typeof listed)[number])
    for (const part of [
      /^tally 2 +proved 20/,
      /bound +energy at most 3333 J/,
      /bound +energy-per-work at most 0\.06 J per token/,
      /runs +all with model "llama", metered at the node/,
      /metered +at least 0\.0236111 device-days/,
      /39 runs of 2 ledgers: 0 not looked into, 1 lost/,
      /joins +tallies 0, 1/,
      /suspect +no\n$/,
    ])
      assert.match(text, part)
    await assertClaimsIndexed(world)
    await presents([0n, 2n])
  })

  it("is shown by the explorer, sentence first, and judged in the page", async function () {
    if (NO_BROWSER !== null) skip(this, NO_BROWSER)
    await assertClaimsExplored(world)
  })

  it("is proved by rapidsnark if one is on the PATH, and what it gives is checked", async () => {
    // A program of that name and command line, which proves with snarkjs or answers with a proof of something else.
    const bin = join(folder, "bin")
    mkdirSync(bin)
    const program = join(bin, "rapidsnark")
    const script = (proof: string) => `#!${process.execPath}
const { writeFileSync } = require("node:fs"); const [zkey, wtns, out, pub] = process.argv.slice(2)
import(${JSON.stringify(join(process.cwd(), "node_modules/snarkjs/main.js"))}).then(async ({ groth16 }) => {
  const { proof, publicSignals } = await groth16.prove(zkey, wtns)
  writeFileSync(${JSON.stringify(join(folder, "was-here"))}, ""); writeFileSync(pub, JSON.stringify(publicSignals))
  writeFileSync(out, JSON.stringify(${proof}) + "\\0"); process.exit(0)
})`
    const path = join(folder, "rapid.tally.json")
    writeFileSync(path, encodeTallyFile(await tally({}, { ledger: world.small.id })))
    const claim = (out: string) =>
      run(
        "prover/src/main.ts",
        ["bound", path, "--metric", "energy", "--at-most", "303 J", "--keys", KEYS, "--out", join(folder, out)],
        { ...process.env, PATH: `${bin}${delimiter}${process.env.PATH}` },
      )
    writeFileSync(program, script("{ ...proof, pi_c: proof.pi_a }"))
    chmodSync(program, 0o755)
    const bad = await claim("forged.json")
    assert.equal(bad.status, 1)
    assert.match(bad.stderr, /CLAIM_PROOF_INVALID/)
    assert.equal(existsSync(join(folder, "forged.json")), false)
    rmSync(join(folder, "was-here"))
    writeFileSync(program, script("proof"))
    chmodSync(program, 0o755)
    const good = await claim("rapid.json")
    assert.equal(good.status, 0, good.stderr)
    assert.ok(existsSync(join(folder, "was-here")))
  })

  it("reads and calls contracts by what their compiled interfaces say", async () => {
    const { ANCHORS_ABI, CLAIMS_ABI } = await import("@wattest/chain")
    for (const [name, abi] of [
      ["AnchorRegistry", ANCHORS_ABI],
      ["ClaimRegistry", CLAIMS_ABI],
    ] as const) {
      const compiled = artifactOf(name).abi.map((item) => JSON.stringify(withoutNames(item)))
      for (const item of abi)
        assert.ok(compiled.includes(JSON.stringify(withoutNames(item))), `${name}: ${inspect(item)}`)
    }
  })
})
