import type { Page } from "playwright-core"

/** Text that is hard to read: less than so many times lighter or darker than what it stands on. */
export type Faint = { readonly text: string; readonly ratio: number }

/**
 * Every visible text of a page whose contrast with its ground is below `least` (WCAG 2, 1.4.3), computed from the styles
 * that the browser applies.
 */
export function faintTexts(page: Page, least: number): Promise<readonly Faint[]> {
  return page.evaluate((bound) => {
    type Colour = readonly [red: number, green: number, blue: number, alpha: number]
    const parse = (text: string): Colour => {
      const [red = 0, green = 0, blue = 0, alpha = 1] = (text.match(/[\d.]+/g) ?? []).map(Number)
      return [red, green, blue, alpha]
    }
    const over = (top: Colour, under: Colour): Colour => {
      const mix = (i: 0 | 1 | 2) => top[i] * top[3] + under[i] * (1 - top[3])
      return [mix(0), mix(1), mix(2), 1]
    }
    const groundOf = (element: Element | null): Colour => {
      if (element === null) return [255, 255, 255, 1]
      const own = parse(getComputedStyle(element).backgroundColor)
      return own[3] === 1 ? own : over(own, groundOf(element.parentElement))
    }
    const light = ([red, green, blue]: Colour) => {
      const linear = (value: number) => (value <= 10.31475 ? value / 3294.6 : ((value / 255 + 0.055) / 1.055) ** 2.4)
      return 0.2126 * linear(red) + 0.7152 * linear(green) + 0.0722 * linear(blue)
    }
    const found: { text: string; ratio: number }[] = []
    const walker = document.createTreeWalker(document.body, NodeFilter.SHOW_TEXT)
    while (walker.nextNode()) {
      const text = walker.currentNode.textContent?.trim() ?? ""
      const element = walker.currentNode.parentElement
      if (text === "" || element === null || !element.checkVisibility() || element.closest("title, script, style"))
        continue
      const style = getComputedStyle(element)
      const ground = groundOf(element)
      const ink = over(parse(element instanceof SVGElement ? style.fill : style.color), ground)
      const [high = 0, low = 0] = [light(ink), light(ground)].sort((a, b) => b - a)
      const ratio = (high + 0.05) / (low + 0.05)
      if (ratio < bound) found.push({ text, ratio })
    }
    return found
  }, least)
}

/** By how many pixels a page is wider than its window. */
export const overflowOf = (page: Page): Promise<number> =>
  page.evaluate(() => document.documentElement.scrollWidth - innerWidth)

/** Opens everything that is folded. */
export const unfold = (page: Page): Promise<void> =>
  page.evaluate(() => {
    for (const folded of document.querySelectorAll("details")) folded.open = true
  })

/** How many sheets of A4 a page takes. */
export async function sheetsOf(page: Page): Promise<number> {
  const pdf = await page.pdf({ format: "A4" })
  return pdf.toString("latin1").match(/\/Type\s*\/Page\b/g)?.length ?? 0
}
