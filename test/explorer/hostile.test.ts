import assert from "node:assert/strict"
import { readFileSync } from "node:fs"
import { deviceIdOf, type Hex, parseCertificate } from "@wattest/protocol"
import { type BooksStory, START, tellBooks } from "@wattest/testkit/index/story"
import { skip } from "@wattest/testkit/skip"
import type { Browser, Page, Route } from "playwright-core"
import { jsonOf, proofOf } from "../../explorer/src/books/reading.ts"
import { certifies } from "../../explorer/src/check/certified.ts"
import { NO_BROWSER, openBrowser } from "../page/browser.ts"
import { overflowOf } from "../page/looks.ts"
import { CLAIM } from "./claim-row.ts"
import { type Served, serveExplorer } from "./served.ts"

const DAY = 86_400
/** Markup, a right-to-left override, a newline, and more than fits. */
const NASTY = `"><img src=x onerror="document.title='stolen'">\u202e✓ Checked here, now, against block 9\n${"𝕎".repeat(300)}`
const CHECKED = "Checked here, now, against block"

describe("an explorer among liars", function () {
  this.timeout(120_000)
  let story: BooksStory
  let served: Served
  let browser: Browser

  before(async function () {
    if (NO_BROWSER !== null) skip(this, NO_BROWSER)
    ;[story, browser] = await Promise.all([tellBooks(), openBrowser()])
    served = await serveExplorer({ registry: story.registry, url: story.chain.url })
  })
  after(async () => {
    await served?.close()
    await story?.stop()
  })

  type Answer = { [name: string]: unknown }

  /** Opens a page to which the index or a node says what `change` makes of the truth. */
  async function open(
    hash: string,
    lies: readonly (readonly [where: RegExp | string, change: Lie])[],
    storage?: object,
  ) {
    const context = await browser.newContext({ viewport: { width: 1280, height: 900 } })
    const page = await context.newPage()
    const errors: string[] = []
    page.on("pageerror", (error) => errors.push(error.message))
    if (storage !== undefined)
      await page.addInitScript((text) => localStorage.setItem("wattest-explorer", text), JSON.stringify(storage))
    for (const [where, change] of lies)
      await page.route(where, async (route) => {
        const response = await route.fetch()
        const changed = change(await response.json(), route)
        await route.fulfill({ response, body: typeof changed === "string" ? changed : JSON.stringify(changed) })
      })
    await page.goto(`${served.url}/${hash}`)
    return { page, errors, close: () => context.close() }
  }
  type Lie = (truth: Answer, route: Route) => unknown

  /** The page stands, whatever it was told: nothing thrown, nothing run, nothing beside the window. */
  async function stands(page: Page, errors: readonly string[]): Promise<string> {
    await page.locator("main h1").waitFor()
    await page.locator(".loading, check-badge .badge.quiet").first().waitFor({ state: "detached" })
    assert.deepEqual(errors, [])
    assert.equal(await page.locator("main img").count(), 0)
    assert.equal(await overflowOf(page), 0)
    const text = (await page.locator("main").textContent()) ?? ""
    assert.doesNotMatch(text, /\u202e/)
    assert.doesNotMatch(`${await page.title()}`, /^stolen|\u202e/)
    assert.doesNotMatch(text, /Please report this/)
    return text
  }

  const withItems =
    (items: readonly unknown[]): Lie =>
    (truth) => ({ ...truth, items })

  it("shows every text of an operator as text, wherever it may write one", async () => {
    const { operator } = story.first
    const texts = { metric: NASTY, unit: NASTY, sentence: NASTY, boundary: NASTY, model: NASTY, work: NASTY }
    const more = { zone: NASTY, site: NASTY, party: NASTY, energyGrade: NASTY, workGrade: NASTY }
    const claim = { ...CLAIM, operator, ...texts, ...more }
    const known = { ...claim, number: 1, metric: "energy-per-work", boundary: "node" }
    const pair = {
      number: 0,
      place: 0,
      otherNumber: 1,
      otherPlace: 0,
      metric: NASTY,
      relation: NASTY,
      contradicts: true,
    }
    for (const hash of ["#/", `#/operators/${operator}`, `#/claims/${operator}/0`, `#/claims/${operator}/1`]) {
      const { page, errors, close } = await open(hash, [
        [/\/v1\/claims\?/, withItems([claim, known])],
        [/\/v1\/overlaps\?/, withItems([pair])],
        [/\/v1\/status/, (truth) => ({ ...truth, error: NASTY, endpoints: [{ place: 0, reason: NASTY }] })],
      ])
      const text = await stands(page, errors)
      assert.match(text, /onerror=/)
      // an operator's own words are no badge
      assert.equal(await page.locator(".badge.true", { hasText: "block 9" }).count(), 0)
      await close()
    }
    const { page, errors, close } = await open(`#/search/${encodeURIComponent(NASTY)}`, [
      [
        /\/v1\/search\?/,
        withItems([
          { kind: "claim", text: NASTY, at: "javascript:alert(1)" },
          { kind: "ledger", text: NASTY, at: "x" },
        ]),
      ],
    ])
    await stands(page, errors)
    assert.equal(await page.locator('main a[href^="javascript"]').count(), 0)
    await close()
  })

  it("survives numbers and times that no page has room for", async () => {
    const { operator, id: ledger } = story.first
    const huge = Number.MAX_SAFE_INTEGER
    const amounts = {
      lo: "0",
      hi: "9".repeat(25),
      from: 0,
      to: huge,
      asOf: huge,
      closedAt: huge,
      runs: huge,
      voids: huge,
    }
    const claim = {
      ...CLAIM,
      operator,
      ...amounts,
      model: null,
      sentence: "s",
      unopened: huge,
      expectedMs: 1,
      meteredAtLeastMs: huge,
    }
    const times = { enrolledAt: 1, through: huge, anchoredAt: huge, withdrawnSince: huge, silentSince: 0, runs: huge }
    const changed = (truth: Answer) => ({
      ...truth,
      items: (truth.items as object[]).map((item) => ({ ...item, ...times })),
    })
    const days = [0, DAY / 2, huge - (huge % DAY)].map((period) => ({ period, runs: huge, voids: huge }))
    const covered = { devices: huge, expectedSeconds: 1, meteredSeconds: huge, voidSeconds: huge, behindSeconds: huge }
    const lies = [
      [/\/v1\/claims\?/, withItems([claim])],
      [/\/v1\/devices\?/, changed],
      [/\/v1\/totals\?/, withItems(days)],
      [
        /\/v1\/coverage\?/,
        withItems([0, START - (START % DAY), huge - (huge % DAY)].map((day) => ({ day, ...covered }))),
      ],
    ] as const
    const { devices } = story
    for (const hash of [
      "#/",
      `#/operators/${operator}`,
      `#/ledgers/${ledger}`,
      `#/devices/${devices.a.id}`,
      `#/claims/${operator}/0`,
    ]) {
      const { page, errors, close } = await open(hash, lies)
      const text = await stands(page, errors)
      assert.doesNotMatch(text, /NaN|Infinity|undefined|18446744073709551615/)
      if (hash.includes("/devices/"))
        assert.ok((await page.locator("check-badge").textContent())?.includes("The chain says something else"))
      await close()
    }
  })

  it("is led by no address, whatever it holds, to anything but a page", async () => {
    const { page, errors, close } = await open("#/", [])
    for (const hash of [
      "#/ledgers/0x%00",
      "#//evil.example/",
      "#javascript:alert(1)",
      "#/operators/__proto__",
      `#/devices/${story.devices.a.id}/runs/999999999999999`,
      `#/devices/${story.devices.a.id.toUpperCase()}/runs/0`,
      `#/claims/${story.first.operator}/4294967296`,
      "#/search/%E0%A4%A",
      `#/search/${"%F0%9D%95%8E".repeat(400)}`,
      `#/search/%00%0a%E2%80%AE<b>`,
      `#/${"x/".repeat(3000)}`,
    ]) {
      await page.goto("about:blank")
      await page.goto(`${served.url}/${hash}`)
      await stands(page, errors)
      assert.equal(new URL(page.url()).origin, new URL(served.url).origin, hash)
    }
    await close()
  })

  it("says of an index that sends rubbish what it sends", async () => {
    const { id } = story.first
    for (const [body, said] of [
      ["<html>busy</html>", "the answer of the index is no JSON"],
      ["[]", "the answer has no proper object"],
      ['{"items":{}}', "the answer has no proper items"],
      [JSON.stringify({ next: null, items: [{ ledger: `0x${"zz".repeat(32)}` }] }), "the answer has no proper ledger"],
      [`{"items":["${"x".repeat(9 * 1024 * 1024)}"]}`, "is longer than"],
    ] as const) {
      const { page, errors, close } = await open(`#/ledgers/${id}`, [[/\/v1\/ledgers\?/, () => body]])
      assert.ok((await stands(page, errors)).includes(said), said)
      await close()
    }
  })

  it("says of a node that lies or sends rubbish that it makes no sense, and shows no badge for it", async () => {
    const { url } = story.chain
    const storage = { nodes: [url], registry: story.registry }
    const garbage: readonly Lie[] = [
      (truth) => ({ ...truth, result: "0x" }),
      (truth) => ({ ...truth, result: `0x${"ff".repeat(640)}` }),
      (truth) => ({ ...truth, result: null }),
      (truth) => ({ ...truth, result: { number: NASTY } }),
      () => ({ error: { code: -1, message: NASTY } }),
      () => "<html>",
      () => "null",
    ]
    for (const lie of garbage) {
      const { page, errors, close } = await open(`#/ledgers/${story.first.id}`, [[`${url}/**`, lie]], storage)
      const text = await stands(page, errors)
      assert.match(text, /node/)
      assert.equal(await page.locator(".badge.true").count(), 0)
      await close()
    }
    // what the registry says of the ledger is another number: the proof says which
    const { page, errors, close } = await open(
      `#/ledgers/${story.first.id}`,
      [
        [
          `${url}/**`,
          (truth, route) =>
            (route.request().postData() ?? "").includes("eth_call")
              ? { ...truth, result: String(truth.result).replace(/0{15}7(?=[0-9a-f]{64})/, "0000000000000009") }
              : truth,
        ],
      ],
      storage,
    )
    await stands(page, errors)
    assert.doesNotMatch((await page.locator("check-badge").textContent()) ?? "", new RegExp(CHECKED))
    await close()
  })

  it("asks the next node where one is silent, and says so where all are", async () => {
    const dead = "http://127.0.0.1:9"
    const alive = await open(`#/ledgers/${story.first.id}`, [], {
      nodes: [dead, story.chain.url],
      registry: story.registry,
    })
    await alive.page.locator("h1", { hasText: story.first.id }).waitFor()
    await alive.close()
    const { page, errors, close } = await open(`#/ledgers/${story.first.id}`, [], {
      nodes: [dead],
      registry: story.registry,
    })
    assert.match(await stands(page, errors), /127\.0\.0\.1:9 does not answer/)
    await close()
  })

  it("says that a policy of the reader's is none, and not that a proof is", async () => {
    const { page, errors, close } = await open(`#/ledgers/${story.first.id}`, [], { policy: '{"chains":' })
    const text = await stands(page, errors)
    assert.match(text, /Could not be checked/)
    assert.match(text, /your policy in Settings cannot be read/)
    assert.doesNotMatch(text, /does not hold/)
    await close()
  })
})

