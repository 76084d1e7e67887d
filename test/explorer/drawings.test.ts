import assert from "node:assert/strict"
import { skip } from "@wattest/testkit/skip"
import type { Browser } from "playwright-core"
import { NO_BROWSER, openBrowser } from "../page/browser.ts"
import { openScene, type Scene, setScene, showView } from "./scene.ts"

const DAY = 86_400
const LOOK = { viewport: { width: 1440, height: 900 } }

describe("the explorer's drawings", function () {
  this.timeout(120_000)
  let scene: Scene
  let browser: Browser

  before(async function () {
    if (NO_BROWSER !== null) skip(this, NO_BROWSER)
    ;[scene, browser] = await Promise.all([setScene(), openBrowser()])
  })
  after(() => scene?.stop())

  it("show each day of a ledger as the index tells it", async () => {
    const { page, close } = await openScene(browser, scene, LOOK)
    await showView(page, `${scene.served.url}/#/ledgers/${scene.ledger}`)
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

  it("show claims where their numbers are", async () => {
    const { page, close } = await openScene(browser, scene, LOOK)
    await showView(page, `${scene.served.url}/#/claims/${scene.operator}/1`)
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

  it("show a withdrawal from the day on which it begins, up to the block that the books stand on", async () => {
    const { page, close } = await openScene(browser, scene, LOOK)
    await showView(page, `${scene.served.url}/#/devices/${scene.devices[0]}`)
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
