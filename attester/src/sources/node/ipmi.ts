import { accuracy } from "../accuracy.ts"
import { toDecimal } from "../decimal.ts"
import { type Meter, meterFromOptions } from "../meter.ts"
import { runCommand } from "../net/command.ts"
import type { Options } from "../options.ts"
import { type SensorValue, type Source, SourceError } from "../source.ts"

export type IpmiOptions = {
  readonly id: string
  readonly periodMs: number
  readonly command: string
  /** Absent: this machine's own BMC through /dev/ipmi0. */
  readonly remote?: IpmiRemote
  readonly meter: Meter
}

export type IpmiRemote = {
  readonly host: string
  readonly port: number
  readonly user: string
  readonly password: string
  readonly privilege: string
  readonly cipher: number
}

const ACCURACY = accuracy({
  gainLimit: 0.05,
  step: 1,
  updateMs: 1000,
  origin: "whole watts; gain not stated by DCMI, assumed",
})

/** `command`; `host`, `port`, `user`, `password` (a secret), `privilege`, `cipher` for a remote BMC; and the meter. */
export const ipmiFromOptions = (id: string, periodMs: number, options: Options): Source => {
  const command = options.text("command", "ipmitool")
  const host = options.optionalText("host")
  const remote = host === undefined ? {} : { remote: remoteFromOptions(host, options) }
  return createIpmi({ id, periodMs, command, ...remote, meter: meterFromOptions(options, "node", ACCURACY) })
}

const remoteFromOptions = (host: string, options: Options): IpmiRemote => {
  // ipmitool would take a leading dash for an option.
  if (!/^[A-Za-z0-9[][A-Za-z0-9.:_\]-]*$/.test(host)) options.fail("host", "must be a host name or address")
  return {
    host,
    port: options.integer("port", { lo: 1, hi: 65_535, default: 623 }),
    user: options.text("user"),
    password: passwordFromOptions(options),
    privilege: options.choice("privilege", ["USER", "OPERATOR", "ADMINISTRATOR"], "USER"),
    cipher: options.integer("cipher", { lo: 1, hi: 17, default: 17 }),
  }
}

/** IPMI 2.0 has room for 20 bytes. */
const passwordFromOptions = (options: Options): string => {
  const password = options.secret("password")
  return Buffer.byteLength(password) <= 20 ? password : options.fail("password", "must be at most 20 bytes")
}

/** A server's power by DCMI's "Get Power Reading" (DCMI 1.5, section 6.6.1), asked through ipmitool. */
export const createIpmi = ({ id, periodMs, command, remote, meter }: IpmiOptions): Source => ({
  id,
  periodMs,
  close: async () => {},
  read: async (signal) => {
    const args = [...(remote ? remoteArguments(remote) : ["-I", "open"]), "-v", "dcmi", "power", "reading"]
    const env = remote ? { IPMI_PASSWORD: remote.password } : {}
    const output = await runCommand(command, args, { source: id, signal, env }).catch((error: unknown) => {
      throw refine(id, error)
    })
    return parsePowerReading(id, output, meter)
  },
})

/** IPMI 2.0 only: version 1.5 sends passwords that anybody on the network can read. */
const remoteArguments = ({ host, port, user, privilege, cipher }: IpmiRemote): string[] => [
  ...["-I", "lanplus", "-H", host, "-p", String(port), "-U", user, "-E"],
  ...["-L", privilege, "-C", String(cipher), "-N", "1", "-R", "2"],
]

const REFUSED = /RAKP 2|Insufficient privilege|unauthorized name|invalid authentication algorithm/
const UNREACHABLE = /Unable to establish|Could not open device/
const UNSUPPORTED = /DCMI request failed because: (Invalid command|Command not supported)/

/** What ipmitool says, as a fault: it ends with 1 for everything. */
const refine = (id: string, error: unknown): unknown => {
  if (!(error instanceof SourceError) || error.fault !== "failed") return error
  const text = error.detail
  const fault = REFUSED.test(text)
    ? "denied"
    : UNREACHABLE.test(text)
      ? "missing"
      : UNSUPPORTED.test(text)
        ? "unsupported"
        : "failed"
  return new SourceError(id, fault, text)
}

/**
 * The answer of `ipmitool dcmi power reading`. Only the present power is used: the mean's window is whatever the BMC
 * chose, often the time since its last reset. Throws `unsupported` when the BMC says that it does not measure now.
 */
export const parsePowerReading = (id: string, output: string, meter: Meter): SensorValue[] => {
  const fields = new Map(output.split("\n").flatMap(splitField))
  const state = fields.get("Power reading state")
  if (state !== undefined && state !== "activated")
    throw new SourceError(id, "unsupported", `power reading is ${state}`)
  const watts = /^(\d+) Watts$/.exec(fields.get("Instantaneous power reading") ?? "")?.[1]
  const value = watts === undefined ? null : toDecimal(watts)
  if (value === null || state === undefined) throw new SourceError(id, "malformed", "ipmitool gave no power reading")
  const common = { surface: "ipmi-dcmi", quantity: "power", unit: "W", timeMs: Date.now() } as const
  return [{ sensor: "dcmi/power", value, ...common, ...meter }]
}

/** `Name:  value` or `Name is:  value`. */
const splitField = (line: string): [string, string][] => {
  const colon = line.indexOf(":")
  return colon < 0 ? [] : [[line.slice(0, colon).trim().replace(/ is$/, ""), line.slice(colon + 1).trim()]]
}
