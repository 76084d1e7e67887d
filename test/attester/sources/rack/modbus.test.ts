import assert from "node:assert/strict"
import { once } from "node:events"
import type { AddressInfo } from "node:net"
import { createServer } from "node:net"
import { createSource } from "../../../../attester/src/sources/create.ts"
import { only, readOnce, rejectsWith } from "../bench.ts"
import { withMeter as withHolding, words } from "./modbus-meter.ts"

/** A meter's registers from address 0 on; what lies beyond is an illegal address. */
const HOLDING = [
  ...words(4, (bytes) => bytes.writeFloatBE(412.5)),
  ...words(4, (bytes) => bytes.writeUInt32BE(4_294_967_290)),
  ...words(8, (bytes) => bytes.writeBigUInt64BE(9_007_199_254_740_993n)).reverse(),
  ...words(4, (bytes) => bytes.writeFloatBE(Number.NaN)),
  ...words(2, (bytes) => bytes.writeInt16BE(-32_768)),
  ...words(2, (bytes) => bytes.writeInt16BE(245)),
]

const withMeter = (use: (port: number) => Promise<void>) => withHolding(HOLDING, use)

const register = (name: string, address: number, type: string, rest: Record<string, unknown> = {}) => ({
  name,
  address,
  type,
  table: "holding",
  quantity: "power",
  unit: "W",
  ...rest,
})
const read = async (port: number, registers: unknown[], options: Record<string, unknown> = {}) => {
  const source = createSource({ kind: "modbus", host: "127.0.0.1", port, unitId: 7, registers, ...options })
  try {
    return await readOnce(source)
  } finally {
    await source.close()
  }
}

describe("Modbus meter (against modbus-serial's TCP server)", () => {
  it("reads floats, counters with their wrap, and low words first", () =>
    withMeter(async (port) => {
      const energy = { quantity: "energy", unit: "Wh" }
      const values = await read(port, [
        register("power", 0, "float32"),
        register("import", 2, "uint32", { ...energy, exponent: 2 }),
        register("long", 4, "uint64", { ...energy, wordOrder: "little" }),
        register("inlet", 11, "int16", { quantity: "inletTemperature", unit: "Cel", exponent: -1 }),
      ])
      assert.deepEqual(
        values.map(({ sensor, value, wrapsAt, accuracy }) => [sensor, value, wrapsAt, accuracy.step]),
        [
          ["power", "412.5", undefined, 0],
          ["import", "429496729000", "429496729600", 100],
          ["long", "9007199254740993", undefined, 1],
          ["inlet", "24.5", undefined, 0.1],
        ],
      )
    }))

  it("names NaN and the meter's own mark of absence as missing, beside the others", () =>
    withMeter(async (port) => {
      const registers = [
        register("power", 0, "float32"),
        register("nan", 8, "float32"),
        register("none", 10, "int16", { absent: "-32768" }),
      ]
      const { values } = await rejectsWith("missing", read(port, registers), /no value of nan, none$/)
      assert.deepEqual(
        values.map(({ sensor }) => sensor),
        ["power"],
      )
      await rejectsWith("unsupported", read(port, [register("nan", 8, "float32")]))
    }))

  it("connects again after the meter broke the connection", () =>
    withMeter(async (port) => {
      const source = createSource({
        kind: "modbus",
        host: "127.0.0.1",
        port,
        unitId: 7,
        registers: [register("power", 0, "float32")],
      })
      assert.equal(only(await readOnce(source), "power").value, "412.5")
      await source.close()
      assert.equal(only(await readOnce(source), "power").value, "412.5")
      await source.close()
    }))

  it("reports an address that the meter does not have", () =>
    withMeter(async (port) => {
      await rejectsWith("unsupported", read(port, [register("power", 500, "float32")]))
    }))

  it("reports a meter that is silent, absent, or answers nonsense", async () => {
    const server = createServer((socket) => socket.on("data", () => {}))
    server.listen(0, "127.0.0.1")
    await once(server, "listening")
    const { port } = server.address() as AddressInfo
    await rejectsWith("timeout", read(port, [register("power", 0, "float32")], { timeoutMs: 200 }))
    server.removeAllListeners("connection")
    server.on("connection", (socket) =>
      socket.on("data", () => socket.write(Buffer.from("HTTP/1.1 400 Bad Request\r\n\r\n"))),
    )
    await assert.rejects(read(port, [register("power", 0, "float32")], { timeoutMs: 500 }), { name: "SourceError" })
    await new Promise((resolve) => server.close(resolve))
    await rejectsWith("missing", read(port, [register("power", 0, "float32")]))
  })

  it("refuses register maps that make no sense", () => {
    const make =
      (...registers: unknown[]) =>
      () =>
        createSource({ kind: "modbus", host: "meter", registers })
    assert.throws(make(), /registers: must be a list of at least one/)
    assert.throws(make(register("a", 0, "float16")), /registers\[0\]\.type: must be one of/)
    assert.throws(make(register("a", 65_536, "uint16")), /address: must be a number from 0 to 65535/)
    assert.throws(make(register("a", 0, "uint16", { unit: "kWh" })), /unit: must be one of mW, W, kW/)
    assert.throws(make(register("a", 0, "uint16"), register("a", 1, "uint16")), /different names/)
    assert.throws(make(register("a", 0, "uint16", { scale: 2 })), /scale: is not an option/)
  })

  /** A meter that answers every question with these bytes behind the transaction's number. */
  const withAnswer = async (answer: readonly number[], use: (port: number) => Promise<unknown>) => {
    const server = createServer((socket) => {
      socket.on("error", () => undefined)
      socket.on("data", (asked) =>
        socket.write(Buffer.from([...asked.subarray(0, 4), 0, answer.length + 1, 7, ...answer])),
      )
    }).listen(0, "127.0.0.1")
    await once(server, "listening")
    try {
      await use((server.address() as AddressInfo).port)
    } finally {
      server.close()
    }
  }

  it("tells what the meter has not from what it cannot say now", async () => {
    const exceptions = { 1: "unsupported", 2: "unsupported", 3: "unsupported", 4: "failed", 6: "failed" } as const
    for (const [code, fault] of Object.entries(exceptions))
      await withAnswer([0x83, Number(code)], (port) => rejectsWith(fault, read(port, [register("p", 0, "float32")])))
  })

  it("takes no answer of another length than it asked for, nor one that says so of itself", async () => {
    const refused = {
      shorter: [3, 2, 1, 2],
      longer: [3, 6, 1, 2, 3, 4, 5, 6],
      "says that it is shorter": [3, 2, 1, 2, 3, 4],
    }
    for (const answer of Object.values(refused))
      await withAnswer(answer, (port) => rejectsWith("malformed", read(port, [register("p", 0, "float32")])))
  })
})
