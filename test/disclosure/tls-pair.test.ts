import assert from "node:assert/strict"
import { spawnSync } from "node:child_process"
import { createPrivateKey, createPublicKey, X509Certificate } from "node:crypto"
import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs"
import { tmpdir } from "node:os"
import { join } from "node:path"
import { UsageError } from "@wattest/command"
import { readTlsPair } from "../../disclosure/src/cli/tls-pair.ts"
import { certify } from "./pact-client.ts"

const MAX_PEM_BYTES = 1024 * 1024

describe("a host's certificate and key", () => {
  let folder: string
  const read = (name: string) => readFileSync(join(folder, name), "latin1")
  const write = (name: string, content: string | Buffer) => writeFileSync(join(folder, name), content)
  const pair = (cert: string, key: string) =>
    readTlsPair({ "tls-cert": join(folder, cert), "tls-key": join(folder, key) })
  const openssl = (...words: readonly string[]) =>
    assert.equal(spawnSync("openssl", words, { cwd: folder }).status, 0, words.join(" "))

  before(() => {
    folder = mkdtempSync(join(tmpdir(), "wattest-tls-"))
    mkdirSync(join(folder, "other"))
    certify(folder)
    certify(join(folder, "other"))
    const [cert, key, other] = [read("cert.pem"), read("key.pem"), read("other/cert.pem")]
    write("both.pem", `${key}${cert}`)
    write("chain.pem", `Subject: the host\n${cert}${other}`)
    write("turned.pem", `${other}${cert}`)
    write("lost.pem", `${cert}${other.slice(0, 200)}`)
    write("windows.pem", cert.replaceAll("\n", "\r\n"))
    write("cut.key", key.slice(0, 100))
    const damaged = (text: string) => text.replace(/-----\nM/, "-----\nA")
    write("damaged.pem", `${cert}${damaged(other)}`)
    write("damaged.key", damaged(key))
    openssl("x509", "-in", "cert.pem", "-outform", "der", "-out", "cert.der")
    openssl("pkey", "-in", "key.pem", "-outform", "der", "-out", "key.der")
    const locked = { type: "pkcs8", format: "pem", cipher: "aes-256-cbc", passphrase: "x" } as const
    write("locked.key", createPrivateKey(key).export(locked))
    write("locked.old", createPrivateKey(key).export({ ...locked, type: "sec1" }))
    write("public.key", createPublicKey(key).export({ type: "spki", format: "pem" }))
    write("empty", "")
    write("long", `${cert}${"\n".repeat(MAX_PEM_BYTES + 1 - cert.length)}`)
    write("longest", `${cert}${"\n".repeat(MAX_PEM_BYTES - cert.length)}`)
    const weak = "req -x509 -newkey rsa:1024 -nodes -days 2 -subj /CN=localhost -keyout weak.key -out weak.pem"
    openssl(...weak.split(" "))
  })
  after(() => rmSync(folder, { recursive: true, force: true }))

  it("are read as they are, the chain in its order", () => {
    assert.deepEqual(pair("cert.pem", "key.pem"), { cert: read("cert.pem"), key: read("key.pem") })
    assert.equal(pair("chain.pem", "key.pem").cert, `${read("cert.pem")}${read("other/cert.pem")}`)
    assert.equal(pair("longest", "key.pem").cert, read("cert.pem"))
    assert.match(pair("windows.pem", "key.pem").cert, /^-----BEGIN CERTIFICATE-----\r\n/)
  })

  it("hold in their time alone: from its first second to its last", () => {
    const paths = { "tls-cert": join(folder, "cert.pem"), "tls-key": join(folder, "key.pem") }
    const { validFromDate, validToDate } = new X509Certificate(read("cert.pem"))
    const [from, to] = [validFromDate.getTime(), validToDate.getTime()]
    for (const nowMs of [from, to]) assert.equal(readTlsPair(paths, nowMs).cert, read("cert.pem"))
    const dayOf = (ms: number) => new Date(ms).toISOString().slice(0, 10)
    assert.throws(() => readTlsPair(paths, to + 1), new RegExp(`cert\\.pem: the certificate ended on ${dayOf(to)}`))
    assert.throws(
      () => readTlsPair(paths, from - 1),
      new RegExp(`cert\\.pem: the certificate holds from ${dayOf(from)}`),
    )
  })

  it("may stand in one file, of which each option takes its own", () =>
    assert.deepEqual(pair("both.pem", "both.pem"), { cert: read("cert.pem"), key: read("key.pem") }))

  for (const [what, cert, key, says, hint] of [
    [
      "a key for the certificate",
      "key.pem",
      "key.pem",
      /^--tls-cert \S+key\.pem: .*no certificate; it holds: PRIVATE KEY$/,
      /to --tls-key$/,
    ],
    [
      "a certificate for the key",
      "cert.pem",
      "cert.pem",
      /^--tls-key \S+cert\.pem: .*no private key; it holds: CERTIFICATE$/,
      /to --tls-cert$/,
    ],
    [
      "both the wrong way round",
      "key.pem",
      "cert.pem",
      /^--tls-cert \S+key\.pem: this file holds no certificate/,
      /to --tls-key$/,
    ],
    ["a public key", "cert.pem", "public.key", /^--tls-key .*no private key; it holds: PUBLIC KEY$/, /to --tls-cert$/],
    [
      "the key of another certificate",
      "cert.pem",
      "other/key.pem",
      /^--tls-cert \S+, --tls-key \S+: they do not belong together/,
      /certificate of this key/,
    ],
    [
      "a chain that begins with the issuer",
      "turned.pem",
      "key.pem",
      /^--tls-cert .* number 2 of 2, not the first$/,
      /own certificate first/,
    ],
    ["a chain whose end is lost", "lost.pem", "key.pem", /^--tls-cert .*has no end$/, /copy it again/],
    ["a key whose end is lost", "cert.pem", "cut.key", /^--tls-key .*has no end$/, /copy it again/],
    [
      "a damaged certificate",
      "damaged.pem",
      "key.pem",
      /^--tls-cert .* certificate 2 of 2 is damaged$/,
      /copy it again/,
    ],
    ["a damaged key", "cert.pem", "damaged.key", /^--tls-key .* private key is damaged$/, /copy it again/],
    [
      "a certificate in DER",
      "cert.der",
      "key.pem",
      /^--tls-cert .* no PEM of a certificate$/,
      /BEGIN CERTIFICATE-.*openssl x509 -inform der/,
    ],
    [
      "a key in DER",
      "cert.pem",
      "key.der",
      /^--tls-key .* no PEM of a private key$/,
      /BEGIN PRIVATE KEY-.*openssl pkey -inform der/,
    ],
    ["a locked key", "cert.pem", "locked.key", /^--tls-key .* locked by a password/, /openssl pkey/],
    [
      "a key that is locked in the old way",
      "cert.pem",
      "locked.old",
      /^--tls-key .* locked by a password/,
      /openssl pkey/,
    ],
    ["an empty file", "empty", "key.pem", /^--tls-cert .* no PEM of a certificate$/, /BEGIN CERTIFICATE/],
    ["a file that is too long", "long", "key.pem", /^--tls-cert \S+long: too long for PEM$/, /at most 1048576 bytes/],
    [
      "a key that is too short",
      "weak.pem",
      "weak.key",
      /^--tls-cert \S+, --tls-key \S+: TLS does not take them: [a-z ]+$/,
      /P-256/,
    ],
  ] as const)
    it(`are refused with ${what}: where, and what to do`, () =>
      assert.throws(
        () => pair(cert, key),
        (error) => {
          assert.ok(error instanceof UsageError)
          assert.match(error.message, says)
          assert.match(error.hint, hint)
          return true
        },
      ))
})
