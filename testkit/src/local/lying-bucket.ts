import { createHash } from "node:crypto"
import { createServer, type IncomingMessage, type ServerResponse } from "node:http"
import type { AddressInfo } from "node:net"

/**
 * How an object store fails whoever believes it:
 *
 * - `forgets`: says that it took a content, and has it not
 * - `changes`: gives back other bytes of the same length
 * - `cuts`: ends in the middle of a content
 * - `overwrites`: does not mind the condition
 * - `contends`: 409 for each content at first, as where two write at once
 * - `locks`: 409 for every content, for ever
 * - `circles`: its lists do not end
 * - `floods`: a content without an end
 * - `frozen`: its contents must be asked for hours before
 * - `denies`: 403 for everything
 * - `fails`: 500 for everything
 * - `full`: 507 for every content
 */
export type Lie =
  | "none"
  | "forgets"
  | "changes"
  | "cuts"
  | "overwrites"
  | "contends"
  | "locks"
  | "circles"
  | "floods"
  | "frozen"
  | "denies"
  | "fails"
  | "full"

export type LyingBucket = {
  lie: Lie
  readonly objects: Map<string, Buffer>
  /** What each content that was sent should hash to, SHA-256 in base64, as its sender said. */
  readonly checksums: Map<string, string | undefined>
  /** Method and key of each request, in their order. */
  readonly asked: string[]
  readonly address: string
  stop(): Promise<void>
}

const errorXml = (code: string) => `<?xml version="1.0"?><Error><Code>${code}</Code><Message>${code}</Message></Error>`

async function bodyOf(request: IncomingMessage): Promise<Buffer> {
  const parts: Buffer[] = []
  for await (const part of request) parts.push(part as Buffer)
  return Buffer.concat(parts)
}

/** A store that answers as the S3 API says, but for the lie that is told now; it looks at no signature. */
export async function startLyingBucket(): Promise<LyingBucket> {
  const objects = new Map<string, Buffer>()
  const checksums = new Map<string, string | undefined>()
  const asked: string[] = []
  const refuse = (response: ServerResponse, status: number, code: string) =>
    response.writeHead(status, { "content-type": "application/xml" }).end(errorXml(code))

  async function put(request: IncomingMessage, response: ServerResponse, key: string): Promise<void> {
    const body = await bodyOf(request)
    const isFirst = !checksums.has(key)
    checksums.set(key, request.headers["x-amz-checksum-sha256"]?.toString())
    // As stores ask that keep by default; none of them minds it elsewhere
    if (request.headers["x-amz-sdk-checksum-algorithm"] !== "SHA256")
      return void refuse(response, 400, "MissingUploadObjectWithObjectLockHeaders")
    if (bucket.lie === "locks" || (bucket.lie === "contends" && isFirst))
      return void refuse(response, 409, "ConditionalRequestConflict")
    if (bucket.lie === "full") return void refuse(response, 507, "InsufficientStorage")
    if (bucket.lie !== "overwrites" && request.headers["if-none-match"] === "*" && objects.has(key))
      return void refuse(response, 412, "PreconditionFailed")
    if (bucket.lie !== "forgets" || key.endsWith("_wattest-conditional-write")) objects.set(key, body)
    response.writeHead(200, { etag: `"${createHash("md5").update(body).digest("hex")}"` }).end()
  }

  function get(response: ServerResponse, key: string): void {
    const found = objects.get(key)
    if (found === undefined) return void refuse(response, 404, "NoSuchKey")
    if (bucket.lie === "frozen") return void refuse(response, 403, "InvalidObjectState")
    if (bucket.lie === "floods") {
      const pour = () => {
        while (!response.destroyed && response.write(Buffer.alloc(1 << 16, 0x20)));
      }
      response.writeHead(200)
      response.on("drain", pour)
      pour()
      return
    }
    const body = Buffer.from(found)
    if (bucket.lie === "changes") body[body.length - 1] = (body.at(-1) ?? 0) ^ 1
    response.writeHead(200, { "content-length": body.length })
    if (bucket.lie !== "cuts") return void response.end(body)
    response.write(body.subarray(0, body.length / 2), () => response.destroy())
  }

  function list(response: ServerResponse, prefix: string): void {
    const names = [...objects.keys()].filter((key) => key.startsWith(prefix)).sort()
    const heads = new Set(names.map((key) => key.slice(prefix.length)).map((rest) => rest.replace(/\/.*/, "/")))
    const entries = [...heads].map((head) =>
      head.endsWith("/")
        ? `<CommonPrefixes><Prefix>${prefix}${head}</Prefix></CommonPrefixes>`
        : `<Contents><Key>${prefix}${head}</Key></Contents>`,
    )
    const more = bucket.lie === "circles" ? "<NextContinuationToken>again</NextContinuationToken>" : ""
    const text = `<ListBucketResult><IsTruncated>${more !== ""}</IsTruncated>${more}${entries.join("")}</ListBucketResult>`
    response.writeHead(200, { "content-type": "application/xml" }).end(text)
  }

  const server = createServer((request, response) => {
    const url = new URL(request.url ?? "", "http://bucket")
    const key = decodeURIComponent(url.pathname.split("/").slice(2).join("/"))
    asked.push(`${request.method} ${key}`)
    if (bucket.lie === "denies") refuse(response, 403, "AccessDenied")
    else if (bucket.lie === "fails") refuse(response, 500, "InternalError")
    else if (request.method === "PUT") put(request, response, key)
    else if (url.searchParams.has("list-type")) list(response, url.searchParams.get("prefix") ?? "")
    else get(response, key)
  })
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve))
  const endpoint = `http://127.0.0.1:${(server.address() as AddressInfo).port}`
  const bucket: LyingBucket = {
    lie: "none",
    objects,
    checksums,
    asked,
    address: `s3://evidence/site?endpoint=${encodeURIComponent(endpoint)}&region=us-east-1`,
    stop: () =>
      new Promise((resolve) => {
        server.close(() => resolve())
        server.closeAllConnections()
      }),
  }
  return bucket
}
