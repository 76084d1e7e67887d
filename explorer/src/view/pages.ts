import type { TemplateResult } from "lit-html"
import type { World } from "../check/check.ts"
import type { Route } from "../route.ts"
import { aboutPage } from "./about.ts"
import { claimPage } from "./claim.ts"
import { devicePage } from "./device.ts"
import { homePage } from "./home.ts"
import { ledgerPage } from "./ledger.ts"
import { lostPage } from "./lost.ts"
import { operatorPage } from "./operator.ts"
import { runPage } from "./run.ts"
import { searchPage } from "./search.ts"

/** Reads what a page shows, and makes it. Throws Unread. */
export async function pageOf(route: Route, world: World): Promise<TemplateResult> {
  switch (route.page) {
    case "about":
      return aboutPage(world)
    case "home":
      return homePage(world)
    case "operator":
      return operatorPage(route.operator, world)
    case "ledger":
      return ledgerPage(route.ledger, world)
    case "device":
      return devicePage(route.device, world)
    case "run":
      return runPage(route.device, route.run, world)
    case "claim":
      return claimPage(route.operator, route.number, world)
    case "search":
      return searchPage(route.text, world)
    default:
      return lostPage()
  }
}