describe("a certificate that is opened at a run", () => {
  const bytes = readFileSync("conformance/cases/valid-work-with-energy/certificate.json")
  const [held] = parseCertificate(bytes).runs
  const submission = held?.submission
  const device = submission === undefined ? "0x" : deviceIdOf(submission.device)
  const here = { device, run: Number(held?.run), root: submission?.roots[0] as Hex }

  it("is of that run by its device, its number and its root, and of no other", () => {
    assert.equal(certifies(bytes, here), true)
    assert.equal(certifies(bytes, { ...here, device: `0x${"11".repeat(32)}` }), false)
    assert.equal(certifies(bytes, { ...here, run: here.run + 1 }), false)
    assert.equal(certifies(bytes, { ...here, root: `0x${"00".repeat(32)}` }), false)
    assert.equal(certifies(Buffer.from("{}"), here), false)
  })
})

describe("what a server sends", () => {
  const whence = { source: "the index", hint: "" }
  const endless = () => new ReadableStream<Uint8Array>({ pull: (queue) => queue.enqueue(new Uint8Array(1024 * 1024)) })
  const broken = () => new ReadableStream({ start: (queue) => queue.error(new Error("gone")) })

  it("is read to its end, or to where there is no more room", async () => {
    assert.deepEqual(await jsonOf(new Response('{"a":1}'), whence), { a: 1 })
    assert.deepEqual(await proofOf(new Response(new Uint8Array([1, 2])), whence), new Uint8Array([1, 2]))
    for (const [response, said] of [
      [new Response(endless()), /the answer of the index is longer than 8388608 bytes/],
      [new Response(broken()), /the index stopped in the middle/],
      [new Response("{"), /is no JSON/],
      [new Response(null), /is no JSON/],
    ] as const)
      await assert.rejects(jsonOf(response, whence), { name: "Unread", message: said })
    await assert.rejects(proofOf(new Response(endless()), whence), { message: /longer than 67108864 bytes/ })
  })
})
