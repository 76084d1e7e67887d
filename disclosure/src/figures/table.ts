import type { Profile } from "@wattest/protocol"
import { parseExact, times } from "../exact/exact.ts"
import { type Amount, none, nothing, passes, quotient, total } from "./amount.ts"
import { locationBased } from "./carbon.ts"
import { DOWNSTREAM, primaryShare, scope3, scope3Of, UPSTREAM, valueChain } from "./chain.ts"
import { claimed } from "./claimed.ts"
import { declared } from "./declared.ts"
import { byIso, bySource, fugitive, ofGroup, outsideGroup, transport } from "./disaggregated.ts"
import { contradiction, electricity, itEnergy, reused, water } from "./energy.ts"
import { primaryData, unitEmissions, unitEnergy, useOf } from "./footprint.ts"
import { backed, bundledEmissions, consolidated, marketBased, matched, mixOf } from "./market.ts"
import { accelerators, duration, emissionsPerWork, energyPerWork, work } from "./product.ts"
import { scope1 } from "./scope1.ts"
import { type UnitKind, unitOf } from "./units.ts"
import type { World } from "./world.ts"

/** A number that mappings can name: what it is a number of, and how it is come by. */
export type Figure = { readonly kind: UnitKind; readonly of: (world: World) => Amount }

const figure = (kind: UnitKind, of: (world: World) => Amount): Figure => ({ kind, of })
const own = (kind: UnitKind, of: (world: World) => Amount): Figure =>
  figure(kind, (world) => consolidated(world, of(world)))
const said = (name: string, kind: UnitKind): Figure => own(kind, (world) => declared(world, name, kind))

const FOSSIL_FUELS = ["fuel.coal", "fuel.oil", "fuel.gas", "fuel.other-fossil"] as const
const fuels = (world: World, names: readonly string[]) => total(names.map((name) => declared(world, name, "energy")))
const generated = (world: World) => declared(world, "self-generated", "energy")
const allGenerated = (world: World) =>
  total([generated(world), declared(world, "self-generated.non-renewable", "energy")])

const fossil = (world: World) => total([fuels(world, FOSSIL_FUELS), mixOf(world, "fossil")])
const renewable = (world: World) =>
  total([fuels(world, ["fuel.renewable"]), mixOf(world, "renewable"), generated(world)])
const nuclear = (world: World) => mixOf(world, "nuclear")
const allFuels = (world: World) => fuels(world, [...FOSSIL_FUELS, "fuel.renewable"])
/** With what the entity generates of no fuel that counts beside it, as from waste heat. */
const consumedEnergy = (world: World) => total([electricity(world), allFuels(world), allGenerated(world)])
const allEnergy = (world: World) => total([electricity(world), allFuels(world), generated(world)])
/** A part of a whole: where it is more than that, one of both is wrong, and no share is stated. */
const share = (part: (world: World) => Amount, whole: (world: World) => Amount, name: string): Figure =>
  figure("quotient", (world) => {
    const [a, b] = [part(world), whole(world)]
    return passes(a, b) ? nothing(`numbers that agree: a part of ${name} is more than all of it`) : quotient(a, b, name)
  })

const money = (name: string) => (world: World) => declared(world, name, "money")
const revenue = money("net-revenue")
/** What a number is for each unit of net revenue. Both sides are of the whole entity, or of its share. */
const perRevenue = (kind: UnitKind, of: (world: World) => Amount, revenueOf = revenue): Figure =>
  figure(kind, (world) =>
    quotient(consolidated(world, of(world)), consolidated(world, revenueOf(world)), "net revenue"),
  )

const scope12 = (scope2: (world: World) => Amount) => (world: World) => total([scope1(world), scope2(world)])
const allScopes = (scope2: (world: World) => Amount) => (world: World) =>
  total([scope1(world), scope2(world), scope3(world)])

/** A quotient by IT energy: of claims where nothing else is known, and of nothing where meters contradict each other. */
function byIt(part: (world: World) => Amount, metric: "pue" | "wue"): (world: World) => Amount {
  return (world) => {
    const [it, all] = [itEnergy(world), electricity(world)]
    const fault = contradiction(it, all)
    if (fault !== null) return nothing(fault)
    const value = quotient(part(world), it, "IT energy")
    const site = world.subject.kind === "site" ? world.subject.name : null
    return value.value === null ? (claimed(world, metric, site) ?? value) : value
  }
}

const isGoo = ({ kind }: Profile["instruments"][number]) => kind !== "ppa"
const isRenewable = ({ source }: Profile["instruments"][number]) =>
  ["wind", "solar", "hydro", "biomass", "geothermal", "marine"].includes(source)
const goo = (world: World) => backed(world, (one) => isGoo(one) && isRenewable(one))
const ppa = (world: World) => backed(world, (one) => !isGoo(one) && isRenewable(one))
const onSite = (world: World) => declared(world, "eres.on-site", "energy")
const eres = (world: World) => total([goo(world), ppa(world), onSite(world)])

