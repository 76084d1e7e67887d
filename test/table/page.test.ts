import assert from "node:assert/strict"
import { mkdtempSync, readFileSync, rmSync } from "node:fs"
import { createServer, type Server } from "node:http"
import type { AddressInfo } from "node:net"
import { tmpdir } from "node:os"
import { extname, join, resolve } from "node:path"
import { skip } from "@wattest/testkit/skip"
import type { Browser, Page } from "playwright-core"
import { build } from "vite"
import { csvOf } from "../../explorer/src/table/export.ts"
import { rowOf } from "../../explorer/src/table/figures.ts"
import { frontOf } from "../../explorer/src/table/front.ts"
import { ordered, wantedFrom } from "../../explorer/src/table/order.ts"
import { type StarRule, starsOf } from "../../explorer/src/table/stars.ts"
import { readTable } from "../../scripts/table/read.ts"
import { NO_BROWSER, openBrowser } from "../page/browser.ts"
import { faintTexts, overflowOf, unfold } from "../page/looks.ts"

const TYPES: Readonly<Record<string, string>> = { ".js": "text/javascript", ".css": "text/css", ".html": "text/html" }
/** As an index serves it, and stricter: the page asks nobody for anything. */
const POLICY = "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' data:; base-uri 'none'"

describe("the open table's page", function () {
  this.timeout(120_000)
  const folder = mkdtempSync(join(tmpdir(), "wattest-table-page-"))
  let browser: Browser
  let server: Server
  let url: string

  before(async function () {
    if (NO_BROWSER !== null) skip(this, NO_BROWSER)
    const rolldownOptions = { input: resolve("explorer/table.html") }
    await build({
      ...{ configFile: false, root: resolve("explorer"), base: "./", logLevel: "error" },
      build: {
        outDir: folder,
        emptyOutDir: true,
        assetsInlineLimit: 0,
        modulePreload: { polyfill: false },
        rolldownOptions,
      },
    })
    server = createServer(({ url = "/" }, response) => {
      const path = join(folder, new URL(url, "http://host").pathname)
      response.setHeader("content-security-policy", POLICY)
      response.setHeader("content-type", TYPES[extname(path)] ?? "image/svg+xml").end(readFileSync(path))
    })
    await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve))
    url = `http://127.0.0.1:${(server.address() as AddressInfo).port}/table.html`
    browser = await openBrowser()
  })
  after(() => {
    server?.close()
    rmSync(folder, { recursive: true, force: true })
  })

  async function open(options: Parameters<Browser["newContext"]>[0] = {}, fragment = "") {
    const page = await (await browser.newContext(options)).newPage()
    const troubles: string[] = []
    page.on("console", (message) => ["error", "warning"].includes(message.type()) && troubles.push(message.text()))
    page.on("pageerror", (error) => troubles.push(error.message))
    await page.goto(`${url}${fragment}`)
    await page.getByRole("heading", { name: "The open table" }).waitFor()
    return { page, troubles }
  }
  const models = (page: Page) => page.locator("#rows tbody th b").allTextContents()
  const { entries } = readTable()
  const rows = [...entries].map(([id, entry]) => rowOf(id, entry))
  const names = (fragment: string) => wanted(fragment).map(({ entry }) => entry.model)
  /** What a fragment of the address shows, by the pure parts. */
  const wanted = (fragment: string) => ordered(rows, wantedFrom(fragment), frontOf(rows))

  it("shows every row, breaks no rule of a strict policy, and can be read in light, dark and on a phone", async () => {
    for (const options of [
      { viewport: { width: 1280, height: 900 } },
      { viewport: { width: 1280, height: 900 }, colorScheme: "dark" as const },
      { viewport: { width: 390, height: 844 } },
    ]) {
      const { page, troubles } = await open(options)
      assert.equal((await models(page)).length, entries.size)
      assert.deepEqual(troubles, [])
      await unfold(page)
      assert.deepEqual(await faintTexts(page, 4.5), [])
      assert.equal(await overflowOf(page), 0)
      await page.context().close()
    }
  })

  it("sorts, filters and finds, and keeps that in the address", async () => {
    const { page } = await open()
    await page.getByRole("button", { name: "Model" }).click()
    const sorted = await models(page)
    assert.deepEqual(
      sorted,
      sorted.toSorted((a, b) => (a.toLowerCase() < b.toLowerCase() ? -1 : 1)),
    )
    await page.getByRole("combobox", { name: "Confidence", exact: true }).selectOption("estimated")
    await page.getByLabel("Find").fill("gpt")
    assert.deepEqual(await models(page), names("sort=model&confidence=estimated&text=gpt"))
    const again = await open({}, new URL(page.url()).hash)
    assert.deepEqual(await models(again.page), await models(page))
    assert.equal(await again.page.getByLabel("Find").inputValue(), "gpt")
  })

  it("says by which rule it gives stars, and gives others by the other", async () => {
    const { page } = await open({}, "#task=image+classification")
    const stars = () =>
      page.locator("#rows [role=img]").evaluateAll((all) => all.map((one) => one.getAttribute("aria-label")))
    const expected = (rule: StarRule) =>
      wanted("task=image+classification").flatMap(({ id }) => {
        const count = starsOf(rows, rule).get(id)
        return count === undefined ? [] : [`${count} of 5 stars`]
      })
    assert.ok(expected("sections").length >= 3)
    assert.deepEqual(await stars(), expected("sections"))
    await page.getByLabel("Stars by").selectOption("fifths")
    await page.getByText("Stars by fifths of the models").first().waitFor()
    assert.deepEqual(await stars(), expected("fifths"))
    assert.notDeepEqual(expected("fifths"), expected("sections"))
  })

  it("marks what is estimated, and says of each row why", async () => {
    const { page } = await open({}, "#text=gemini")
    assert.match((await page.locator("#rows tbody tr").textContent()) ?? "", /≈ 864 J\s*per query, at the facility/)
    await page.getByText("why").click()
    await page.getByRole("link", { name: "median is no mean" }).click()
    assert.ok(await page.locator("#assumption-median-is-no-mean").isVisible())
    assert.equal((await models(page)).length, 1)
  })

  it("saves what it shows", async () => {
    const shown = wanted("confidence=estimated")
    const { page } = await open({}, "#confidence=estimated")
    const [download] = await Promise.all([
      page.waitForEvent("download"),
      page.getByRole("button", { name: `Save ${shown.length} rows as CSV` }).click(),
    ])
    assert.equal(download.suggestedFilename(), "open-table.csv")
    assert.equal(readFileSync(await download.path(), "utf8"), csvOf(shown))
  })
})
