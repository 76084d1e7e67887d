import assert from "node:assert/strict"
import { spawnSync } from "node:child_process"
import {
  appendFileSync,
  chmodSync,
  existsSync,
  mkdtempSync,
  readFileSync,
  rmSync,
  symlinkSync,
  truncateSync,
  writeFileSync,
} from "node:fs"
import { createRequire, syncBuiltinESMExports } from "node:module"
import { hostname, tmpdir } from "node:os"
import { join } from "node:path"
import { FIELD_ORDER, type Groth16Proof, type Hex } from "@wattest/protocol"
import { openJournal } from "../../prover/src/claims/journal.ts"
import type { Assignment } from "../../prover/src/proving/prover-pool.ts"

const word = (n: number): Hex => `0x${n.toString(16).padStart(64, "0")}`
const proofOf = (n: number): Groth16Proof => ({
  a: [word(n), word(n)],
  b: [
    [word(n), word(n)],
    [word(n), word(n)],
  ],
  c: [word(n), word(n)],
})
const input = (n: number) => ({ sum: BigInt(n) }) as unknown as Assignment

describe("what a job keeps", () => {
  let folder = ""
  let path = ""
  beforeEach(() => {
    folder = mkdtempSync(join(tmpdir(), "wattest-journal-"))
    path = join(folder, "tally.part")
  })
  afterEach(() => rmSync(folder, { recursive: true }))

  const lines = () => readFileSync(path, "utf8").trimEnd().split("\n").slice(1)
  const always = async () => true

  /** The proof of an input, and how often it was made. */
  async function kept(journal: ReturnType<typeof openJournal>, n: number, holds = always) {
    let made = 0
    const proof = await journal.keep(input(n), {
      prove: async () => {
        made++
        assert.equal(
          lines().some((line) => line.includes(word(n + 100))),
          false,
          "kept before it was made",
        )
        return proofOf(n + 100)
      },
      holds,
    })
    return { made, proof, isOnDisk: lines().some((line) => line.includes(word(n + 100))) }
  }

  it("is each proof, before it is handed out; it counts again once it verifies, and else is made anew", async () => {
    const first = openJournal(path)
    first.begin(1)
    assert.deepEqual(await kept(first, 1), { made: 1, proof: proofOf(101), isOnDisk: true })
    first.close()
    const second = openJournal(path)
    assert.deepEqual([first.held, second.held], [0, 1])
    assert.equal((await kept(second, 1)).made, 0)
    assert.equal((await kept(second, 2)).made, 1, "of another input")
    second.close()
    const third = openJournal(path)
    const judged: Groth16Proof[] = []
    const refused = third.keep(input(1), {
      prove: async () => proofOf(7),
      holds: async (proof) => {
        judged.push(proof)
        return false
      },
    })
    assert.deepEqual([await refused, judged], [proofOf(7), [proofOf(101)]])
    third.end()
  })

  it("is each blind, drawn once, in its place, and on the disk before it is used", () => {
    const first = openJournal(path)
    const drawn = [first.blind(0), first.blind(1)]
    assert.deepEqual(
      lines().flatMap((line) => JSON.parse(line).blinds.map(BigInt)),
      drawn,
    )
    assert.notEqual(drawn[0], drawn[1])
    first.close()
    const second = openJournal(path)
    assert.deepEqual([second.blind(0), second.blind(1)], drawn)
    assert.equal(lines().length, 2, "nothing was drawn")
    const far = second.blind(4)
    second.close()
    const third = openJournal(path)
    assert.deepEqual([third.blind(1), third.blind(4)], [drawn[1], far])
    third.end()
  })

  it("is the first time as of which it was begun, and nothing before it was", () => {
    const first = openJournal(path)
    assert.deepEqual([first.asOf(5), first.asOf(6), existsSync(path)], [5, 6, false])
    first.begin(5)
    first.begin(6)
    assert.equal(first.asOf(6), 5)
    first.close()
    appendFileSync(path, `{"asOf":6}\n`)
    const second = openJournal(path)
    assert.equal(second.asOf(7), 5)
    second.end()
    assert.equal(existsSync(path), false)
  })

  it("is no blind beyond the field, and nothing that no job writes", () => {
    openJournal(path).close()
    const begun = openJournal(path)
    begun.begin(1)
    begun.close()
    for (const line of [
      `{"blinds":["${FIELD_ORDER}"]}`,
      `{"blinds":["-1"]}`,
      `{"blinds":["1e3"]}`,
      `{"blinds":["${"1".repeat(78)}"]}`,
      `{"asOf":1.5}`,
      `{"input":"x","proof":{"a":[]}}`,
      `{"proof":{}}`,
      "null",
      "{",
    ])
      appendFileSync(path, `${line}\n`)
    appendFileSync(path, `{"blinds":["${FIELD_ORDER - 1n}"]}\n`)
    const journal = openJournal(path)
    assert.deepEqual([journal.asOf(9), journal.blind(0)], [1, FIELD_ORDER - 1n])
    journal.end()
  })

  it("is a private file of its owner: none that others may use, none that is a link, a folder, huge or of another kind", () => {
    const refuses = (what: RegExp) => assert.throws(() => openJournal(path), { code: "JOB_STOPPED", message: what })
    const fresh = () => {
      const journal = openJournal(path)
      journal.begin(1)
      journal.close()
    }
    fresh()
    for (const mode of [0o601, 0o602, 0o604]) {
      chmodSync(path, mode)
      refuses(/open to other accounts/)
    }
    chmodSync(path, 0o640)
    openJournal(path).close()
    truncateSync(path, 64 * 1024 * 1024 + 1)
    refuses(/more than 67108864 bytes/)
    truncateSync(path, 64 * 1024 * 1024)
    openJournal(path).close()
    writeFileSync(path, "another file\n")
    refuses(/no job of this version/)
    rmSync(path)
    symlinkSync(join(folder, "elsewhere"), path)
    refuses(/no plain file/)
    assert.equal(existsSync(join(folder, "elsewhere")), false)
  })

  it("is no file of another account", () => {
    const first = openJournal(path)
    first.begin(1)
    first.close()
    const { getuid } = process
    try {
      process.getuid = () => (getuid?.() ?? 0) + 1
      assert.throws(() => openJournal(path), { code: "JOB_STOPPED", message: /belongs to another account/ })
    } finally {
      Object.assign(process, { getuid })
    }
    openJournal(path).end()
  })

  it("is judged again where it came after the job was taken up", () => {
    const elsewhere = join(folder, "elsewhere")
    writeFileSync(elsewhere, "", { mode: 0o600 })
    for (const put of [() => symlinkSync(elsewhere, path), () => writeFileSync(path, "", { mode: 0o604 })]) {
      const journal = openJournal(path)
      put()
      assert.throws(() => journal.begin(1), { code: "JOB_STOPPED" })
      journal.close()
      assert.equal(readFileSync(path, "utf8"), "")
      rmSync(path)
    }
  })

  it("goes on behind what was cut short, be it in the first line or in a later one", () => {
    const first = openJournal(path)
    first.begin(1)
    first.close()
    const whole = readFileSync(path, "utf8")
    for (const cut of [whole.slice(0, 20), `${whole}{"blinds":["1`]) {
      writeFileSync(path, cut)
      const begun = openJournal(path)
      const blind = begun.blind(0)
      begun.close()
      const again = openJournal(path)
      assert.equal(again.blind(0), blind, cut)
      again.close()
    }
  })

  it("goes on behind a line of which the disk took half", () => {
    const fs: typeof import("node:fs") = createRequire(import.meta.url)("node:fs")
    const { writeFileSync: write } = fs
    const half = (file: number, text: string) => {
      write(file, text.slice(0, 15))
      throw Object.assign(new Error("full"), { code: "ENOSPC" })
    }
    const first = openJournal(path)
    first.begin(1)
    try {
      Object.assign(fs, { writeFileSync: half })
      syncBuiltinESMExports()
      assert.throws(() => first.blind(0), { code: "JOB_STOPPED" })
    } finally {
      Object.assign(fs, { writeFileSync: write })
      syncBuiltinESMExports()
    }
    const blind = first.blind(0)
    first.close()
    const second = openJournal(path)
    assert.equal(second.blind(0), blind)
    second.end()
  })
})

