import { CommandError } from "@wattest/command"
import {
  type Hex,
  type MeteredSensor,
  VOUCH_TYPE,
  VOUCHED_ROLES,
  type VouchDocument,
  type VouchedSensor,
  vouchDigest,
} from "@wattest/protocol"
import type { AgentConfig } from "../agent/config.ts"
import { planOf, settlePlan } from "../agent/opening.ts"
import type { KnownSensor } from "../agent/poller.ts"
import { cutName } from "../agent/reading.ts"
import { identityOf } from "../boundary/identity.ts"
import type { Known } from "../boundary/resolve.ts"
import { knownFrom } from "../commands/sources.ts"
import { checkSources } from "../sources/check.ts"

const TIMEOUT_MS = 60_000

type Vouched = VouchDocument["metering"][number]["role"]
type VouchedEntry = MeteredSensor & { readonly role: Vouched }

const isVouched = (entry: MeteredSensor): entry is VouchedEntry =>
  (VOUCHED_ROLES as readonly MeteredSensor["role"][]).includes(entry.role)

/** What tells this meter from every other; a slot is none of a board's own. */
function serialOf(sensor: KnownSensor, plate: string): string {
  const { kind, name } = identityOf(sensor)
  return kind === "uuid" || kind === "stated" ? cutName(name) : plate
}

function sensorOf(entry: MeteredSensor, found: KnownSensor, { sources, calibrations }: AgentConfig): VouchedSensor {
  const { reading, value } = found
  const source = sources.find(({ id }) => id === found.source)
  // What the operator states of parts that nothing meters comes with his configuration, by no way of its own.
  const plate = source?.plate ?? { serial: "", accuracyClass: "", channel: "wired" }
  return {
    id: entry.sensor,
    surface: reading.surface,
    quantity: reading.quantity,
    ...plate,
    serial: serialOf(found, plate.serial),
    ...(entry.wrapsAt === undefined ? {} : { wrapsAt: entry.wrapsAt }),
    ...(entry.ratingWatts === undefined ? {} : { ratingWatts: entry.ratingWatts }),
    ...(entry.periodMs === undefined ? {} : { periodMs: entry.periodMs }),
    calibrations: value.grade === "calibrated" ? calibrations.slice(0, 16) : [],
  }
}

/** Boards that show anything, by what their maker calls them. */
function acceleratorsOf(known: Known): VouchDocument["accelerators"] {
  const boards = [...known.values()].filter(({ value }) => value.covers === "accelerator" && value.part !== undefined)
  const skus = new Map(boards.map(({ value }) => [value.part ?? "", value.sku ?? ""]))
  const groups = Map.groupBy([...skus], ([, sku]) => sku)
  return [...groups].slice(0, 64).map(([sku, own]) => ({
    sku: cutName(sku),
    count: own.length,
    ids: own.slice(0, 1024).map(([id]) => cutName(id)),
  }))
}

/**
 * The vouch document of a device with these sensors, composed as its runs will be. Throws CommandError where one that
 * is configured gives nothing: a voucher cannot say what nobody saw.
 */
export function inventoryOf(
  config: AgentConfig,
  known: Known,
  about: Pick<VouchDocument, "device" | "validFrom" | "previous">,
): VouchDocument {
  const { boundary, composition, sources, share, site } = config
  const options = { boundary, composition, sources, share, vouch: null }
  const metering = planOf(known, settlePlan(known, options)).filter(isVouched)
  const silent = metering.filter(({ sensor }) => !known.has(sensor)).map(({ sensor }) => sensor)
  if (silent.length > 0)
    throw new CommandError(
      `the inventory is not whole: ${silent.join(", ")}`,
      "check what the sources give: wattest device sources check FILE",
    )
  const bySensor = new Map(metering.map((entry) => [entry.sensor, entry]))
  return {
    mediaType: VOUCH_TYPE,
    ...about,
    ...{ boundary, origin: "live", site },
    sensors: [...bySensor].flatMap(([sensor, entry]) => {
      const found = known.get(sensor)
      return found === undefined ? [] : [sensorOf(entry, found, config)]
    }),
    metering: metering.map(({ sensor, role, share: own }) => ({
      ...{ sensor, role },
      ...(own === undefined ? {} : { share: own }),
    })),
    accelerators: acceleratorsOf(known),
  }
}

/** Reads each source once, and closes them. Throws as {@link inventoryOf} does. */
export async function takeInventory(
  config: AgentConfig,
  { device, previous }: { readonly device: Hex; readonly previous: VouchDocument | null },
): Promise<VouchDocument> {
  try {
    const known = knownFrom(await checkSources(config.sources, AbortSignal.timeout(TIMEOUT_MS)))
    const validFrom = Math.floor(Date.now() / 1000)
    return inventoryOf(config, known, { device, validFrom, previous: previous && vouchDigest(previous) })
  } finally {
    await Promise.allSettled(config.sources.map((source) => source.close()))
  }
}
