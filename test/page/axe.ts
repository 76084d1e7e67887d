import { readFileSync } from "node:fs"
import { createRequire } from "node:module"
import type { Page } from "playwright-core"

const AXE = readFileSync(createRequire(import.meta.url).resolve("axe-core/axe.min.js"), "utf8")

/** What axe-core finds, by rule and place; by all of its rules unless some are named. */
export async function violations(page: Page, rules: readonly string[] = []): Promise<readonly string[]> {
  // run by the browser's own console, as a person's tool would be: no policy of the page is loosened for it
  await page.evaluate(AXE)
  return page.evaluate(async (only) => {
    const { axe } = globalThis as unknown as {
      axe: { run(options: object): Promise<{ violations: { id: string; nodes: { target: unknown }[] }[] }> }
    }
    const { violations } = await axe.run(only.length === 0 ? {} : { runOnly: only })
    return violations.flatMap(({ id, nodes }) => nodes.map(({ target }) => `${id}: ${JSON.stringify(target)}`))
  }, rules)
}
