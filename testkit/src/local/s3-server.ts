import { execFileSync } from "node:child_process"
import { existsSync, mkdirSync, mkdtempSync, rmSync } from "node:fs"
import { tmpdir } from "node:os"
import { join, resolve } from "node:path"
import { freePort, kill, start, until } from "./processes.ts"

/** A running object store with one bucket. */
export type S3Server = {
  readonly bucket: string
  readonly endpoint: string
  /** What the SDK looks for in the environment. */
  readonly env: Readonly<Record<string, string>>
  /** An address of an archive in the bucket. */
  readonly address: (prefix: string) => string
  stop(): Promise<void>
}

const VERSION = "v1.8.0"
const FOLDER = resolve("build/s3")
const BINARY = join(FOLDER, "versitygw")

/** VersityGW (Apache-2.0), built by Go through its module proxy, once a clone; null where there is neither. */
export function findS3Server(): string | null {
  if (existsSync(BINARY)) return BINARY
  mkdirSync(FOLDER, { recursive: true })
  const env = { ...process.env, GOBIN: FOLDER, PATH: `${process.env.PATH}:/usr/local/go/bin` }
  try {
    execFileSync("go", ["install", `github.com/versity/versitygw/cmd/versitygw@${VERSION}`], { env, stdio: "pipe" })
    return BINARY
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === "ENOENT") return null
    throw error
  }
}

const KEY = { AWS_ACCESS_KEY_ID: "testkit", AWS_SECRET_ACCESS_KEY: "testkit-secret", AWS_REGION: "us-east-1" }

/** Starts it over a folder of its own. */
export async function startS3Server(binary: string): Promise<S3Server> {
  const home = mkdtempSync(join(tmpdir(), "wattest-s3-"))
  const bucket = "evidence"
  for (const name of ["data", "meta"]) mkdirSync(join(home, name, bucket), { recursive: true })
  const port = await freePort()
  const endpoint = `http://127.0.0.1:${port}`
  const account = ["--access", KEY.AWS_ACCESS_KEY_ID, "--secret", KEY.AWS_SECRET_ACCESS_KEY]
  const place = ["posix", "--sidecar", join(home, "meta"), join(home, "data")]
  const server = start([binary, ...account, "--port", `127.0.0.1:${port}`, "--quiet", ...place], () => {})
  await until("the object store", () => fetch(endpoint))
  return {
    bucket,
    endpoint,
    env: { ...KEY, AWS_EC2_METADATA_DISABLED: "true" },
    address: (prefix) => `s3://${bucket}/${prefix}?endpoint=${encodeURIComponent(endpoint)}&region=${KEY.AWS_REGION}`,
    async stop() {
      await kill(server)
      rmSync(home, { recursive: true, force: true })
    },
  }
}