describe("a job's lock", () => {
  let folder = ""
  let path = ""
  let lock = ""
  beforeEach(() => {
    folder = mkdtempSync(join(tmpdir(), "wattest-lock-"))
    path = join(folder, "tally.part")
    lock = `${path}.lock`
  })
  afterEach(() => rmSync(folder, { recursive: true }))

  const gone = () => {
    const { pid } = spawnSync(process.execPath, ["--version"])
    return pid
  }

  it("keeps out whoever may live: a process here, and any of another machine", () => {
    for (const owner of [`${process.ppid} ${hostname()}`, `${gone()} elsewhere`, `${process.pid} elsewhere`]) {
      writeFileSync(lock, owner)
      assert.throws(() => openJournal(path), { code: "JOB_STOPPED", message: /works on it/ }, owner)
      assert.equal(readFileSync(lock, "utf8"), owner)
    }
  })

  it("keeps out a process of another account, which may not be asked", () => {
    writeFileSync(lock, `${gone()} ${hostname()}`)
    const { kill } = process
    const answers = (code: string) => () => {
      throw Object.assign(new Error(code), { code })
    }
    try {
      process.kill = answers("EPERM")
      assert.throws(() => openJournal(path), { code: "JOB_STOPPED", message: /works on it/ })
      process.kill = answers("ESRCH")
      openJournal(path).end()
    } finally {
      process.kill = kill
    }
  })

  it("is taken over where its process is gone, or it says of nobody", () => {
    for (const owner of [`${gone()} ${hostname()}`, `${process.pid} ${hostname()}`, "", "x".repeat(513)]) {
      writeFileSync(lock, owner)
      const journal = openJournal(path)
      assert.equal(readFileSync(lock, "utf8"), `${process.pid} ${hostname()}`, owner)
      journal.end()
      assert.equal(existsSync(lock), false)
    }
  })

  it("is taken where its process let go of it since", () => {
    const fs: typeof import("node:fs") = createRequire(import.meta.url)("node:fs")
    const { writeFileSync } = fs
    const isThere = () => {
      Object.assign(fs, { writeFileSync })
      syncBuiltinESMExports()
      throw Object.assign(new Error("EEXIST"), { code: "EEXIST" })
    }
    try {
      Object.assign(fs, { writeFileSync: isThere })
      syncBuiltinESMExports()
      openJournal(path).end()
    } finally {
      Object.assign(fs, { writeFileSync })
      syncBuiltinESMExports()
    }
    assert.equal(existsSync(lock), false)
  })

  it("is let go of once: another's that came after it stays", () => {
    const journal = openJournal(path)
    journal.close()
    writeFileSync(lock, "1 elsewhere")
    journal.close()
    assert.equal(readFileSync(lock, "utf8"), "1 elsewhere")
  })

  it("is let go of where the job cannot be taken up", () => {
    writeFileSync(path, "another file\n", { mode: 0o600 })
    assert.throws(() => openJournal(path), { code: "JOB_STOPPED" })
    assert.equal(existsSync(lock), false)
  })
})
