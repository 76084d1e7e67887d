import { accuracy } from "../accuracy.ts"
import { multiplyDecimal, numberToDecimal, scaleByTen } from "../decimal.ts"
import { exchange, requireOk } from "../net/http.ts"
import { parseJson, pointTo } from "../net/json.ts"
import { ConfigError, type Options } from "../options.ts"
import { type SensorValue, type Source, SourceError } from "../source.ts"
import { checkAge, parseTime } from "./channels.ts"

/** A service of carbon intensities: how to ask it and where its answer holds the value and its time. */
type Service = {
  readonly url: URL
  readonly headers: (signal: AbortSignal) => Promise<Readonly<Record<string, string>>>
  readonly read: (answer: unknown) => { readonly sensor: string; readonly value: unknown; readonly time: unknown }
  /** From the service's unit to gCO2e/kWh, exactly: value · factor · 10^exponent. */
  readonly scale: readonly [factor: bigint, exponent: number]
  readonly surface: string
}

/** None of these services states an error; how far they lie apart for one hour suggests this. */
const ACCURACY = accuracy({ gainLimit: 0.1, origin: "assumed: estimates of the same grid differ by this much" })
const HOUR_MS = 3_600_000

const createCarbon = (id: string, periodMs: number, service: Service, maxAgeMs: number): Source => ({
  id,
  periodMs,
  close: async () => {},
  read: async (signal) => {
    const { url, scale, surface } = service
    const headers = { accept: "application/json", ...(await service.headers(signal)) }
    const answer = parseJson(id, requireOk(id, url, await exchange(id, { url, headers }, signal)))
    const { sensor, value: found, time } = service.read(answer)
    const raw = typeof found === "number" ? numberToDecimal(found) : null
    const timeMs = typeof time === "string" ? parseTime(time, "iso") : null
    if (raw === null || timeMs === null || raw.startsWith("-"))
      throw new SourceError(id, "malformed", "the answer has no carbon intensity with its time")
    checkAge(id, timeMs, maxAgeMs)
    const common = { surface, grade: "estimated", accuracy: ACCURACY, covers: "grid", timeMs } as const
    const value = scaleByTen(multiplyDecimal(raw, scale[0]), scale[1])
    return [{ sensor, quantity: "carbonIntensity", unit: "gCO2e/kWh", value, ...common } satisfies SensorValue]
  },
})

const baseUrl = (options: Options, usual: string): URL => (options.has("url") ? options.url("url") : new URL(usual))
const maxAge = (options: Options, hours: number): number =>
  options.integer("maxAgeMs", { lo: 60_000, hi: 1000 * HOUR_MS, default: hours * HOUR_MS })
const zoneText = (options: Options, name: string): string => {
  const zone = options.text(name)
  return /^[A-Za-z0-9_-]{1,40}$/.test(zone) ? zone : options.fail(name, "must be letters, digits, - and _")
}

/** Electricity Maps: `zone`, `token` (a secret). The mean intensity of consumption, life cycle, of the last hour. */
export const electricityMapsFromOptions = (id: string, periodMs: number, options: Options): Source => {
  const zone = zoneText(options, "zone")
  const token = options.secret("token")
  const url = new URL(`/v3/carbon-intensity/latest?zone=${zone}`, baseUrl(options, "https://api.electricitymaps.com"))
  const service: Service = {
    url,
    headers: async () => ({ "auth-token": token }),
    scale: [1n, 0],
    surface: "electricity-maps",
    read: (answer) => ({
      sensor: `${zone}/${pointTo(answer, "/isEstimated") === true ? "estimated" : "reported"}`,
      value: pointTo(answer, "/carbonIntensity"),
      time: pointTo(answer, "/datetime"),
    }),
  }
  return createCarbon(id, periodMs, service, maxAge(options, 24))
}

/** Great Britain by NESO, without account; `region`, 1 to 17, or the whole. Its "actual" is an estimate after the fact. */
export const nesoFromOptions = (id: string, periodMs: number, options: Options): Source => {
  const region = options.has("region") ? options.integer("region", { lo: 1, hi: 17 }) : null
  const path = region === null ? "/intensity" : `/regional/regionid/${region}`
  const slot = region === null ? "/data/0" : "/data/0/data/0"
  const service: Service = {
    url: new URL(path, baseUrl(options, "https://api.carbonintensity.org.uk")),
    headers: async () => ({}),
    scale: [1n, 0],
    surface: "neso",
    read: (answer) => {
      const actual = pointTo(answer, `${slot}/intensity/actual`)
      const known = typeof actual === "number"
      const value = known ? actual : pointTo(answer, `${slot}/intensity/forecast`)
      const sensor = `${region === null ? "GB" : `GB-${region}`}/${known ? "actual" : "forecast"}`
      return { sensor, value, time: pointTo(answer, `${slot}/from`) }
    },
  }
  return createCarbon(id, periodMs, service, maxAge(options, 3))
}

/**
 * WattTime: `region`, `user`, `password` (a secret), `signal`: co2_aoer, the mean rate, which the carbon register
 * wants, or co2_moer, the marginal rate, which answers another question.
 */
export const wattTimeFromOptions = (id: string, periodMs: number, options: Options): Source => {
  const region = zoneText(options, "region")
  const user = options.text("user")
  const password = options.secret("password")
  const kind = options.choice("signal", ["co2_aoer", "co2_moer"], "co2_aoer")
  const base = baseUrl(options, "https://api.watttime.org")
  if (base.protocol !== "https:" && base.hostname !== "127.0.0.1")
    throw new ConfigError(`${options.path}.url: must be https`)
  const login = createLogin(id, new URL("/login", base), user, password)
  const service: Service = {
    url: new URL(`/v3/forecast?region=${region}&signal_type=${kind}&horizon_hours=0`, base),
    headers: login,
    scale: POUNDS_PER_MWH,
    surface: "watttime",
    read: (answer) => {
      const units = pointTo(answer, "/meta/units")
      if (units !== "lbs_co2_per_mwh")
        throw new SourceError(id, "malformed", `WattTime answered in ${String(units).slice(0, 40)}`)
      return {
        sensor: `${region}/${kind}`,
        value: pointTo(answer, "/data/0/value"),
        time: pointTo(answer, "/data/0/point_time"),
      }
    },
  }
  return createCarbon(id, periodMs, service, maxAge(options, 3))
}

/** One lb/MWh is exactly 0.45359237 g/kWh. */
const POUNDS_PER_MWH = [45_359_237n, -8] as const

/** WattTime's tokens live for 30 minutes. */
const TOKEN_MS = 25 * 60_000

const createLogin = (id: string, url: URL, user: string, password: string): Service["headers"] => {
  let token: { readonly value: string; readonly until: number } | undefined
  return async (signal) => {
    if (!token || performance.now() > token.until) {
      const authorization = `Basic ${Buffer.from(`${user}:${password}`).toString("base64")}`
      const answer = parseJson(id, requireOk(id, url, await exchange(id, { url, headers: { authorization } }, signal)))
      const value = pointTo(answer, "/token")
      if (typeof value !== "string") throw new SourceError(id, "malformed", "WattTime's login gave no token")
      token = { value, until: performance.now() + TOKEN_MS }
    }
    return { authorization: `Bearer ${token.value}` }
  }
}
