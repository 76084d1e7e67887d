import assert from "node:assert/strict"
import { mkdirSync } from "node:fs"
import { skip } from "@wattest/testkit/skip"
import type { Browser, BrowserContextOptions, Page } from "playwright-core"
import { violations } from "../page/axe.ts"
import { NO_BROWSER, openBrowser } from "../page/browser.ts"
import { overflowOf, unfold } from "../page/looks.ts"
import { openScene, type Scene, setScene, showView } from "./scene.ts"

/** Where the pictures lie, for whoever wants to look. */
const PICTURES = "build/pictures"

/** How the page is looked at, and by which of the tool's rules: colours are all that a dark one has of its own. */
const LOOKS: {
  readonly [name: string]: { readonly options: BrowserContextOptions; readonly rules?: readonly string[] }
} = {
  light: { options: { viewport: { width: 1440, height: 900 }, reducedMotion: "reduce" } },
  dark: { options: { viewport: { width: 1440, height: 900 }, colorScheme: "dark" }, rules: ["color-contrast"] },
  phone: { options: { viewport: { width: 390, height: 844 }, isMobile: true } },
  narrow: { options: { viewport: { width: 320, height: 640 }, isMobile: true }, rules: ["target-size"] },
}

describe("the explorer's views of half a year", function () {
  this.timeout(240_000)
  let scene: Scene
  let browser: Browser
  let views: { readonly [name: string]: string }

  before(async function () {
    if (NO_BROWSER !== null) skip(this, NO_BROWSER)
    ;[scene, browser] = await Promise.all([setScene(), openBrowser()])
    mkdirSync(PICTURES, { recursive: true })
    const [first = ""] = scene.devices
    views = {
      ...{ home: "#/", about: "#/about", settings: "#/settings", lost: "#/nowhere", table: "table.html" },
      ...{ operator: `#/operators/${scene.operator}`, ledger: `#/ledgers/${scene.ledger}` },
      ...{
        claim: `#/claims/${scene.operator}/1`,
        withdrawn: `#/devices/${first}`,
        silent: `#/devices/${scene.devices.at(-1)}`,
      },
      ...{ run: `#/devices/${scene.devices[1]}/runs/1`, missing: `#/ledgers/0x${"12".repeat(32)}` },
      ...{ found: `#/search/${first.slice(0, 10)}`, "found-nothing": "#/search/nothing", asleep: `#/search/0x` },
    }
  })
  after(() => scene?.stop())

  const open = (look: string) => openScene(browser, scene, LOOKS[look]?.options)
  const show = (page: Page, hash: string) => showView(page, `${scene.served.url}/${hash}`)

  for (const [look, { rules }] of Object.entries(LOOKS))
    it(`have no fault that a tool finds, and nothing beside the window: ${look}`, async () => {
      const { page, troubles, close } = await open(look)
      for (const [name, hash] of Object.entries(views)) {
        await show(page, hash)
        await page.screenshot({ path: `${PICTURES}/${name}-${look}.png`, fullPage: true })
        await unfold(page)
        assert.equal(await overflowOf(page), 0, name)
        assert.deepEqual(await violations(page, rules), [], name)
      }
      // a ledger and a claim that are not there are asked for, and the console says that
      assert.deepEqual(
        troubles.filter((trouble) => !/status of 404/.test(trouble)),
        [],
      )
      await close()
    })

  it("show the newest of the runs first, those that were told at once in one row, and all of them in the end", async () => {
    const { page, close } = await open("phone")
    await show(page, views.ledger as string)
    const numbers = () => page.locator(".batches .chip").count()
    while ((await numbers()) < scene.runs) {
      const before = await numbers()
      await page
        .locator("more-list", { has: page.locator(".batches") })
        .getByRole("button", { name: "More" })
        .click()
      await page.waitForFunction((count) => document.querySelectorAll(".batches .chip").length > count, before)
    }
    assert.equal(await numbers(), scene.runs)
    const times = await page
      .locator(".batches .when time")
      .evaluateAll((all) => all.map((one) => one.getAttribute("datetime")))
    assert.deepEqual(times, times.toSorted().toReversed())
    const rows = await (await fetch(`${scene.served.url}/v1/runs?ledger=${scene.ledger}&format=ndjson`)).text()
    const items = rows
      .trim()
      .split("\n")
      .map((row): Told => JSON.parse(row))
    assert.equal(items.length, scene.runs)
    assert.equal(times.length, new Set(items.map(({ device, time }) => `${device} ${time}`)).size)
    const hrefs = await page.locator(".batches .chip").evaluateAll((all) => all.map((one) => one.getAttribute("href")))
    assert.deepEqual(hrefs.toSorted(), items.map(({ device, run }) => `#/devices/${device}/runs/${run}`).toSorted())
    const voids = items.filter(({ root }) => /^0x0+$/.test(root))
    assert.ok(voids.length > 0)
    assert.equal(await page.locator(".batches .chip.void").count(), voids.length)
    await close()
  })

  it("mark what stands on the index's word, wherever the badge does not speak of it", async () => {
    const { page, close } = await open("light")
    for (const [name, titles] of [
      ["home", ["Operators", "What was claimed"]],
      ["operator", ["What it claims", "What it anchored lately", "What vouchers took back"]],
      ["ledger", ["Days that its books tell", "Devices", "Runs, the newest first"]],
      ["withdrawn", ["Runs, the newest first"]],
    ] as const) {
      await show(page, views[name] as string)
      assert.deepEqual(
        await page.locator(".top", { hasText: "Not checked: as 127.0.0.1" }).locator("h2").allTextContents(),
        titles,
      )
    }
    await close()
  })

  it("are walked by the keyboard, and each place where one stands is seen", async () => {
    const { page, close } = await open("light")
    for (const name of ["operator", "ledger", "table"]) {
      await show(page, views[name] as string)
      await page.evaluate(() => (document.activeElement as HTMLElement | null)?.blur())
      const all = await page.evaluate(
        () =>
          [...document.querySelectorAll<HTMLElement>("a[href], button, input, select, summary, [tabindex='0']")].filter(
            (one) => one.checkVisibility() && !one.closest("details:not([open]) > :not(summary)"),
          ).length,
      )
      const seen = new Set<string>()
      // the walk begins at the title, and on its way around leaves the page once
      for (let i = 0; i < all + 1; i++) {
        await page.keyboard.press("Tab")
        const [place, isMarked, what] = await page.evaluate(() => {
          const here = document.activeElement as HTMLElement
          const { outlineStyle, outlineWidth } = getComputedStyle(here)
          const every = [...document.querySelectorAll("*")]
          return [
            `${every.indexOf(here)}`,
            outlineStyle !== "none" && Number.parseFloat(outlineWidth) >= 2,
            here.outerHTML.slice(0, 200),
          ] as const
        })
        if (what.startsWith("<body")) continue
        assert.ok(isMarked, `${name}: stop ${i}: ${what}`)
        seen.add(place)
      }
      assert.equal(seen.size, all, name)
    }
    await close()
  })

  it("move nothing for who wants no motion, or for anybody", async () => {
    const { page, close } = await open("light")
    await show(page, views.ledger as string)
    assert.deepEqual(await page.evaluate(() => document.getAnimations().length), 0)
    await close()
  })
})

type Told = { readonly device: string; readonly run: number; readonly root: string; readonly time: number }
