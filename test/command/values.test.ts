import assert from "node:assert/strict"
import {
  address,
  bigWhole,
  chainId,
  choice,
  decimal,
  deviceId,
  duration,
  file,
  type Kind,
  key,
  port,
  shift,
  text,
  time,
  u64,
  url,
  ValueError,
  whole,
} from "@wattest/command"
import { getAddress } from "viem"

const LOWER = "0x5fbdb2315678afecb367f032d93f642f64180aa3"
const WORD = `0x${"aB".repeat(32)}`

const refuses = (kind: Kind<unknown>, given: string, message: RegExp) =>
  assert.throws(
    () => kind.parse(given),
    (error) => error instanceof ValueError && message.test(error.message) && error.hint.length > 0,
    `${kind.placeholder} took "${given}"`,
  )

describe("values that people type", () => {
  it("take an address in one case or with its checksum, and print it in one form", () => {
    for (const given of [LOWER, getAddress(LOWER), `0x${LOWER.slice(2).toUpperCase()}`])
      assert.equal(address.parse(given), LOWER)
    for (let i = 0; i < 64; i++) {
      const other = `0x${i.toString(16).padStart(2, "0").repeat(20)}` as const
      assert.equal(address.parse(getAddress(other)), other)
    }
  })

  it("refuse an address whose letters changed case, and what is none", () => {
    const right = getAddress(LOWER)
    for (const [i, letter] of [...right].entries()) {
      const flipped = letter === letter.toLowerCase() ? letter.toUpperCase() : letter.toLowerCase()
      if (i < 2 || flipped === letter) continue
      refuses(address, `${right.slice(0, i)}${flipped}${right.slice(i + 1)}`, /checksum/)
    }
    for (const given of ["", "0x", LOWER.slice(0, -1), `${LOWER}0`, LOWER.slice(2), `0X${LOWER.slice(2)}`, ` ${LOWER}`])
      refuses(address, given, /is not an address/)
    refuses(address, WORD, /32 bytes/)
    refuses(address, "bc1qar0srrr7xfkvy5l643lydnw9re59gtzzwf5mdq", /not an address/)
  })

  it("take exactly 32 bytes of a device, in any case", () => {
    assert.equal(deviceId.parse(WORD), WORD.toLowerCase())
    for (const given of [WORD.slice(0, -2), `${WORD}00`, WORD.slice(2), LOWER]) refuses(deviceId, given, /32 bytes/)
  })

  it("take whole numbers to both of their bounds and none beyond", () => {
    assert.deepEqual([u64.parse("0"), u64.parse("18446744073709551615")], [0n, 2n ** 64n - 1n])
    refuses(u64, "18446744073709551616", /above/)
    assert.deepEqual([whole(3, 5).parse("3"), whole(3, 5).parse("5")], [3, 5])
    refuses(whole(3, 5), "2", /below/)
    refuses(whole(3, 5), "6", /above/)
    for (const given of ["", "01", "-1", "1.0", "1e3", "0x10", " 1", "1n", "٣"])
      refuses(bigWhole(0n, 9n), given, /whole number/)
    assert.deepEqual([port.parse("0"), port.parse("65535")], [0, 65_535])
    refuses(port, "65536", /above/)
    assert.equal(chainId.parse("137"), 137)
    for (const given of ["0", "-1", "9007199254740992", "polygon"]) refuses(chainId, given, /chain's number/)
    assert.equal(decimal.parse("233.5"), "233.5")
    for (const given of ["", ".5", "5.", "1,5", "1e3"]) refuses(decimal, given, /decimal/)
  })

  it("take times with a zone and lengths of time with a unit", () => {
    assert.equal(time.parse("2026-11-01"), Date.UTC(2026, 10, 1) / 1000)
    assert.equal(time.parse("2026-11-01T12:00:00+02:00"), Date.UTC(2026, 10, 1, 10) / 1000)
    assert.equal(time.parse("1790000000"), 1_790_000_000)
    for (const given of ["", "yesterday", "2026-02-30", "2026-13-01", "2026-11-01T12:00:00", "2026-11-01T25:00:00Z"])
      refuses(time, given, /no time/)
    assert.deepEqual(["500ms", "10s", "5min", "24h"].map(duration.parse), [500, 10_000, 300_000, 86_400_000])
    for (const given of ["", "0s", "10", "1d", "1.5h", "-1s"]) refuses(duration, given, /length of time/)
    assert.deepEqual(["1h", "+2s", "-250ms", "-0s", "0min"].map(shift.parse), [3_600_000, 2000, -250, 0, 0])
    for (const given of ["", "-", "0", "-1", "--1s", "- 1s", "-1s\n", "soon"]) refuses(shift, given, /length of time/)
  })

  it("take URLs of the web alone, without the slashes behind them", () => {
    assert.equal(url.parse("http://127.0.0.1:8545/"), "http://127.0.0.1:8545")
    for (const given of ["", "127.0.0.1:8545", "ftp://a", "http://", "http:// a", "http://[::1", "http://a:99999"])
      refuses(url, given, /not a URL/)
  })

  it("take a key by its file or its signer, and never the key itself", () => {
    assert.deepEqual(key.parse("op.json"), { kind: "keystore", file: "op.json" })
    assert.deepEqual(key.parse(`http://127.0.0.1:9000#${LOWER}`), {
      kind: "remote",
      url: "http://127.0.0.1:9000",
      address: LOWER,
    })
    refuses(key, WORD, /private key/)
    refuses(key, WORD.slice(2), /private key/)
    refuses(key, "http://127.0.0.1:9000", /names no account/)
    refuses(key, "http://127.0.0.1:9000#me", /not an address/)
  })

  it("name the word that was probably meant", () => {
    assert.equal(choice(["node", "rack"]).parse("rack"), "rack")
    assert.throws(
      () => choice(["node", "rack"]).parse("rak"),
      (error) => error instanceof ValueError && error.hint === "did you mean rack?",
    )
    refuses(choice(["node", "rack"]), "Node2x", /none of node, rack/)
    for (const kind of [file, text()]) refuses(kind, "", /is empty/)
    refuses(file, "a\0b", /no path/)
  })
})
