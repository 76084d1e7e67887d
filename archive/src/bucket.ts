import type { S3Client } from "@aws-sdk/client-s3"
import { type Archive, type Content, checkName } from "./archive.ts"
import { bytesContent, digestOf } from "./content.ts"
import { ArchiveFault } from "./fault.ts"

/** A bucket of an object store that speaks the S3 API, and where in it. */
export type BucketAddress = {
  readonly bucket: string
  /** Without slashes at its ends; "" for the whole bucket. */
  readonly prefix: string
  /** Of another provider than AWS; null leaves it to the environment (`AWS_ENDPOINT_URL_S3`). */
  readonly endpoint: string | null
  /** Null leaves it to the environment (`AWS_REGION`). */
  readonly region: string | null
}

type Library = typeof import("@aws-sdk/client-s3")

/** Most bytes of one PUT, by the API's own rule. */
const MAX_OBJECT_BYTES = 5 * 2 ** 30
/** Most that a store may tell of one folder, in memory: a device that closes a run a minute comes there in fourteen years. */
const MAX_LIST_BYTES = 512 * 2 ** 20
/** What a name takes besides its characters, about. */
const NAME_BYTES = 64
const ATTEMPTS = 5
const CONNECT_MS = 10_000
const SILENCE_MS = 60_000
/** Writing two at a time shows whether a store minds the condition; the name is the same each time. */
const PROBE = "_wattest-conditional-write"

async function loadLibrary(): Promise<Library> {
  try {
    return await import("@aws-sdk/client-s3")
  } catch (cause) {
    throw new ArchiveFault(
      "library",
      "an archive in a bucket needs the package @aws-sdk/client-s3",
      "npm install @aws-sdk/client-s3@3.1175.0, beside wattest",
      { cause },
    )
  }
}

const isOtherProvider = ({ endpoint }: BucketAddress) =>
  (endpoint ?? process.env.AWS_ENDPOINT_URL_S3 ?? process.env.AWS_ENDPOINT_URL) !== undefined

/** Credentials come from where the SDK looks for them: environment, profile, role; none is ever in an address. */
function connect({ S3Client }: Library, address: BucketAddress): S3Client {
  const { endpoint, region } = address
  return new S3Client({
    ...(endpoint === null ? {} : { endpoint }),
    ...(region !== null
      ? { region }
      : isOtherProvider(address) && !process.env.AWS_REGION
        ? { region: "us-east-1" }
        : {}),
    forcePathStyle: isOtherProvider(address),
    maxAttempts: ATTEMPTS,
    responseChecksumValidation: "WHEN_SUPPORTED",
    requestHandler: { connectionTimeout: CONNECT_MS, requestTimeout: SILENCE_MS, socketTimeout: SILENCE_MS },
  })
}

type Answer = { readonly name?: string; readonly $metadata?: { readonly httpStatusCode?: number } }
const statusOf = (error: unknown) => (error as Answer).$metadata?.httpStatusCode
const nameOf = (error: unknown) => (error as Answer).name ?? ""

/** S3 says 404 of a name and of a bucket; a bucket that is not there is a mistake, not an empty archive. */
const isMissing = (error: unknown) =>
  statusOf(error) === 404 && ["NoSuchKey", "NotFound", "NoSuchObject"].includes(nameOf(error))
const isTaken = (error: unknown) => statusOf(error) === 412
const isContended = (error: unknown) => statusOf(error) === 409

/** What stores say of a key that they do not know, or of a signature that is not by it; VersityGW has names of its own. */
const UNKNOWN_KEY = [
  "SignatureDoesNotMatch",
  "InvalidAccessKeyId",
  "XAdminUserNotFound",
  "ExpiredToken",
  "InvalidToken",
]

/** Why nobody answered, as the system says it: nothing of a host with several addresses, none of which answered. */
const silenceOf = (error: unknown) => (error as Partial<Error>).message?.split("\n")[0] || "no answer"

