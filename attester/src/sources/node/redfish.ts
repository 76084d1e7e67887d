import { readFileSync } from "node:fs"
import { accuracy } from "../accuracy.ts"
import { type Meter, meterFromOptions } from "../meter.ts"
import { trustFromOptions } from "../net/http.ts"
import { field, list } from "../net/json.ts"
import type { Options } from "../options.ts"
import { skuOf } from "../sku.ts"
import { type SensorValue, type Source, SourceError } from "../source.ts"
import { RedfishClient, type RedfishLogin, type RedfishTarget } from "./redfish-client.ts"
import { withIdentity } from "./redfish-identity.ts"
import { type Link, readEnvironment, readPower, readSupply } from "./redfish-resources.ts"
import { readSensors } from "./redfish-sensors.ts"

const RESOURCES = ["environment", "power", "supplies", "sensors"] as const
type Resource = (typeof RESOURCES)[number]

export type RedfishOptions = {
  readonly id: string
  readonly periodMs: number
  readonly target: RedfishTarget
  /** `Id` of each chassis to read; several add up. */
  readonly chassis: readonly string[]
  readonly resources: readonly Resource[]
  /** Ids of the sensors to read when `resources` has `sensors`; empty: every sensor that has a known quantity. */
  readonly sensors: readonly string[]
  readonly meter: Meter
}

const ACCURACY = accuracy({ gainLimit: 0.05, step: 1, updateMs: 1000, origin: "assumed: the BMC states no accuracy" })

/**
 * `url`, `chassis` (one, or a list that adds up), `resources` (default environment, power), `sensors`, `user` and `password` (a secret), `auth`
 * session or basic, `tls`, and what is known of the meter.
 */
export const redfishFromOptions = (id: string, periodMs: number, options: Options): Source => {
  const target: RedfishTarget = {
    url: options.url("url"),
    trust: trustFromOptions(options, (path) => readFileSync(path, "utf8")),
    ...loginFromOptions(options),
  }
  const resources = options.texts("resources", RESOURCES, ["environment", "power"])
  const sensors = options.texts("sensors", undefined, [])
  if (sensors.length > 0 && !resources.includes("sensors")) options.fail("sensors", 'needs "sensors" among resources')
  const chassis = [...new Set(options.textOrTexts("chassis"))]
  if (chassis.length === 0) options.fail("chassis", "must name at least one")
  return createRedfish({
    id,
    periodMs,
    target,
    resources,
    sensors,
    chassis,
    meter: meterFromOptions(options, "node", ACCURACY),
  })
}

const loginFromOptions = (options: Options): { login?: RedfishLogin } => {
  const scheme = options.choice("auth", ["session", "basic"], "session")
  const user = options.optionalText("user")
  return user === undefined ? {} : { login: { user, password: options.secret("password"), scheme } }
}

/** A server's own power and energy as its BMC offers them over Redfish. */
export const createRedfish = (options: RedfishOptions): Source => {
  const { id, periodMs } = options
  const client = new RedfishClient(id, options.target)
  return {
    id,
    periodMs,
    read: (signal) => readAll(client, options, signal),
    close: () => client.close(AbortSignal.timeout(2000)).catch(() => {}),
  }
}

/** What is read of one chassis. */
type ChassisOptions = Omit<RedfishOptions, "chassis"> & { readonly chassis: string }

/** Every chassis in turn, as a BMC likes it; one that is lost is a fault beside the values of the others. */
async function readAll(
  client: RedfishClient,
  options: RedfishOptions,
  signal: AbortSignal,
): Promise<readonly SensorValue[]> {
  const [only, ...more] = options.chassis
  if (only !== undefined && more.length === 0) return readChassis(client, { ...options, chassis: only }, signal)
  const [values, faults]: [SensorValue[], SourceError[]] = [[], []]
  for (const chassis of options.chassis) {
    try {
      const own = await readChassis(client, { ...options, chassis }, signal)
      values.push(...own.map((value) => inChassis(chassis, value)))
    } catch (error) {
      // What is wrong with the BMC is wrong with all of them.
      if (!(error instanceof SourceError) || !["missing", "unsupported"].includes(error.fault)) throw error
      faults.push(error)
    }
  }
  const [first] = faults
  if (first === undefined) return values
  throw new SourceError(options.id, first.fault, faults.map(({ detail }) => detail).join("; "), values)
}

