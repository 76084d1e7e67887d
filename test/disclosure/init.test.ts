import assert from "node:assert/strict"
import { mkdtempSync, readFileSync, rmSync } from "node:fs"
import { tmpdir } from "node:os"
import { join } from "node:path"
import { CommandError } from "@wattest/command"
import { writeCompany } from "@wattest/testkit/disclosure/company"
import { type InitOptions, init } from "../../disclosure/src/cli/init.ts"
import { profileAt } from "../../disclosure/src/cli/material.ts"

const ACCOUNT = "0x70997970C51812dc3A010C7d01b50e0d17dc79C8"
const NOTHING: Omit<InitOptions, "out"> = {
  ...{
    name: undefined,
    lei: undefined,
    country: undefined,
    currency: undefined,
    operator: undefined,
    share: undefined,
  },
  ...{ "year-begins": undefined, consolidation: undefined, site: [], standard: [], bundle: [], policy: undefined },
  offline: true,
}

/** Answers what is asked by the first of the words that it holds, each answer once; then nothing. */
function person(answers: readonly (readonly [word: string, answer: string])[]) {
  const left = [...answers]
  const said: string[] = []
  const asked: string[] = []
  const terminal = {
    print: (text: string) => void said.push(text),
    say: (line: string) => void said.push(line),
    ask: async (question: string) => {
      asked.push(question)
      const at = left.findIndex(([word]) => question.includes(word))
      return at < 0 ? "" : (left.splice(at, 1)[0]?.[1] ?? "")
    },
  }
  const context = {
    terminal,
    environment: {},
    profile: null,
    folder: ".",
    json: false,
    given: new Map(),
    spell: String,
  }
  return { context, said: () => said.join("\n"), asked, left }
}

