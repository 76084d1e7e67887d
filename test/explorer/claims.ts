import type { World } from "@wattest/testkit/ledger/world"
import { openBrowser } from "../page/browser.ts"
import { serveExplorer } from "./served.ts"

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
        .getByRole("link", { name: /^energy-per-work: at most 0\.06 J per token/ })
        .first()
        .click()
      await page
        .locator("blockquote", { hasText: /^All runs \(model "llama".* at most 0\.06 J per token/ })
        .first()
        .waitFor()
      await page.locator("check-badge").getByText("Checked here, now, against block").waitFor()
    }
    await page.route(/\/v1\/claims\?/, async (route) => {
      const response = await route.fetch()
      await route.fulfill({ response, body: (await response.text()).replaceAll("at most 0.06 J", "at most 0.05 J") })
    })
    await page.reload()
    await page.locator("check-badge").getByText("The chain says something else").waitFor()
  } finally {
    await context.close()
    await served.close()
  }
}
