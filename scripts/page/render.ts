import { createHash } from "node:crypto"
import { readFileSync } from "node:fs"
import { REPORT_STYLE } from "@wattest/verifier"
import { build } from "vite"

/** One entry and all that it imports, as a classic script. */
async function bundle(entry: string, define: Record<string, string> = {}): Promise<string> {
  const lib = { entry, formats: ["iife" as const], name: "wattest", fileName: "bundle" }
  const options = { lib, write: false, minify: true, target: "es2023", reportCompressedSize: false }
  const output = await build({ configFile: false, logLevel: "warn", define, build: options })
  const [first] = Array.isArray(output) ? output : [output]
  const chunk = first !== undefined && "output" in first ? first.output[0] : undefined
  if (chunk?.type !== "chunk") throw new Error(`${entry} gave no script`)
  return chunk.code
}

const digestOf = (text: string) => `'sha256-${createHash("sha256").update(text).digest("base64")}'`

function policyOf(script: string, style: string): string {
  const rules = {
    "default-src": "'none'",
    // WebAssembly hashes the captures; no other code is ever made from data.
    "script-src": `${digestOf(script)} 'wasm-unsafe-eval'`,
    "style-src": digestOf(style),
    "worker-src": "blob:",
    "img-src": "data:",
    "connect-src": "'none'",
    "base-uri": "'none'",
    "form-action": "'none'",
  }
  return Object.entries(rules)
    .map((rule) => rule.join(" "))
    .join("; ")
}

/**
 * The verifier's page as one file: worker, script and style are inside it, so that it works from a file system and from
 * any static host, and its Content-Security-Policy names them by digest.
 */
export async function renderPage(): Promise<string> {
  const worker = await bundle("verifier/web/worker.ts")
  const bundled = await bundle("verifier/web/page.ts", { WORKER_SOURCE: JSON.stringify(worker) })
  // A script element ends at the first such mark, wherever it stands.
  const script = bundled.replaceAll("</script", "<\\/script").replaceAll("<!--", "<\\!--")
  const style = `${REPORT_STYLE}${readFileSync("verifier/web/page.css", "utf8")}`
  const parts: Record<string, string> = {
    "<!-- content-security-policy -->": `<meta http-equiv="Content-Security-Policy" content="${policyOf(script, style)}">`,
    '<link rel="stylesheet" href="page.css">': `<style>${style}</style>`,
    '<script src="page.ts"></script>': `<script>${script}</script>`,
  }
  let page = readFileSync("verifier/web/index.html", "utf8")
  for (const [mark, part] of Object.entries(parts)) {
    if (!page.includes(mark)) throw new Error(`verifier/web/index.html lacks ${mark}`)
    page = page.replace(mark, () => part)
  }
  return page
}
