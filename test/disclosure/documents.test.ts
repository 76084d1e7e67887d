import assert from "node:assert/strict"
import { spawnSync } from "node:child_process"
import { copyFileSync, existsSync, mkdtempSync, readFileSync, rmSync, truncateSync, writeFileSync } from "node:fs"
import { tmpdir } from "node:os"
import { join } from "node:path"
import { type Filing, fileStandard, parseFiling, readStandard } from "@wattest/disclosure"
import { type Certificate, encodeDocument, type RunContext, type Statement, toJson } from "@wattest/protocol"
import { ed25519Device } from "@wattest/testkit/conformance/keys"
import { tell } from "@wattest/testkit/conformance/story"
import { writeKeystore } from "@wattest/testkit/relayer/process"
import { type JudgedDocument, judgeEach, readPolicy } from "@wattest/verifier/files"
import fc from "fast-check"
import { booksOf } from "../../disclosure/src/books/entry.ts"
import { profileAt } from "../../disclosure/src/cli/material.ts"
import { companyDesk, type Desk } from "./job-scene.ts"
import { cellIn, materialOf, profileOf } from "./scene.ts"

const MAIN = join(import.meta.dirname, "../../disclosure/src/main.ts")

describe("documents that a company hands in", function () {
  this.timeout(120_000)
  let desk: Desk
  const at = (...names: readonly string[]) => join(desk.folder, ...names)
  before(async () => {
    desk = await companyDesk()
  })
  after(() => desk.clear())

  const command = (...words: readonly string[]) =>
    spawnSync(process.execPath, [MAIN, ...words], { cwd: desk.folder, encoding: "utf8" })

  function filing(...options: readonly string[]): Filing {
    const { status, stderr } = desk.file("vsme-2025-07-30", "--out", "vsme.json", ...options)
    assert.equal(status, 0, stderr)
    return parseFiling(readFileSync(at("vsme.json")))
  }
  const electricity = (given: Filing) => cellIn(given, "B3-electricity")

  it("count once, under however many names and serialisations they come", () => {
    const alone = filing()
    copyFileSync(at("certificates", "hall.json"), at("certificates", "again.json"))
    const text = JSON.parse(readFileSync(at("certificates", "hall.json"), "utf8"))
    writeFileSync(at("certificates", "spaced.json"), JSON.stringify(text, null, 2))
    const thrice = filing()
    assert.deepEqual(electricity(thrice).value, electricity(alone).value)
    assert.match(thrice.notes.join(), /counted once: 73 runs in more than one document/)
    // Another serialisation is no document of ours: the digest is over canonical bytes.
    assert.deepEqual(
      thrice.refused.map(({ name, status }) => [name, status]),
      [["certificates/spaced.json", "invalid"]],
    )
    for (const name of ["again.json", "spaced.json"]) rmSync(at("certificates", name))
  })

  it("know their jobs and models: another name is refused before an empty filing is written", () => {
    const of = (standard: string, ...subject: readonly string[]) =>
      desk.file(standard, "--out", "typo.json", ...subject)
    for (const [standard, ...subject] of [
      ["pact-3-category-1.1", "--model", "nobody-knows-it"],
      ["ai-act-annex-xi", "--job", "nobody-knows-it"],
    ] as const) {
      const { status, stderr } = of(standard, ...subject)
      assert.equal(status, 2, stderr)
      assert.match(stderr, /^error: no document is of (?:job|model) "nobody-knows-it"$/m)
      assert.match(stderr, /^hint: (?:they are of|did you mean) /m)
    }
    assert.equal(existsSync(at("typo.json")), false)
  })

  it("never enter where they are forged, and the answers say so", () => {
    const whole = filing()
    const forged = readFileSync(at("certificates", "hall.json"), "utf8").replace(
      /"energyMillijoules":"([1-9])/,
      (_, digit: string) => `"energyMillijoules":"${(Number(digit) % 9) + 1}`,
    )
    writeFileSync(at("certificates", "forged.json"), forged)
    const beside = filing()
    assert.deepEqual(electricity(beside), electricity(whole))
    assert.deepEqual(
      beside.refused.map(({ name, status }) => [name, status]),
      [["certificates/forged.json", "invalid"]],
    )
    const { stdout } = desk.file("vsme-2025-07-30")
    assert.match(stdout, /not counted: certificates\/forged\.json is invalid, [A-Z_]+: /)
    const believed = ["--policy", "policy.json", "--profile", "profile.json", "--year", "2026"]
    const listed = command("inventory", "certificates/forged.json", ...believed)
    assert.equal(listed.status, 0, listed.stderr)
    assert.match(listed.stdout, /not counted: certificates\/forged\.json is invalid/)
    assert.match(listed.stderr, /1 document judged, 0 valid/)
    assert.deepEqual(
      JSON.parse(command("inventory", "certificates/forged.json", ...believed, "--json").stdout).rows,
      [],
    )
    rmSync(at("certificates", "forged.json"))
  })

  it("are made of files of a length that such a file can have", () => {
    writeFileSync(at("huge.json"), "{")
    truncateSync(at("huge.json"), 3 * 1024 ** 3)
    const usual = ["policy.json", "profile.json", "factors.json", "vsme-2025-07-30"]
    for (const place of [1, 2, 3]) {
      const [policy, profile, factors, standard] = usual.with(place, "huge.json") as [string, string, string, string]
      const believed = ["--policy", policy, "--profile", profile, "--factors", factors, "--year", "2026"]
      const { status, stderr } = command("file", standard, "certificates", ...believed)
      assert.equal(status, 2, stderr)
      assert.match(stderr, /^error: huge\.json: .*long/m)
    }
    const { status, stderr } = command("sign", "huge.json", "--key", "none.json")
    assert.equal(status, 2, stderr)
    assert.match(stderr, /^error: huge\.json: .*long/m)
    rmSync(at("huge.json"))
  })

  it("are of a site that the profile has: another one is a typing error", () => {
    const { status, stderr } = command(
      ...["file", "eu-2024-1364", "certificates", "--policy", "policy.json", "--profile", "profile.json"],
      ...["--year", "2026", "--site", "zuric"],
    )
    assert.equal(status, 2)
    assert.match(stderr, /the profile has no site "zuric"\nhint: did you mean zurich\?/)
  })

  it("are of a period: another year has none of them", () => {
    const words = ["certificates", "--policy", "policy.json", "--profile", "profile.json"]
    const rows = (...period: readonly string[]) =>
      JSON.parse(command("inventory", ...words, ...period, "--json").stdout).rows
    assert.equal(rows("--year", "2026")[0].runs, 73)
    const twice = ["--year", "2026", "--as-of", "2027-01-01", "--previous-as-of", "2027-01-01"]
    const { status, stderr } = command("inventory", ...words, ...twice)
    assert.deepEqual([status, /--previous-as-of is not earlier than --as-of/.test(stderr)], [2, true])
    assert.deepEqual(rows("--year", "2025"), [])
    const months = [1, 2, 3, 4].map((quarter) => {
      const from = `2026-${String(quarter * 3 - 2).padStart(2, "0")}-01`
      const to = new Date(Date.UTC(2026, quarter * 3, 0)).toISOString().slice(0, 10)
      return rows("--from", from, "--to", to)[0]
    })
    assert.equal(
      months.reduce((all, { runs }) => all + runs, 0),
      73,
    )
    assert.equal(
      months.reduce((all, { energyKwh }) => all + Number(energyKwh), 0),
      12_000 * 365,
    )
  })

  describe("the profile", () => {
    const sign = (profile: string, keystore: string, passwordFile: string) =>
      spawnSync(process.execPath, [MAIN, "sign", profile, "--key", keystore], {
        cwd: desk.folder,
        encoding: "utf8",
        env: { ...process.env, WATTEST_KEY_PASSWORD_FILE: passwordFile },
      })
    const OWNER = "0x70997970c51812dc3a010c7d01b50e0d17dc79c8"
    const given = ["--name", "Example AG", "--country", "CH", "--currency", "EUR", "--standard", "vsme-2025-07-30"]

    it("is begun by init, with sites and meters of what the entity's own devices signed", () => {
      const asked = [...given, "--operator", OWNER, "--policy", "policy.json", "--out", "begun"]
      const { status, stdout, stderr } = command("init", "certificates", ...asked, "--json")
      assert.equal(status, 0, stderr)
      const begun = profileAt(at("begun", "profile.json"))
      assert.deepEqual([begun.operator, begun.signature], [OWNER, undefined])
      // The hall's operator is another one: its devices are not the entity's.
      assert.deepEqual([begun.meters, JSON.parse(stdout).meters], [[], 0])
      const { operator } = profileAt(at("profile.json"))
      const own = [...given, "--operator", operator, "--policy", "policy.json", "--out", "own"]
      assert.equal(command("init", "certificates", ...own).status, 0)
      const { meters, sites } = profileAt(at("own", "profile.json"))
      assert.deepEqual(
        sites.map(({ id, zone }) => [id, zone]),
        [["zurich", "CH"]],
      )
      assert.deepEqual(
        meters.map(({ site, from }) => [site, from]),
        [["zurich", "2026-01-01"]],
      )
      const plan = JSON.parse(readFileSync(at("own", "plan.json"), "utf8"))
      assert.equal(plan.standards[0].id, "vsme-2025-07-30")
    })

    it("is not written over, and not begun without what nobody is there to answer", () => {
      const again = command("init", ...given, "--operator", OWNER, "--out", "begun")
      assert.equal(again.status, 2, again.stdout)
      assert.match(again.stderr, /error: .*profile\.json/)
      const silent = command("init", "--out", "empty")
      assert.equal(silent.status, 2)
      assert.match(silent.stderr, /error: --name is missing/)
    })

    it("is signed by its operator's key alone, and refused once it is changed", () => {
      const keys = mkdtempSync(join(tmpdir(), "wattest-keys-"))
      const [own, other] = [1, 2].map((account) => writeKeystore(keys, account))
      assert.ok(own !== undefined && other !== undefined)
      const profile = at("begun", "profile.json")
      const stranger = sign(profile, other.keystore, other.passwordFile)
      assert.equal(stranger.status, 2)
      assert.match(stranger.stderr, new RegExp(`hint: the profile's operator is ${OWNER}`))
      const signed = sign(profile, own.keystore, own.passwordFile)
      assert.equal(signed.status, 0, signed.stderr)
      rmSync(keys, { recursive: true })
      const believed = ["certificates", "--policy", "policy.json", "--profile", profile, "--year", "2026"]
      assert.equal(command("inventory", ...believed).status, 0)
      writeFileSync(profile, readFileSync(profile, "utf8").replace("Example AG", "Another AG"))
      const changed = command("inventory", ...believed)
      assert.equal(changed.status, 2)
      assert.match(changed.stderr, new RegExp(`is not signed by its operator ${OWNER}`))
    })
  })
})

