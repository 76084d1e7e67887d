import assert from "node:assert/strict"
import { execFileSync } from "node:child_process"
import { X509Certificate } from "node:crypto"
import { existsSync, readFileSync, writeFileSync } from "node:fs"
import type { IncomingMessage, RequestListener, ServerResponse } from "node:http"
import { createServer } from "node:https"
import { join } from "node:path"
import { createSource } from "../../../../attester/src/sources/create.ts"
import type { SensorValue } from "../../../../attester/src/sources/source.ts"
import {
  only,
  readOnce,
  rejectsWith,
  requireAll,
  SHARED_DATA,
  withFolder,
  withListening,
  withServer,
} from "../bench.ts"

const MOCKUP = join(SHARED_DATA, "redfish-public-rackmount1")
const SESSIONS = "/redfish/v1/SessionService/Sessions"

const send = (response: ServerResponse, status: number, body: unknown = {}, headers: Record<string, string> = {}) =>
  response.writeHead(status, { "content-type": "application/json", ...headers }).end(JSON.stringify(body))

/** Serves the mockup's files, as DMTF's own mockup server does. */
const mockup: RequestListener = (request, response) => {
  const path = join(MOCKUP, (request.url ?? "").replace(/^\/redfish\/v1\//, ""), "index.json")
  if (!existsSync(path)) send(response, 404)
  else response.writeHead(200, { "content-type": "application/json" }).end(readFileSync(path))
}

/** A BMC in front of it: sessions with one user, tokens that can be forgotten, and a log of requests. */
const createBmc = (resources: RequestListener = mockup) => {
  const tokens = new Set<string>()
  const log: string[] = []
  const listener = async (request: IncomingMessage, response: ServerResponse) => {
    const chunks: Buffer[] = []
    for await (const chunk of request) chunks.push(chunk)
    const text = Buffer.concat(chunks).toString()
    log.push(`${request.method} ${request.url}`)
    if (request.method === "POST" && request.url === SESSIONS) {
      const { UserName, Password } = JSON.parse(text)
      if (UserName !== "meter" || Password !== "hunter2") return send(response, 401)
      const token = `token${log.length}`
      tokens.add(token)
      return send(response, 201, {}, { "x-auth-token": token, location: `${SESSIONS}/${token}` })
    }
    if (!tokens.has(String(request.headers["x-auth-token"]))) return send(response, 401)
    if (request.method === "DELETE") {
      tokens.delete(request.url?.split("/").at(-1) ?? "")
      return send(response, 204)
    }
    return resources(request, response)
  }
  return { listener, tokens, log }
}

const password = { env: "WATTEST_TEST_REDFISH" }
const login = { user: "meter", password }

describe("Redfish", () => {
  before(() => {
    process.env.WATTEST_TEST_REDFISH = "hunter2"
  })
  after(() => {
    delete process.env.WATTEST_TEST_REDFISH
  })

  describe("given DMTF's public mockup of a rack server", () => {
    before(function () {
      requireAll(this, { files: [MOCKUP] })
    })
    const read = (options: Record<string, unknown>) =>
      withServer(mockup, async (url) => {
        const source = createSource({ kind: "redfish", url: url.href, chassis: "1U", ...options })
        try {
          return await readOnce(source)
        } finally {
          await source.close()
        }
      })
    const table = (values: readonly SensorValue[]) =>
      values.map(({ sensor, value, unit, part }) => [sensor, value, unit, part])

    it("reads the whole once: from EnvironmentMetrics, from Power where that has none", async () => {
      assert.deepEqual(table(await read({})), [["EnvironmentMetrics/PowerWatts", "374", "W", undefined]])
      assert.deepEqual(table(await read({ resources: ["power"] })), [
        ["PowerControl/0/PowerConsumedWatts", "344", "W", undefined],
      ])
    })

    it("reads named sensors with the accuracy that they state", async () => {
      const values = await read({ resources: ["sensors"], sensors: ["TotalEnergy", "TotalPower", "IntakeTemp"] })
      assert.equal(only(values, "energy").value, "325675")
      assert.equal(only(values, "inletTemperature").unit, "Cel")
      const { accuracy } = only(values, "power")
      assert.deepEqual([accuracy.gainLimit, accuracy.updateMs], [0.002, 250])
    })

    it("reads what each supply takes in, as parts of the whole", () => {
      const bay = "/redfish/v1/Chassis/1U/PowerSubsystem/PowerSupplies/Bay1"
      const missing: Record<string, unknown> = {
        "/redfish/v1/Chassis/1U/PowerSubsystem/PowerSupplies": { Members: [{ "@odata.id": bay }] },
        [bay]: { Id: "Bay1", Metrics: { "@odata.id": `${bay}/Metrics` } },
      }
      const completed: RequestListener = (request, response) => {
        const resource = missing[request.url ?? ""]
        return resource === undefined ? mockup(request, response) : send(response, 200, resource)
      }
      return withServer(completed, async (url) => {
        const values = await readOnce(
          createSource({ kind: "redfish", url: url.href, chassis: "1U", resources: ["supplies"] }),
        )
        assert.deepEqual(table(values), [
          ["PowerSupplies/Bay1/InputPowerWatts", "937.4", "W", "Bay1"],
          ["PowerSupplies/Bay1/EnergykWh", "325675", "kWh", "Bay1"],
        ])
      })
    })

    it("passes over sensors that the collection lists and the BMC lacks", async () => {
      const values = await read({ resources: ["sensors"] })
      assert.ok(values.some(({ part }) => part === "PS1InputPower"))
    })

    it("reports what is not there: chassis, resources", async () => {
      await rejectsWith("missing", read({ chassis: "2U" }), /no chassis 2U/)
      await rejectsWith("unsupported", read({ resources: ["supplies"], chassis: "1U" }))
    })
  })

  describe("given a BMC with sessions", () => {
    const chassis = { EnvironmentMetrics: { "@odata.id": "/redfish/v1/Chassis/1/EnvironmentMetrics" } }
    const resources: RequestListener = (request, response) =>
      send(
        response,
        200,
        request.url?.endsWith("Metrics") ? { PowerWatts: { Reading: 512.5 }, EnergykWh: { Reading: null } } : chassis,
      )
    const withBmc = (use: (url: URL, bmc: ReturnType<typeof createBmc>) => Promise<void>, served = resources) => {
      const bmc = createBmc(served)
      return withServer(bmc.listener, (url) => use(url, bmc))
    }
    const open = (url: URL, options: Record<string, unknown> = {}) =>
      createSource({ kind: "redfish", url: url.href, chassis: "1", resources: ["environment"], ...options })

    it("logs in once, reads, leaves a null reading out, and ends its session", () =>
      withBmc(async (url, { log, tokens }) => {
        const source = open(url, login)
        assert.equal(only(await readOnce(source), "power").value, "512.5")
        const values = await readOnce(source)
        assert.equal(
          values.some(({ quantity }) => quantity === "energy"),
          false,
        )
        assert.equal(log.filter((line) => line === `POST ${SESSIONS}`).length, 1)
        await source.close()
        assert.equal(tokens.size, 0)
      }))

    it("logs in again when the BMC has forgotten the session", () =>
      withBmc(async (url, { tokens }) => {
        const source = open(url, login)
        await readOnce(source)
        tokens.clear()
        assert.equal(only(await readOnce(source), "power").value, "512.5")
        await source.close()
      }))

    it("reports a wrong password and a missing one as denied", () =>
      withBmc(async (url, { log }) => {
        await rejectsWith("denied", readOnce(open(url, { user: "meter", password: { env: "PATH" } })))
        await rejectsWith("denied", readOnce(open(url)))
        assert.deepEqual(
          log,
          [`POST ${SESSIONS}`, "GET /redfish/v1/Chassis/1"],
          "each is asked once: no storm of logins",
        )
      }))

    it("reports a login that is a bad request as denied, and one that gives no token as malformed", async () => {
      for (const [status, fault, message] of [
        [400, "denied", /the BMC refused the login/],
        [201, "malformed", /login gave no X-Auth-Token/],
      ] as const) {
        const listener: RequestListener = (request, response) => {
          assert.equal(request.url, SESSIONS)
          send(response, status, {})
        }
        await withServer(listener, async (url) => {
          await rejectsWith(fault, readOnce(open(url, login)), message)
        })
      }
    })

    it("asks a busy BMC again, but not for ever", async () => {
      let refusals = 2
      const busy: RequestListener = (request, response) =>
        refusals-- > 0 ? send(response, 503) : resources(request, response)
      await withBmc(async (url) => {
        const source = open(url, login)
        assert.equal(only(await readOnce(source), "power").value, "512.5")
        refusals = 1000
        await rejectsWith("failed", readOnce(source), /503/)
        await source.close()
      }, busy)
    })

    it("asks again after a broken connection", async () => {
      let broken = 1
      const flaky: RequestListener = (request, response) =>
        broken-- > 0 ? request.socket.destroy() : resources(request, response)
      await withBmc(async (url) => {
        const source = open(url, login)
        assert.equal(only(await readOnce(source), "power").value, "512.5")
        await source.close()
      }, flaky)
    })

    it("refuses links to other hosts, which would get the token", () =>
      withBmc(
        (url) => rejectsWith("malformed", readOnce(open(url, login)), /leads elsewhere/).then(() => {}),
        (_request, response) => send(response, 200, { EnvironmentMetrics: { "@odata.id": "http://evil.example/x" } }),
      ))

    it("refuses an answer that is not JSON, and values that are not numbers", async () => {
      await withBmc(
        (url) => rejectsWith("malformed", readOnce(open(url, login)), /not JSON/).then(() => {}),
        (_request, response) => void response.end("<html>"),
      )
      await withBmc(
        (url) => rejectsWith("unsupported", readOnce(open(url, login))).then(() => {}),
        (request, response) =>
          send(response, 200, request.url?.endsWith("Metrics") ? { PowerWatts: { Reading: "512" } } : chassis),
      )
    })

    it("times out on a BMC that hangs", () =>
      withBmc(
        async (url) => {
          const source = open(url, { ...login, timeoutMs: 150 })
          await rejectsWith("timeout", readOnce(source))
          await source.close()
        },
        () => {},
      ))

    describe("over TLS", () => {
      const makeCertificate = (folder: string, name: string) => {
        const [key, cert] = [join(folder, `${name}.key`), join(folder, `${name}.pem`)]
        const subject = ["-subj", "/CN=bmc", "-addext", "subjectAltName=IP:127.0.0.1"]
        const args = ["req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256", "-nodes", "-days", "2"]
        execFileSync("openssl", [...args, ...subject, "-keyout", key, "-out", cert], { stdio: "ignore" })
        return { key: readFileSync(key), cert: readFileSync(cert), file: cert }
      }
      const fingerprint = (pem: Buffer) => new X509Certificate(pem).fingerprint256

      it("believes a pinned authority or a pinned certificate, and nobody else", function () {
        requireAll(this, { programs: ["openssl"] })
        return withFolder(async (folder) => {
          const [own, other] = [makeCertificate(folder, "own"), makeCertificate(folder, "other")]
          const bmc = createBmc(resources)
          await withListening(createServer(own, bmc.listener), async (port) => {
            const tryTls = async (tls: Record<string, string> | undefined) => {
              const source = open(new URL(`https://127.0.0.1:${port}`), { ...login, ...(tls && { tls }) })
              try {
                await readOnce(source)
                return await readOnce(source)
              } finally {
                await source.close()
              }
            }
            assert.equal(only(await tryTls({ caFile: own.file }), "power").value, "512.5")
            assert.equal(only(await tryTls({ fingerprint: fingerprint(own.cert) }), "power").value, "512.5")
            const logged = bmc.log.length
            await rejectsWith("denied", tryTls(undefined), /TLS/)
            await rejectsWith("denied", tryTls({ caFile: other.file }), /TLS/)
            await rejectsWith("denied", tryTls({ fingerprint: fingerprint(other.cert) }), /not the pinned one/)
            assert.equal(bmc.log.length, logged, "nothing was sent to a server that is not believed")
          })
        })
      })

      it("refuses a fingerprint or authority that is none", () =>
        withFolder(async (folder) => {
          const file = join(folder, "ca.pem")
          writeFileSync(file, "no certificate")
          const make = (tls: Record<string, string>) => () => open(new URL("https://127.0.0.1"), { tls })
          assert.throws(make({ fingerprint: "abc" }), /tls\.fingerprint: must be the SHA-256/)
          assert.throws(make({ caFile: file }), /tls\.caFile: .* holds no certificate/)
        }))
    })
  })
})
