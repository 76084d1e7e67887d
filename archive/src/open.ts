import type { Archive } from "./archive.ts"
import { type BucketAddress, openBucket } from "./bucket.ts"
import { ArchiveFault } from "./fault.ts"
import { openFolder } from "./folder.ts"

const BUCKET = /^[a-z0-9][a-z0-9.-]{1,61}[a-z0-9]$/
const PREFIX = /^[A-Za-z0-9_][A-Za-z0-9._/-]{0,511}$/

const refuse = (address: string, why: string): never => {
  throw new ArchiveFault(
    "address",
    `${address} ${why}`,
    "write s3://BUCKET, s3://BUCKET/PREFIX, or s3://BUCKET/PREFIX?endpoint=URL&region=NAME",
  )
}

/** Null for what is a path. Throws `address`; credentials are taken from no address, because addresses are printed. */
export function parseBucketAddress(address: string): BucketAddress | null {
  if (!/^s3:/i.test(address)) return null
  const match = /^s3:\/\/([^/?#@]+)(?:\/([^?#]*))?(?:\?([^#]*))?$/.exec(address)
  if (match === null) return refuse(address.replace(/\/\/[^/]*@/, "//…@"), "is no address of a bucket")
  const [, bucket = "", path = "", query = ""] = match
  if (!BUCKET.test(bucket)) refuse(bucket, "is no name of a bucket")
  const prefix = path.replace(/\/+$/, "")
  if (prefix !== "" && (!PREFIX.test(prefix) || prefix.includes("//") || prefix.split("/").includes("..")))
    refuse(prefix, "is no prefix")
  const given = new URLSearchParams(query)
  for (const name of given.keys()) if (!["endpoint", "region"].includes(name)) refuse(`?${name}`, "is not known")
  const endpoint = given.get("endpoint")
  if (endpoint !== null) {
    const parsed = /^https?:\/\//.test(endpoint) && URL.canParse(endpoint) ? new URL(endpoint) : null
    if (parsed === null || parsed.username !== "") refuse("endpoint", "must be a URL without credentials")
  }
  return { bucket, prefix, endpoint, region: given.get("region") }
}

/** Opens a folder by its path, or a bucket by `s3://BUCKET/PREFIX?endpoint=URL&region=NAME`. Nothing is asked yet. */
export function openPlace(address: string): Archive {
  const bucket = parseBucketAddress(address)
  return bucket === null ? openFolder(address) : openBucket(bucket)
}
