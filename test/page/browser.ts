import { existsSync } from "node:fs"
import { type Browser, chromium, type Page } from "playwright-core"

const CHROMIUM = ["/usr/bin/chromium", "/usr/bin/chromium-browser", "/usr/bin/google-chrome"].find(existsSync)

/** Why there is no browser here, or null. */
export const NO_BROWSER = CHROMIUM === undefined ? "no Chromium is installed (apt-get install chromium)" : null

const FLAGS = [
  "--no-sandbox",
  "--disable-gpu",
  "--disable-quic",
  "--no-first-run",
  "--disable-background-networking",
  "--disable-component-update",
  "--disable-sync",
]

let opened: Promise<Browser> | null = null

/** The one browser of the tests of a process; it is closed after the last, or with the process. */
export function openBrowser(): Promise<Browser> {
  opened ??= chromium.launch({ executablePath: CHROMIUM ?? "chromium", args: FLAGS })
  return opened
}

// Of the root suite: this file is loaded by the files of tests, outside of any of theirs.
if (typeof after === "function")
  after(async () => {
    const last = opened
    // Files that run beside others in workers each have a root suite: the next one opens another browser.
    opened = null
    await (await last)?.close()
  })

/** A page, and what it should never have: errors, breaches of its own policy, requests beyond its first. */
export async function openPage(browser: Browser, url: string, options: Parameters<Browser["newContext"]>[0] = {}) {
  const context = await browser.newContext(options)
  const page = await context.newPage()
  const troubles: string[] = []
  page.on("console", (message) => {
    if (["error", "warning"].includes(message.type())) troubles.push(message.text())
  })
  page.on("pageerror", (error) => troubles.push(error.message))
  page.on("request", (request) => {
    if (request.url() !== url && !/^(?:blob|data):/.test(request.url())) troubles.push(`request to ${request.url()}`)
  })
  await page.goto(url)
  return { page, troubles }
}

/** Chooses documents, and the policy where the page asks for it. */
export async function choose(page: Page, files: readonly string[]): Promise<void> {
  const isPolicy = (name: string) => name.endsWith("policy.json")
  await page.getByLabel("Your policy file").setInputFiles(files.filter(isPolicy))
  await page.getByLabel("Drop files here").setInputFiles(files.filter((name) => !isPolicy(name)))
}

export async function verify(page: Page, files: readonly string[]): Promise<string> {
  await choose(page, files)
  await page.getByRole("button", { name: "Verify", exact: true }).click()
  return verdictOf(page)
}

/** What a screen reader hears once the verifier is done. */
export async function verdictOf(page: Page, timeout = 120_000): Promise<string> {
  const heard = page.getByRole("status").filter({ hasText: "The verdict is" })
  await heard.waitFor({ state: "attached", timeout })
  return (await heard.textContent()) ?? ""
}