describe("wattest disclose init, asked on a terminal", () => {
  let folder: string
  beforeEach(() => {
    folder = mkdtempSync(join(tmpdir(), "wattest-init-"))
  })
  afterEach(() => rmSync(folder, { recursive: true, force: true }))
  const read = () => profileAt(join(folder, "profile.json"))

  it("asks again after a bad answer and says what to write, until it has a profile and a plan", async () => {
    const sitting = person([
      ...([
        ["Legal name", "?"],
        ["Legal name", "Example Compute AG"],
      ] as const),
      ...([
        ["(LEI)", "5299000J2N45DDNE4Y29"],
        ["(LEI)", "5299000j2n45ddne4y28"],
      ] as const),
      ...([
        ["Country of", "Switzerland"],
        ["Country of", "UK"],
        ["Country of", "ZZ"],
        ["Country of", "ch"],
      ] as const),
      ...([
        ["Currency", "francs"],
        ["Currency", "chf"],
      ] as const),
      ...([
        ["Account", "0x70997970c51812dc3A010C7d01b50e0d17dc79C8"],
        ["Account", ACCOUNT],
      ] as const),
      ...([
        ["financial year", "31-12"],
        ["financial year", "02-29"],
        ["financial year", "07-01"],
      ] as const),
      ...([
        ["consolidated", "equity"],
        ["consolidated", "equity-share"],
        ["share, as", "40"],
        ["share, as", "0.4"],
      ] as const),
      ...([
        ["CSRD", "maybe"],
        ["CSRD", "y"],
        ["data centre in the EU", "?"],
        ["data centre in the EU", "yes"],
      ] as const),
      ...([
        ["A site", "zurich"],
        ["A site", "zurich=CH"],
        ["One more", "paris=FR=FR"],
      ] as const),
    ])
    await init([], { ...NOTHING, out: folder }, sitting.context)
    assert.deepEqual(sitting.left, [])
    const { entity, operator, sites } = read()
    assert.deepEqual(entity, {
      ...{ name: "Example Compute AG", lei: "5299000J2N45DDNE4Y28", country: "CH", currency: "CHF" },
      ...{ consolidation: "equity-share", share: "0.4", financialYearBegins: "07-01" },
    })
    assert.equal(operator, ACCOUNT.toLowerCase())
    assert.deepEqual(
      sites.map(({ id, zone, country }) => [id, zone, country]),
      [
        ["zurich", "CH", "CH"],
        ["paris", "FR", "FR"],
      ],
    )
    for (const hint of [
      /as in the commercial register/,
      /"5299000J2N45DDNE4Y29" is no LEI: write its 20 signs/,
      /"Switzerland" is no country code: write the two letters/,
      /"UK" is no code of ISO 3166: did you mean GB\?/,
      /"ZZ" is no country/,
      /"francs" is no currency: write the three letters/,
      /is no address: .*check sum/,
      /"31-12" is no day of every year/,
      /"02-29" is no day of every year/,
      /"equity" is no way to consolidate: write one of operational-control/,
      /"40" is no share: write a number above 0/,
      /"maybe" is neither yes nor no: write y or n/,
      /each site by 15 May/,
      /"zurich" names no site and zone: write ID=ZONE/,
    ])
      assert.match(sitting.said(), hint)
    const { standards } = JSON.parse(readFileSync(join(folder, "plan.json"), "utf8"))
    assert.deepEqual(
      standards.map(({ id, commands }: { id: string; commands: string[] }) => [id, commands.length]),
      [
        ["esrs-set1-2023-12-22", 1],
        ["eu-2024-1364", 2],
      ],
    )
    assert.match(sitting.said(), /to bring: certificates of the devices/)
  })

  it("asks for another site than those there are, and says with which options to go on where it is broken off", async () => {
    const answers: (readonly [string, string])[] = [
      ["Legal name", "Example & Sons"],
      ["Country of", "CH"],
      ["Currency", "CHF"],
      ["Account", ACCOUNT],
      ["data centre in the EU", "y"],
      ["A site", "zurich=CH"],
      ["One more", "zurich=DE"],
      ["One more", "bern=CH"],
    ]
    const { context, said, left } = person(answers)
    const ask = async (question: string) => {
      if (left.length === 0) throw new CommandError("broken off", "nothing was done")
      return await context.terminal.ask(question)
    }
    const asking = { ...context, terminal: { ...context.terminal, ask } }
    await assert.rejects(init([], { ...NOTHING, out: folder }, asking), (error: CommandError) => {
      assert.equal(
        error.hint,
        `nothing was written; to go on, type the command again with --name 'Example & Sons' --lei none --country CH --currency CHF --operator ${ACCOUNT} --year-begins 01-01 --consolidation operational-control --standard eu-2024-1364 --site zurich=CH --site bern=CH`,
      )
      return true
    })
    assert.match(said(), /"zurich=DE" is a site already/)
    assert.throws(read)
  })

  it("takes no endless silence for an answer, and writes nothing", async () => {
    const silent = person([])
    await assert.rejects(init([], { ...NOTHING, out: folder }, silent.context), /--name is missing/)
    assert.equal(silent.asked.length, 20)
    assert.throws(read)
  })

  it("says in the plan what is left of a company whose documents are at hand, and no more", async () => {
    await writeCompany(folder)
    const { operator } = read()
    const options = {
      ...{ name: "Example Compute AG", country: "CH", currency: "EUR", operator, standard: ["vsme-2025-07-30"] },
      ...{ policy: join(folder, "policy.json"), out: join(folder, "begun") },
    }
    await init([join(folder, "certificates")], { ...NOTHING, ...options }, person([]).context)
    const { period, standards } = JSON.parse(readFileSync(join(folder, "begun", "plan.json"), "utf8"))
    assert.deepEqual(period, { from: "2025-01-01", to: "2025-12-31" })
    const open: readonly { need: string; cells: string[] }[] = standards[0].open
    assert.ok(open.every(({ cells }) => !cells.includes("B3-electricity")))
    const gas = open.find(({ need }) => need.startsWith('"fuel.gas" declared'))
    assert.deepEqual(gas?.cells, ["B3-total", "B3-fuels", "B3-fuels/non-renewable"])
  })

  for (const [option, value, message] of [
    ["country", "CHE", /--country: "CHE" is no country code/],
    ["currency", "EURO", /--currency: "EURO" is no currency/],
    ["lei", "529900", /--lei: "529900" is no LEI/],
    ["year-begins", "13-01", /--year-begins: "13-01" is no day/],
    ["consolidation", "control", /--consolidation: "control"/],
    ["site", ["zurich"], /--site: "zurich" names no site and zone/],
    ["site", ["zurich=CH", "zurich=DE"], /--site: "zurich=DE" is a site already/],
    ["site", ["zurich=CH=Swiss"], /--site: "zurich=CH=Swiss" is no country code/],
    ["standard", ["vsme"], /there is no standard "vsme"/],
  ] as const)
    it(`refuses --${option} ${value} and writes nothing`, async () => {
      const good = {
        name: "A",
        lei: "none",
        country: "CH",
        currency: "EUR",
        operator: ACCOUNT.toLowerCase() as `0x${string}`,
      }
      const options = {
        ...NOTHING,
        ...good,
        standard: ["vsme-2025-07-30"],
        site: ["zurich=CH"],
        [option]: value,
        out: folder,
      }
      await assert.rejects(init([], options, person([]).context), message)
      assert.throws(read)
    })
})
