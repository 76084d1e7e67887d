import assert from "node:assert/strict"
import { readFileSync } from "node:fs"
import { type Json, Rejection } from "@wattest/protocol"
import { parsePolicy, policyDigest } from "@wattest/verifier"
import {
  BELIEF_FIELDS,
  EMPTY_POLICY,
  secondsOf,
  settingOf,
  withBelief,
  withSetting,
} from "../../verifier/web/policy-form.ts"
import { SETTINGS } from "../../verifier/web/settings.ts"

type Schema = {
  readonly type?: string
  readonly properties?: { readonly [name: string]: Schema }
  readonly items?: Schema
  readonly anyOf?: readonly Schema[]
}

/** Paths of all values of a policy; `[]` stands for any item of a list. */
function leavesOf({ properties, items, anyOf }: Schema, path: string): readonly string[] {
  const inner = anyOf?.flatMap((option) => leavesOf(option, path)).filter((leaf) => leaf !== path) ?? []
  if (inner.length > 0) return inner
  if (properties !== undefined)
    return Object.entries(properties).flatMap(([name, schema]) =>
      leavesOf(schema, path === "" ? name : `${path}.${name}`),
    )
  return items?.properties === undefined ? [path] : leavesOf(items, `${path}[]`)
}

const ADDRESS = `0x${"ab".repeat(20)}`
const HASH = `0x${"cd".repeat(32)}`

/** What the fields of lists are filled with, and where in the policy it is then. */
const ADDED: { readonly [field in (typeof BELIEF_FIELDS)[number]]: readonly [value: string, path: string] } = {
  chain: ["137", "chains[].chainId"],
  registry: [ADDRESS, "chains[].registries"],
  voucher: [ADDRESS, "vouchers"],
  block: ["7", "chains[].trustedBlocks[].number"],
  hash: [HASH, "chains[].trustedBlocks[].hash"],
  "block-time": ["2027-01-31", "chains[].trustedBlocks[].timestamp"],
  operator: [ADDRESS, "ledgers[].operator"],
  "ledger-voucher": [ADDRESS, "ledgers[].voucher"],
  claims: [ADDRESS, "chains[].claims[].address"],
  over: [ADDRESS, "chains[].claims[].over"],
  "code-hash": [HASH, "chains[].claims[].codeHash"],
  parent: ["1", "chains[].checkpoints.chainId"],
  "root-chain": [ADDRESS, "chains[].checkpoints.rootChain"],
  key: [HASH, "claims.verificationKeys"],
  bound: ["energy <= 1 kWh", "expect.bounds"],
  "failed-part": ["1", "jobs.failedParts"],
}

/** What a page that connects to nothing has no use for; index.html says so. */
const NOT_HERE = ["mediaType", "chains[].rpcs"]

