import assert from "node:assert/strict"
import { JOULES, WATTS } from "@wattest/protocol"
import { createSource } from "../../../../attester/src/sources/create.ts"
import type { Quantity, SensorValue } from "../../../../attester/src/sources/source.ts"
import { only, readOnce, rejectsWith, requireAll } from "../bench.ts"
import { Snmpd, type SnmpObjects } from "./snmpd.ts"

const SENTRY = ".1.3.6.1.4.1.1718"
const VERTIV = ".1.3.6.1.4.1.21239.5.2.3"
const EATON = ".1.3.6.1.4.1.534.6.6.7"
const APC = ".1.3.6.1.4.1.318.1.1"
const CYBER = ".1.3.6.1.4.1.3808.1.1"
const UPS = ".1.3.6.1.2.1.33.1.4"

const integers = (tree: string, values: Record<string, number>): SnmpObjects =>
  Object.fromEntries(Object.entries(values).map(([oid, value]) => [`${tree}.${oid}`, ["integer", String(value)]]))
const gauges = (tree: string, values: Record<string, number>): SnmpObjects =>
  Object.fromEntries(Object.entries(values).map(([oid, value]) => [`${tree}.${oid}`, ["gauge", String(value)]]))
const text = (oid: string, value: string): SnmpObjects => ({ [oid]: ["string", value] })

/** Each maker's objects in its own scaling. Readings of Sentry3, Vertiv, Eaton and APC are published ones. */
const OBJECTS: SnmpObjects = {
  // Sentry3-MIB: tower 1 has three phases, tower 2 lacks the power of one.
  ...text(`${SENTRY}.3.2.1.1.6.1`, "ABEF0007"),
  ...integers(`${SENTRY}.3.2`, {
    "1.1.5.1": 3,
    "2.1.12.1.1": 994,
    "2.1.12.1.2": 387,
    "2.1.12.1.3": 661,
    "2.1.16.1.1": 41_230,
    "2.1.16.1.2": 18_005,
    "2.1.16.1.3": 30_100,
    "1.1.5.2": 3,
    "2.1.12.2.1": 94,
    "2.1.12.2.2": -1,
    "2.1.12.2.3": 518,
    "3.1.14.1.2.7": 120,
    "3.1.18.1.2.7": 5_400_321,
  }),
  // Sentry4-MIB: one cord of 4,850 W; its outlet counts in Wh, not in tenths of kWh.
  ...text(`${SENTRY}.4.1.2.2.1.4.1`, "AABBCCDD01"),
  ...integers(`${SENTRY}.4.1`, {
    "2.2.1.30.1": 1,
    "3.3.1.3.1.1": 4850,
    "3.3.1.10.1.1": 123_456,
    "8.3.1.7.1.1.12": 333,
    "8.3.1.14.1.1.12": 2_147_483_647,
  }),
  // EATON-EPDU-MIB: apparent power stands beside the active one.
  ...text(`${EATON}.1.2.1.4.0`, "H212F04033"),
  ...integers(EATON, { "1.2.1.20.0": 1, "3.5.1.3.0.1": 1673, "3.5.1.4.0.1": 1584, "6.5.1.3.0.4": 250 }),
  ...gauges(EATON, { "3.5.1.5.0.1": 8_185_493, "6.5.1.4.0.4": 4_294_967_290 }),
  // The second of the chain does not say how many inputs it has.
  ...integers(EATON, { "3.5.1.4.1.1": 700 }),
  ...gauges(EATON, { "3.5.1.5.1.1": 1000 }),
  // VERTIV-V5-MIB: the whole of PDU 1 and its three phases.
  ...text(`${VERTIV}.1.1.2.1`, "3DF6E5B0C1"),
  ...gauges(VERTIV, {
    "1.1.9.1": 4399,
    "1.1.12.1": 15_683_998,
    "2.1.12.1": 1464,
    "2.1.12.2": 1477,
    "2.1.12.3": 1458,
    "2.1.15.1": 5_207_918,
    "2.1.15.2": 5_284_954,
    "2.1.15.3": 5_191_126,
    "6.1.12.9": 88,
    "6.1.15.9": 70_001,
  }),
  // PowerNet-MIB: an AP7900B has no power in rPDU2, and one that is computed in rPDU.
  ...text(`${APC}.12.1.6.0`, "5A1045E01234"),
  ...integers(APC, { "26.4.3.1.5.1": -1, "26.4.3.1.9.1": -1, "12.1.16.0": 312 }),
  // CPS-MIB: ePDU2 by PDU; ePDU by two phases, which banks follow in the same table.
  ...text(`${CYBER}.6.2.2.1.10.1`, "PDLHY2000123"),
  ...gauges(`${CYBER}.6`, { "3.4.1.18.1": 1310, "3.4.1.9.1": 60_512, "6.2.4.1.7.5": 91, "6.2.4.1.11.5": 77 }),
  ...integers(`${CYBER}.3`, {
    "2.1.2.0": 2,
    "2.3.1.1.7.1": 900,
    "2.3.1.1.7.2": 410,
    "2.3.1.1.7.3": 600,
    "2.3.1.1.7.4": 710,
    "2.3.1.1.10.1": 1000,
    "2.3.1.1.10.2": 2001,
    "2.3.1.1.10.3": 1500,
  }),
  // UPS-MIB: three output lines, of which one is idle; their currents and load stand beside their power.
  ...integers(UPS, { "3.0": 3, "4.1.3.1": 312, "4.1.4.1": 61_200, "4.1.4.2": 0, "4.1.4.3": 58_800, "4.1.5.1": 41 }),
}

