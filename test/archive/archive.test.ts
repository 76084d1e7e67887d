import assert from "node:assert/strict"
import { createHash } from "node:crypto"
import dns from "node:dns"
import { mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs"
import { tmpdir } from "node:os"
import { join } from "node:path"
import { buffer } from "node:stream/consumers"
import { mock } from "node:test"
import {
  type Archive,
  ArchiveFault,
  bytesContent,
  copyName,
  type FaultCode,
  fileContent,
  gunzipped,
  gzipped,
  openPlace,
  parseBucketAddress,
  readWhole,
} from "@wattest/archive"
import { type LyingBucket, startLyingBucket } from "@wattest/testkit/local/lying-bucket"
import { findS3Server, type S3Server, startS3Server } from "@wattest/testkit/local/s3-server"
import { skip } from "@wattest/testkit/skip"
import { openBucket } from "../../archive/src/bucket.ts"

const told = (code: FaultCode, message: RegExp) => (error: unknown) => {
  assert.match((error as Error).message, message)
  return faultOf(code)(error)
}
const faultOf = (code: FaultCode) => (error: unknown) => {
  assert.ok(error instanceof ArchiveFault, String(error))
  assert.equal(error.code, code, error.message)
  assert.ok(error.message.length > 10 && error.hint.length > 5)
  return true
}
const text = (value: string) => bytesContent(Buffer.from(value))
const readText = async (archive: Archive, name: string) => {
  const bytes = await readWhole(archive, name, 1 << 20)
  return bytes === null ? null : Buffer.from(bytes).toString()
}

/** What both kinds of archive must do alike. */
function behavesAsAnArchive(open: () => Archive) {
  it("gives back what was written, and knows no name that was not", async () => {
    const archive = open()
    assert.equal(await archive.create("device/0/run.json", await text("one")), "created")
    assert.equal(await readText(archive, "device/0/run.json"), "one")
    assert.equal(await archive.open("device/0/other.json"), null)
    assert.equal(await archive.open("device/9/run.json"), null)
  })

  it("takes the same bytes again, and never writes others over them", async () => {
    const archive = open()
    assert.equal(await archive.create("twice", await text("one")), "created")
    assert.equal(await archive.create("twice", await text("one")), "there")
    await assert.rejects(archive.create("twice", await text("two")), faultOf("conflict"))
    assert.equal(await readText(archive, "twice"), "one")
  })

  it("lets one of many win that write different bytes at once, and none of the others over it", async () => {
    const archive = open()
    const contents = await Promise.all(Array.from({ length: 8 }, (_, i) => text(`writer ${i}`)))
    const outcomes = await Promise.allSettled(contents.map((content) => archive.create("race", content)))
    const won = outcomes.flatMap(({ status }, i) => (status === "fulfilled" ? [i] : []))
    assert.equal(won.length, 1)
    assert.equal(await readText(archive, "race"), `writer ${won[0]}`)
    for (const outcome of outcomes) if (outcome.status === "rejected") faultOf("conflict")(outcome.reason)
  })

  it("lists what lies directly below a folder, ascending, and nothing where there is none", async () => {
    const archive = open()
    for (const name of ["l/b/x", "l/a/x", "l/a/y", "l/c", "lb/z"]) await archive.create(name, await text(name))
    assert.deepEqual(await archive.list("l"), ["a", "b", "c"])
    assert.deepEqual(await archive.list("nothing"), [])
    assert.ok((await archive.list("")).includes("lb"))
  })

  it("refuses names that lead elsewhere", async () => {
    const archive = open()
    for (const name of [
      "../x",
      "a/../../x",
      "/etc/passwd",
      "a//b",
      ".hidden",
      "a\\b",
      "a\0b",
      "",
      "x".repeat(1000),
      `${"a/".repeat(450)}a`,
    ]) {
      await assert.rejects(archive.create(name, await text("x")), faultOf("address"))
      await assert.rejects(async () => archive.open(name), faultOf("address"))
    }
  })

  it("copies a name from another archive and reads it back", async () => {
    const folder = mkdtempSync(join(tmpdir(), "wattest-archive-"))
    const from = openPlace(folder)
    await from.create("copied/run.json", await text("kept"))
    const archive = open()
    assert.deepEqual(await copyName(from, archive, "copied/run.json"), {
      ...{ name: "copied/run.json", outcome: "created", bytes: 4 },
    })
    assert.equal((await copyName(from, archive, "copied/run.json"))?.outcome, "there")
    assert.equal(await copyName(from, archive, "copied/none.json"), null)
    rmSync(folder, { recursive: true })
  })

  it("keeps a content of several megabytes byte for byte", async () => {
    const bytes = Buffer.alloc(6 << 20, 7).map((_, i) => (i * 2_654_435_761) >>> 24)
    const content = await bytesContent(bytes)
    const archive = open()
    await archive.create("large", content)
    assert.deepEqual(Buffer.from((await readWhole(archive, "large", bytes.length)) ?? []), Buffer.from(bytes))
    await assert.rejects(readWhole(archive, "large", bytes.length - 1), faultOf("untrue"))
  })
}

describe("an archive in a folder", () => {
  const folder = mkdtempSync(join(tmpdir(), "wattest-archive-"))
  after(() => rmSync(folder, { recursive: true }))
  behavesAsAnArchive(() => openPlace(folder))

  it("leaves nothing half written where the source fails or changes", async () => {
    const archive = openPlace(folder)
    const content = await text("announced")
    const failing = async function* () {
      yield Buffer.from("announ")
      throw Object.assign(new Error("no space left on device"), { code: "ENOSPC" })
    }
    const changed = async function* () {
      yield Buffer.from("otherwise")
    }
    await assert.rejects(archive.create("half/a", { ...content, open: failing }), { code: "ENOSPC" })
    await assert.rejects(archive.create("half/a", { ...content, open: changed }), faultOf("untrue"))
    assert.deepEqual(readdirSync(join(folder, "half")), [])
    assert.equal(await archive.create("half/a", content), "created")
  })

  it("says why it could not begin to write, not that nothing is there to be removed", async () => {
    await assert.rejects(openPlace("/proc").create("run", await text("x")), { code: "ENOENT", syscall: "open" })
  })
})

describe("an archive in a bucket of a real object store", function () {
  this.timeout(300_000)
  let server: S3Server
  let prefix = 0
  before(async function () {
    const binary = findS3Server()
    if (binary === null) skip(this, "no object store: no Go to build one")
    server = await startS3Server(binary ?? "")
    Object.assign(process.env, server.env)
  })
  after(() => server?.stop())
  behavesAsAnArchive(() => openPlace(server.address(`test-${prefix++}`)))

  it("says that a bucket is not there, rather than that it is empty", async () => {
    const archive = openPlace(server.address("x").replace("evidence", "nobody"))
    for (const asked of [() => archive.list(""), async () => archive.create("a", await text("a"))])
      await assert.rejects(asked, told("refused", /^s3:\/\/nobody\S*.*: there is no such bucket$/))
  })

  for (const name of ["AWS_SECRET_ACCESS_KEY", "AWS_ACCESS_KEY_ID"])
    it(`says of a wrong ${name} that it is not taken, and nothing of permissions`, async () => {
      const right = process.env[name]
      process.env[name] = "wrong"
      await assert.rejects(openPlace(server.address("x")).list(""), told("refused", /does not take these credentials/))
      process.env[name] = right
    })
})

describe("an archive in a bucket that lies", function () {
  this.timeout(120_000)
  let bucket: LyingBucket
  const env = { AWS_ACCESS_KEY_ID: "a", AWS_SECRET_ACCESS_KEY: "b", AWS_MAX_ATTEMPTS: "2" }
  before(() => {
    Object.assign(process.env, env)
  })
  beforeEach(async () => {
    bucket = await startLyingBucket()
  })
  afterEach(() => bucket.stop())
  const source = async () => {
    const folder = mkdtempSync(join(tmpdir(), "wattest-archive-"))
    writeFileSync(join(folder, "run"), "the run as it was")
    return openPlace(folder)
  }

  it("keeps what it is given while it does not lie", async () => {
    const copied = await copyName(await source(), openPlace(bucket.address), "run")
    assert.equal(copied?.outcome, "created")
    assert.equal(await readText(openPlace(bucket.address), "run"), "the run as it was")
    assert.deepEqual(await openPlace(bucket.address).list(""), ["run"], "and nothing of ours beside it")
  })

  it("is asked to hold nothing that is longer than one object", async () => {
    const content = { ...(await text("x")), bytes: 5 * 2 ** 30 + 1 }
    await assert.rejects(
      openPlace(bucket.address).create("run", content),
      told("refused", /more than one object holds/),
    )
    assert.equal(bucket.objects.size, 0)
  })

  it("is told what each content hashes to, so that one that changes on its way is refused there", async () => {
    await openPlace(bucket.address).create("run", await text("one"))
    const digestOf = (content: string) => createHash("sha256").update(content).digest("base64")
    assert.equal(bucket.checksums.get("site/run"), digestOf("one"))
    for (const [key, body] of bucket.objects) assert.equal(bucket.checksums.get(key), digestOf(body.toString()), key)
  })

  for (const lie of ["forgets", "changes", "cuts"] as const)
    it(`is found out by reading back where it ${lie}`, async () => {
      bucket.lie = lie
      await assert.rejects(copyName(await source(), openPlace(bucket.address), "run"), faultOf("untrue"))
    })

  it("is refused where it would write over what it holds, before anything is written", async () => {
    bucket.lie = "overwrites"
    await assert.rejects(openPlace(bucket.address).create("run", await text("x")), faultOf("refused"))
    assert.deepEqual([...bucket.objects], [["site/_wattest-conditional-write", Buffer.from("wattest\n")]])
  })

  it("is asked again where two write at once, and not for ever", async () => {
    bucket.lie = "contends"
    const archive = openPlace(bucket.address)
    assert.equal(await archive.create("run", await text("x")), "created")
    assert.equal(await readText(archive, "run"), "x")
    bucket.lie = "locks"
    await assert.rejects(archive.create("other", await text("x")), told("refused", /ConditionalRequestConflict$/))
    assert.equal(bucket.asked.filter((one) => one === "PUT site/other").length, 5)
  })

  it("lists no folder within itself where a store keeps a mark of it", async () => {
    for (const name of ["site/run/", "site/run/1"]) bucket.objects.set(name, Buffer.of())
    assert.deepEqual(await openPlace(bucket.address).list("run"), ["1"])
  })

  it("needs no region; AWS itself does, and is guessed for nobody", async () => {
    const region = process.env.AWS_REGION
    delete process.env.AWS_REGION
    const config = { AWS_CONFIG_FILE: "/dev/null", AWS_SHARED_CREDENTIALS_FILE: "/dev/null" }
    Object.assign(process.env, config)
    const elsewhere = bucket.address.replace("&region=us-east-1", "")
    assert.deepEqual(await openPlace(elsewhere).list(""), [])
    await assert.rejects(openPlace("s3://evidence").list(""), told("unreachable", /: Region is missing$/))
    for (const name of Object.keys(config)) delete process.env[name]
    if (region !== undefined) process.env.AWS_REGION = region
  })

  it("does not keep a reader for ever: an endless list, an endless content", async () => {
    const archive = openPlace(bucket.address)
    await archive.create("run", await text("x"))
    bucket.lie = "circles"
    await assert.rejects(archive.list(""), faultOf("untrue"))
    bucket.lie = "floods"
    await assert.rejects(readWhole(archive, "run", 1 << 20), faultOf("untrue"))
  })

  it("is let tell of so many bytes of names, each with 64 besides, and of no byte more", async () => {
    const address = parseBucketAddress(bucket.address)
    assert.ok(address)
    const names = ["site/run/1", "site/run/22"]
    for (const name of names) bucket.objects.set(name, Buffer.of())
    const bytes = names.reduce((all, name) => all + name.length + 64, 0)
    assert.equal((await openBucket(address, bytes).list("run")).length, 2)
    await assert.rejects(openBucket(address, bytes - 1).list("run"), told("untrue", /does not end$/))
  })

  it("says of what was moved to a frozen class that it must be asked for, and takes it for neither gone nor denied", async () => {
    const archive = openPlace(bucket.address)
    await archive.create("run", await text("x"))
    bucket.lie = "frozen"
    for (const asked of [() => archive.open("run"), async () => archive.create("run", await text("x"))])
      await assert.rejects(
        asked,
        (error: ArchiveFault) => faultOf("refused")(error) && /restore-object/.test(error.hint),
      )
  })

  it("says of 403 that it is refused, of 500 and of a full disk that asking again may do", async () => {
    const archive = openPlace(bucket.address)
    for (const [lie, code, said] of [
      ["denies", "refused", /: access is denied$/],
      ["fails", "unreachable", /: InternalError$/],
    ] as const) {
      bucket.lie = lie
      await assert.rejects(archive.open("run"), told(code, said))
    }
    bucket.lie = "full"
    await assert.rejects(archive.create("run", await text("x")), faultOf("unreachable"))
    await bucket.stop()
    await assert.rejects(archive.open("run"), told("unreachable", /: connect ECONNREFUSED 127\.0\.0\.1:\d+$/))
  })

  it("says that there is no answer where none of a host's addresses gives one", async () => {
    await bucket.stop()
    const addresses = ["127.0.0.1", "127.0.0.2"].map((address) => ({ address, family: 4 }))
    const lookup = mock.method(dns, "lookup", (...asked: unknown[]) =>
      (asked.at(-1) as (error: null, found: unknown) => void)(null, addresses),
    )
    const named = openPlace(bucket.address.replace("127.0.0.1", "store.example"))
    await assert.rejects(named.open("run"), told("unreachable", /: no answer$/))
    lookup.mock.restore()
  })
})

describe("addresses of archives", () => {
  it("reads bucket, prefix, endpoint and region; all else is a path", () => {
    assert.deepEqual(parseBucketAddress("s3://evidence/a/b/?endpoint=https://s3.example&region=eu-1"), {
      ...{ bucket: "evidence", prefix: "a/b", endpoint: "https://s3.example", region: "eu-1" },
    })
    assert.equal(parseBucketAddress("/var/archive"), null)
    for (const place of ["s3://evidence", "s3://evidence/a/b"]) assert.equal(openPlace(place).place, place)
    const prefixOf = (address: string) => parseBucketAddress(address)?.prefix
    assert.equal(prefixOf("s3://evidence"), "")
    assert.equal(prefixOf("s3://evidence/a..b/c"), "a..b/c")
    assert.equal(prefixOf(`s3://evidence/${"a".repeat(512)}`), "a".repeat(512))
    assert.equal(parseBucketAddress(`s3://${"a".repeat(63)}`)?.bucket.length, 63)
  })

  for (const wrong of [
    "s3://",
    "s3://UPPER",
    "s3://a",
    "s3:evidence",
    "s3://evidence/../x",
    "s3://evidence/a/../x",
    "s3://evidence/a//x",
    "s3://evidence/.x",
    `s3://evidence/${"a".repeat(513)}`,
    `s3://${"a".repeat(64)}`,
    "s3://evidence?acl=public",
    "s3://key:secret@evidence/x",
    "s3://evidence?endpoint=ftp://x",
    "s3://evidence?endpoint=https://key:secret@x",
  ])
    it(`refuses ${wrong}, and shows no secret of it`, () => {
      assert.throws(
        () => parseBucketAddress(wrong),
        (error: Error) => {
          assert.ok(!error.message.includes("secret"), error.message)
          return faultOf("address")(error)
        },
      )
    })
})

describe("compression", () => {
  async function* chunksOf(bytes: Uint8Array) {
    yield bytes
  }
  const collect = async (chunks: AsyncIterable<Uint8Array>) => Buffer.from(await buffer(chunks))

  it("gives back what it was given, and says where it was cut off, changed or no gzip", async () => {
    const plain = readFileSync("package-lock.json")
    const zipped = await collect(gzipped(chunksOf(plain)))
    assert.deepEqual(await collect(gunzipped(chunksOf(zipped), "x")), plain)
    const changed = Buffer.from(zipped)
    changed[zipped.length >> 1] = (changed[zipped.length >> 1] ?? 0) ^ 0xff
    for (const bad of [zipped.subarray(0, -9), changed, Buffer.from("not gzip")])
      await assert.rejects(collect(gunzipped(chunksOf(bad), "x")), faultOf("untrue"))
  })

  it("takes an error of the disk for no damage", async () => {
    const failing = async function* () {
      yield Buffer.from([0x1f, 0x8b])
      throw Object.assign(new Error("input/output error"), { code: "EIO" })
    }
    await assert.rejects(collect(gunzipped(failing(), "x")), { code: "EIO" })
    const file = await fileContent("package.json")
    assert.equal(file.bytes, readFileSync("package.json").length)
  })
})
