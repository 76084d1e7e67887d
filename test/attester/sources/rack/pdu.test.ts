import assert from "node:assert/strict"
import { createSocket } from "node:dgram"
import { once } from "node:events"
import { createSource } from "../../../../attester/src/sources/create.ts"
import { freeUdpPort, only, readOnce, rejectsWith, requireAll } from "../bench.ts"
import { Snmpd, type SnmpObjects } from "./snmpd.ts"

const APC = ".1.3.6.1.4.1.318.1.1.26"
const RARITAN = ".1.3.6.1.4.1.13742.6"

/** Objects of both makers as `OID type value` lines, for the script that snmpd asks. */
const OBJECTS: SnmpObjects = {
  [`${APC}.4.3.1.5.1`]: ["integer", "237"],
  [`${APC}.4.3.1.9.1`]: ["integer", "170982"],
  [`${APC}.9.4.3.1.7.3`]: ["integer", "412"],
  [`${APC}.9.4.3.1.11.3`]: ["integer", "5001"],
  [`${APC}.4.3.1.5.2`]: ["integer", "-1"],
  [`${APC}.4.3.1.9.2`]: ["integer", "12"],
  [`${APC}.4.3.1.5.3`]: ["string", "237"],
  [`${APC}.4.3.1.5.4`]: ["integer", "-7"],
}
const setSensor = (
  table: "inlet" | "outlet",
  at: string,
  sensor: Record<"value" | "digits" | "units" | "available", number>,
) => {
  const [measured, configured] = table === "inlet" ? ["5.2.3.1", "3.3.4.1"] : ["5.4.3.1", "3.5.4.1"]
  OBJECTS[`${RARITAN}.${measured}.4.${at}`] = ["gauge", String(sensor.value)]
  OBJECTS[`${RARITAN}.${measured}.2.${at}`] = ["integer", String(sensor.available)]
  OBJECTS[`${RARITAN}.${configured}.7.${at}`] = ["unsigned", String(sensor.digits)]
  OBJECTS[`${RARITAN}.${configured}.6.${at}`] = ["integer", String(sensor.units)]
}
OBJECTS[`${RARITAN}.3.2.2.1.2.1`] = ["integer", "1"]
OBJECTS[`${RARITAN}.3.2.2.1.2.2`] = ["integer", "1"]
setSensor("inlet", "1.1.5", { value: 4312, digits: 0, units: 3, available: 1 })
setSensor("inlet", "1.1.8", { value: 4_294_967_295, digits: 0, units: 5, available: 1 })
setSensor("outlet", "1.7.5", { value: 4125, digits: 1, units: 3, available: 1 })
setSensor("outlet", "1.7.8", { value: 99, digits: 0, units: 5, available: 2 })
setSensor("inlet", "2.1.5", { value: 4312, digits: 0, units: 4, available: 1 })

const CONFIGURATION = `rocommunity rackpower 127.0.0.1
createUser meter SHA-256 "authentication" AES "encryption"
createUser plain SHA "authentication"
rouser meter priv
rouser plain auth`

const SECRETS = {
  COMMUNITY: "rackpower",
  AUTH: "authentication",
  PRIV: "encryption",
  WRONG: "wrongwrong",
  SHORT: "7777777",
  LEAST: "88888888",
}
const secret = (name: keyof typeof SECRETS) => ({ env: `WATTEST_TEST_SNMP_${name}` })
const auth = { protocol: "sha256", password: secret("AUTH") }
const priv = { protocol: "aes", password: secret("PRIV") }

