import assert from "node:assert/strict"
import { spawnSync } from "node:child_process"
import { readFileSync } from "node:fs"
import { request } from "node:https"

/** Writes a certificate of 127.0.0.1 that signs itself, `cert.pem`, and its key, `key.pem`. */
export function certify(folder: string): void {
  const words =
    "req -x509 -newkey ec -pkeyopt ec_paramgen_curve:prime256v1 -nodes -days 2 -subj /CN=localhost -addext subjectAltName=IP:127.0.0.1 -keyout key.pem -out cert.pem"
  assert.equal(spawnSync("openssl", words.split(" "), { cwd: folder }).status, 0)
}

export const basic = (id: string, secret: string) => `Basic ${Buffer.from(`${id}:${secret}`).toString("base64")}`

export type Answer = {
  readonly status: number
  readonly body: { readonly [name: string]: unknown }
  readonly link: string
}
export type Question = readonly [method: string, path: string, headers?: Record<string, string>, body?: string]

/** Asks a host of PACT on 127.0.0.1 whose certificate is in a file, and nobody else's. */
export function askHost(
  { port, certificate }: { readonly port: number; readonly certificate: string },
  ...[method, path, headers = {}, body = ""]: Question
): Promise<Answer> {
  return new Promise((resolve, reject) => {
    const to = { host: "127.0.0.1", port, method, path, headers, ca: readFileSync(certificate), servername: "" }
    const asked = request(to, (response) => {
      const chunks: Buffer[] = []
      response.on("data", (chunk: Buffer) => chunks.push(chunk))
      response.on("end", () =>
        resolve({
          status: response.statusCode ?? 0,
          body: JSON.parse(`${Buffer.concat(chunks)}` || "{}"),
          link: `${response.headers.link ?? ""}`,
        }),
      )
    })
    asked.on("error", reject)
    asked.end(body)
  })
}
