import { CHANNELS, type Hex } from "@wattest/protocol"
import { field } from "../net/json.ts"
import { ConfigError, type Options } from "../options.ts"
import type { Plate } from "../source.ts"

type Way = Pick<Plate, "channel" | "fingerprint">

const LOOPBACK = /^(?:localhost|127(?:\.[0-9]{1,3}){3}|\[?::1\]?)$/i

/** Kinds that read what a program of this host writes or posts. */
const FED_BY_PROGRAMS: readonly unknown[] = ["csv", "otlp"]

const isText = (value: unknown): value is string => typeof value === "string"

/** The host that a configuration reads from, and whether it says who that is; null for a driver or wire of its own. */
function peerOf(config: unknown): { readonly host: string; readonly pinned: string | null } | null {
  const [url, host] = [field(config, "url"), field(config, "host")]
  if (isText(url) && URL.canParse(url)) {
    const { protocol, hostname } = new URL(url)
    const pinned = field(field(config, "tls"), "fingerprint")
    return { host: hostname, pinned: protocol === "https:" && isText(pinned) ? pinned : null }
  }
  return isText(host) ? { host, pinned: null } : null
}

/** How values come by this configuration. Whoever is not pinned could be anybody near the wire. */
function wayOf(config: unknown): Way {
  const peer = peerOf(config)
  if (peer === null) return { channel: FED_BY_PROGRAMS.includes(field(config, "kind")) ? "loopback" : "wired" }
  if (LOOPBACK.test(peer.host)) return { channel: "loopback" }
  if (peer.pinned === null) return { channel: "open" }
  return { channel: "authenticated", fingerprint: `0x${peer.pinned.replaceAll(":", "").toLowerCase()}` }
}

function fingerprintOf(plate: Options): Hex {
  const text = plate.text("fingerprint").replaceAll(":", "").toLowerCase()
  if (!/^(?:[0-9a-f]{2}){1,32}$/.test(text)) plate.fail("fingerprint", "must be at most 32 bytes in hexadecimal")
  return `0x${text}`
}

/**
 * `plate`: `{ "serial"?, "accuracyClass"?, "channel"?, "fingerprint"? }`, what nobody can see from here. The channel
 * follows from where the source reads unless it is stated. Throws ConfigError.
 */
export function plateFromOptions(options: Options, config: unknown): Plate {
  const plate = options.object("plate")
  const way = wayOf(config)
  if (plate === undefined) return { serial: "", accuracyClass: "", ...way }
  const channel = plate.has("channel") ? plate.choice("channel", CHANNELS) : way.channel
  const stated = plate.has("fingerprint") ? fingerprintOf(plate) : way.fingerprint
  const read = { serial: plate.optionalText("serial") ?? "", accuracyClass: plate.optionalText("accuracyClass") ?? "" }
  if (read.serial.length > 128 || read.accuracyClass.length > 64)
    plate.fail("serial", "has at most 128 characters, an accuracy class 64")
  plate.end()
  if (channel !== "authenticated") return { ...read, channel }
  if (stated === undefined)
    throw new ConfigError(`${plate.path}.fingerprint: an authenticated channel names its peer: key digest or engine id`)
  return { ...read, channel, fingerprint: stated }
}
