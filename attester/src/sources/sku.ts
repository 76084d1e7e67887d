import type { SensorValue } from "./source.ts"

/** A board's name as its driver gives it, for its values; nothing where it gives none. */
export const skuOf = (name: string | null): Pick<SensorValue, "sku"> =>
  name === null || name.trim() === "" ? {} : { sku: name.trim() }
