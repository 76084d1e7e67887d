import type { Instrument } from "@wattest/protocol"
import { ms } from "./scene.ts"

export const seconds = (text: string) => ms(text) / 1000
export const between = (from: string, to: string) => ({ from: seconds(from), to: seconds(to) })

/** An hour of June. */
export const HOUR = between("2026-06-01T00:00:00Z", "2026-06-01T01:00:00Z")

/** 40 MWh of wind in that hour, cancelled for the entity, unless a test says otherwise. */
export const wind = (given: Partial<Instrument> = {}): Instrument => ({
  ...{ id: "a", kind: "granular-certificate", registry: "R", reference: "a", range: null, zone: "CH", source: "wind" },
  ...{ energyWattHours: 40_000_000n, ...HOUR, kilogramsPerMegawattHour: "0", status: "cancelled" },
  ...{ beneficiary: "Example Compute AG", bundled: false, document: null },
  ...given,
})
