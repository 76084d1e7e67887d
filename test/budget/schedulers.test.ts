import assert from "node:assert/strict"
import { spawn, spawnSync } from "node:child_process"
import { once } from "node:events"
import { readFileSync } from "node:fs"
import { skip } from "@wattest/testkit/skip"
import { parse, stringify } from "yaml"
import { promtool } from "../attester/metrics/judges.ts"
import { type Stage, stage } from "./scene.ts"

const EXAMPLES = "examples/schedulers"
/** Prometheus's own tool; null where it is not here. */
const PROMTOOL = promtool()

describe("the examples for schedulers", function () {
  this.timeout(120_000)
  let set: Stage
  let page = ""
  before(async () => {
    set = stage(
      {
        cool: { site: "rack-a" },
        warm: { device: "warm", site: 'rack "b"', power: 0.5 },
        dark: { device: "dark", site: "rack-c" },
      },
      { evidence: true },
    )
    // Of the third nobody shows the captures.
    set.write("dark.evidence", "")
    const { exit, stderr } = await set.say(
      "gate",
      set.at(),
      "--policy",
      "policy.json",
      "--offline",
      "--prometheus",
      "w.prom",
    )
    assert.equal(exit, 0, stderr)
    page = readFileSync(set.at("w.prom"), "utf8")
  })
  after(() => set.close())

  const node = (name: string, site?: string) => ({
    metadata: { name, labels: { "kubernetes.io/hostname": name, ...(site !== undefined && { "wattest/site": site }) } },
    status: {},
  })
  const NODES = [node("n1", "rack-a"), node("n2", 'rack "b"'), node("n3", "rack-c"), node("n4")]
  /** What kube-scheduler sends to an extender that keeps no nodes (k8s.io/kube-scheduler/extender/v1, ExtenderArgs). */
  const ARGS = {
    Pod: { metadata: { name: "train-0", namespace: "default" }, spec: { containers: [] } },
    Nodes: { metadata: {}, items: NODES },
    NodeNames: null,
  }

  async function extending<T>(env: NodeJS.ProcessEnv, use: (url: string) => Promise<T>): Promise<T> {
    const args = [`${EXAMPLES}/extender.mjs`, set.at("w.prom"), "0"]
    const child = spawn(process.execPath, args, {
      env: { ...process.env, ...env },
      stdio: ["ignore", "pipe", "inherit"],
    })
    const exit = once(child, "exit")
    try {
      const [said] = await once(child.stdout, "data")
      return await use(/http:\S+/.exec(String(said))?.[0] ?? "")
    } finally {
      child.kill()
      await exit
    }
  }
  const ask = async (url: string, body: unknown) => {
    const text = typeof body === "string" ? body : JSON.stringify(body)
    const response = await fetch(url, { method: "POST", body: text, headers: { "content-type": "application/json" } })
    return { status: response.status, answer: await response.json() }
  }

  it("has envelopes of the racks whose captures are shown, in watts for each kelvin", () => {
    const found = [
      ...page.matchAll(/^wattest_thermal_envelope_watts_per_kelvin\{.*site="(.*)",grade="declared"\} (.*)$/gm),
    ]
    const value = Object.fromEntries(found.map(([, site = "", text = ""]) => [site, Number(text)]))
    // 13.7 kJ of the board in 30 s, 37 K above the inlet.
    assert.deepEqual(Object.keys(value).sort(), ['rack \\"b\\"', "rack-a"])
    assert.ok(Math.abs((value["rack-a"] ?? 0) - 13_700 / 30 / 37) < 1e-9, String(value["rack-a"]))
  })

  it("extender: scores racks by their envelope, and a rack that nobody measured 0", async () => {
    await extending({}, async (url) => {
      const { status, answer } = await ask(`${url}/prioritize`, ARGS)
      assert.equal(status, 200)
      const scores = [
        { Host: "n1", Score: 10 },
        { Host: "n2", Score: 5 },
        { Host: "n3", Score: 0 },
        { Host: "n4", Score: 0 },
      ]
      assert.deepEqual(answer, scores)
      const all = await ask(`${url}/filter`, ARGS)
      assert.deepEqual(all.answer.Nodes.items, NODES, "without a bound it filters nothing")
      assert.deepEqual(await ask(`${url}/prioritize`, { ...ARGS, Nodes: { items: [] } }), { status: 200, answer: [] })
      assert.equal((await ask(`${url}/bind`, ARGS)).status, 404)
      assert.equal((await ask(`${url}/filter`, "{")).status, 500)
    })
  })

  it("extender: filters racks below the bound, says why, and keeps those at it", async () => {
    const half = 13_700 / 30 / 37 / 2
    const kept = (bound: number) =>
      extending({ MIN_WATTS_PER_KELVIN: String(bound) }, async (url) => {
        const { answer } = await ask(`${url}/filter`, ARGS)
        const names = answer.Nodes.items.map(({ metadata }: (typeof NODES)[number]) => metadata.name)
        return [names, Object.keys(answer.FailedNodes)]
      })
    assert.deepEqual(await kept(half - 0.001), [["n1", "n2", "n3", "n4"], []])
    assert.deepEqual(await kept(half + 0.001), [["n1", "n3", "n4"], ["n2"]])
  })

  it("KEDA and kube-scheduler: the files name metrics and verbs that are there", () => {
    const keda = parse(readFileSync(`${EXAMPLES}/keda.yaml`, "utf8"))
    const [{ type, metadata }] = keda.spec.triggers
    assert.deepEqual([keda.kind, type], ["ScaledObject", "prometheus"])
    const named = [...metadata.query.matchAll(/wattest_[a-z_]+/g)].map(([name]) => name)
    assert.deepEqual(named, ["wattest_energy_per_unit_joules_upper", "wattest_last_run_end_seconds"])
    for (const name of named) assert.match(page, new RegExp(`^# TYPE ${name} gauge$`, "m"))
    const { extenders } = parse(readFileSync(`${EXAMPLES}/kube-scheduler.yaml`, "utf8"))
    const script = readFileSync(`${EXAMPLES}/extender.mjs`, "utf8")
    for (const verb of ["filterVerb", "prioritizeVerb"]) assert.ok(script.includes(`"/${extenders[0][verb]}"`))
    assert.equal(extenders[0].nodeCacheCapable, false)
  })

  it(`KEDA: a Prometheus evaluates the query as the example says (${PROMTOOL ?? "no promtool: the deep run has it"})`, function () {
    if (PROMTOOL === null) return skip(this, "no promtool", "deep")
    const { metadata } = parse(readFileSync(`${EXAMPLES}/keda.yaml`, "utf8")).spec.triggers[0]
    assert.equal(spawnSync(PROMTOOL, ["check", "metrics"], { input: page }).status, 0)
    const ofRack = (metric: string) =>
      new RegExp(`^(${metric}\\{.*site="rack-a".*\\}) (\\S+)$`, "m").exec(page) ?? assert.fail(metric)
    const [, joules = "", upper = ""] = ofRack("wattest_energy_per_unit_joules_upper")
    const [, end = ""] = ofRack("wattest_last_run_end_seconds")
    const waiting = { series: 'vllm:num_requests_waiting{site="rack-a",pod="a"}', values: "13x9" }
    const both = [waiting, { ...waiting, series: waiting.series.replace('"a"}', '"b"}') }]
    const attested = (energy: string, seconds: number) => [
      ...both,
      { series: joules, values: `${energy}x9` },
      { series: end, values: `${seconds}x9` },
    ]
    const bound = (joules: number) => metadata.query.replaceAll("hall-3", "rack-a").replace("0.07", String(joules))
    const [below, above] = [bound(Number(upper) * 0.999), bound(Number(upper) * 1.001)]
    const day = 86_400
    /** Two pods with 13 waiting requests each; the query a day after the end of the last run. */
    const rows: readonly (readonly [string, object[], number[]])[] = [
      [above, attested(upper, 7 * day), [26]],
      [below, attested(upper, 7 * day), []],
      // Of a run that ended a week ago and more nobody concludes anything.
      [above, attested(upper, day + 1), [26]],
      [above, attested(upper, day), []],
      [above, both, []],
      [metadata.query, attested(upper, 7 * day), []],
    ]
    const tests = rows.map(([expr, series, values]) => ({
      interval: "1d",
      input_series: series,
      promql_expr_test: [{ expr, eval_time: "8d", exp_samples: values.map((value) => ({ labels: "{}", value })) }],
    }))
    set.write("keda.test.yaml", stringify({ rule_files: [], evaluation_interval: "1d", tests }))
    const { status, stdout, stderr } = spawnSync(PROMTOOL, ["test", "rules", set.at("keda.test.yaml")], {
      encoding: "utf8",
    })
    assert.equal(status, 0, stdout + stderr)
  })
})
