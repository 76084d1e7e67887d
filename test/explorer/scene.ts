import { tellHalfYear } from "@wattest/testkit/index/half-year"
import type { Page, Route } from "playwright-core"
import { CLAIM } from "./claim-row.ts"
import { serveExplorer } from "./served.ts"

/** A ledger of 10,000 runs where there is time for it, and one like it in small else. */
const PLAN =
  process.env.WATTEST_DEPTH === "deep"
    ? { devices: 20, runs: 10_000, days: 170, every: 3 }
    : { devices: 6, runs: 300, days: 66, every: 6 }

/** Half a year of books, as an index serves them with the explorer. */
export type Scene = Awaited<ReturnType<typeof setScene>>

export async function setScene() {
  const now = Math.floor(Date.now() / 1000) - 3600
  const story = await tellHalfYear(PLAN, now)
  const served = await serveExplorer({ registry: story.registry, url: story.chain.url })
  const stop = async () => {
    await served.close()
    await story.stop()
  }
  return { ...story, served, now, runs: PLAN.runs, claims: claimsOf(story, now), stop }
}

const DAY = 86_400
const NO_UPPER_BOUND = `${2n ** 80n - 1n}`

/** What an index would list of an operator that has proved something: on the way to the page, since proofs take minutes. */
function claimsOf({ operator }: { readonly operator: string }, now: number) {
  const bounds: readonly (readonly [metric: string, unit: string, lo: string, hi: string])[] = [
    ["energy-per-work", "µJ per unit", "0", "6200000"],
    ["energy-per-work", "µJ per unit", "5400000", "5900000"],
    ["energy-per-work", "µJ per unit", "5000000", NO_UPPER_BOUND],
    ["energy", "mJ", "11000000000000", "12000000000000"],
  ]
  return bounds.map(([metric, unit, lo, hi], number) => ({
    ...{ ...CLAIM, operator, number, metric, unit, lo, hi },
    ...{ model: "llama-3.1-405b", site: "fra-2", zone: "DE", work: metric === "energy" ? null : "token" },
    ...{ from: now - (60 - 14 * number) * DAY, to: now - (40 - 13 * number) * DAY, asOf: now - 3600, closedAt: now },
    ...{ runs: 1820, unopened: number, voids: 3 * number, blindAtMost: 4000 * number, suspect: number === 2 },
    sentence: `All runs of the named ledgers took between ${lo} and ${hi} ${unit}.`,
  }))
}

/** Lets the page hear of claims, two of which contradict each other. */
export async function withClaims(page: Page, { claims }: Pick<Scene, "claims">): Promise<void> {
  const answer = async (route: Route, items: readonly unknown[]) => {
    const response = await route.fetch()
    await route.fulfill({ response, body: JSON.stringify({ ...(await response.json()), items }) })
  }
  await page.route(/\/v1\/claims\?/, (route) => {
    const number = new URL(route.request().url()).searchParams.get("number")
    return answer(
      route,
      claims.filter((claim) => number === null || claim.number === Number(number)),
    )
  })
  const pair = { number: 2, place: 0, otherNumber: 0, otherPlace: 0, metric: "energy-per-work", relation: "same" }
  await page.route(/\/v1\/overlaps\?/, (route) => answer(route, [{ ...pair, contradicts: true }]))
}