describe("the books of documents", function () {
  this.timeout(120_000)
  let folder: string
  let documents: readonly JudgedDocument[]
  const names = ["a", "b", "c"]

  before(async () => {
    folder = mkdtempSync(join(tmpdir(), "wattest-books-"))
    const stories = names.map((name, i) =>
      tell({
        device: ed25519Device(`books ${name}`),
        blocksLater: BigInt(100 * i),
        runs: 2,
        labels: (labels) => ({ ...labels, site: "zurich" }),
      }),
    )
    for (const [i, { certificate }] of stories.entries())
      writeFileSync(join(folder, `${names[i]}.json`), encodeDocument(certificate as Certificate))
    copyFileSync(join(folder, "a.json"), join(folder, "z.json"))
    const [first] = stories
    const all = stories.flatMap(({ policy }) => policy.chains[0]?.trustedBlocks ?? [])
    const blocks = [...new Map(all.map((block) => [block.number, block])).values()]
    const chains = first?.policy.chains.map((chain) => ({ ...chain, trustedBlocks: blocks }))
    writeFileSync(join(folder, "policy.json"), JSON.stringify(toJson({ ...first?.policy, chains })))
    const policy = readPolicy(join(folder, "policy.json"))
    documents = []
    for await (const one of judgeEach({ paths: [folder], policy, offline: true, nodesDeadlineMs: 1 }))
      documents = [...documents, one]
  })
  after(() => rmSync(folder, { recursive: true }))

  it("hold each run once, whatever holds it", () => {
    assert.deepEqual(
      documents.map(({ verdict }) => verdict.status),
      Array(4).fill("valid"),
    )
    const { entries, repeated } = booksOf(documents)
    assert.equal(new Set(entries.map(({ device, run }) => `${device}/${run}`)).size, entries.length)
    assert.equal(repeated, 2)
  })

  it("and the filings and inventories of them do not depend on the order of documents", () => {
    const [entry] = booksOf(documents).entries
    assert.ok(entry)
    const day = new Date(entry.endMs).toISOString().slice(0, 10)
    const filedOf = (list: readonly JudgedDocument[]) => {
      const profile = profileOf({ operator: entry.operator, meters: [] })
      const material = materialOf([], { profile, days: { from: day, to: day } })
      const policy = readPolicy(join(folder, "policy.json"))
      const standard = readStandard("vsme-2025-07-30")
      return fileStandard({
        ...{ standard, policy, signer: null, previousAsOf: null },
        material: { ...material, books: booksOf(list) },
      })
    }
    const expected = filedOf(documents)
    assert.equal(
      cellIn(expected, "B3-electricity").sources.length,
      new Set(booksOf(documents).entries.map(({ document }) => document.name)).size,
    )
    fc.assert(
      fc.property(fc.shuffledSubarray([...documents], { minLength: documents.length }), (shuffled) => {
        assert.deepEqual(filedOf(shuffled), expected)
      }),
      { numRuns: 20 },
    )
  })

  it("are of the job of one device or, where it is of several, of the job of all", () => {
    const [first] = documents.filter(({ proven }) => (proven?.wholes.length ?? 0) > 0)
    assert.ok(first?.proven)
    const { proven } = first
    const entriesIn = (given: Pick<RunContext, "group" | "jobStart">, status: Statement["status"] = "complete") => {
      const wholes = proven.wholes.map((whole) => {
        const { certificate } = whole.certificate
        const runs = certificate.runs.map((run) => {
          const { jobStart: _, ...rest } = run.statement.context
          const context = { ...rest, job: "own", ...given }
          return { ...run, statement: { ...run.statement, status, context } }
        })
        return { ...whole, certificate: { ...whole.certificate, certificate: { ...certificate, runs } } }
      })
      return booksOf([{ ...first, proven: { ...proven, wholes } }]).entries
    }
    const jobsIn = (given: Pick<RunContext, "group">) => [...new Set(entriesIn(given).map(({ job }) => job))]
    const group = { job: "of all", part: 3 } as NonNullable<RunContext["group"]>
    assert.deepEqual(jobsIn({}), ["own"])
    assert.deepEqual(jobsIn({ group }), ["of all"])
    // What says whether all of the job is there.
    const said = (...given: Parameters<typeof entriesIn>) => {
      const [one] = entriesIn(...given)
      return [one?.group?.part, one?.jobStart, one?.goesOn]
    }
    assert.deepEqual(said({ group, jobStart: 7n }), [3, 7n, false])
    assert.deepEqual(said({}, "continued"), [undefined, null, true])
  })

  it("say where one run has two roots: the cell is not filled, and both documents are named", () => {
    const [first] = documents.filter(({ facts }) => facts.runs.length > 0)
    assert.ok(first)
    const other: JudgedDocument = {
      ...{ ...first, name: "other.json", sha256: "f".repeat(64) },
      facts: { ...first.facts, runs: first.facts.runs.map((run) => ({ ...run, root: `0x${"1".repeat(64)}` })) },
    }
    const { contradictions } = booksOf([first, other])
    assert.deepEqual(
      contradictions.map(({ code }) => code),
      ["RUN_CONTRADICTED", "RUN_CONTRADICTED"],
    )
    assert.deepEqual(booksOf(documents).contradictions, [])
  })
})
