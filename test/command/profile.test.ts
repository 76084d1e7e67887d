import assert from "node:assert/strict"
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs"
import { tmpdir } from "node:os"
import { join } from "node:path"
import {
  chainId,
  command,
  FROM,
  findProfile,
  folder,
  group,
  parseProfile,
  standard,
  UsageError,
} from "@wattest/command"
import { play } from "./support.ts"

const node = group({
  summary: "tests",
  commands: {
    where: command({
      summary: "say the home",
      operands: {},
      options: {
        home: standard(folder, "nowhere", "the folder", FROM.home),
        chain: standard(chainId, "1", "the chain", FROM.chain),
      },
      examples: [""],
      run: async ({ options: { home, chain } }, { terminal }) => {
        terminal.print(`${home} ${chain}`)
        return undefined
      },
    }),
  },
})

describe("a profile", () => {
  const top = mkdtempSync(join(tmpdir(), "wattest-profile-"))
  const deep = join(top, "a", "b")
  const where = async (argv: string[], environment = {}, folder = deep) =>
    (await play({ node }, ["where", ...argv], { environment, folder })).stdout
  before(() => {
    mkdirSync(deep, { recursive: true })
    writeFileSync(join(top, "wattest.json"), JSON.stringify({ home: "device", chain: 31337 }))
  })
  after(() => rmSync(top, { recursive: true }))

  it("is found in the nearest folder upwards, and its paths are meant from there", async () => {
    assert.equal(await where([]), `${join(top, "device")} 31337`)
    assert.equal(await where([], {}, "/"), "nowhere 1")
    writeFileSync(join(top, "a", "wattest.json"), '{ "chain": "137" }')
    assert.equal(await where([]), "nowhere 137")
    rmSync(join(top, "a", "wattest.json"))
  })

  it("may name a path from the root, and a signer by its URL", () => {
    const fieldsOf = (fields: object) => parseProfile(JSON.stringify(fields), join(top, "wattest.json")).fields
    assert.deepEqual(fieldsOf({ home: "/var/device", key: "/etc/key.json" }), {
      home: "/var/device",
      key: "/etc/key.json",
    })
    assert.equal(fieldsOf({ key: "key.json" }).key, join(top, "key.json"))
    const signer = `https://signer.example/#0x${"12".repeat(20)}`
    assert.equal(fieldsOf({ key: signer }).key, signer)
  })

  it("gives way to the environment, and that to what is typed", async () => {
    assert.equal(await where([], { WATTEST_HOME: "from-env" }), "from-env 31337")
    assert.equal(await where(["--home", "typed"], { WATTEST_HOME: "from-env" }), "typed 31337")
    assert.equal(await where([], { WATTEST_HOME: "" }), `${join(top, "device")} 31337`)
  })

  it("is refused whole where a field is unknown or wrong", () => {
    const cases: readonly (readonly [text: string, message: RegExp, hint: RegExp])[] = [
      ["", /^p is no JSON$/, /wattest init/],
      ["[]", /^p holds no profile$/, /wattest init/],
      ['{"registy":"0x"}', /^p: there is no field "registy"$/, /did you mean "registry"\?/],
      ['{"__proto__":1}', /^p: there is no field "__proto__"$/, /the fields are chain, rpc/],
      ['{"rpc":5}', /^p: rpc is no text$/, /write "rpc": "URL"/],
      ['{"chain":1.5}', /^p: chain: "1.5" is no chain's number$/, /137/],
      ['{"operator":"0x12"}', /^p: operator: "0x12" is not an address$/, /40/],
      [`{"key":"${"12".repeat(32)}"}`, /^p: key: "1212…1212" is a private key itself/, /wattest key new/],
    ]
    for (const [text, message, hint] of cases)
      assert.throws(
        () => parseProfile(text, "p"),
        (error) => error instanceof UsageError && message.test(error.message) && hint.test(error.hint),
        text,
      )
    assert.equal(findProfile(deep)?.fields.chain, "31337")
  })
})
