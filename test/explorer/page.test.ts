import assert from "node:assert/strict"
import { globSync, readFileSync } from "node:fs"
import { gzipSync } from "node:zlib"
import { type BooksStory, tellBooks } from "@wattest/testkit/index/story"
import { skip } from "@wattest/testkit/skip"
import type { Browser, BrowserContextOptions, Page, Route } from "playwright-core"
import { violations } from "../page/axe.ts"
import { NO_BROWSER, openBrowser } from "../page/browser.ts"
import { overflowOf } from "../page/looks.ts"
import { CLAIM } from "./claim-row.ts"
import { type Served, serveExplorer } from "./served.ts"

/** Kilobytes, zipped: what a reader loads before she sees anything, and all that the page can ever load. */
const FIRST_KB = 60
const ALL_KB = 330

const CHECKED = "Checked here, now, against block"

describe("the explorer", function () {
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

  /** A page of the explorer, and what it should never have: errors, and breaches of its policy. */
  async function open(hash: string, { storage, ...options }: BrowserContextOptions & { storage?: object } = {}) {
    const context = await browser.newContext(options)
    const page = await context.newPage()
    const troubles: string[] = []
    page.on("console", (message) => {
      if (["error", "warning"].includes(message.type())) troubles.push(message.text())
    })
    page.on("pageerror", (error) => troubles.push(error.message))
    if (storage !== undefined)
      await page.addInitScript((text) => localStorage.setItem("wattest-explorer", text), JSON.stringify(storage))
    await page.goto(`${served.url}/${hash}`)
    return { page, troubles, close: () => context.close() }
  }

  const title = async (page: Page, text: string) => page.locator("h1", { hasText: text }).waitFor()
  const badge = (page: Page) => page.locator("check-badge").first()
  const says = async (page: Page, text: string) => badge(page).getByText(text).first().waitFor()

  it("leads from operators to ledgers, devices and runs, each checked in the page", async () => {
    const { page, troubles, close } = await open("")
    const { operator } = story.first
    await title(page, "Who keeps books")
    await page.locator(`a[href="#/operators/${operator}"]`).click()
    await title(page, operator)
    await says(page, CHECKED)
    await page.locator(`a[href="#/ledgers/${story.first.id}"]`).click()
    await title(page, story.first.id)
    await says(page, CHECKED)
    await page.locator(`a[href="#/devices/${story.devices.a.id}"]`).first().click()
    await title(page, story.devices.a.id)
    await says(page, CHECKED)
    await page.locator(`a[href="#/devices/${story.devices.a.id}/runs/0"]`).click()
    await title(page, "Run 0")
    await says(page, CHECKED)
    await page.goBack()
    await title(page, story.devices.a.id)
    assert.deepEqual(troubles, [])
    await close()
  })

  it("says under which policy, whose block, and shows the verifier's own report", async () => {
    const { page, close } = await open(`#/devices/${story.devices.b.id}`)
    await says(page, CHECKED)
    await badge(page).locator("summary").first().click()
    const text = await badge(page).innerText()
    assert.match(text, /the block that 127\.0\.0\.1:\d+ names, under this page's policy/)
    assert.match(text, /Valid/i)
    assert.match(await page.locator("#main").innerText(), /withdrawn/)
    await close()
  })

  it("believes the reader's node instead of the index where one is named, and nobody where they differ", async () => {
    const path = `#/ledgers/${story.first.id}`
    const mine = await open(path, { storage: { nodes: [story.chain.url] } })
    await says(mine.page, CHECKED)
    await badge(mine.page).locator("summary").first().click()
    assert.match(await badge(mine.page).innerText(), new RegExp(`${new URL(story.chain.url).host} has`))
    await mine.close()
    const other = await open("", { storage: { nodes: [story.chain.url] } })
    await other.page.route(`${story.chain.url}/**`, (route) =>
      answerWith(route, (text) => text.replace(/"hash":"0x(.)/, (_, digit) => `"hash":"0x${digit === "0" ? 1 : 0}`)),
    )
    await other.page.goto(`${served.url}/${path}`)
    await other.page.locator("check-badge .badge:not(.quiet)").first().waitFor()
    assert.doesNotMatch(await badge(other.page).innerText(), /Checked here/)
    await other.close()
  })

  it("names an index that says another number than the chain", async () => {
    const { page, close } = await open("")
    await page.route(/\/v1\/ledgers\?/, (route) =>
      answerWith(route, (text) => text.replace(/"length":\d+/g, `"length":999`)),
    )
    await page.goto(`${served.url}/#/ledgers/${story.first.id}`)
    await says(page, "The chain says something else")
    await badge(page).locator("summary").first().click()
    const cells = await badge(page).locator("td").allInnerTexts()
    assert.deepEqual(
      cells.slice(0, 3).map((cell) => cell.trim()),
      ["length", "999", "7"],
    )
    await close()
  })

  it("refuses a proof of something else, and one that does not hold", async () => {
    const { a, b } = story.devices
    const swapped = await open("")
    await swapped.page.route(/\/v1\/proof\/devices\//, (route) =>
      route.continue({ url: `${served.url}/v1/proof/devices/${b.id}` }),
    )
    await swapped.page.goto(`${served.url}/#/devices/${a.id}`)
    await says(swapped.page, "The chain says something else")
    await swapped.close()
    const forged = await open("")
    await forged.page.route(/\/v1\/proof\/devices\//, (route) =>
      answerWith(route, (text) => text.replace(/"runs":5/, `"runs":6`)),
    )
    await forged.page.goto(`${served.url}/#/devices/${a.id}`)
    await says(forged.page, "The proof does not hold")
    await forged.close()
  })

  it("marks what could not be checked as such", async () => {
    const { page, close } = await open("")
    await page.route(/\/v1\/proof\//, (route) => route.abort())
    await page.goto(`${served.url}/#/devices/${story.devices.a.id}`)
    await says(page, "Could not be checked")
    await close()
  })

  it("reads one address from a node alone, and says what only an index can tell", async () => {
    const storage = { nodes: [story.chain.url], registry: story.registry }
    const { page, close } = await open(`#/operators/${story.first.operator}`, { storage })
    const asked: string[] = []
    page.on("request", (request) => asked.push(request.url()))
    await title(page, story.first.operator)
    await says(page, CHECKED)
    assert.match(await page.locator("#main").innerText(), /nodes do not list claims/)
    for (const [hash, heading] of [
      [`#/ledgers/${story.first.id}`, story.first.id],
      [`#/devices/${story.devices.b.id}`, story.devices.b.id],
      [`#/devices/${story.devices.a.id}/runs/1`, "Run 1"],
    ] as const) {
      await page.goto(`${served.url}/${hash}`)
      await title(page, heading)
      await says(page, CHECKED)
    }
    assert.deepEqual(
      asked.filter((url) => url.includes("/v1/")),
      [],
    )
    await close()
  })

  it("is led by the keyboard: / searches, the first tab skips to the content", async () => {
    const { page, close } = await open("#/lost/away")
    await title(page, "This address leads nowhere")
    await page.keyboard.press("/")
    await page.keyboard.type(story.devices.a.id.slice(0, 12))
    await page.keyboard.press("Enter")
    await page.locator(`main a[href="#/devices/${story.devices.a.id}"]`).waitFor()
    await page.goto(`${served.url}/#/settings`)
    await page.reload()
    await title(page, "Whom you believe")
    await page.evaluate(() => (document.activeElement as HTMLElement).blur())
    await page.keyboard.press("Tab")
    assert.equal(await page.evaluate(() => document.activeElement?.textContent), "To the content")
    await page.keyboard.press("Enter")
    assert.equal(await page.evaluate(() => document.activeElement?.tagName), "H1")
    await close()
  })

  it("keeps what a reader believes, and says what is wrong with it", async () => {
    const { page, close } = await open("#/settings")
    const nodes = page.getByLabel("Nodes of the chain")
    await nodes.fill("javascript:alert(1)")
    await page.getByRole("button", { name: "Keep" }).click()
    assert.match(await page.getByRole("alert").innerText(), /is no address of the form https/)
    await nodes.fill(story.chain.url)
    await page.getByRole("button", { name: "Keep" }).click()
    await title(page, "Who keeps books")
    const kept = await page.evaluate(() => localStorage.getItem("wattest-explorer"))
    assert.deepEqual(JSON.parse(kept ?? "").nodes, [story.chain.url])
    await close()
  })

  it("shows a stranger's labels as text, whatever they are", async () => {
    const hostile = `<img src=x onerror="document.title='stolen'">\u202egnihton ${"w".repeat(900)}`
    const { page, troubles, close } = await open("")
    const claim = { ...CLAIM, operator: story.first.operator, model: hostile, sentence: hostile }
    await page.route(/\/v1\/claims\?/, (route) =>
      answerWith(route, (text) => text.replace('"items":[]', `"items":[${JSON.stringify(claim)}]`)),
    )
    for (const hash of [`#/operators/${story.first.operator}`, `#/claims/${story.first.operator}/0`]) {
      await page.goto(`${served.url}/${hash}`)
      await page.reload()
      await page.getByText("onerror").first().waitFor()
      assert.equal(await page.locator("#main img").count(), 0)
      assert.doesNotMatch(await page.title(), /stolen/)
      assert.equal(await overflowOf(page), 0, hash)
      assert.doesNotMatch(await page.locator("#main").innerText(), /\u202e/)
      assert.deepEqual(await violations(page), [], hash)
    }
    assert.deepEqual(
      troubles.filter((trouble) => !/status of 4\d\d/.test(trouble)),
      [],
    )
    await close()
  })

  it("says that an index answers nonsense, and stands", async () => {
    const { page, close } = await open("")
    await page.route(/\/v1\/devices\?/, (route) =>
      answerWith(route, (text) => text.replace(/"runs":\d+/, `"runs":"many"`)),
    )
    await page.goto(`${served.url}/#/devices/${story.devices.a.id}`)
    await page.getByText("the answer has no proper runs").waitFor()
    await close()
  })

  it("is small", () => {
    const zipped = (files: readonly string[]) =>
      files.reduce((sum, file) => sum + gzipSync(readFileSync(file)).length, 0) / 1024
    const html = readFileSync("index/assets/explorer/index.html", "utf8")
    const first = [...html.matchAll(/(?:src|href)="\.\/(assets\/[^"]+)"/g)].map(
      (match) => `index/assets/explorer/${match[1]}`,
    )
    assert.ok(first.length >= 2)
    assert.ok(zipped([...first, "index/assets/explorer/index.html"]) <= FIRST_KB, `${zipped(first)} KB`)
    assert.ok(zipped(globSync("index/assets/explorer/**/*.{js,css,html}")) <= ALL_KB)
    assert.doesNotMatch(html, /<script>|<style|\son\w+=/)
  })
})

/** An answer changed on its way: what a lying index or node would give. */
async function answerWith(route: Route, change: (text: string) => string): Promise<void> {
  const response = await route.fetch()
  await route.fulfill({ response, body: change(await response.text()) })
}