function explain(error: unknown, place: string): ArchiveFault {
  if (error instanceof ArchiveFault) return error
  const status = statusOf(error)
  const name = nameOf(error)
  const options = { cause: error }
  if (name === "CredentialsProviderError")
    return new ArchiveFault(
      "refused",
      `${place}: no credentials were found`,
      "set AWS_ACCESS_KEY_ID and AWS_SECRET_ACCESS_KEY, AWS_PROFILE, or give the machine a role",
      options,
    )
  if (name === "InvalidObjectState")
    return new ArchiveFault(
      "refused",
      `${place}: it lies in a class of storage that must be asked for it first`,
      "aws s3api restore-object, and again in some hours; a rule that moves records is the wrong one (docs/operating.md)",
      options,
    )
  if (UNKNOWN_KEY.includes(name))
    return new ArchiveFault(
      "refused",
      `${place}: the store does not take these credentials (${name})`,
      "check AWS_ACCESS_KEY_ID and AWS_SECRET_ACCESS_KEY, or AWS_PROFILE, and whether they are of this endpoint",
      options,
    )
  if (name === "NoSuchBucket")
    return new ArchiveFault(
      "refused",
      `${place}: there is no such bucket`,
      "check its name and the endpoint, or make it (docs/operating.md)",
      options,
    )
  if (status === 403)
    return new ArchiveFault(
      "refused",
      `${place}: access is denied`,
      "the account needs s3:GetObject, s3:PutObject and s3:ListBucket there",
      options,
    )
  if (status !== undefined && status >= 400 && status < 500)
    return new ArchiveFault("refused", `${place}: ${name}`, "look at the bucket's name, region and policy", options)
  return new ArchiveFault(
    "unreachable",
    `${place}: ${status === undefined ? silenceOf(error) : name}`,
    "nothing is lost; check the endpoint (in the address, or AWS_ENDPOINT_URL_S3), or try again later",
    options,
  )
}

/** Node's parser of HTTP fails an answer that is shorter than it says, and ends one that is longer. */
async function* wholeOf(body: AsyncIterable<Uint8Array>, where: string) {
  try {
    yield* body
  } catch (error) {
    throw new ArchiveFault("untrue", `${where}: the answer was cut off or changed on its way`, "try again", {
      cause: error,
    })
  }
}

