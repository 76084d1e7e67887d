import { createPrivateKey, type KeyObject, X509Certificate } from "node:crypto"
import { createSecureContext } from "node:tls"
import { placeOf, readAtMost, UsageError } from "@wattest/command"

/** A certificate chain, the host's own first, and the key of that one: PEM. */
export type TlsPair = { readonly cert: string; readonly key: string }

const MAX_PEM_BYTES = 1024 * 1024

const ROLES = {
  "tls-cert": {
    holds: "certificate",
    says: "give the certificate chain to --tls-cert, and its private key to --tls-key",
    tool: "openssl x509",
  },
  "tls-key": {
    holds: "private key",
    says: "give the private key to --tls-key, and its certificate chain to --tls-cert",
    tool: "openssl pkey",
  },
} as const
type Option = keyof typeof ROLES

type Block = { readonly label: string; readonly text: string }
type PemFile = { readonly place: string; readonly blocks: readonly Block[] }

/** A key has several labels, by its kind and its form. */
const isKey = ({ label }: Block): boolean => label.endsWith("PRIVATE KEY")
const isCertificate = ({ label }: Block): boolean => label === "CERTIFICATE"

const BLOCK = /-----BEGIN ([A-Z0-9 ]{1,64})-----(?:(?!-----)[\s\S])*-----END \1-----/g

/** The PEM blocks of an option's file, each whole. Text between blocks says nothing: issuers put it there for people. */
function readPem(option: Option, path: string): PemFile {
  const place = `--${option} ${placeOf(path)}`
  const bytes = readAtMost(path, MAX_PEM_BYTES)
  if (bytes.length > MAX_PEM_BYTES)
    throw new UsageError(`${place}: too long for PEM`, `at most ${MAX_PEM_BYTES} bytes are read`)
  const text = Buffer.from(bytes).toString("latin1")
  const blocks = [...text.matchAll(BLOCK)].map(([whole, label = ""]) => ({ label, text: whole }))
  // A chain that lost its last certificate would serve, and customers' systems would not trust it.
  if (text.split("-----BEGIN ").length - 1 > blocks.length)
    throw new UsageError(`${place}: a block of this PEM has no end`, "was it cut off or edited? copy it again")
  return { place, blocks }
}

/** Says what a file is where it is not what its option wants. */
function refuseKind(option: Option, { place, blocks }: PemFile): never {
  const { holds, says, tool } = ROLES[option]
  const labels = [...new Set(blocks.map(({ label }) => label))].join(", ")
  if (labels !== "") throw new UsageError(`${place}: this file holds no ${holds}; it holds: ${labels}`, says)
  throw new UsageError(
    `${place}: this is no PEM of a ${holds}`,
    `PEM has a line -----BEGIN ${holds.toUpperCase()}-----; of DER, ${tool} -inform der -in FILE -out FILE.pem makes it`,
  )
}

function certificatesOf(file: PemFile): readonly X509Certificate[] {
  const blocks = file.blocks.filter(isCertificate)
  if (blocks.length === 0) refuseKind("tls-cert", file)
  return blocks.map(({ text }, i) => {
    try {
      return new X509Certificate(text)
    } catch {
      throw new UsageError(
        `${file.place}: certificate ${i + 1} of ${blocks.length} is damaged`,
        "was it cut off or edited? copy it again from who issued it",
      )
    }
  })
}

/** The key, and its PEM. */
function keyOf(file: PemFile): { readonly key: KeyObject; readonly text: string } {
  const own = file.blocks.find(isKey)
  if (own === undefined) refuseKind("tls-key", file)
  if (own.label.startsWith("ENCRYPTED") || own.text.includes("Proc-Type: 4,ENCRYPTED"))
    throw new UsageError(
      `${file.place}: this private key is locked by a password, and nobody is there to type it when a host starts`,
      "openssl pkey -in FILE -out FILE.open unlocks it; let nobody else read the new file",
    )
  try {
    return { key: createPrivateKey(own.text), text: own.text }
  } catch {
    throw new UsageError(`${file.place}: this private key is damaged`, "was it cut off or edited? copy it again")
  }
}

/** Throws a UsageError unless the first certificate is the key's. */
function checkPair(chain: PemFile, certificates: readonly X509Certificate[], file: PemFile, key: KeyObject): void {
  const at = certificates.findIndex((one) => one.checkPrivateKey(key))
  if (at === 0) return
  if (at > 0)
    throw new UsageError(
      `${chain.place}: the key's own certificate is number ${at + 1} of ${certificates.length}, not the first`,
      "put the host's own certificate first, then the one that signed it, and so on",
    )
  throw new UsageError(
    `${chain.place}, ${file.place}: they do not belong together: the certificate is another key's`,
    "name the key for which the certificate was made, or ask for a certificate of this key",
  )
}

/** Throws a UsageError where nobody would trust the host's own certificate at this time. */
function checkTime({ place }: PemFile, { validFromDate, validToDate }: X509Certificate, nowMs: number): void {
  const dayOf = (date: Date) => date.toISOString().slice(0, 10)
  if (nowMs > validToDate.getTime())
    throw new UsageError(`${place}: the certificate ended on ${dayOf(validToDate)}`, "ask who issued it for another")
  if (nowMs < validFromDate.getTime())
    throw new UsageError(
      `${place}: the certificate holds from ${dayOf(validFromDate)} on`,
      "wait until then, or look whether this machine's clock is right",
    )
}

/**
 * What a host shows to whoever calls it, and its key. Throws a UsageError that names the option and its file where one is not
 * PEM of what the option wants, is damaged or locked, or where they do not belong together or do not hold now.
 */
export function readTlsPair(paths: Readonly<Record<Option, string>>, nowMs = Date.now()): TlsPair {
  const [chain, file] = [readPem("tls-cert", paths["tls-cert"]), readPem("tls-key", paths["tls-key"])]
  const [certificates, { key, text }] = [certificatesOf(chain), keyOf(file)]
  checkPair(chain, certificates, file, key)
  for (const own of certificates.slice(0, 1)) checkTime(chain, own, nowMs)
  const cert = chain.blocks.filter(isCertificate).map((one) => one.text)
  const pair = { cert: `${cert.join("\n")}\n`, key: `${text}\n` }
  try {
    createSecureContext(pair)
  } catch (error) {
    // Such as a key that is too short for the library's rules.
    const { reason, message } = error as Error & { readonly reason?: string }
    throw new UsageError(
      `${chain.place}, ${file.place}: TLS does not take them: ${reason ?? message}`,
      "make a new key, such as one on P-256, and ask for a certificate of it",
    )
  }
  return pair
}
