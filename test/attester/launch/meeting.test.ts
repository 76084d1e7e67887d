import assert from "node:assert/strict"
import { mkdtempSync, readdirSync, rmSync, truncateSync, utimesSync, writeFileSync } from "node:fs"
import { tmpdir } from "node:os"
import { join } from "node:path"
import { groupOf, type Hex, type JobPlan, partDigest } from "@wattest/protocol"
import { freePort } from "@wattest/testkit/local/processes"
import { folderMeeting } from "../../../attester/src/launch/folder-meeting.ts"
import { httpMeeting } from "../../../attester/src/launch/http-meeting.ts"
import { type Call, type Meeting, planOf } from "../../../attester/src/launch/meeting.ts"
import { openPlans } from "../../../attester/src/launch/plans.ts"

const CALL: Call = { job: "llama", nodes: 3, sharedWork: false }
const TOKEN = "0123456789abcdef"
const deviceOf = (node: number): Hex => `0x${String(node + 1).padStart(64, "0")}`
const soon = (ms = 10_000) => performance.now() + ms

/** All nodes meet at once; each may know an earlier part. */
const meet = (meetings: readonly Meeting[], last: JobPlan | null = null, device = deviceOf) =>
  Promise.all(meetings.map((meeting, node) => meeting.join({ node, device: device(node), last }, soon())))

const NODES = [0, 1, 2]

