import { createHash } from "node:crypto"
import { existsSync, readdirSync, readFileSync } from "node:fs"
import { extname, join, relative, sep } from "node:path"
import { gzipSync } from "node:zlib"
import { UsageError } from "@wattest/command"
import type { FastifyInstance, FastifyReply, FastifyRequest } from "fastify"

/** A file as it is sent; `zipped` where that is shorter. */
type Asset = {
  readonly bytes: Buffer
  readonly zipped: Buffer | null
  readonly type: string
  readonly tag: string
  /** Its name changes with its content, so that it never has to be asked for again. */
  readonly isImmutable: boolean
}

/** What a page of ours is made of; a folder with anything else is another folder. */
const TYPES: { readonly [extension: string]: string } = {
  ".css": "text/css; charset=utf-8",
  ".html": "text/html; charset=utf-8",
  ".ico": "image/x-icon",
  ".js": "text/javascript; charset=utf-8",
  ".json": "application/json",
  ".map": "application/json",
  ".png": "image/png",
  ".svg": "image/svg+xml",
  ".txt": "text/plain; charset=utf-8",
  ".wasm": "application/wasm",
  ".webmanifest": "application/manifest+json",
  ".woff2": "font/woff2",
}

/** Bytes of all files together: they are held in memory. */
const MAX_BYTES = 64 * 1024 * 1024

/**
 * Scripts, styles and workers are the index's own, and the page may ask nodes of a chain. Poseidon is compiled in the page,
 * so WebAssembly is allowed. Nothing is inlined, framed or sent to a form.
 */
const PAGE_POLICY = [
  "default-src 'none'",
  "script-src 'self' 'wasm-unsafe-eval'",
  "style-src 'self'",
  "img-src 'self' data:",
  "font-src 'self'",
  "manifest-src 'self'",
  "worker-src 'self'",
  "connect-src 'self' https: http://127.0.0.1:* http://localhost:*",
  "base-uri 'none'",
  "form-action 'none'",
  "frame-ancestors 'none'",
].join("; ")

function assetOf(folder: string, name: string): Asset {
  const bytes = readFileSync(join(folder, name))
  const zipped = gzipSync(bytes)
  const type = TYPES[extname(name)]
  if (type === undefined)
    throw new UsageError(`${join(folder, name)}: no page of ours has such a file`, "give the folder that Vite wrote")
  return {
    ...{ bytes, zipped: zipped.length < bytes.length ? zipped : null, type },
    tag: `"${createHash("sha256").update(bytes).digest("base64url")}"`,
    isImmutable: name.startsWith(`assets${sep}`),
  }
}

/** Reads a built page whole: what is asked for is looked up in it, and no path leads anywhere else. Throws a UsageError. */
export function readExplorer(folder: string): ReadonlyMap<string, Asset> {
  if (!existsSync(join(folder, "index.html")))
    throw new UsageError(`${folder} has no index.html`, "build the explorer first")
  const files = readdirSync(folder, { recursive: true, withFileTypes: true }).filter((entry) => entry.isFile())
  const names = files.map(({ parentPath, name }) => relative(folder, join(parentPath, name)))
  const assets = new Map<string, Asset>()
  let size = 0
  for (const name of names) {
    const asset = assetOf(folder, name)
    size += asset.bytes.length
    if (size > MAX_BYTES)
      throw new UsageError(`${folder} holds more than ${MAX_BYTES} bytes`, "give the built page alone")
    assets.set(`/${name.split(sep).join("/")}`, asset)
  }
  return assets
}

function send({ method, headers }: FastifyRequest, reply: FastifyReply, asset: Asset): FastifyReply {
  const { bytes, zipped, type, tag, isImmutable } = asset
  reply.headers({
    "cache-control": isImmutable ? "public, max-age=31536000, immutable" : "no-cache",
    "content-security-policy": PAGE_POLICY,
    "cross-origin-opener-policy": "same-origin",
    "permissions-policy": "camera=(), geolocation=(), microphone=()",
    "referrer-policy": "no-referrer",
    "x-content-type-options": "nosniff",
    ...{ etag: tag, vary: "accept-encoding" },
  })
  if (headers["if-none-match"] === tag) return reply.code(304).send()
  const isZipped = zipped !== null && /\bgzip\b/.test(headers["accept-encoding"] ?? "")
  if (isZipped) reply.header("content-encoding", "gzip")
  const body = isZipped ? zipped : bytes
  reply.type(type).header("content-length", body.length)
  return method === "HEAD" ? reply.send() : reply.send(body)
}

/** Serves the page beside the API. Where nothing else is, its own `index.html` answers, so that deep links lead into it. */
export function addExplorer(app: FastifyInstance, assets: ReadonlyMap<string, Asset>): void {
  const page = assets.get("/index.html")
  app.route({
    ...{ method: ["GET", "HEAD"], url: "/*", schema: { hide: true }, config: { rateLimit: false } },
    handler: (request, reply) => {
      const path = request.url.split("?")[0] ?? "/"
      const asset = assets.get(path) ?? (isPage(path) ? page : undefined)
      return asset === undefined ? reply.callNotFound() : send(request, reply, asset)
    },
  })
}

/** What has an ending is a file, and what the API has not is not there. */
const isPage = (path: string) => !path.startsWith("/v1/") && !path.startsWith("/assets/") && extname(path) === ""