const sum = (values: readonly SensorValue[], quantity: Quantity, units: Readonly<Record<string, number>>): number =>
  values
    .filter((value) => value.quantity === quantity)
    .reduce((total, { value, unit }) => total + Number(value) * (units[unit] ?? Number.NaN), 0)

/** By each configuration: its watts, its joules, its steps, and the identities of what is read. */
const RIGHT: readonly [
  name: string,
  options: Record<string, unknown>,
  watts: number,
  joules: number,
  identities: readonly (string | undefined)[],
][] = [
  [
    "Sentry 3, all phases of a tower, tenths of kWh",
    { profile: "sentry3" },
    2042,
    8933.5 * 3.6e6,
    [1, 2, 3].map((inlet) => `servertech/ABEF0007/inlet/${inlet}`),
  ],
  [
    "Sentry 3, an outlet in Wh",
    { profile: "sentry3", outlets: [7], feed: 2 },
    120,
    5_400_321 * 3600,
    ["servertech/ABEF0007/inlet/2/outlet/7"],
  ],
  ["Sentry 4, a cord in tenths of kWh", { profile: "sentry4" }, 4850, 12_345.6 * 3.6e6, ["servertech/AABBCCDD01"]],
  [
    "Sentry 4, an outlet in Wh",
    { profile: "sentry4", outlets: [12] },
    333,
    2_147_483_647 * 3600,
    ["servertech/AABBCCDD01/inlet/1/outlet/12"],
  ],
  ["Eaton, active power and Wh", { profile: "eaton" }, 1584, 8_185_493 * 3600, ["eaton/H212F04033"]],
  ["Eaton, an outlet", { profile: "eaton", outlets: [4] }, 250, 4_294_967_290 * 3600, ["eaton/H212F04033/outlet/4"]],
  ["Eaton, an input by its number", { profile: "eaton", pdu: 2, inlets: [1] }, 700, 1000 * 3600, [undefined]],
  ["Vertiv, the whole", { profile: "vertiv" }, 4399, 15_683_998 * 3600, ["vertiv/3DF6E5B0C1"]],
  [
    "Vertiv, its three phases",
    { profile: "vertiv", inlets: [1, 2, 3] },
    4399,
    15_683_998 * 3600,
    [1, 2, 3].map((phase) => `vertiv/3DF6E5B0C1/inlet/${phase}`),
  ],
  ["Vertiv, an outlet", { profile: "vertiv", outlets: [9] }, 88, 70_001 * 3600, ["vertiv/3DF6E5B0C1/outlet/9"]],
  ["APC of the first generation", { profile: "apc-rpdu" }, 312, 0, ["apc/5A1045E01234"]],
  ["CyberPower ePDU2", { profile: "cyberpower" }, 1310, 6051.2 * 3.6e6, ["cyberpower/PDLHY2000123"]],
  [
    "CyberPower ePDU2, an outlet",
    { profile: "cyberpower", outlets: [5] },
    91,
    7.7 * 3.6e6,
    ["cyberpower/PDLHY2000123/outlet/5"],
  ],
  [
    "CyberPower ePDU, its phases without the banks behind them",
    { profile: "cyberpower-epdu" },
    1310,
    300.1 * 3.6e6,
    [undefined, undefined],
  ],
  ["a UPS, its output lines", { profile: "ups" }, 120_000, 0, [undefined, undefined, undefined]],
]

