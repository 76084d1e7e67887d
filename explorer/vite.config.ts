import { resolve } from "node:path"
import { defineConfig } from "vite"

const page = (name: string) => resolve(import.meta.dirname, name)

/** Static files for any host, laid where the index finds them: relative addresses, nothing inlined, so that the page needs no exception from a strict policy. */
export default defineConfig({
  root: import.meta.dirname,
  base: "./",
  logLevel: "error",
  build: {
    outDir: page("../index/assets/explorer"),
    emptyOutDir: true,
    target: "es2023",
    assetsInlineLimit: 0,
    modulePreload: { polyfill: false },
    reportCompressedSize: false,
    rollupOptions: { input: [page("index.html"), page("table.html")] },
  },
  worker: { format: "es" },
})
