import { once } from "node:events"
import type { AddressInfo } from "node:net"
import modbus from "modbus-serial"

/** Words of a value, big end first. */
export const words = (size: number, write: (bytes: Buffer) => void): number[] => {
  const bytes = Buffer.alloc(size)
  write(bytes)
  return Array.from({ length: size / 2 }, (_, index) => bytes.readUInt16BE(2 * index))
}

/** A meter of these holding registers on a real TCP server, closed after `use`; what lies beyond is an illegal address. */
export const withMeter = async (holding: readonly number[], use: (port: number) => Promise<void>): Promise<void> => {
  const slice = (address: number, length: number): number[] => {
    if (address + length > holding.length) throw { modbusErrorCode: 2, msg: "illegal address" }
    return holding.slice(address, address + length)
  }
  const vector = {
    getHoldingRegister: (address: number) => slice(address, 1)[0] ?? 0,
    getMultipleHoldingRegisters: slice,
  }
  const server = new modbus.ServerTCP(vector, { host: "127.0.0.1", port: 0, unitID: 7 })
  await once(server, "initialized")
  try {
    await use(portOf(server))
  } finally {
    await new Promise<void>((resolve) => server.close(() => resolve()))
  }
}

/** The library keeps its listener, and so the port that was free, in `_server`. */
const portOf = (server: object): number => (server as { _server: { address(): AddressInfo } })._server.address().port
