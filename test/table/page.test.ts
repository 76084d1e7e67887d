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
import { groupOf, rowOf } from "../../explorer/src/table/figures.ts"
import { frontOf } from "../../explorer/src/table/front.ts"
import { ordered, wantedFrom } from "../../explorer/src/table/order.ts"
import { type StarRule, starsOf } from "../../explorer/src/table/stars.ts"
import { readTable } from "../../scripts/table/read.ts"
import { violations } from "../page/axe.ts"
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
    assert.match(
      (await page.locator("#rows tbody tr:not(.group)").textContent()) ?? "",
      /≈ 864 J\s*per query, at the facility/,
    )
    await page.getByText("why").click()
    await page.getByRole("link", { name: "median is no mean" }).click()
    assert.ok(await page.locator("#assumption-median-is-no-mean").isVisible())
    assert.equal((await models(page)).length, 1)
  })

  it("draws the front of quality against energy, and each row where its numbers are", async () => {
    const { page } = await open()
    const { marks, ticks } = await page.locator(".front-chart svg").evaluate((svg) => ({
      marks: [...svg.querySelectorAll("a.mark")].map((mark) => ({
        id: (mark.getAttribute("href") ?? "").replace("#row-", ""),
        isOn: mark.classList.contains("front"),
        x: Number(mark.querySelector("circle")?.getAttribute("cx")),
        y: Number(mark.querySelector("circle")?.getAttribute("cy")),
      })),
      ticks: [...svg.querySelectorAll("text.tick")].map((tick) => ({
        text: tick.textContent ?? "",
        x: Number(tick.getAttribute("x")),
        y: Number(tick.getAttribute("y")),
        isUpright: tick.getAttribute("text-anchor") === "end",
      })),
    }))
    const drawn = marks.map(({ id }) => entries.get(id)).filter((entry) => entry !== undefined)
    assert.ok(marks.length >= 3 && drawn.length === marks.length)
    // no other takes as little or less for as much or more, by the files' own digits: these rows are exact and have no uncertainty
    const joules = ({ energyJoules, units, joulesPerUnit }: (typeof drawn)[number]) =>
      units === undefined ? Number(joulesPerUnit) : Number(energyJoules) / Number(units)
    const quality = ({ quality: given }: (typeof drawn)[number]) =>
      Number(given?.value) * (given?.better === "lower" ? -1 : 1)
    const isBeaten = (one: (typeof drawn)[number]) =>
      drawn.some(
        (other) =>
          joules(other) <= joules(one) &&
          quality(other) >= quality(one) &&
          (joules(other) < joules(one) || quality(other) > quality(one)),
      )
    assert.ok(drawn.every(({ uncertaintyShare }) => uncertaintyShare === undefined))
    assert.deepEqual(
      marks.map(({ isOn }) => isOn),
      drawn.map((one) => !isBeaten(one)),
    )
    const numbers = ticks.flatMap(({ text, ...at }) => {
      const [, digits, unit] = /^([\d.]+)(?: ([mk]?)J)?$/.exec(text) ?? []
      return digits === undefined
        ? []
        : [{ ...at, value: Number(digits) * (unit === "m" ? 1e-3 : unit === "k" ? 1e3 : 1) }]
    })
    const along = lineThrough(numbers.filter(({ isUpright }) => !isUpright).map(({ x, value }) => [x, value]))
    const up = lineThrough(numbers.filter(({ isUpright }) => isUpright).map(({ y, value }) => [y - 4, value]))
    for (const [i, { x, y }] of marks.entries()) {
      const entry = drawn[i] as (typeof drawn)[number]
      assert.ok(Math.abs(along(x) / joules(entry) - 1) < 0.01, `${along(x)} J`)
      assert.ok(Math.abs(up(y) / Number(entry.quality?.value) - 1) < 0.001, `${up(y)}`)
    }
    // the table marks the same rows, and others whose groups have a front of their own
    const diamonds = await page
      .locator("#rows tbody tr:has(td:nth-child(5):has-text('◆'))")
      .evaluateAll((all) => all.map(({ id }) => id.replace("row-", "")))
    assert.deepEqual(diamonds.toSorted(), [...frontOf(rows)].toSorted())
    for (const { id, isOn } of marks) assert.equal(diamonds.includes(id), isOn, id)
  })

  it("has no fault that a tool finds: light, dark, on a phone, unfolded", async () => {
    for (const options of [
      {},
      { colorScheme: "dark" as const },
      { viewport: { width: 360, height: 740 }, isMobile: true },
    ]) {
      const { page } = await open(options)
      await unfold(page)
      assert.deepEqual(await violations(page), [])
      await page.context().close()
    }
  })

  it("puts comparable rows under what they have in common, and says of each assumption where it is from and how sure", async () => {
    const { page } = await open()
    const heads = await page.locator("#rows tr.group").allTextContents()
    const groups = new Set(rows.map(groupOf))
    assert.equal(heads.length, groups.size)
    assert.equal(new Set(heads).size, groups.size)
    const { assumptions } = readTable()
    const told = await page
      .locator("#method tbody tr")
      .evaluateAll((all) =>
        all.map((row) => [...row.querySelectorAll("td")].map((cell) => cell.textContent?.trim() ?? "")),
      )
    assert.equal(told.length, assumptions.length)
    for (const [i, { id, statement, source, confidence }] of assumptions.entries()) {
      const [said = "", from = "", sure, count] = told[i] ?? []
      assert.deepEqual([said, sure], [statement, confidence])
      assert.ok(from.startsWith(source.title), from)
      assert.equal(Number(count), rows.filter(({ entry }) => entry.assumptions.includes(id)).length)
    }
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

/** The values along a scale, by its two outermost marks. */
function lineThrough(marks: readonly (readonly [at: number, value: number])[]): (at: number) => number {
  const [[from, lo] = [0, 0], [to, hi] = [1, 1]] = [marks[0], marks.at(-1)]
  assert.ok(marks.length >= 2)
  return (at) => lo + ((at - from) / (to - from)) * (hi - lo)
}
