import assert from "node:assert/strict"
import { mkdtempSync, rmSync, writeFileSync } from "node:fs"
import { tmpdir } from "node:os"
import { join } from "node:path"
import { pathToFileURL } from "node:url"
import { skip } from "@wattest/testkit/skip"
import type { Browser, BrowserContextOptions } from "playwright-core"
import { NO_BROWSER, openBrowser, openPage } from "./browser.ts"
import { faintTexts, overflowOf, sheetsOf, unfold } from "./looks.ts"
import { REPORTS } from "./reports.ts"

/** Least contrast of text with its ground (WCAG 2, AA). */
const LEAST_CONTRAST = 4.5
/** CSS pixels of a long valid report on a phone. */
const LONGEST_ON_A_PHONE = 6300
const MOST_SHEETS = 3

describe("the pages of reports", function () {
  this.timeout(300_000)
  const folder = mkdtempSync(join(tmpdir(), "wattest-reports-"))
  let browser: Browser
  const urlOf = (name: string) => pathToFileURL(join(folder, `${name}.html`)).href
  const open = (name: string, options: BrowserContextOptions = {}) => openPage(browser, urlOf(name), options)

  before(async function () {
    if (NO_BROWSER !== null) skip(this, NO_BROWSER)
    for (const [name, render] of Object.entries(REPORTS)) writeFileSync(join(folder, `${name}.html`), await render())
    browser = await openBrowser()
  })
  after(() => rmSync(folder, { recursive: true, force: true }))

  for (const name of Object.keys(REPORTS)) {
    it(`fit a phone and ask nobody for anything, folded and unfolded: ${name}`, async () => {
      for (const width of [320, 390]) {
        const { page, troubles } = await open(name, { viewport: { width, height: 800 } })
        assert.equal(await overflowOf(page), 0, `${width} px`)
        await unfold(page)
        assert.equal(await overflowOf(page), 0, `${width} px, unfolded`)
        assert.deepEqual(troubles, [])
        await page.context().close()
      }
    })

    it(`can be read by day and by night: ${name}`, async () => {
      for (const colorScheme of ["light", "dark"] as const) {
        const { page } = await open(name, { colorScheme })
        await unfold(page)
        assert.deepEqual(await faintTexts(page, LEAST_CONTRAST), [], colorScheme)
        await page.context().close()
      }
    })
  }

  it("would be told that a text is faint, and that a page is too wide", async () => {
    const { page } = await open("valid", { viewport: { width: 390, height: 800 } })
    await page.evaluate(() => {
      const made = Object.assign(document.createElement("p"), { textContent: "faint" })
      document.querySelector("section:not(.verdict)")?.append(made)
      made.style.color = "#8a8a8a"
      made.style.width = "500px"
    })
    assert.deepEqual(
      (await faintTexts(page, LEAST_CONTRAST)).map(({ text }) => text),
      ["faint"],
    )
    assert.ok((await overflowOf(page)) > 0)
  })

  it("say who, what, when and the number with its uncertainty on the first screen", async () => {
    for (const viewport of [
      { width: 1280, height: 800 },
      { width: 390, height: 1000 },
    ]) {
      const { page } = await open("valid", { viewport })
      for (const part of ["Who", "What", "When", "Valid"]) {
        const place = await page.getByText(part, { exact: true }).first().boundingBox()
        assert.ok(place !== null && place.y + place.height <= viewport.height, `${part} at ${place?.y}`)
      }
      const number = page.locator(".gist .figure")
      assert.match((await number.textContent()) ?? "", /^6\.09 ± 0\.69 J\/token$/)
      const bar = await page.locator(".interval").boundingBox()
      assert.ok(bar !== null && bar.y + bar.height <= viewport.height)
      assert.match(
        (await page.locator(".gist").textContent()) ?? "",
        /between 5\.\d+ and 6\.\d+ J\/token, ± 11 % \(k = 2\)/,
      )
    }
  })

  it("tell how it ended by word and shape, not by colour alone", async () => {
    const shapes = new Set<string>()
    const ended = {
      valid: "Valid",
      invalid: "Invalid",
      unaccepted: "Genuine, but not accepted",
      undetermined: "Undetermined",
    }
    for (const [name, headline] of Object.entries(ended)) {
      const { page } = await open(name)
      assert.equal(await page.locator(".verdict h1").textContent(), headline)
      assert.ok(await page.getByRole("img", { name, exact: true }).first().isVisible())
      shapes.add(await page.locator(".verdict svg").innerHTML())
      const isOpen = await page.locator(".checks.open").count()
      assert.equal(isOpen > 0, name !== "valid", "what did not hold lies open")
      assert.equal(await page.locator("details[open]").count(), 0, "what held is folded")
    }
    assert.equal(shapes.size, 4)
  })

  it("name what to change where the policy does not accept something", async () => {
    const { page } = await open("unaccepted")
    assert.match((await page.locator(".verdict").textContent()) ?? "", /To accept it: add the account to "vouchers"/)
    const other = await open("undetermined")
    assert.doesNotMatch((await other.page.locator(".verdict").textContent()) ?? "", /To accept it/)
  })

  for (const name of ["valid", "valid, of a job", "presentation"])
    it(`print on at most ${MOST_SHEETS} sheets, with what is folded on the screen: ${name}`, async () => {
      const { page } = await open(name)
      const sheets = await sheetsOf(page)
      assert.ok(sheets > 0 && sheets <= MOST_SHEETS, `${sheets} sheets`)
      await page.emulateMedia({ media: "print" })
      assert.ok(await page.locator(".held .check-title").first().isVisible())
      assert.ok(await page.locator("pre.policy").isVisible())
    })

  it("print in black on white, by night too", async () => {
    const { page } = await open("valid", { colorScheme: "dark" })
    await page.emulateMedia({ media: "print", colorScheme: "dark" })
    assert.equal(await page.evaluate(() => getComputedStyle(document.body).backgroundColor), "rgb(255, 255, 255)")
    assert.deepEqual(await faintTexts(page, LEAST_CONTRAST), [])
  })

  it("are short on a phone", async () => {
    const { page } = await open("valid", { viewport: { width: 390, height: 800 } })
    const height = await page.evaluate(() => document.documentElement.scrollHeight)
    assert.ok(height <= LONGEST_ON_A_PHONE, `${height} px`)
    assert.ok(height > 2000, "all of it is there")
  })

  it("unfold by keyboard alone", async () => {
    const { page } = await open("valid")
    const folded = await page.locator("details").count()
    const reached = new Set<string>()
    for (let i = 0; i < 3 * folded; i++) {
      await page.keyboard.press("Tab")
      const text = await page.evaluate(() => document.activeElement?.closest("summary")?.textContent ?? "")
      if (text === "" || reached.has(text)) continue
      reached.add(text)
      await page.keyboard.press("Enter")
    }
    assert.equal(await page.locator("details[open]").count(), folded)
    assert.ok(folded >= 4)
  })

  it("have a policy that lets in their own style and nothing else", async () => {
    const { page, troubles } = await open("valid")
    const policy = (await page.locator("meta[http-equiv]").getAttribute("content")) ?? ""
    assert.match(
      policy,
      /^default-src 'none'; style-src 'sha256-[A-Za-z0-9+/]{43}='; base-uri 'none'; form-action 'none'$/,
    )
    assert.equal(
      await page.evaluate(() => getComputedStyle(document.querySelector("main") ?? document.body).maxWidth),
      "920px",
    )
    assert.deepEqual(troubles, [])
    await page
      .evaluate(() => document.body.insertAdjacentHTML("beforeend", '<p style="color: red">x</p>'))
      .catch(() => {})
    assert.ok(
      troubles.some((trouble) => /Content Security Policy/.test(trouble)),
      "an inline style would be refused",
    )
  })
})