describe("PDU over SNMP (Debian's snmpd with the objects of APC and Raritan)", function () {
  this.timeout(120_000)
  const agent = new Snmpd()

  before(async function () {
    requireAll(this, { programs: ["snmpd", "awk"] })
    for (const [name, value] of Object.entries(SECRETS)) process.env[`WATTEST_TEST_SNMP_${name}`] = value
    agent.set(OBJECTS)
    await agent.start([APC, RARITAN], CONFIGURATION, () => read({ profile: "apc" }))
  })
  after(async () => {
    await agent.stop()
    for (const name of Object.keys(SECRETS)) delete process.env[`WATTEST_TEST_SNMP_${name}`]
  })

  const read = async (options: Record<string, unknown>) => {
    const reached = options.user === undefined ? { community: secret("COMMUNITY") } : {}
    const source = createSource({ kind: "pdu", host: "127.0.0.1", port: agent.port, ...reached, ...options })
    try {
      return await readOnce(source)
    } finally {
      await source.close()
    }
  }

  it("reads an APC PDU: hundredths of kW, tenths of kWh, with the counter's coarse step", async () => {
    const values = await read({ profile: "apc" })
    const [power, energy] = [only(values, "power"), only(values, "energy")]
    assert.deepEqual([power.value, power.unit, power.covers], ["2.37", "kW", "rack"])
    assert.deepEqual([energy.value, energy.unit, energy.accuracy.step], ["17098.2", "kWh", 0.1])
  })

  it("reads an APC PDU's outlets instead, as parts", async () => {
    const values = await read({ profile: "apc", outlets: [3], covers: "node" })
    assert.deepEqual(
      [only(values, "power").value, only(values, "power").unit, only(values, "power").part],
      ["412", "W", "outlet/3"],
    )
    assert.equal(only(values, "energy").value, "500.1")
  })

  it("takes APC's -1 as absent, and any other negative number for nonsense", async () => {
    const values = await read({ profile: "apc", pdu: 2 })
    assert.deepEqual(
      values.map(({ quantity }) => quantity),
      ["energy"],
    )
    await rejectsWith("malformed", read({ profile: "apc", pdu: 4 }), /is -7/)
  })

  it("reads a Raritan PDU in the decimal digits that each sensor states", async () => {
    const inlet = await read({ profile: "raritan" })
    assert.deepEqual(
      [only(inlet, "power").value, only(inlet, "energy").value, only(inlet, "energy").wrapsAt],
      ["4312", "4294967295", "4294967296"],
    )
    const outlet = await read({ profile: "raritan", outlets: [7] })
    assert.deepEqual(
      outlet.map(({ value, part }) => [value, part]),
      [["412.5", "pdu/1/outlet/7"]],
    )
  })

  it("refuses a Raritan sensor in another unit, and a text in an integer's place", async () => {
    await rejectsWith("malformed", read({ profile: "raritan", pdu: 2 }), /unit 4, not 3/)
    await rejectsWith("malformed", read({ profile: "apc", pdu: 3 }), /not an integer/)
  })

  it("reports a PDU without these objects", async () => {
    await rejectsWith("unsupported", read({ profile: "apc", pdu: 9 }))
  })

  it("reads over SNMPv3, with and without encryption", async () => {
    assert.equal(only(await read({ profile: "apc", user: "meter", auth, priv }), "power").value, "2.37")
    const plain = { user: "plain", auth: { ...auth, protocol: "sha" } }
    assert.equal(only(await read({ profile: "apc", ...plain }), "power").value, "2.37")
  })

  it("reports wrong keys, users and levels of SNMPv3 as denied", async () => {
    const refused = {
      "wrong authentication": { user: "meter", auth: { ...auth, password: secret("WRONG") }, priv },
      "unknown user": { user: "nobody", auth, priv },
      "no encryption where it is demanded": { user: "meter", auth },
    }
    for (const options of Object.values(refused)) await rejectsWith("denied", read({ profile: "apc", ...options }))
  })

  it("times out on a wrong community and on a host without agent", async () => {
    await rejectsWith("timeout", read({ profile: "apc", community: secret("WRONG") }))
    await rejectsWith("timeout", read({ profile: "apc", port: await freeUdpPort(), timeoutMs: 300 }))
  })

  it("asks an agent that does not answer three times, and then no more", async () => {
    let asked = 0
    const deaf = createSocket("udp4")
    deaf.on("message", () => asked++)
    deaf.bind(0, "127.0.0.1")
    await once(deaf, "listening")
    const { port } = deaf.address()
    await rejectsWith("timeout", read({ profile: "apc", port, timeoutMs: 20_000 }), /the agent does not answer/)
    assert.equal(asked, 3)
    deaf.close()
  })

  it("survives packets that are no SNMP", async () => {
    const noise = createSocket("udp4")
    noise.on("message", (_message, from) => noise.send("noise", from.port, from.address))
    noise.bind(0, "127.0.0.1")
    await once(noise, "listening")
    await assert.rejects(read({ profile: "apc", port: noise.address().port, timeoutMs: 500 }), { name: "SourceError" })
    noise.close()
  })

  it("refuses configurations that count twice or are too weak", () => {
    const make = (options: Record<string, unknown>) => () =>
      createSource({ kind: "pdu", host: "h", profile: "raritan", ...options })
    assert.throws(make({ outlets: [1], inlets: [1], community: secret("COMMUNITY") }), /count the same energy/)
    assert.throws(make({ profile: "apc", inlets: [1], community: secret("COMMUNITY") }), /has one/)
    assert.throws(make({ outlets: [0] }), /outlets: must be a list of whole numbers from 1/)
    assert.throws(make({ user: "u" }), /\.auth: must be/)
    assert.throws(
      make({ user: "u", auth: { protocol: "md5", password: secret("AUTH") } }),
      /auth\.protocol: must be one of sha256/,
    )
    assert.throws(make({ community: "public" }), /\.community: must be an object/)
    const short = { protocol: "sha256", password: secret("SHORT") }
    const tooShort = /password: must have at least 8 characters/
    assert.throws(make({ user: "u", auth: short }), tooShort)
    assert.throws(make({ user: "u", auth, priv: { ...short, protocol: "aes" } }), tooShort)
    assert.doesNotThrow(make({ user: "u", auth: { ...short, password: secret("LEAST") } }))
  })
})
