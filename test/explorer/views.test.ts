import assert from "node:assert/strict"
import { mkdirSync } from "node:fs"
import { skip } from "@wattest/testkit/skip"
import type { Browser, BrowserContextOptions, Page } from "playwright-core"
import { violations } from "../page/axe.ts"
import { NO_BROWSER, openBrowser } from "../page/browser.ts"
import { overflowOf, unfold } from "../page/looks.ts"
import { type Scene, setScene, withClaims } from "./scene.ts"

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

const DAY = 86_400

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

  async function open(look: string) {
    const context = await browser.newContext(LOOKS[look]?.options)
    const page = await context.newPage()
    const troubles: string[] = []
    page.on("console", (message) => ["error", "warning"].includes(message.type()) && troubles.push(message.text()))
    page.on("pageerror", (error) => troubles.push(error.message))
    page.on("request", (request) => {
      if (!request.url().startsWith(scene.served.url)) troubles.push(`request to ${request.url()}`)
    })
    await withClaims(page, scene)
    return { page, troubles, close: () => context.close() }
  }

  async function show(page: Page, hash: string): Promise<void> {
    await page.goto("about:blank")
    await page.goto(`${scene.served.url}/${hash}`)
    await page.locator("h1").first().waitFor()
    await page.locator(".loading, check-badge .badge.quiet").first().waitFor({ state: "detached" })
  }

  for (const [look, { rules }] of Object.entries(LOOKS))
    it(`have no fault that a tool finds, and nothing beside the window: ${look}`, async () => {
      const { page, troubles, close } = await open(look)
      for (const [name, hash] of Object.entries(views)) {
        await show(page, hash)
        await unfold(page)
        assert.equal(await overflowOf(page), 0, name)
        assert.deepEqual(await violations(page, rules), [], name)
        await page.screenshot({ path: `${PICTURES}/${name}-${look}.png`, fullPage: true })
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
    const { items } = (await (await fetch(`${scene.served.url}/v1/runs?ledger=${scene.ledger}&limit=1000`)).json()) as {
      items: readonly { device: string; run: number; root: string; time: number }[]
    }
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

  it("draw each day of a ledger as the index tells it", async () => {
    const { page, close } = await open("light")
    await show(page, views.ledger as string)
    const until = scene.now
    const asked = `ledger=${scene.ledger}&from=${until - 181 * DAY}`
    const { items } = (await (await fetch(`${scene.served.url}/v1/coverage?${asked}`)).json()) as {
      items: readonly Covered[]
    }
    const drawn = await page.locator("svg.calendar g[data-day]").evaluateAll((cells) =>
      cells.map((cell) => ({
        day: cell.getAttribute("data-day") ?? "",
        parts: [...cell.querySelectorAll("rect")].map(
          (rect) => [rect.classList[1] ?? "", Number(rect.getAttribute("height"))] as const,
        ),
        blind: cell.querySelector(".blind") !== null,
      })),
    )
    const owed = items.filter(({ expectedSeconds }) => expectedSeconds > 0)
    assert.equal(drawn.length, owed.length)
    const kinds = new Set<string>()
    for (const [i, { day, expectedSeconds, voidSeconds, behindSeconds }] of owed.entries()) {
      const { parts, blind, ...cell } = drawn[i] as (typeof drawn)[number]
      assert.equal(cell.day, new Date(day * 1000).toISOString().slice(0, 10))
      const size = parts.reduce((sum, [, height]) => sum + height, 0)
      const shareOf = (kind: string) => (parts.find(([name]) => name === kind)?.[1] ?? 0) / size
      const told = expectedSeconds - voidSeconds - behindSeconds
      for (const [kind, seconds] of [
        ["void", voidSeconds],
        ["behind", behindSeconds],
        ["told", told],
      ] as const) {
        assert.ok(Math.abs(shareOf(kind) - seconds / expectedSeconds) < 0.13, `${cell.day} ${kind}`)
        assert.equal(shareOf(kind) > 0, seconds > 0, `${cell.day} ${kind}`)
        if (seconds > 0) kinds.add(kind)
      }
      const over = scene.claims.filter(({ from, to, blindAtMost }) => blindAtMost > 0 && from < day + DAY && to > day)
      assert.equal(blind, over.length > 0, `${cell.day} blind`)
      if (blind) kinds.add("blind")
    }
    assert.deepEqual([...kinds].sort(), ["behind", "blind", "told", "void"])
    await close()
  })

  it("draw claims where their numbers are", async () => {
    const { page, close } = await open("light")
    await show(page, views.claim as string)
    const { ticks, rows } = await page
      .locator("section svg")
      .first()
      .evaluate((svg) => ({
        ticks: [...svg.querySelectorAll("g[transform]")].map((tick) => [
          Number(tick.querySelector("text")?.textContent),
          Number(/\(([\d.]+)/.exec(tick.getAttribute("transform") ?? "")?.[1]),
        ]),
        rows: [...svg.querySelectorAll("a")].map((row) => {
          const shape = row.querySelector("rect, path") as SVGGraphicsElement
          const { x, width } = shape.getBBox()
          return [row.getAttribute("href"), x, x + width, shape.tagName] as const
        }),
      }))
    const [[zero = 0, at = 0] = [], [one = 0, there = 0] = []] = [ticks[0] ?? [], ticks.at(-1) ?? []]
    const numberAt = (x: number) => zero + ((x - at) / (there - at)) * (one - zero)
    const found = rows.map(
      ([href, from, to, shape]) => [href, numberAt(from), shape === "path" ? null : numberAt(to)] as const,
    )
    const expected = [1, 0, 2].map((number) => {
      const { lo, hi } = scene.claims[number] as Scene["claims"][number]
      return [
        `#/claims/${scene.operator}/${number}`,
        Number(lo) / 1e6,
        Number(hi) > 1e12 ? null : Number(hi) / 1e6,
      ] as const
    })
    assert.deepEqual(
      found.map(([href]) => href),
      expected.map(([href]) => href),
    )
    for (const [i, [, lo, hi]] of expected.entries()) {
      assert.ok(Math.abs((found[i]?.[1] ?? 99) - lo) < 0.02, `${found[i]}`)
      if (hi === null) assert.equal(found[i]?.[2], null)
      else assert.ok(Math.abs((found[i]?.[2] ?? 99) - hi) < 0.02, `${found[i]}`)
    }
    await close()
  })

  it("draw a withdrawal from the day on which it begins, up to the block that the books stand on", async () => {
    const { page, close } = await open("light")
    await show(page, views.withdrawn as string)
    const [device] = scene.devices
    const { items } = (await (await fetch(`${scene.served.url}/v1/devices?device=${device}`)).json()) as {
      items: readonly { withdrawnSince: number; enrolledAt: number; through: number }[]
    }
    const { ticks, bars } = await page
      .locator("section", { has: page.getByRole("heading", { name: "Its time" }) })
      .locator("svg")
      .evaluate((svg) => ({
        ticks: [...svg.querySelectorAll("g[transform]")].map((tick) => [
          Date.parse(tick.querySelector("text")?.textContent ?? "") / 1000,
          Number(/\(([\d.]+)/.exec(tick.getAttribute("transform") ?? "")?.[1]),
        ]),
        bars: [...svg.querySelectorAll("rect.mark")].map((bar) => {
          const x = Number(bar.getAttribute("x"))
          return [bar.classList[1], x, x + Number(bar.getAttribute("width"))] as const
        }),
      }))
    const [[first = 0, at = 0] = [], [last = 0, there = 0] = []] = [ticks[0] ?? [], ticks.at(-1) ?? []]
    const timeAt = (x: number) => first + ((x - at) / (there - at)) * (last - first)
    const [{ withdrawnSince = 0, enrolledAt = 0, through = 0 } = {}] = items
    const expected = [
      ["told", enrolledAt, through],
      ["void", withdrawnSince, scene.now],
    ] as const
    assert.deepEqual(
      bars.map(([kind]) => kind),
      expected.map(([kind]) => kind),
    )
    for (const [i, [, from, to]] of expected.entries()) {
      assert.ok(Math.abs(timeAt(bars[i]?.[1] ?? 0) - from) < DAY / 4, `${bars[i]}`)
      assert.ok(Math.abs(timeAt(bars[i]?.[2] ?? 0) - to) < DAY / 4, `${bars[i]}`)
    }
    await close()
  })
})

type Covered = {
  readonly day: number
  readonly expectedSeconds: number
  readonly voidSeconds: number
  readonly behindSeconds: number
}
