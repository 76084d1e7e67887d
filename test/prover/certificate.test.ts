import assert from "node:assert/strict"
import { spawnSync } from "node:child_process"
import { existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs"
import { createServer } from "node:http"
import type { AddressInfo } from "node:net"
import { tmpdir } from "node:os"
import { dirname, join } from "node:path"
import { gunzipSync, gzipSync } from "node:zlib"
import {
  ARCHIVE_FILES,
  type CertifiedRun,
  encodeDocument,
  encodeEvidenceLine,
  leafOfCapture,
  MAX_CERTIFICATE_RUNS,
  parseCertificate,
  parseEvidenceCapture,
  parseEvidenceHeader,
  type RunRecord,
  rootFromInclusionProof,
  runFolder,
  vouchDocument,
} from "@wattest/protocol"
import { archivedReceipts, createCertificate, openArchive, receiptFiles, relayedReceipts } from "@wattest/prover"
import { newDevice, receiptOf, writeRun } from "@wattest/testkit/ledger/archive"
import { waitingReceipts } from "../../prover/src/certificate/receipts.ts"
import { checkCertifiedRun } from "../../prover/src/certificate/self-check.ts"
import { Refusal } from "../../prover/src/refusal.ts"

const MAIN = "prover/src/main.ts"

describe("a certificate from an archive", () => {
  const device = newDevice()
  let folder: string
  let records: readonly RunRecord[]
  const at = (run: bigint, file: keyof typeof ARCHIVE_FILES) =>
    join(folder, runFolder(device.id, run), ARCHIVE_FILES[file])
  const cli = (...args: string[]) => spawnSync(process.execPath, [MAIN, ...args], { encoding: "utf8" })
  const request = () => {
    const archive = openArchive(folder)
    return { archive, receipts: archivedReceipts(archive), device: device.id, firstRun: 0n, lastRun: 2n }
  }

  const readEvidence = () => gunzipSync(readFileSync(at(2n, "evidence"))).toString()
  const writeEvidence = (text: string) => writeFileSync(at(2n, "evidence"), gzipSync(text))

  beforeEach(() => {
    folder = mkdtempSync(join(tmpdir(), "wattest-prove-"))
    const energies = [5n, 2n ** 60n - 1n, 7n]
    records = energies.map((energyMillijoules, i) =>
      writeRun(folder, device, BigInt(i), { registers: { energyMillijoules }, captures: [1, 2, 5][i] ?? 1 }),
    )
    const roots = records.map(({ root }) => root)
    for (const { run } of records) writeFileSync(at(run, "receipt"), encodeDocument(receiptOf(device, 0n, roots, run)))
  })
  afterEach(() => rmSync(folder, { recursive: true }))

  it("refuses a vouch document that no run names", async () => {
    const { vouch } = JSON.parse(readFileSync("test/vectors/protocol.json", "utf8"))
    const vouchDocuments = [vouchDocument(vouch.document, "$")]
    await assert.rejects(createCertificate({ ...request(), vouchDocuments }), { code: "INPUT_INVALID" })
    assert.equal((await createCertificate(request())).vouchDocuments, undefined)
  })

  it("holds the vouch document that a run names", async () => {
    const { vouch } = JSON.parse(readFileSync("test/vectors/protocol.json", "utf8"))
    const vouchDocuments = [vouchDocument(vouch.document, "$")]
    const { root } = writeRun(folder, device, 9n, { vouchDocument: vouch.digest })
    writeFileSync(at(9n, "receipt"), encodeDocument(receiptOf(device, 9n, [root], 9n)))
    const certificate = await createCertificate({ ...request(), firstRun: 9n, lastRun: 9n, vouchDocuments })
    assert.deepEqual(certificate.vouchDocuments, vouchDocuments)
  })

  it("holds each run with both its ends proven under the anchored root", async () => {
    const { runs } = await createCertificate(request())
    assert.deepEqual(
      runs.map(({ statement }) => statement.registers.energyMillijoules),
      [5n, 2n ** 60n - 1n, 7n],
    )
    for (const { statement, capturesRoot, firstCapture, lastCapture } of runs)
      for (const capture of [firstCapture, lastCapture]) {
        const siblings = capture.siblings.map(BigInt)
        const root = rootFromInclusionProof(leafOfCapture(capture), capture.sequence, statement.captures, siblings)
        assert.equal(root, BigInt(capturesRoot))
      }
  })

  it("is of one run at least and of so many at most, counted before the archive is asked", async () => {
    const ofRuns = (count: number) => createCertificate({ ...request(), lastRun: BigInt(count) - 1n })
    for (const count of [0, MAX_CERTIFICATE_RUNS + 1]) await assert.rejects(ofRuns(count), { code: "INPUT_INVALID" })
    assert.equal((await ofRuns(1)).runs.length, 1)
    await assert.rejects(ofRuns(MAX_CERTIFICATE_RUNS), { code: "ARCHIVE_MISSING" })
  })

  it("is not made when a capture in the middle was changed", async () => {
    const lines = readEvidence().split("\n")
    const third = parseEvidenceCapture(lines[3] as string)
    assert.equal(third.sequence, 2)
    lines[3] = (lines[3] as string).replace(`"timeMs":${third.timeMs}`, `"timeMs":${third.timeMs + 1}`)
    writeEvidence(lines.join("\n"))
    await assert.rejects(createCertificate(request()), { code: "CAPTURES_ROOT_MISMATCH" })
  })

  it("is not made when a capture is missing, doubled or cut off", async () => {
    const lines = readEvidence().trimEnd().split("\n")
    const variants = [
      { text: [...lines.slice(0, 3), ...lines.slice(4)].join("\n"), code: "CAPTURE_SEQUENCE_BROKEN" },
      { text: [...lines.slice(0, 3), lines[2], ...lines.slice(3)].join("\n"), code: "CAPTURE_SEQUENCE_BROKEN" },
      { text: lines.slice(0, -1).join("\n"), code: "CAPTURE_COUNT_MISMATCH" },
    ]
    for (const { text, code } of variants) {
      writeEvidence(`${text}\n`)
      await assert.rejects(createCertificate(request()), { code })
    }
    writeEvidence(lines.join("\n"))
    await assert.rejects(createCertificate(request()), { code: "FIELD_MALFORMED" })
    writeFileSync(at(2n, "evidence"), gzipSync(lines.join("\n")).subarray(0, -20))
    await assert.rejects(createCertificate(request()), { code: "untrue" })
  })

  it("is not made of an excerpt, nor of evidence of another device, another run or another number of captures", async () => {
    const [first = "", ...lines] = readEvidence().split("\n")
    const header = parseEvidenceHeader(first)
    const wrong = [
      { header: { ...header, kind: "excerpt" as const }, code: "FIELD_MALFORMED" },
      { header: { ...header, run: 1n }, code: "RUN_DEVICE_MISMATCH" },
      { header: { ...header, device: newDevice().key }, code: "RUN_DEVICE_MISMATCH" },
      { header: { ...header, captures: 6 }, code: "CAPTURE_COUNT_MISMATCH" },
    ]
    for (const { header, code } of wrong) {
      writeEvidence(encodeEvidenceLine(header) + lines.join("\n"))
      await assert.rejects(createCertificate(request()), { code })
    }
    writeEvidence("")
    await assert.rejects(createCertificate(request()), { code: "ARCHIVE_BROKEN" })
  })

  it("is of runs whose folders have a run's name, and of records that are no longer than one can be", async () => {
    const runs = dirname(runFolder(device.id, 0n))
    for (const name of ["3", "0".repeat(19), "0".repeat(21), `${"0".repeat(19)}x`]) mkdirSync(join(folder, runs, name))
    for (const name of ["lost+found", "A".repeat(64), "a".repeat(63)]) mkdirSync(join(folder, name))
    const archive = openArchive(folder)
    assert.deepEqual([await archive.runs(device.id), await archive.devices()], [[0n, 1n, 2n], [device.id]])
    writeFileSync(at(0n, "record"), Buffer.alloc(1024 * 1024 + 1, " "))
    const long = await archive.findRecord(device.id, 0n).catch((error) => error)
    writeFileSync(at(0n, "record"), Buffer.alloc(1024 * 1024, " "))
    const shorter = await archive.findRecord(device.id, 0n).catch((error) => error)
    assert.notEqual(long.code, shorter.code)
  })

  it("is made of evidence that is not compressed, and of none that goes on for ever", async () => {
    const text = readEvidence()
    rmSync(at(2n, "evidence"))
    writeFileSync(at(2n, "plainEvidence"), text)
    assert.equal((await createCertificate(request())).runs.length, 3)
    writeFileSync(
      at(2n, "plainEvidence"),
      `${text}${text.trimEnd().split("\n").at(-1)?.replace('"sequence":4', '"sequence":5')}\n`,
    )
    await assert.rejects(createCertificate(request()), { code: "CAPTURE_COUNT_MISMATCH" })
  })

  it("is not made of captures, first or last, or a submission that the device did not sign, nor of captures in between", async () => {
    const made = await createCertificate(request())
    const run = made.runs.find(({ statement }) => statement.captures > 1) as CertifiedRun
    checkCertifiedRun(made.device, run)
    const { firstCapture: first, lastCapture: last, submission } = run
    const { signature } = submission
    for (const [wrong, code] of [
      [{ firstCapture: { ...first, signature } }, "CAPTURE_SIGNATURE_INVALID"],
      [{ lastCapture: { ...last, signature } }, "CAPTURE_SIGNATURE_INVALID"],
      [{ firstCapture: last }, "CAPTURE_SEQUENCE_BROKEN"],
      [{ lastCapture: first }, "CAPTURE_SEQUENCE_BROKEN"],
      [{ submission: { ...submission, signature: first.signature } }, "SUBMISSION_SIGNATURE_INVALID"],
    ] as const)
      assert.throws(() => checkCertifiedRun(made.device, { ...run, ...wrong }), { code }, code)
  })

  it("waits for receipts that are not there yet until its time is over, and for nothing else", async () => {
    const missing = () => new Refusal("RECEIPT_MISSING", "none", "later")
    const asking = (answers: readonly Error[], timeoutMs: number) => {
      let asked = 0
      const source = async () => {
        const error = answers[asked++]
        if (error !== undefined) throw error
        return receiptOf(device, 0n, [records[0]?.root ?? "0x"], 0n)
      }
      return waitingReceipts(source, timeoutMs)(device.id, 0n).then(
        () => asked,
        () => -asked,
      )
    }
    const other = new Refusal("SOURCE_UNREACHABLE", "gone", "ask another")
    assert.deepEqual(
      await Promise.all([asking([missing()], 60_000), asking([missing()], -1), asking([other], 60_000)]),
      [2, -1, -1],
    )
  })

  it("is not made from a statement that does not give the anchored root", async () => {
    const [first] = records as [RunRecord]
    const statement = { ...first.statement, model: "other" }
    writeFileSync(at(0n, "record"), encodeDocument({ ...first, statement }))
    await assert.rejects(createCertificate(request()), { code: "TOTALS_MISMATCH" })
  })

  it("is not made with a receipt of another run, another device or a forged submission", async () => {
    const [first, second] = records as [RunRecord, RunRecord]
    const foreign = newDevice()
    const good = receiptOf(device, 0n, [first.root], 0n)
    const signature = `0x${"00".repeat(64)}` as const
    const elsewhere = `0x${"77".repeat(20)}` as const
    const receipts = [
      { receipt: receiptOf(device, 0n, [second.root], 0n), code: "RECEIPT_MISMATCH" },
      { receipt: receiptOf(device, 1n, [first.root], 1n), code: "RECEIPT_MISMATCH" },
      { receipt: receiptOf(foreign, 0n, [first.root], 0n), code: "RECEIPT_MISMATCH" },
      { receipt: { ...good, submission: { ...good.submission, signature } }, code: "SUBMISSION_SIGNATURE_INVALID" },
      { receipt: { ...good, anchor: { ...good.anchor, chainId: 1 } }, code: "RECEIPT_MISMATCH" },
      { receipt: { ...good, anchor: { ...good.anchor, registry: elsewhere } }, code: "RECEIPT_MISMATCH" },
    ]
    for (const { receipt, code } of receipts) {
      const path = join(folder, "other.json")
      writeFileSync(path, encodeDocument(receipt))
      const wanted = { ...request(), receipts: receiptFiles([path], 0n), lastRun: 0n }
      await assert.rejects(createCertificate(wanted), { code })
    }
  })

  it("takes the receipts of a relay, and says when there is none yet or nobody answers", async () => {
    let notYet = 404
    const server = createServer((asked, answer) => {
      const file = asked.url === `/v1/receipts/${device.id}/0` ? readFileSync(at(0n, "receipt")) : null
      answer.writeHead(file ? 200 : notYet).end(file)
    }).listen(0)
    const relay = `http://127.0.0.1:${(server.address() as AddressInfo).port}`
    try {
      const wanted = { ...request(), receipts: relayedReceipts(relay) }
      assert.equal((await createCertificate({ ...wanted, lastRun: 0n })).runs.length, 1)
      for (notYet of [202, 404, 425]) await assert.rejects(createCertificate(wanted), { code: "RECEIPT_MISSING" })
      notYet = 500
      await assert.rejects(createCertificate(wanted), { code: "SOURCE_UNREACHABLE" })
    } finally {
      server.closeAllConnections()
      await new Promise((done) => server.close(done))
    }
    const wanted = { ...request(), receipts: relayedReceipts(relay) }
    await assert.rejects(createCertificate(wanted), { code: "SOURCE_UNREACHABLE" })
  })

  it("comes out of the command line whole, and on failure nothing does", () => {
    const out = join(folder, "out.json")
    const args = ["certificate", "--archive", folder, "--device", device.id, "--out", out]
    const good = cli(...args, "--runs", "0-2", "--json")
    assert.equal(good.status, 0, good.stderr)
    assert.equal(JSON.parse(good.stdout).runs, 3)
    assert.equal(parseCertificate(readFileSync(out)).runs.length, 3)
    rmSync(out)
    const missing = cli(...args, "--runs", "0-3")
    assert.equal(missing.status, 1)
    assert.match(missing.stderr, /^error: .*run\.json.*\nhint: /)
    assert.equal(existsSync(out), false)
    assert.equal(cli(...args, "--runs", "2-0").status, 2)
    assert.equal(cli(...args, "--runs", "0", "--relayer", "http://127.0.0.1:9/").status, 3)
    assert.equal(cli("certificate", "--frobnicate").status, 2)
    assert.match(cli("--help").stdout, /^usage: wattest-prove/)
  })

  it("can show chosen captures alone, each proven", () => {
    const out = join(folder, "excerpt.ndjson")
    const args = ["excerpt", "--archive", folder, "--device", device.id, "--run", "2", "--out", out]
    const good = cli(...args, "--captures", "3,1")
    assert.equal(good.status, 0, good.stderr)
    const [header = "", ...lines] = readFileSync(out, "utf8").trimEnd().split("\n")
    assert.equal(parseEvidenceHeader(header).kind, "excerpt")
    const shown = lines.map(parseEvidenceCapture)
    assert.deepEqual(
      shown.map(({ sequence }) => sequence),
      [1, 3],
    )
    for (const capture of shown) {
      const siblings = (capture.siblings ?? []).map(BigInt)
      const root = rootFromInclusionProof(leafOfCapture(capture), capture.sequence, 5, siblings)
      assert.equal(root, BigInt((records[2] as RunRecord).capturesRoot))
    }
    assert.equal(cli(...args, "--captures", "5").status, 1)
  })
})