describe("the form of the verifier's page", () => {
  const settings = Object.values(SETTINGS).flat()

  it("has a field for all that a policy can say, but for nodes", () => {
    const schema = JSON.parse(readFileSync("docs/schemas/policy.schema.json", "utf8"))
    const fields = [...Object.values(ADDED).map(([, path]) => path), ...settings.map(({ path }) => path.join("."))]
    assert.deepEqual([...leavesOf(schema, "")].toSorted(), [...fields, ...NOT_HERE].toSorted())
    const page = readFileSync("verifier/web/index.html", "utf8")
    for (const field of BELIEF_FIELDS) assert.match(page, new RegExp(`<input id="${field}"`))
    assert.match(page, /its nodes are not asked/)
  })

  it("adds what is written to the lists, all at once and one after the other", () => {
    const all = Object.fromEntries(Object.entries(ADDED).map(([field, [value]]) => [field, value]))
    const { chains, vouchers, ledgers, claims, expect, jobs } = JSON.parse(withBelief(EMPTY_POLICY, all))
    const trustedBlocks = [{ number: "7", hash: HASH, timestamp: Date.UTC(2027, 0, 31) / 1000 }]
    const registry = { address: ADDRESS, over: ADDRESS, codeHash: HASH }
    assert.deepEqual(chains, [
      {
        ...{ chainId: 137, registries: [ADDRESS], trustedBlocks, rpcs: [] },
        ...{ checkpoints: { chainId: 1, rootChain: ADDRESS }, claims: [registry] },
      },
    ])
    assert.deepEqual([vouchers, ledgers], [[ADDRESS], [{ operator: ADDRESS, voucher: ADDRESS }]])
    assert.deepEqual([claims.verificationKeys, jobs], [[HASH], { failedParts: [1] }])
    assert.deepEqual(expect, { bounds: ["energy <= 1 kWh"] })
    const groups = [
      ["registry"],
      ["voucher"],
      ["block", "hash", "block-time"],
      ["operator", "ledger-voucher"],
      ["claims", "over", "code-hash"],
      ["parent", "root-chain"],
      ["key"],
      ["bound"],
      ["failed-part"],
    ]
    const text = groups.reduce(
      (policy, names) =>
        withBelief(policy, { chain: "137", ...Object.fromEntries(names.map((name) => [name, all[name] ?? ""])) }),
      EMPTY_POLICY,
    )
    const digestOf = (written: string) => policyDigest(parsePolicy(new TextEncoder().encode(written)))
    assert.equal(digestOf(text), digestOf(withBelief(EMPTY_POLICY, all)))
  })

  it("names the field that is wrong, and what is of which chain", () => {
    for (const [belief, words] of [
      [{ registry: ADDRESS }, /registry is of which chain/],
      [{ chain: "137", block: "7" }, /trustedBlocks\[0\]\.hash/],
      [{ chain: "137", block: "7", hash: HASH, "block-time": "soon" }, /soon: expected 2027-01-31/],
      [{ operator: ADDRESS }, /ledgers\[0\]\.voucher/],
      [{ bound: "energy" }, /bounds\[0\]/],
      [{ voucher: "0x12" }, /vouchers\[0\]/],
    ] as const)
      assert.throws(
        () => withBelief(EMPTY_POLICY, belief),
        (error) => error instanceof Rejection && words.test(error.message),
      )
  })

  it("writes each setting, reads it back, and takes away what may be absent", () => {
    const samples: { readonly [kind: string]: Json } = { number: 7, label: "llama", time: 1_801_353_600 }
    for (const { path, kind } of settings) {
      const options = kind.is === "choice" || kind.is === "several" ? kind.options : []
      const value =
        kind.is === "several"
          ? [...options]
          : kind.is === "choice"
            ? (options.at(-1) ?? "")
            : (samples[kind.is] ?? true)
      const written = withSetting(EMPTY_POLICY, path, value)
      assert.deepEqual(settingOf(written, path), value, path.join("."))
      const mayGo =
        (kind.is === "choice" && kind.isOptional) ||
        kind.is === "label" ||
        (kind.is === "time" && kind.empty === undefined)
      if (mayGo) assert.equal(withSetting(written, path, undefined), EMPTY_POLICY, path.join("."))
    }
    assert.throws(() => withSetting(EMPTY_POLICY, ["grades", "energy"], undefined), Rejection)
    assert.throws(() => withSetting(EMPTY_POLICY, ["claims", "missingPercent"], 101), Rejection)
    assert.equal(settingOf("{", ["grades"]), undefined)
  })

  it("reads times in three spellings and no other", () => {
    const seconds = Date.UTC(2027, 0, 31) / 1000
    for (const text of ["2027-01-31", "2027-01-31T00:00Z", "2027-01-31T00:00:00Z", `${seconds}`])
      assert.equal(secondsOf(text), seconds)
    for (const text of ["", "31.1.2027", "2027-13-01", "2027-01-31T00:00", "-1", "1e9"])
      assert.throws(() => secondsOf(text), Rejection, text)
  })
})
