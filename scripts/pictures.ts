import { mkdirSync, writeFileSync } from "node:fs"
import { join } from "node:path"
import { type HalfYearPlan, tellHalfYear } from "@wattest/testkit/index/half-year"
import { freePort, start, stop, until } from "@wattest/testkit/local/processes"
import { temporaryFolder } from "@wattest/testkit/relayer/harness"
import { type Browser, chromium } from "playwright-core"
import { takeNoWords } from "./words/usage.ts"

takeNoWords(`usage: npm run pictures

Takes the explorer's pictures in docs/pictures, of a ledger with 10,000 runs that the real index serves. CHROMIUM names
the browser (/usr/bin/chromium).`)
const PICTURES = "docs/pictures"
const CHROMIUM = process.env.CHROMIUM ?? "/usr/bin/chromium"
const PLAN: HalfYearPlan = { devices: 20, runs: 10_000, days: 170, every: 3 }
/** Pixels of a picture. */
const SIZE = { width: 1100, height: 900 }

async function take(browser: Browser, address: string, name: string): Promise<void> {
  const context = await browser.newContext({ viewport: SIZE })
  const page = await context.newPage()
  await page.goto(address)
  await page.locator("h1").waitFor()
  await page.locator(".loading, check-badge .badge.quiet").first().waitFor({ state: "detached" })
  const session = await context.newCDPSession(page)
  const { data } = await session.send("Page.captureScreenshot", { format: "webp", quality: 85 })
  const path = join(PICTURES, `${name}.webp`)
  writeFileSync(path, data, "base64")
  console.log(`${path}: ${Math.round((data.length * 3) / 4 / 1024)} KiB`)
  await context.close()
}

const folder = temporaryFolder()
const now = Math.floor(Date.now() / 1000) - 3600
const { chain, registry, ledger } = await tellHalfYear(PLAN, now)
const port = `${await freePort()}`
const place = ["--store", join(folder.path, "books.sqlite"), "--port", port]
const command = [process.execPath, "index/src/main.ts", "serve", "--chain", "31337", "--rpc", chain.url]
const index = start([...command, "--registry", registry, ...place], () => {})
const url = `http://127.0.0.1:${port}`
await until("the books", async () => {
  const answer = await fetch(`${url}/v1/ledgers?ledger=${ledger}`)
  const { items } = (await answer.json()) as { items: readonly { length: number }[] }
  if (items[0]?.length !== PLAN.runs) throw new Error("not all of the runs are taken")
})
mkdirSync(PICTURES, { recursive: true })
const browser = await chromium.launch({ executablePath: CHROMIUM, args: ["--no-sandbox", "--disable-gpu"] })
await take(browser, `${url}/#/ledgers/${ledger}`, "ledger")
await take(browser, `${url}/table.html`, "open-table")
await browser.close()
await stop(index)
await chain.stop()
folder.remove()
