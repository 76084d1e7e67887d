/// <reference path="./net-snmp.d.ts" />
import { isIPv6 } from "node:net"
import type { Session, Snmp, User, Varbind } from "net-snmp"
import type { Options } from "../options.ts"
import { SourceError } from "../source.ts"

export type SnmpTarget = {
  readonly host: string
  readonly port: number
  /** SNMPv2c: whoever knows the community, or sees a packet, can answer in the PDU's place. */
  readonly community?: string
  /** SNMPv3. */
  readonly user?: SnmpUser
}

const AUTH = ["sha256", "sha384", "sha512", "sha224", "sha"] as const
const PRIV = ["aes", "aes256b", "aes256r"] as const

/** A user of SNMPv3 with authentication, and encryption where given. */
export type SnmpUser = {
  readonly name: string
  readonly auth: { readonly protocol: (typeof AUTH)[number]; readonly key: string }
  readonly priv?: { readonly protocol: (typeof PRIV)[number]; readonly key: string }
}

/**
 * `host`, `port`; then either `community` (a secret; SNMPv2c), or `user` with `auth` and optionally `priv`, each
 * `{ "protocol", "password" }` (SNMPv3). MD5 and DES are not offered.
 */
export const snmpFromOptions = (options: Options): SnmpTarget => {
  const host = options.text("host")
  const port = options.integer("port", { lo: 1, hi: 65_535, default: 161 })
  const name = options.optionalText("user")
  if (name !== undefined) return { host, port, user: userFromOptions(name, options) }
  return { host, port, community: options.secret("community") }
}

const userFromOptions = (name: string, options: Options): SnmpUser => {
  const own = options.object("auth") ?? options.fail("auth", 'must be { "protocol", "password" }')
  const auth = { protocol: own.choice("protocol", AUTH), key: keyFromOptions(own) }
  const secret = options.object("priv")
  if (!secret) return { name, auth }
  return { name, auth, priv: { protocol: secret.choice("protocol", PRIV), key: keyFromOptions(secret) } }
}

/** RFC 3414, section 11.2: passwords have at least 8 characters. */
const keyFromOptions = (options: Options): string => {
  const key = options.secret("password")
  options.end()
  return key.length >= 8 ? key : options.fail("password", "must have at least 8 characters")
}

/** What an agent answered, by OID: integers, and texts. */
export type Answers = ReadonlyMap<string, bigint | string>

const RETRIES = 2
const TIMEOUT_MS = 500
/** Objects of one question: the answer fits one packet of any agent. */
const AT_ONCE = 32

/** One agent; its socket is opened at the first question and again after an error. */
export class SnmpClient {
  readonly #source: string
  readonly #target: SnmpTarget
  #opened: { readonly snmp: Snmp; readonly session: Session } | undefined

  constructor(source: string, target: SnmpTarget) {
    this.#source = source
    this.#target = target
  }

  /** Integers and texts by OID; those that the agent does not have are absent. */
  async get(oids: readonly string[], signal: AbortSignal): Promise<Answers> {
    const values = new Map<string, bigint | string>()
    for (let at = 0; at < oids.length; at += AT_ONCE) {
      this.#opened ??= await this.#open()
      const { snmp } = this.#opened
      for (const varbind of await this.#ask(this.#opened.session, oids.slice(at, at + AT_ONCE), signal)) {
        if (!snmp.isVarbindError(varbind)) values.set(varbind.oid, this.#value(snmp, varbind))
      }
    }
    return values
  }

  close(): void {
    this.#opened?.session.close()
    this.#opened = undefined
  }

  async #ask(session: Session, oids: readonly string[], signal: AbortSignal): Promise<readonly Varbind[]> {
    try {
      return await new Promise<readonly Varbind[]>((resolve, reject) => {
        const abort = () => reject(new SourceError(this.#source, "timeout", "read was cut off"))
        signal.addEventListener("abort", abort, { once: true })
        session.on("error", reject)
        session.get(oids, (error, varbinds) => {
          signal.removeEventListener("abort", abort)
          session.off("error", reject)
          if (error) reject(error)
          else resolve(varbinds)
        })
      })
    } catch (error) {
      this.close()
      throw fault(this.#source, error)
    }
  }

  async #open(): Promise<{ snmp: Snmp; session: Session }> {
    const { default: snmp } = await import("net-snmp")
    const { host, port, community, user } = this.#target
    const transport = isIPv6(host) ? ("udp6" as const) : ("udp4" as const)
    const common = { port, retries: RETRIES, timeout: TIMEOUT_MS, transport }
    const session = user
      ? snmp.createV3Session(host, toUser(snmp, user), { ...common, version: snmp.Version3 })
      : snmp.createSession(host, community ?? "", { ...common, version: snmp.Version2c })
    // An error between two questions, such as a broken packet, must not end the process.
    session.on("error", () => this.close())
    return { snmp, session }
  }

  /** Integers of up to 32 bits come as numbers, Counter64 as bytes. A text of digits is neither. */
  #value(snmp: Snmp, { oid, type, value }: Varbind): bigint | string {
    const { Counter64, OctetString, Opaque } = snmp.ObjectType
    if (type === Counter64 && Buffer.isBuffer(value) && value.length > 0) return BigInt(`0x${value.toString("hex")}`)
    if (type === OctetString && Buffer.isBuffer(value)) return value.toString("latin1")
    if (type !== OctetString && type !== Opaque && Number.isInteger(value)) return BigInt(value as number)
    throw new SourceError(this.#source, "malformed", `${oid} is neither an integer nor a text`)
  }
}

const toUser = ({ AuthProtocols, PrivProtocols, SecurityLevel }: Snmp, { name, auth, priv }: SnmpUser): User => ({
  name,
  level: priv ? SecurityLevel.authPriv : SecurityLevel.authNoPriv,
  authProtocol: AuthProtocols[auth.protocol],
  authKey: auth.key,
  ...(priv && { privProtocol: PrivProtocols[priv.protocol], privKey: priv.key }),
})

/** An agent answers nothing at all to a wrong community, so that fault can only be a timeout. */
const fault = (source: string, error: unknown): unknown => {
  if (!(error instanceof Error) || error instanceof SourceError) return error
  if (error.name === "RequestTimedOutError")
    return new SourceError(source, "timeout", "the agent does not answer (a wrong community is not answered either)")
  const refused = /Wrong Digest|Unknown User|Unsupported Security|Decryption|authorizationError|noAccess/i
  if (refused.test(error.message)) return new SourceError(source, "denied", error.message)
  if (error.name === "ResponseInvalidError") return new SourceError(source, "malformed", error.message)
  return error
}
