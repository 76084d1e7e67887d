/** The part of net-snmp 3 that is used; the package brings no types of its own. */
declare module "net-snmp" {
  import type { EventEmitter } from "node:events"

  type Varbind = { readonly oid: string; readonly type: number; readonly value: unknown }
  type Session = EventEmitter & {
    get(oids: readonly string[], done: (error: Error | null, varbinds: readonly Varbind[]) => void): void
    close(): void
  }
  type SessionOptions = { version: number; port: number; retries: number; timeout: number; transport: "udp4" | "udp6" }
  type User = {
    name: string
    level: number
    authProtocol?: number
    authKey?: string
    privProtocol?: number
    privKey?: string
  }

  type Snmp = {
    createSession(host: string, community: string, options: SessionOptions): Session
    createV3Session(host: string, user: User, options: SessionOptions): Session
    isVarbindError(varbind: Varbind): boolean
    ObjectType: { Counter64: number; OctetString: number; Opaque: number }
    Version2c: number
    Version3: number
    SecurityLevel: { noAuthNoPriv: number; authNoPriv: number; authPriv: number }
    AuthProtocols: Record<"sha" | "sha224" | "sha256" | "sha384" | "sha512", number>
    PrivProtocols: Record<"aes" | "aes256b" | "aes256r", number>
  }
  const snmp: Snmp
  export default snmp
  export type { Session, Snmp, User, Varbind }
}
