import assert from "node:assert/strict"
import { existsSync, mkdtempSync, readdirSync, rmSync, writeFileSync } from "node:fs"
import { tmpdir } from "node:os"
import { join, resolve } from "node:path"
import { skip } from "@wattest/testkit/skip"
import puppeteer, { type Browser, type ElementHandle, type Page } from "puppeteer-core"
import { renderPage } from "../../scripts/page/render.ts"

const FIREFOX = ["/usr/bin/firefox-esr", "/usr/bin/firefox"].find(existsSync)

const CASES = [
  ["valid-evidence", "The verdict is valid."],
  ["capture-register-changed", "The verdict is invalid."],
  ["presentation-valid", "The verdict is valid."],
] as const

async function choose(page: Page, id: string, files: readonly string[]): Promise<void> {
  const input = await page.waitForSelector(`input[type=file]#${id}`)
  await (input as ElementHandle<HTMLInputElement>).uploadFile(...files)
}

describe("the verifier's page in Firefox", function () {
  this.timeout(120_000)
  const folder = mkdtempSync(join(tmpdir(), "wattest-firefox-"))
  const file = join(folder, "page.html")
  let browser: Browser | undefined

  before(async function () {
    if (FIREFOX === undefined) return skip(this, "no Firefox is installed (apt-get install firefox-esr)")
    writeFileSync(file, await renderPage())
    browser = await puppeteer.launch({ browser: "firefox", executablePath: FIREFOX, headless: true })
  })
  after(async () => {
    await browser?.close()
    rmSync(folder, { recursive: true })
  })

  for (const [name, verdict] of CASES)
    it(`says of ${name} what the conformance case says, without a complaint`, async () => {
      const page = await (browser as Browser).newPage()
      page.setDefaultTimeout(100_000)
      const complaints: string[] = []
      page.on("console", (message) => complaints.push(message.text()))
      page.on("pageerror", (error) => complaints.push(String(error)))
      await page.goto(`file://${file}`)
      const at = resolve("conformance/cases", name)
      const documents = readdirSync(at).filter((entry) => entry !== "case.json" && entry !== "policy.json")
      await choose(page, "policy-file", [join(at, "policy.json")])
      await choose(
        page,
        "files",
        documents.map((entry) => join(at, entry)),
      )
      await page.waitForFunction("document.querySelector('#in-force').textContent !== ''")
      await page.click("#verify")
      await page.waitForFunction("/The verdict is/.test(document.querySelector('#verdict').textContent)")
      assert.equal(await page.$eval("#verdict", ({ textContent }) => textContent), verdict)
      assert.deepEqual(complaints, [])
      await page.close()
    })
})
