import { mkdirSync, writeFileSync } from "node:fs"
import { renderPage } from "./page/render.ts"
import { takeNoWords } from "./words/usage.ts"

takeNoWords(`usage: npm run page

Writes the verifier's page, build/page/index.html: one file that needs no network.`)
const PATH = "build/page/index.html"
mkdirSync("build/page", { recursive: true })
const page = await renderPage()
writeFileSync(PATH, page)
console.log(`${PATH}: ${Math.round(page.length / 1024)} KiB`)
