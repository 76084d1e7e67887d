import assert from "node:assert/strict"
import { globSync, readFileSync } from "node:fs"
import { join } from "node:path"
import {
  BOUNDARIES,
  CHANNELS,
  CLOCKS,
  FED,
  GRADES,
  METERING_METHODS,
  METERING_ROLES,
  METRIC_NAMES,
  ORIGINS,
  PHASES,
  Rejection,
  STATUSES,
  TOTALS,
} from "@wattest/protocol"
import { type Change, changesOf } from "@wattest/testkit/changes"
import { type Digest, tableOfDigests } from "./table.ts"

/** Words of which a field holds one. */
const NAMES = [
  ...[BOUNDARIES, STATUSES, GRADES, ORIGINS, PHASES, CLOCKS, METERING_ROLES, METERING_METHODS, CHANNELS],
  ...[METRIC_NAMES, FED, TOTALS],
]

const spelled = (value: unknown) => JSON.stringify(value, (_, part) => (typeof part === "bigint" ? `${part}n` : part))

/** The digest as text, or null where the inputs are refused. A list of another form may end in any error. */
function textOf({ of }: Digest, inputs: readonly unknown[], kind: Change["kind"]): string | null {
  try {
    return spelled(of(inputs))
  } catch (error) {
    if (kind !== "value" || error instanceof Rejection) return null
    throw error
  }
}

/** Each change of one parameter. */
const changesIn = ({ inputs }: Digest) =>
  inputs.flatMap((input, i) =>
    changesOf(input, NAMES, `[${i}]`).map(({ place, kind, ways }) => ({
      ...{ place, kind },
      ways: ways.map((way) => inputs.with(i, way)),
    })),
  )

/** Where the protocol hashes: for each such line of a file the rows that try it. A new one needs a row. */
const HASHES: { readonly [file: string]: readonly string[] } = {
  "chain/claims-storage.ts": ["words of a published tally"],
  "chain/messages.ts": ["submission", "submission", "enrolment", "retirement", "id of a ledger"],
  // Constants: the names of an event and of a call, which the compiled contracts have too.
  "chain/registry-events.ts": [""],
  "chain/registry-reads.ts": [""],
  "chain/registry-storage.ts": ["slots of a device"],
  "claim/accumulator.ts": ["accumulator"],
  "claim/asked.ts": ["labels that are asked for", "labels that are asked for"],
  "claim/opening.ts": ["root of an opening"],
  "claim/segment.ts": ["head of a ledger"],
  "documents/presentation.ts": ["verification key"],
  "documents/profile.ts": ["profile"],
  "documents/vouch.ts": ["vouch document"],
  // A check sum in the letters of an address: it is for people, and protects nothing.
  "encoding/address.ts": [""],
  "encoding/text.ts": ["element of bytes"],
  "keys/account-signature.ts": ["account that signed a text", "account that signed a text"],
  "keys/device-key.ts": ["id of a P-256 key"],
  "keys/ed25519.ts": ["whether a device signed, scheme 1, portable"],
  "keys/portable-signatures.ts": ["whether a device signed, scheme 2, portable"],
  "run/capture.ts": ["leaf of a capture", "salt of a capture"],
  "run/context.ts": ["devices of a part", "part of a job"],
  "run/run-tree.ts": [
    ...["captures' root", "captures' root", "captures' root"],
    ...["siblings of a leaf among seven", "root of a leaf among seven"],
  ],
  "run/statement.ts": ["statement", "root of a run"],
}

const HASHING = /^(?!import |\s*\*).*(?<![.\w])(?:sha256|sha512|keccak_256|poseidon|poseidonPair|hmac|hash)\(/gm

const rows = await tableOfDigests()

describe("each digest changes with each of its inputs", () => {
  for (const digest of rows)
    it(digest.name, () => {
      const sample = spelled(digest.of(digest.inputs))
      for (const { place, kind, ways } of changesIn(digest)) {
        const changed = ways.map((way) => textOf(digest, way, kind)).filter((text) => text !== null)
        if (kind === "value") assert.ok(changed.length > 0, `${place}: no other value is taken`)
        const isIgnored = place === digest.ignores || (kind === "order" && digest.isSet === true)
        for (const text of changed) assert.equal(text === sample, isIgnored, place)
      }
    })

  it("and none of the protocol is left out", () => {
    const files = globSync("**/*.ts", { cwd: "protocol/src", exclude: ["poseidon/**", "poseidon*.ts"] })
    const found = files.flatMap((file) => {
      const lines = readFileSync(join("protocol/src", file), "utf8").match(HASHING)
      return lines === null ? [] : [[file, lines.length] as const]
    })
    const told = Object.entries(HASHES).map(([file, names]) => [file, names.length] as const)
    assert.deepEqual(Object.fromEntries(found), Object.fromEntries(told))
    const names = new Set(["", ...rows.map(({ name }) => name)])
    assert.deepEqual(
      Object.values(HASHES)
        .flat()
        .filter((name) => !names.has(name)),
      [],
    )
  })
})
