import assert from "node:assert/strict"
import { copyFileSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs"
import { tmpdir } from "node:os"
import { join } from "node:path"
import { CIRCUITS } from "@wattest/prover"
import { keyFile, nameOfKeys } from "../../prover/src/proving/key-folder.ts"

const KEYS = "build/circuits"

describe("the name of a folder of keys", () => {
  it("is another one with the key of any circuit, and the same wherever equal keys lie", () => {
    const folder = mkdtempSync(join(tmpdir(), "wattest-keys-"))
    const place = (circuit: (typeof CIRCUITS)[number]) => keyFile(folder, circuit, "vkey.json")
    const copy = (circuit: (typeof CIRCUITS)[number]) =>
      copyFileSync(keyFile(KEYS, circuit, "vkey.json"), place(circuit))
    for (const circuit of CIRCUITS) copy(circuit)
    const name = nameOfKeys(folder)
    assert.match(name, /^[0-9a-f]{16}$/)
    assert.equal(name, nameOfKeys(KEYS))
    for (const circuit of CIRCUITS) {
      const key = JSON.parse(readFileSync(place(circuit), "utf8"))
      writeFileSync(place(circuit), JSON.stringify({ ...key, IC: key.IC.slice(1) }))
      assert.notEqual(nameOfKeys(folder), name, circuit)
      copy(circuit)
    }
    rmSync(folder, { recursive: true })
  })
})
