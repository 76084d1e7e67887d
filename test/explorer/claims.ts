import type { World } from "@wattest/testkit/ledger/world"
import { openBrowser } from "../page/browser.ts"
import { serveExplorer } from "./served.ts"

/** What an index may change on the way: the sentence, what is drawn and listed beside it, and whose it is. */
const LIES: readonly (readonly [from: string | RegExp, to: string])[] = [
  ["at most 0.06 J", "at most 0.05 J"],
  [/"hi":"60000"/g, '"hi":"50000"'],
  [/"voids":\d+/g, '"voids":7'],
  [/"model":"llama"/g, '"model":"opt"'],
  [/"blindAtMost":\d+/g, '"blindAtMost":999'],
  [/"meteredAtLeastMs":\d+/g, '"meteredAtLeastMs":9'],
  [/"suspect":false/g, '"suspect":true'],
]

type Explored = Pick<World, "chain" | "registry" | "claims" | "operator">

/** Claims that were proved on a chain, as the explorer shows them: the sentence first, and judged in the page. */
export async function assertClaimsExplored({ chain, registry, claims, operator }: Explored): Promise<void> {
  const served = await serveExplorer({ registry, claims, url: chain.url })
  const context = await (await openBrowser()).newContext()
  const page = await context.newPage()
  try {
    for (const nodes of [[], [chain.url]]) {
      await page.goto(served.url)
      await page.evaluate((text) => localStorage.setItem("wattest-explorer", text), JSON.stringify({ nodes }))
      await page.goto(`${served.url}/#/operators/${operator}`)
      await page
        .getByRole("link", { name: /^Energy per work: at most 60 mJ per token/ })
        .first()
        .click()
      await page
        .locator("blockquote.sentence", { hasText: /^All runs \(model "llama".* at most 0\.06 J per token/ })
        .first()
        .waitFor()
      await page.locator("check-badge").getByText("Checked here, now, against block").waitFor()
    }
    for (const lie of LIES) {
      await page.route(/\/v1\/claims\?/, async (route) => {
        const response = await route.fetch()
        await route.fulfill({ response, body: (await response.text()).replaceAll(...lie) })
      })
      await page.reload()
      await page.locator("check-badge").getByText("The chain says something else").waitFor()
      await page.unroute(/\/v1\/claims\?/)
    }
  } finally {
    await context.close()
    await served.close()
  }
}