/** An archive in a bucket. Nothing is asked before the first use; a list of more than `maxListBytes` is refused. */
export function openBucket(address: BucketAddress, maxListBytes = MAX_LIST_BYTES): Archive {
  const { bucket, prefix } = address
  const place = `s3://${bucket}${prefix === "" ? "" : `/${prefix}`}`
  const keyOf = (name: string) => {
    checkName(name)
    return prefix === "" ? name : `${prefix}/${name}`
  }
  let ready: Promise<{ library: Library; client: S3Client }> | undefined
  const connected = () => {
    ready ??= loadLibrary().then((library) => ({ library, client: connect(library, address) }))
    return ready
  }
  let isConditional: Promise<void> | undefined

  async function put(key: string, { bytes, sha256 }: Content, body: Uint8Array): Promise<"created" | "taken"> {
    const { library, client } = await connected()
    const request = {
      Bucket: bucket,
      Key: key,
      Body: body,
      ContentLength: bytes,
      // The store computes it too and refuses what came otherwise; one that keeps by default asks for its name besides.
      ChecksumAlgorithm: "SHA256" as const,
      ChecksumSHA256: Buffer.from(sha256, "hex").toString("base64"),
      // No content is written over: the API's compare-and-swap.
      IfNoneMatch: "*",
    }
    for (let attempt = 1; ; attempt++)
      try {
        await client.send(new library.PutObjectCommand(request))
        return "created"
      } catch (error) {
        if (isTaken(error)) return "taken"
        // Two wrote at once and neither has won yet.
        if (!isContended(error) || attempt === ATTEMPTS) throw explain(error, `${place}, ${key}`)
      }
  }

  /** Throws `refused` where the store writes over what it holds in spite of the condition. */
  async function proveConditional(): Promise<void> {
    const body = Buffer.from("wattest\n")
    const content = await bytesContent(body)
    for (let i = 0; i < 2; i++) if ((await put(keyOf(PROBE), content, body)) === "taken") return
    throw new ArchiveFault(
      "refused",
      `${place}: the store takes no conditional writes: it would write over what it holds`,
      "use one that knows If-None-Match: AWS S3, MinIO, Ceph from 19, Cloudflare R2, VersityGW",
    )
  }

  async function open(name: string): Promise<AsyncIterable<Uint8Array> | null> {
    const key = keyOf(name)
    const { library, client } = await connected()
    try {
      const { Body } = await client.send(
        new library.GetObjectCommand({ Bucket: bucket, Key: key, ChecksumMode: "ENABLED" }),
      )
      if (Body === undefined)
        throw new ArchiveFault("untrue", `${place}, ${key}: an answer without content`, "try again")
      return wholeOf(Body as AsyncIterable<Uint8Array>, `${place}, ${key}`)
    } catch (error) {
      if (isMissing(error)) return null
      throw explain(error, `${place}, ${key}`)
    }
  }

  /** One answer's names, and where the next begins. */
  async function listPage(under: string, token: string | undefined) {
    const { library, client } = await connected()
    const request = { Bucket: bucket, Prefix: under, Delimiter: "/", ...(token ? { ContinuationToken: token } : {}) }
    try {
      const answer = await client.send(new library.ListObjectsV2Command(request))
      const folders = (answer.CommonPrefixes ?? []).map(({ Prefix = "" }) => Prefix.replace(/\/$/, ""))
      const names = [...folders, ...(answer.Contents ?? []).map(({ Key = "" }) => Key)]
      return { names, next: answer.IsTruncated ? answer.NextContinuationToken : undefined }
    } catch (error) {
      throw explain(error, place)
    }
  }

  return {
    place,
    open,
    async list(folder) {
      const under = folder === "" ? (prefix === "" ? "" : `${prefix}/`) : `${keyOf(folder)}/`
      const found = new Set<string>()
      let told = 0
      let token: string | undefined
      do {
        const { names, next } = await listPage(under, token)
        const before = found.size
        for (const name of names) {
          told += name.length + NAME_BYTES
          if (name.startsWith(under)) found.add(name.slice(under.length))
        }
        // A store that goes round in circles, or for ever, is not followed.
        if ((next !== undefined && found.size === before) || told > maxListBytes)
          throw new ArchiveFault("untrue", `${place}: its list of ${folder} does not end`, "ask whoever runs the store")
        token = next
      } while (token !== undefined)
      found.delete(PROBE)
      return [...found].filter((name) => name !== "").sort()
    },
    async create(name, content) {
      const key = keyOf(name)
      const where = `${place}, ${key}`
      if (content.bytes > MAX_OBJECT_BYTES)
        throw new ArchiveFault(
          "refused",
          `${where}: ${content.bytes} bytes are more than one object holds`,
          "cut runs shorter",
        )
      const compare = async (): Promise<"there" | null> => {
        const chunks = await open(name)
        if (chunks === null) return null
        const there = await digestOf(chunks)
        if (there.sha256 === content.sha256) return "there"
        throw new ArchiveFault(
          "conflict",
          `${where} holds other bytes`,
          "nothing was written over; find out which are right",
        )
      }
      const known = await compare()
      if (known !== null) return known
      isConditional ??= proveConditional()
      await isConditional.catch((error) => {
        isConditional = undefined
        throw error
      })
      const parts: Uint8Array[] = []
      for await (const chunk of content.open()) parts.push(chunk)
      if ((await put(key, content, Buffer.concat(parts))) === "created") return "created"
      const other = await compare()
      if (other !== null) return other
      throw new ArchiveFault("untrue", `${where}: the store says that it is there, and that it is not`, "try again")
    },
  }
}