/** A value of one of several chassis: its whole is a part of the source, by the chassis' name. */
const inChassis = (chassis: string, value: SensorValue): SensorValue => ({
  ...value,
  sensor: `${chassis}/${value.sensor}`,
  part: value.part === undefined || value.part === chassis ? chassis : `${chassis}/${value.part}`,
})

const readChassis = async (
  client: RedfishClient,
  options: ChassisOptions,
  signal: AbortSignal,
): Promise<readonly SensorValue[]> => {
  const root = `/redfish/v1/Chassis/${encodeURIComponent(options.chassis)}`
  const chassis = await client.get(root, signal)
  if (chassis === null) throw new SourceError(options.id, "missing", `the BMC has no chassis ${options.chassis}`)
  const get = (link: Link) => (link === null ? Promise.resolve(null) : client.get(link, signal))
  const byResource: (readonly SensorValue[])[] = []
  for (const resource of RESOURCES.filter((known) => options.resources.includes(known)))
    byResource.push(await READERS[resource](chassis, get, options))
  const values = ofOneWhole(byResource, options)
  if (values.length === 0)
    throw new SourceError(options.id, "unsupported", `chassis ${options.chassis} offers no known value`)
  const named = withIdentity(chassis, values, { name: options.chassis, isNamed: options.sensors.length > 0 })
  return options.meter.covers === "accelerator" ? named.map((value) => ({ ...value, ...boardOf(chassis) })) : named
}

/** A chassis that is one board is called by the board's model. */
const boardOf = (chassis: unknown) => {
  const model = field(chassis, "Model")
  return skuOf(typeof model === "string" ? model : null)
}

const isEnergy = ({ quantity }: SensorValue): boolean => quantity === "power" || quantity === "energy"

/**
 * Several resources show one chassis: its whole is taken from the first that has it, and from none that says 0 where
 * another does not. A chassis of a board is a part, by its own name.
 */
function ofOneWhole(
  byResource: readonly (readonly SensorValue[])[],
  { meter, chassis }: ChassisOptions,
): readonly SensorValue[] {
  const isWhole = (value: SensorValue) => isEnergy(value) && value.part === undefined && value.covers === meter.covers
  const wholes = (["power", "energy"] as const).flatMap((quantity) => {
    const ranked = byResource.map((values) => values.filter((value) => isWhole(value) && value.quantity === quantity))
    const isSaid = (own: readonly SensorValue[]) => own.some(({ value }) => Number(value) > 0)
    return ranked.find(isSaid) ?? ranked.find((own) => own.length > 0) ?? []
  })
  const isOne = new Set(wholes.map(({ quantity }) => quantity)).size === wholes.length
  const part = meter.covers === "accelerator" && isOne ? { part: chassis } : {}
  return [...wholes.map((value) => ({ ...value, ...part })), ...byResource.flat().filter((value) => !isWhole(value))]
}

type Get = (link: Link) => Promise<unknown>
type Reader = (chassis: unknown, get: Get, options: ChassisOptions) => Promise<SensorValue[]>

const READERS: Record<Resource, Reader> = {
  environment: async (chassis, get, { meter }) =>
    readEnvironment(await get(link(chassis, "EnvironmentMetrics")), meter),
  power: async (chassis, get, { meter }) => readPower(await get(link(chassis, "Power")), meter),
  supplies: async (chassis, get, { meter }) => {
    const subsystem = await get(link(chassis, "PowerSubsystem"))
    const values: SensorValue[] = []
    for (const member of members(await get(link(subsystem, "PowerSupplies")))) {
      const supply = await get(member)
      values.push(...readSupply(field(supply, "Id"), await get(link(supply, "Metrics")), meter))
    }
    return values
  },
  sensors: async (chassis, get, { meter, sensors }) => {
    const isNamed = sensors.length > 0
    const found: unknown[] = []
    for (const member of members(await get(link(chassis, "Sensors")))) {
      const wanted = !isNamed || sensors.some((sensor) => member.endsWith(`/${encodeURIComponent(sensor)}`))
      if (wanted) found.push(await get(member))
    }
    return readSensors(found, { meter, isNamed })
  },
}

const link = (resource: unknown, name: string): Link => {
  const target = field(field(resource, name), "@odata.id")
  return typeof target === "string" ? target : null
}

/** A collection's members; at most 512 are followed. */
const members = (collection: unknown): string[] =>
  list(field(collection, "Members"))
    .slice(0, 512)
    .flatMap((member) => link({ member }, "member") ?? [])