describe("the nodes of a job meet", function () {
  this.timeout(120_000)
  let folder: string
  beforeEach(() => {
    folder = mkdtempSync(join(tmpdir(), "wattest-meet-"))
  })
  afterEach(() => rmSync(folder, { recursive: true }))

  const inFolder = () => NODES.map(() => folderMeeting(folder, CALL))
  async function byHttp(call = CALL, token = TOKEN) {
    const address = `http://127.0.0.1:${await freePort()}`
    return NODES.map((node) => httpMeeting(address, node === 2 ? token : TOKEN, call))
  }

  for (const [how, meetings] of [
    ["in a folder", async () => inFolder()],
    ["at node 0", byHttp],
  ] as const) {
    it(`${how}: all have one plan, with the devices of all in order`, async () => {
      const plans = await meet(await meetings())
      const plan = { job: "llama", part: 0, devices: NODES.map(deviceOf), previous: null }
      assert.deepEqual(plans, [plan, plan, plan])
    })

    it(`${how}: the next attempt is the part after the last one that any of them knows`, async () => {
      const [first] = await meet(await meetings())
      assert.ok(first)
      const [second] = await meet(await meetings(), first, (node) => deviceOf(node === 2 ? 7 : node))
      assert.equal(second?.part, 1)
      assert.equal(second?.previous, partDigest(groupOf(first)))
      assert.ok(second?.devices.includes(deviceOf(7)) && !second.devices.includes(deviceOf(2)))
    })

    it(`${how}: two nodes with one device make no part`, async () => {
      const all = await Promise.allSettled(
        await meetings().then((own) =>
          own.map((meeting, node) => meeting.join({ node, device: deviceOf(0), last: null }, soon(1500))),
        ),
      )
      assert.ok(all.every(({ status }) => status === "rejected"))
      assert.match(String(all[0]?.status === "rejected" && all[0].reason), /is listed twice/)
    })

    it(`${how}: who waits in vain is told how many came`, async () => {
      const [one] = await meetings()
      await assert.rejects(
        one?.join({ node: 0, device: deviceOf(0), last: null }, soon(600)) as Promise<JobPlan>,
        /1 of 3 nodes came/,
      )
    })
  }

  it("in a folder: with nobody of another job", async () => {
    const other = { ...CALL, job: "other" }
    const all = await Promise.all([
      meet(inFolder()),
      meet(
        NODES.map(() => folderMeeting(folder, other)),
        null,
        (node) => deviceOf(node + 3),
      ),
    ])
    const planOf = (job: string, first: number) => ({
      ...{ job, part: 0, devices: NODES.map((node) => deviceOf(node + first)), previous: null },
    })
    assert.deepEqual(
      all.map(([plan]) => plan),
      [planOf("llama", 0), planOf("other", 3)],
    )
  })

  it("in a folder: what an earlier attempt left there counts for nobody", async () => {
    const [first, second] = inFolder()
    await assert.rejects(second?.join({ node: 1, device: deviceOf(1), last: null }, soon(400)) as Promise<JobPlan>)
    const [own = ""] = readdirSync(folder)
    const left = join(folder, own, "round-0", "node-2.json")
    writeFileSync(left, JSON.stringify({ node: 2, device: deviceOf(9), last: null }))
    const old = Date.now() / 1000 - 120
    utimesSync(left, old, old)
    const joined = [first, second].map((meeting, node) =>
      meeting?.join({ node, device: deviceOf(node), last: null }, soon(800)),
    )
    assert.ok((await Promise.allSettled(joined)).every(({ status }) => status === "rejected"))
  })

  it("at node 0: not with another token, a short one, or none", async () => {
    const [host, , stranger] = await byHttp(CALL, `${TOKEN}x`)
    const hosted = host?.join({ node: 0, device: deviceOf(0), last: null }, soon(1500))
    await assert.rejects(
      stranger?.join({ node: 2, device: deviceOf(2), last: null }, soon(5000)) as Promise<JobPlan>,
      /the token is another/,
    )
    await assert.rejects(hosted as Promise<JobPlan>, /1 of 3 nodes came/)
    for (const token of [undefined, "short"])
      assert.throws(() => httpMeeting("http://127.0.0.1:1", token, CALL), /needs a token of 16/)
    assert.throws(() => httpMeeting("http://127.0.0.1", TOKEN, CALL), /has no port/)
  })

  it("at node 0: not as a node that the job has not, nor with a body that goes on and on", async () => {
    const address = `http://127.0.0.1:${await freePort()}`
    const hosted = httpMeeting(address, TOKEN, CALL).join({ node: 0, device: deviceOf(0), last: null }, soon(3000))
    const ended = assert.rejects(hosted, /2 of 3 nodes came/)
    const join = async (body: string, path = "/v1/join", authorization = `Bearer ${TOKEN}`) => {
      const response = await fetch(`${address}${path}`, { method: "POST", headers: { authorization }, body })
      return [response.status, await response.text()] as const
    }
    const bodyOf = (node: number) => JSON.stringify({ node, device: deviceOf(1), last: null })
    while (!(await join("{}").catch(() => null))) await new Promise(setImmediate)
    assert.deepEqual(await join(bodyOf(2)), [202, "{}\n"])
    assert.match((await join(bodyOf(3))).join(), /^400,.*node 3 of 3/)
    const most = 16 * 1024 * 1024
    assert.equal((await join(bodyOf(2).padEnd(most)))[0], 202)
    assert.match((await join(bodyOf(2).padEnd(most + 1))).join(), /^400,.*at most 16777216 characters/)
    assert.equal((await join(bodyOf(2), "/v1/other"))[0], 404)
    assert.equal((await join(bodyOf(2), "/v1/join", ""))[0], 401)
    await ended
  })

  it("in a folder: nothing is read that is longer than a plan can be", async () => {
    const meeting = folderMeeting(folder, CALL)
    const joined = () => meeting.join({ node: 0, device: deviceOf(0), last: null }, soon(300))
    await assert.rejects(joined(), /1 of 3 nodes/)
    const round = readdirSync(folder, { recursive: true }).find((name) => `${name}`.endsWith("round-0"))
    const plan = join(folder, `${round}`, "plan.json")
    writeFileSync(plan, "")
    for (const [bytes, reason] of [
      [2 ** 24 + 1, /plan\.json is too long/],
      [2 ** 24, /not JSON|FIELD|character 0/],
    ] as const) {
      truncateSync(plan, bytes)
      await assert.rejects(joined(), reason)
    }
  })

  it("and keep the plan, the latest of each job", async () => {
    const plans = openPlans(join(folder, "jobs"))
    assert.equal(await plans.last("llama"), null)
    const first = planOf(
      CALL,
      NODES.map((node) => ({ node, device: deviceOf(node), last: null })),
    )
    await plans.keep(first)
    await plans.keep({ ...first, part: 1, previous: partDigest(groupOf(first)) })
    await plans.keep({ ...first, job: "other", part: 4 })
    assert.equal((await plans.last("llama"))?.part, 1)
    for (const name of readdirSync(join(folder, "jobs"))) truncateSync(join(folder, "jobs", name), 2 ** 24 + 1)
    await assert.rejects(plans.last("llama"), /is too long for the plan of a job's part/)
  })
})