describe("PDUs of other makers (Debian's snmpd, objects by their MIBs)", function () {
  this.timeout(120_000)
  const agent = new Snmpd()

  before(async function () {
    requireAll(this, { programs: ["snmpd", "awk"] })
    process.env.WATTEST_TEST_SNMP_MAKERS = "rackpower"
    agent.set(OBJECTS)
    const trees = [SENTRY, VERTIV, EATON, APC, CYBER, UPS]
    await agent.start(trees, "rocommunity rackpower 127.0.0.1", () => read({ profile: "vertiv" }))
  })
  after(async () => {
    await agent.stop()
    delete process.env.WATTEST_TEST_SNMP_MAKERS
  })

  const read = async (options: Record<string, unknown>) => {
    const community = { env: "WATTEST_TEST_SNMP_MAKERS" }
    const source = createSource({ kind: "pdu", host: "127.0.0.1", port: agent.port, community, ...options })
    try {
      return await readOnce(source)
    } finally {
      await source.close()
    }
  }

  for (const [name, options, watts, joules, identities] of RIGHT) {
    it(`reads ${name}: ${watts} W, ${joules} J`, async () => {
      const values = await read(options)
      assert.equal(sum(values, "power", WATTS), watts)
      assert.ok(Math.abs(sum(values, "energy", JOULES) - joules) < 1, `${sum(values, "energy", JOULES)} J`)
      const powers = values.filter(({ quantity }) => quantity === "power")
      assert.deepEqual(
        powers.map(({ identity }) => identity),
        identities,
      )
    })
  }

  it("says in what steps each counter goes, and where it wraps if its MIB says so", async () => {
    const counters = [
      [{ profile: "sentry4" }, 0.1, "kWh", undefined],
      [{ profile: "sentry4", outlets: [12] }, 1, "Wh", undefined],
      [{ profile: "eaton" }, 1, "Wh", "4294967296"],
      [{ profile: "vertiv" }, 1, "Wh", undefined],
      [{ profile: "cyberpower" }, 0.1, "kWh", undefined],
    ] as const
    for (const [options, step, unit, wrapsAt] of counters) {
      const energy = only(await read(options), "energy")
      assert.deepEqual([energy.accuracy.step, energy.unit, energy.wrapsAt], [step, unit, wrapsAt], options.profile)
    }
  })

  it("grades what a first-generation APC computes from a voltage and a power factor as estimated", async () => {
    const power = only(await read({ profile: "apc-rpdu", grade: "calibrated" }), "power")
    assert.deepEqual([power.grade, power.accuracy.gainLimit], ["estimated", 0.2])
    assert.equal(only(await read({ profile: "vertiv" }), "power").grade, "measured")
    await rejectsWith("unsupported", read({ profile: "apc" }), /none of the PDU's objects/)
  })

  it("names the phase that gives nothing, beside those that answer", async () => {
    await rejectsWith("missing", read({ profile: "sentry3", pdu: 2 }), /no power nor energy of inlet 2/)
    await rejectsWith("missing", read({ profile: "vertiv", inlets: [1, 4] }), /inlet 4/)
    await rejectsWith("missing", read({ profile: "eaton", outlets: [4, 5] }), /outlet 5/)
  })

  it("never guesses how many inlets there are", () =>
    rejectsWith("unsupported", read({ profile: "eaton", pdu: 2 }), /write "inlets"/))

  it("refuses what a maker does not have", () => {
    const make = (options: Record<string, unknown>) => () =>
      createSource({ kind: "pdu", host: "h", community: { env: "WATTEST_TEST_SNMP_MAKERS" }, ...options })
    assert.throws(make({ profile: "apc-rpdu", outlets: [1] }), /meters none/)
    assert.throws(make({ profile: "cyberpower", inlets: [1] }), /has one/)
    assert.throws(make({ profile: "eaton", outlets: [1], feed: 2 }), /\.feed: is the inlet/)
    assert.throws(make({ profile: "geist" }), /profile: must be one of apc, apc-rpdu, raritan, sentry3/)
  })
})
