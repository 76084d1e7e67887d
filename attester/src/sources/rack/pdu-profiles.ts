import { apc, apcFirst } from "./makers/apc.ts"
import { cyberPower, cyberPowerFirst } from "./makers/cyberpower.ts"
import { eaton } from "./makers/eaton.ts"
import { raritan } from "./makers/raritan.ts"
import { sentry3, sentry4 } from "./makers/server-technology.ts"
import { ups } from "./makers/ups.ts"
import { vertiv } from "./makers/vertiv.ts"
import type { PduProfile } from "./pdu-objects.ts"

/** The makers' object trees that are known, by the names that a configuration writes. */
const PROFILES: ReadonlyMap<string, PduProfile> = new Map([
  ["apc", apc],
  ["apc-rpdu", apcFirst],
  ["raritan", raritan],
  ["sentry3", sentry3],
  ["sentry4", sentry4],
  ["eaton", eaton],
  ["vertiv", vertiv],
  ["cyberpower", cyberPower],
  ["cyberpower-epdu", cyberPowerFirst],
  ["ups", ups],
])

export const PDU_PROFILE_NAMES: readonly string[] = [...PROFILES.keys()]

/** A profile by its name; undefined where there is none of it. */
export const pduProfile = (name: string): PduProfile | undefined => PROFILES.get(name)
