import assert from "node:assert/strict"
import { globSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs"
import { request } from "node:http"
import { tmpdir } from "node:os"
import { join } from "node:path"
import { parseAgentConfig } from "@wattest/attester"
import { endpointOf, type Process, writeConfig } from "@wattest/testkit/attester/program"
import { skip } from "@wattest/testkit/skip"
import { Ajv } from "ajv"
import { parse } from "yaml"
import { meteredDevice } from "../metered.ts"
import { CHART, chart, helm, objectsOf, RENDERED, runHelm, values, withoutToken } from "./chart.ts"

const TEMPLATE = ["template", "meters", CHART, "--namespace", "energy"]

describe("the Helm chart", () => {
  const tool = helm()
  const rendered = readFileSync(RENDERED, "utf8")
  const objects = objectsOf(rendered)
  const object = (kind: string) => objects.get(kind) ?? assert.fail(`no ${kind}`)
  const pod = object("DaemonSet").spec.template.spec
  const [device = assert.fail("no container")] = pod.containers
  const secret = (name: string) => Buffer.from(object("Secret").data[name] ?? "", "base64").toString()
  const dockerfile = readFileSync("attester/Dockerfile", "utf8")

  describe("by helm itself", () => {
    beforeEach(function () {
      if (tool === null) skip(this, "no helm", "deep")
    })
    const run = (...args: string[]) => runHelm(tool ?? "", ...args)

    it("is well formed", () => {
      const { status, stdout, stderr } = run("lint", "--strict", CHART)
      assert.equal(status, 0, stdout + stderr)
    })

    it("gives what is tested without it", () => {
      const { stdout } = run(...TEMPLATE)
      assert.deepEqual(objectsOf(withoutToken(stdout)), objectsOf(withoutToken(rendered)))
    })

    for (const [what, set, why] of [
      ["a configuration that says what the chart says", "config.port=1", /port/],
      ["a privileged port", "endpoint.port=80", /port/],
      ["root as the device's user", "user=0", /user/],
      ["a value that is none", "hostNetwork=true", /hostNetwork/],
    ] as const)
      it(`refuses ${what}`, () => {
        const { status, stderr } = run(...TEMPLATE, "--set", set)
        assert.notEqual(status, 0)
        assert.match(stderr, why)
      })

    it("leaves out what is turned off, and takes what is given", () => {
      const off = objectsOf(run(...TEMPLATE, "--set", "endpoint.enabled=false,init.enabled=false,paused=true").stdout)
      assert.deepEqual([...off.keys()].sort(), ["ConfigMap", "DaemonSet"])
      const spec = off.get("DaemonSet")?.spec.template.spec
      assert.deepEqual(
        spec?.initContainers.map(({ name }) => name),
        ["folder"],
      )
      assert.equal(spec?.containers[0]?.livenessProbe, undefined)
      assert.doesNotMatch(off.get("ConfigMap")?.data["agent.json"] ?? "", /endpoint/)
      const given = run(
        ...TEMPLATE,
        "--set",
        "endpoint.existingSecret=mine,pinSecret=pins,envFrom[0].secretRef.name=bmc",
      )
      const own = objectsOf(given.stdout)
      assert.ok(!own.has("Secret"))
      const text = JSON.stringify(own.get("DaemonSet"))
      for (const part of [
        '"secretName":"mine"',
        '"secretName":"pins"',
        '{"secretRef":{"name":"bmc"}}',
        "WATTEST_PIN_FILE",
      ])
        assert.ok(text.includes(part), part)
    })
  })

  it("has the version of the attester", () => {
    const { version } = JSON.parse(readFileSync("attester/package.json", "utf8"))
    const { appVersion } = parse(chart("Chart.yaml"))
    assert.equal(appVersion, version)
  })

  it("names in its templates the values that there are, and every one of them", () => {
    const templates = globSync(`${CHART}/templates/*`)
      .map((file) => readFileSync(file, "utf8"))
      .join("\n")
    const used = new Set([...templates.matchAll(/\.Values((?:\.\w+)+)/g)].map(([, path = ""]) => path.slice(1)))
    const at = (path: string) =>
      path.split(".").reduce<unknown>((value, name) => (value as Record<string, unknown> | undefined)?.[name], values())
    assert.deepEqual(
      [...used].filter((path) => at(path) === undefined),
      [],
    )
    const top = new Set([...used].map((path) => path.split(".")[0]))
    assert.deepEqual(
      Object.keys(values()).filter((name) => !top.has(name)),
      [],
    )
  })

  it("has values that its schema takes, and a schema that refuses others", () => {
    const isValid = new Ajv({ strict: false }).compile(JSON.parse(chart("values.schema.json")))
    assert.ok(isValid(values()), JSON.stringify(isValid.errors))
    const config = { boundary: "gpu", sources: [{ kind: "nvidia" }] }
    for (const change of [
      { config: { ...config, endpoint: {} } },
      { config: { ...config, metrics: {} } },
      { config: { boundary: "gpu" } },
      { config: { ...config, boundary: "house" } },
      { user: 0 },
      { home: "relative" },
      { hostNetwork: true },
      { nodeSelector: { gpu: true } },
    ])
      assert.equal(isValid({ ...values(), ...change }), false, JSON.stringify(change))
  })

  it("runs the image as it is built: its program, its user, its folder, its page", () => {
    const program = /^ENTRYPOINT \["([^"]+)"\]$/m.exec(dockerfile)?.[1] ?? ""
    const init = pod.initContainers.find(({ name }) => name === "init")
    assert.ok(init?.command?.at(-1)?.includes(`${program} init --home /device`))
    const command = JSON.parse(/^CMD (\[.*\])$/m.exec(dockerfile)?.[1] ?? "[]")
    assert.deepEqual(device.args, command)
    const mounts = device.volumeMounts.map(({ mountPath }) => mountPath)
    assert.ok(mounts.includes("/device") && mounts.includes("/etc/wattest"))
    assert.match(dockerfile, /^ENV WATTEST_HOME=\/device /m)
    assert.deepEqual(device.env, [{ name: "WATTEST_HOME", value: "/device" }])
    const ports = new Map(device.ports?.map(({ name, containerPort }) => [name, containerPort]))
    const config = JSON.parse(object("ConfigMap").data["agent.json"] ?? "")
    assert.deepEqual(
      [...ports],
      [
        ["endpoint", config.endpoint.port],
        ["metrics", config.metrics.port],
      ],
    )
    assert.match(dockerfile, new RegExp(`^EXPOSE ${config.endpoint.port} ${config.metrics.port}$`, "m"))
    assert.match(dockerfile, new RegExp(`127\\.0\\.0\\.1:${config.metrics.port}/health`))
    assert.deepEqual(device.livenessProbe?.httpGet, { path: "/health", port: "metrics" })
  })

  it("gives the device no more than it needs", () => {
    const { add, ...rest } = { add: [], ...(pod.initContainers[0]?.securityContext.capabilities as object) }
    assert.deepEqual([add, rest], [["CHOWN", "FOWNER"], { drop: ["ALL"] }])
    for (const { name, securityContext } of [...pod.initContainers.slice(1), device])
      assert.deepEqual(
        securityContext,
        {
          runAsUser: 1000,
          runAsGroup: 1000,
          runAsNonRoot: true,
          allowPrivilegeEscalation: false,
          readOnlyRootFilesystem: true,
          capabilities: { drop: ["ALL"] },
        },
        name,
      )
    assert.equal(pod.automountServiceAccountToken, false)
    assert.equal(pod.hostNetwork, undefined)
    const mounted = new Set([...pod.initContainers, device].flatMap((c) => c.volumeMounts.map(({ name }) => name)))
    assert.deepEqual([...mounted].sort(), pod.volumes.map(({ name }) => name).sort())
  })

  describe("lets pods of a node speak to its device", () => {
    const world = meteredDevice()
    const folder = mkdtempSync(join(tmpdir(), "wattest-chart-"))
    let serving: Process | undefined
    after(() => rmSync(folder, { recursive: true, force: true }))
    afterEach(() => serving?.child.kill("SIGKILL"))

    const configuration = () => {
      const token = join(folder, "token")
      writeFileSync(token, secret("token"))
      const config = JSON.parse(object("ConfigMap").data["agent.json"] ?? "")
      return { ...config, endpoint: { ...config.endpoint, token: { file: token } } }
    }

    it("with a configuration that the device takes", () => {
      const { endpoint, metrics } = parseAgentConfig(configuration())
      assert.deepEqual([endpoint?.host, endpoint?.port], ["0.0.0.0", 9464])
      assert.deepEqual(metrics, { host: "0.0.0.0", port: 9465 })
    })

    it("at the address and by the token of the Secret, which leads to the node's own", async () => {
      assert.equal(object("Service").spec.internalTrafficPolicy, "Local")
      const { endpoint } = configuration()
      writeConfig(world.config, world.meter, { endpoint: { ...endpoint, host: "127.0.0.1", port: 0 } })
      serving = world.serve()
      await world.metering(serving)
      const { url, token } = JSON.parse(secret("endpoint.json")) as Record<string, string>
      const status = (authorization: string) =>
        new Promise<number | undefined>((resolve, reject) => {
          const headers = { host: new URL(url ?? "").host, authorization }
          request(`${endpointOf(world.home).url}/v1/status`, { headers }, (answer) => {
            answer.resume()
            resolve(answer.statusCode)
          })
            .once("error", reject)
            .end()
        })
      assert.equal(await status(`Bearer ${token}`), 200)
      assert.equal(await status("Bearer another"), 401)
      await world.stop(serving)
    })
  })
})