type DataCentre = NonNullable<Profile["sites"][number]["dataCentre"]>
type Plate = { [K in keyof DataCentre]-?: DataCentre[K] extends string | null ? K : never }[keyof DataCentre]

/** What the profile says of a data centre, as a plate does. */
const plate = (name: Plate, kind: UnitKind, unit: string): Figure =>
  figure(kind, ({ profile, subject }) => {
    const site = profile.sites.find(({ id }) => subject.kind === "site" && id === subject.name)
    const [size, written] = [unitOf(kind, unit), parseExact(site?.dataCentre?.[name] ?? "")]
    if (size === null || written === null) return nothing(`${name} of the site's data centre, in the profile`)
    const piece = { kind: "profile", evidence: "declared", verdict: null, block: null, grade: "declared" } as const
    const value = times(written, size)
    return {
      ...nothing(),
      value,
      pieces: [{ ...piece, document: `profile: ${name} of ${site?.id}`, digest: null, quantity: value }],
    }
  })

/** Every number that a mapping can name. */
export const FIGURES = {
  electricity: own("energy", electricity),
  "energy.total": own("energy", allEnergy),
  "energy.it": own("energy", itEnergy),
  "energy.reused": own("energy", reused),
  "energy.fossil": own("energy", fossil),
  "energy.nuclear": own("energy", nuclear),
  "energy.renewable": own("energy", renewable),
  "energy.fuels": own("energy", allFuels),
  "fuels.fossil": own("energy", (world) => fuels(world, FOSSIL_FUELS)),
  "electricity.fossil": own("energy", (world) => mixOf(world, "fossil")),
  "electricity.nuclear": own("energy", nuclear),
  "electricity.non-renewable": own("energy", (world) => total([mixOf(world, "fossil"), mixOf(world, "nuclear")])),
  "electricity.renewable": own("energy", (world) => mixOf(world, "renewable")),
  "share.fossil": share(fossil, allEnergy, "energy"),
  "share.nuclear": share(nuclear, allEnergy, "energy"),
  "share.renewable": share(renewable, allEnergy, "energy"),
  "fuel.coal": said("fuel.coal", "energy"),
  "fuel.oil": said("fuel.oil", "energy"),
  "fuel.gas": said("fuel.gas", "energy"),
  "fuel.other-fossil": said("fuel.other-fossil", "energy"),
  "fuel.renewable": said("fuel.renewable", "energy"),
  "energy.consumed": own("energy", consumedEnergy),
  "self-generated": said("self-generated", "energy"),
  "self-generated.non-renewable": said("self-generated.non-renewable", "energy"),
  "self-generated.all": own("energy", allGenerated),
  "produced.non-renewable": said("produced.non-renewable", "energy"),
  "produced.renewable": said("produced.renewable", "energy"),
  scope1: own("emissions", scope1),
  "scope2.location": own("emissions", locationBased),
  "scope2.market": own("emissions", marketBased),
  "scope1.ets": share((world) => declared(world, "scope1.ets", "emissions"), scope1, "Scope 1"),
  "biogenic.scope1": said("biogenic.scope1", "emissions"),
  "biogenic.scope2": said("biogenic.scope2", "emissions"),
  "biogenic.scope3": said("biogenic.scope3", "emissions"),
  "scope2.market.bundled": share(bundledEmissions, marketBased, "market-based Scope 2"),
  "scope3.total": own("emissions", scope3),
  "scope3.1.1": own("emissions", (world) => valueChain(world, "1.1")),
  "scope3.11": own("emissions", (world) => valueChain(world, "11")),
  "scope3.primary": figure("quotient", primaryShare),
  "scope1.group": own("emissions", ofGroup(scope1)),
  "scope1.fugitive": own("emissions", fugitive),
  "scope1.by-source": figure("emissions", bySource),
  "scope2.location.group": own("emissions", ofGroup(locationBased)),
  "scope2.market.group": own("emissions", ofGroup(marketBased)),
  "scope12.outside-group": figure("emissions", outsideGroup),
  /** With what suppliers of 1.1 metered, which is a part of category 1. */
  "scope3.category-1": own("emissions", (world) => scope3Of(world, ["1.1", "1"])),
  "scope3.2": said("scope3.2", "emissions"),
  "scope3.3": said("scope3.3", "emissions"),
  "scope3.4": said("scope3.4", "emissions"),
  "scope3.5": said("scope3.5", "emissions"),
  "scope3.6": said("scope3.6", "emissions"),
  "scope3.7": said("scope3.7", "emissions"),
  "scope3.8": said("scope3.8", "emissions"),
  "scope3.9": said("scope3.9", "emissions"),
  "scope3.10": said("scope3.10", "emissions"),
  "scope3.12": said("scope3.12", "emissions"),
  "scope3.13": said("scope3.13", "emissions"),
  "scope3.14": said("scope3.14", "emissions"),
  "scope3.15": said("scope3.15", "emissions"),
  "scope3.upstream": own("emissions", (world) => scope3Of(world, UPSTREAM)),
  "scope3.downstream": own("emissions", (world) => scope3Of(world, DOWNSTREAM)),
  "scope3.iso-14064-1": figure("emissions", byIso),
  "scope123.transport": figure("emissions", transport),
  "scope12.location": own("emissions", scope12(locationBased)),
  "scope12.market": own("emissions", scope12(marketBased)),
  "scope123.location": own("emissions", allScopes(locationBased)),
  "scope123.market": own("emissions", allScopes(marketBased)),
  "net-revenue": figure("money", (world) => consolidated(world, revenue(world))),
  "net-revenue.high-impact": figure("money", (world) => consolidated(world, money("net-revenue.high-impact")(world))),
  "net-revenue.other": figure("money", (world) => consolidated(world, money("net-revenue.other")(world))),
  "net-revenue.unused": figure("money", (world) =>
    revenue(world).value === null ? revenue(world) : none("the intensities are of all net revenue"),
  ),
  "intensity.high-impact": perRevenue(
    "energy-per-money",
    (world) => declared(world, "energy.high-impact", "energy"),
    money("net-revenue.high-impact"),
  ),
  "intensity12.location": perRevenue("emissions-per-money", scope12(locationBased)),
  "intensity12.market": perRevenue("emissions-per-money", scope12(marketBased)),
  "intensity123.location": perRevenue("emissions-per-money", allScopes(locationBased)),
  "intensity123.market": perRevenue("emissions-per-money", allScopes(marketBased)),
  "instruments.share": share((world) => backed(world, () => true), electricity, "metered consumption"),
  "instruments.bundled": share((world) => backed(world, ({ bundled }) => bundled), electricity, "metered consumption"),
  "instruments.unbundled": share(
    (world) => backed(world, ({ bundled }) => !bundled),
    electricity,
    "metered consumption",
  ),
  "matched.hour": figure("quotient", (world) => matched(world, "hour")),
  "matched.day": figure("quotient", (world) => matched(world, "day")),
  "matched.year": figure("quotient", (world) => matched(world, "year")),
  "water.in": own("volume", water),
  "water.potable": said("water.potable", "volume"),
  "water.consumed": said("water.consumed", "volume"),
  "energy.backup": said("energy.backup", "energy"),
  "eres.total": figure("energy", eres),
  "eres.goo": figure("energy", goo),
  "eres.ppa": figure("energy", ppa),
  "eres.on-site": said("eres.on-site", "energy"),
  pue: figure("quotient", byIt(electricity, "pue")),
  wue: figure("volume-per-energy", byIt(water, "wue")),
  erf: share(reused, electricity, "energy"),
  ref: share(eres, electricity, "energy"),
  cue: figure("emissions-per-energy", (world) => quotient(locationBased(world), itEnergy(world), "IT energy")),
  work: figure("count", work),
  "energy.per-work": figure("energy-per-work", energyPerWork),
  "emissions.per-work": figure("emissions-per-work", emissionsPerWork),
  /** Nobody meters operations: the entity's word for the job of that name, as `compute.JOB`. */
  "job.compute": figure("operations", (world) => declared(world, `compute.${world.subject.name}`, "operations")),
  "product.emissions": figure("emissions", unitEmissions),
  "product.energy": figure("energy", unitEnergy),
  "product.primary": figure("quotient", primaryData),
  "use.emissions": figure("emissions", (world) => unitEmissions(useOf(world))),
  "use.energy": figure("energy", (world) => unitEnergy(useOf(world))),
  "use.primary": figure("quotient", (world) => primaryData(useOf(world))),
  duration: figure("time", duration),
  accelerators: figure("count", accelerators),
  "capacity.servers": said("capacity.servers", "count"),
  "capacity.storage": said("capacity.storage", "data"),
  "traffic.in": said("traffic.in", "data"),
  "traffic.out": said("traffic.out", "data"),
  "bandwidth.in": said("bandwidth.in", "bandwidth"),
  "bandwidth.out": said("bandwidth.out", "bandwidth"),
  "site.battery": plate("batteryKilowattHours", "energy", "kWh"),
  "site.installed-it": plate("installedItKilowatts", "power", "kW"),
  "site.floor": plate("floorSquareMetres", "area", "m2"),
  "site.computer-room": plate("computerRoomSquareMetres", "area", "m2"),
  "site.intake": plate("intakeCelsius", "temperature", "degC"),
  "site.waste-heat": plate("wasteHeatCelsius", "temperature", "degC"),
  "site.cooling-degree-days": plate("coolingDegreeDays", "temperature", "degCd"),
} as const satisfies { readonly [name: string]: Figure }

export type FigureName = keyof typeof FIGURES
export const isFigureName = (name: string): name is FigureName => Object.hasOwn(FIGURES, name)
