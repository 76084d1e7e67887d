import assert from "node:assert/strict"
import { proxyOf, UsageError } from "@wattest/command"

const PROXIES = { HTTPS_PROXY: "http://secure:3128", HTTP_PROXY: "plain:8080" }
const asked = (url: string, environment: NodeJS.ProcessEnv = PROXIES) =>
  proxyOf(new URL(url), environment)?.origin ?? null

describe("the proxy for a URL", () => {
  it("goes by its scheme, and lower case comes first", () => {
    assert.equal(asked("https://node.example/v3"), "http://secure:3128")
    assert.equal(asked("http://node.example/v3"), "http://plain:8080")
    assert.equal(asked("https://node.example", { HTTP_PROXY: "http://plain" }), null)
    assert.equal(asked("https://node.example", { ...PROXIES, https_proxy: "https://lower" }), "https://lower")
    assert.equal(asked("https://node.example", {}), null)
    assert.equal(asked("https://node.example", { HTTPS_PROXY: "" }), null)
  })

  it("is none for this machine", () => {
    for (const host of ["localhost", "rpc.localhost", "127.0.0.1", "127.1.2.3", "[::1]"])
      assert.equal(asked(`https://${host}:8545`), null, host)
    for (const host of ["localhost.example", "128.0.0.1", "[::2]"])
      assert.equal(asked(`https://${host}:8545`), "http://secure:3128", host)
  })

  it("is none for hosts that NO_PROXY names, themselves and what is under them", () => {
    const without = (NO_PROXY: string, url = "https://a.node.example") => asked(url, { ...PROXIES, NO_PROXY }) === null
    for (const list of ["*", "node.example", ".node.example", "*.node.example", "x, A.NODE.EXAMPLE", "x example"])
      assert.ok(without(list), list)
    for (const list of ["", ",", ".", "b.node.example", "ode.example", "node.example.org", "node"])
      assert.ok(!without(list), list)
    assert.ok(without("node.example:443"))
    assert.ok(without("node.example:8545", "https://node.example:8545"))
    assert.ok(!without("node.example:8545"))
    assert.ok(!without("node.example:443", "http://node.example"))
    assert.ok(without("node.example:80", "http://node.example"))
  })

  it("is refused where the variable holds no proxy's URL, without showing what it holds", () => {
    for (const HTTPS_PROXY of ["socks5://secret:1", "http://", "ftp://secret"])
      assert.throws(
        () => asked("https://node.example", { HTTPS_PROXY }),
        (error) => error instanceof UsageError && !/secret/.test(error.message),
      )
  })
})
